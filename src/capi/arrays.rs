//! Super-resolution of the caller's arrays.

use std::ffi::{c_int, c_void};

use ndarray::Array2;

use super::callback::progress;
use super::guard::{guard, place, s2sr_progress};
use super::model::{handle, s2sr_model};
use super::options::{options, s2sr_options};
use crate::arrays::{Numbers, Shape, output_shape, run};
use crate::core::error::{Error, Result};
use crate::core::grid::Rect;
use crate::core::options::{Call, Options};
use crate::core::plane::Plane;
use crate::core::radiometry::{DataType, Radiometry, Storage};
use crate::product::source::invalid_pixels;

/// Unsigned 8 bit.
pub const S2SR_UINT8: i32 = 1;
/// Unsigned 16 bit, as in ESA's products.
pub const S2SR_UINT16: i32 = 2;
/// Signed 16 bit.
pub const S2SR_INT16: i32 = 3;
/// 32-bit floating point.
pub const S2SR_FLOAT32: i32 = 4;

/// A stack of bands in the caller's memory. The value of (band, row, column) stands at
/// data[band * band_stride + row * row_stride + column * col_stride], strides counted in values, not bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct s2sr_image {
    /// The first value.
    pub data: *mut c_void,
    /// S2SR_UINT16, ...
    pub dtype: i32,
    /// Number of bands.
    pub bands: i64,
    /// Number of rows, from north to south.
    pub rows: i64,
    /// Number of columns, from west to east.
    pub cols: i64,
    /// Values from a band to the next.
    pub band_stride: i64,
    /// Values from a row to the next.
    pub row_stride: i64,
    /// Values from a column to the next.
    pub col_stride: i64,
}

/// The size of output number `output` (0) for inputs of these sizes; their data may be NULL.
///
/// # Safety
/// `inputs` points to `n_inputs` images, the results are writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn s2sr_model_output_shape(
    model: *const s2sr_model,
    inputs: *const s2sr_image,
    n_inputs: usize,
    output: usize,
    bands: *mut i64,
    rows: *mut i64,
    cols: *mut i64,
) -> c_int {
    guard(|| {
        // SAFETY: by the contract above; nulls are caught.
        let (model, inputs) = (handle(model)?, unsafe { images(inputs, n_inputs, "inputs")? });
        // SAFETY: as above.
        let (bands, rows, cols) = unsafe { (place(bands, "bands")?, place(rows, "rows")?, place(cols, "cols")?) };
        if output != 0 {
            return Err(Error::Argument(format!("{} has one output, number 0; there is no output {output}", model.file.contract.name)));
        }
        let shapes = inputs.iter().map(shape).collect::<Result<Vec<_>>>()?;
        let (b, r, c) = output_shape(&model.file.contract, &shapes)?;
        (*bands, *rows, *cols) = (b as i64, r as i64, c as i64);
        Ok(())
    })
}

/// Super-resolves arrays: bands at their native sizes in, in the order of s2sr_model_describe, bands at the target size
/// out. The work is tiled inside, without seams. Takes the options tile, offset and nodata. When it fails or is
/// cancelled, the outputs hold anything. Pixels without data hold nodata in the output, too; where its type cannot hold that, 0
/// among whole numbers and NaN among floats. No other pixel does.
///
/// # Safety
/// `inputs` and `outputs` point to `n_inputs` and `n_outputs` images whose memory is theirs during the call, outputs
/// apart from each other and from the inputs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn s2sr_model_run(
    model: *const s2sr_model,
    inputs: *const s2sr_image,
    n_inputs: usize,
    outputs: *const s2sr_image,
    n_outputs: usize,
    options: *const s2sr_options,
    progress: s2sr_progress,
    user_data: *mut c_void,
) -> c_int {
    guard(|| {
        // SAFETY: by the contract above; nulls are caught.
        let (inputs, outputs) = unsafe { (images(inputs, n_inputs, "inputs")?, images(outputs, n_outputs, "outputs")?) };
        let (model, options) = (handle(model)?, self::options(options)?);
        options.check(Call::MODEL_RUN)?;
        let shapes = inputs.iter().map(shape).collect::<Result<Vec<_>>>()?;
        let wanted = output_shape(&model.file.contract, &shapes)?;
        let [output] = outputs else {
            return Err(Error::Argument(format!("{} has one output, {n_outputs} were given", model.file.contract.name)));
        };
        if shape(output)? != wanted {
            let (b, r, c) = wanted;
            return Err(Error::Argument(format!(
                "the output has {} bands of {} x {} pixels; it has to have {b} of {r} x {c}",
                output.bands, output.rows, output.cols
            )));
        }
        let radiometry = Radiometry { quantification: 10000.0, add_offset: options.offset, nodata: options.nodata.unwrap_or(Some(0.0)) };
        for image in inputs.iter().chain([output]) {
            check_memory(image)?;
        }
        if output.bands > 1 && output.band_stride == 0 {
            return Err(Error::Argument("the bands of the output lie on top of each other: its band_stride is 0".into()));
        }
        // SAFETY: the images were checked, and their memory is vouched for above.
        let planes = inputs.iter().map(|i| unsafe { read(i, &radiometry) }).collect::<Result<Vec<_>>>()?;
        let target = Target(*output);
        let numbers = Numbers { radiometry, storage: storage(inputs, output, &options)? };
        run(&model.network, planes, numbers, &options, &mut self::progress(progress, user_data), &mut |band, part, values| {
            // SAFETY: the shape was checked against the output above, and one thread writes at a time.
            unsafe { target.write(band, part, values) }
        })
    })
}

/// # Safety
/// `images` is null or points to `n` images.
unsafe fn images<'a>(images: *const s2sr_image, n: usize, name: &str) -> Result<&'a [s2sr_image]> {
    if images.is_null() || n == 0 || n > 64 {
        return Err(Error::Argument(format!("{name} is NULL, empty, or more than 64 images")));
    }
    // SAFETY: by the contract above.
    Ok(unsafe { std::slice::from_raw_parts(images, n) })
}

fn shape(image: &s2sr_image) -> Result<Shape> {
    // No raster is as long as this; larger numbers are mistakes, and could overflow where sizes are multiplied.
    const LONGEST: i64 = 1 << 20;
    let one = |v: i64| usize::try_from(v).ok().filter(|_| (1..=LONGEST).contains(&v));
    match (one(image.bands), one(image.rows), one(image.cols)) {
        (Some(b), Some(r), Some(c)) if image.bands <= 1024 => Ok((b, r, c)),
        _ => Err(Error::Argument(format!(
            "an image of {} bands, {} rows and {} columns cannot be worked on; sizes go from 1 to 1024 bands and {LONGEST} pixels",
            image.bands, image.rows, image.cols
        ))),
    }
}

fn dtype(image: &s2sr_image) -> Result<DataType> {
    match image.dtype {
        S2SR_UINT8 => Ok(DataType::UInt8),
        S2SR_UINT16 => Ok(DataType::UInt16),
        S2SR_INT16 => Ok(DataType::Int16),
        S2SR_FLOAT32 => Ok(DataType::Float32),
        other => Err(Error::Argument(format!("dtype {other} is none of S2SR_UINT8 (1), S2SR_UINT16 (2), S2SR_INT16 (3), S2SR_FLOAT32 (4)"))),
    }
}

/// How the output keeps its numbers. Whole numbers that are all data need no nodata; what is not a number among floats does.
fn storage(inputs: &[s2sr_image], output: &s2sr_image, options: &Options) -> Result<Storage> {
    let dtype = dtype(output)?;
    let usual = dtype.usual_nodata();
    let nodata = match options.nodata {
        Some(None) if inputs.iter().all(|i| i.dtype != S2SR_FLOAT32) => None,
        Some(Some(n)) => Some(dtype.held(n).unwrap_or(usual)),
        Some(None) => Some(usual),
        None => Some(0.0),
    };
    Ok(Storage { dtype, nodata })
}

/// Refuses images without memory, of an unknown type, or whose strides lead out of the address space.
fn check_memory(image: &s2sr_image) -> Result<()> {
    let size = match dtype(image)? {
        DataType::UInt8 => 1,
        DataType::UInt16 | DataType::Int16 => 2,
        _ => 4i64,
    };
    if image.data.is_null() {
        return Err(Error::Argument("an image has no data (NULL)".into()));
    }
    if !(image.data as usize).is_multiple_of(size as usize) {
        return Err(Error::Argument("the data of an image is not aligned to its type".into()));
    }
    let reach = |n: i64, stride: i64| (n - 1).checked_mul(stride)?.checked_mul(size);
    let parts = [reach(image.bands, image.band_stride), reach(image.rows, image.row_stride), reach(image.cols, image.col_stride)];
    let total = parts.into_iter().try_fold(0i64, |sum, p| sum.checked_add(p?.checked_abs()?));
    let overlapping = (image.rows > 1 && image.row_stride == 0) || (image.cols > 1 && image.col_stride == 0);
    match total {
        Some(total) if total < i64::MAX / 2 && !overlapping => Ok(()),
        _ => Err(Error::Argument("the strides of an image are zero or overflow; they count values from one row, column or band to the next".into())),
    }
}

fn at(image: &s2sr_image, band: usize, row: usize, col: usize) -> isize {
    (band as i64 * image.band_stride + row as i64 * image.row_stride + col as i64 * image.col_stride) as isize
}

/// # Safety
/// The image was checked and its memory is readable.
unsafe fn read(image: &s2sr_image, radiometry: &Radiometry) -> Result<Vec<Plane>> {
    let dtype = dtype(image)?;
    let value = |i: isize| {
        // SAFETY: inside the image, whose memory the caller vouches for.
        unsafe {
            match dtype {
                DataType::UInt8 => f32::from(*image.data.cast::<u8>().offset(i)),
                DataType::UInt16 => f32::from(*image.data.cast::<u16>().offset(i)),
                DataType::Int16 => f32::from(*image.data.cast::<i16>().offset(i)),
                _ => *image.data.cast::<f32>().offset(i),
            }
        }
    };
    let plane = |b: usize| {
        let data = Array2::from_shape_fn((image.rows as usize, image.cols as usize), |(r, c)| value(at(image, b, r, c)));
        let invalid = invalid_pixels(&data, radiometry);
        Plane { data, invalid }
    };
    Ok((0..image.bands as usize).map(plane).collect())
}

/// The caller's output, written from the thread that the pipeline writes on.
struct Target(s2sr_image);

// SAFETY: the memory is the caller's for the whole call, and one thread at a time writes to it.
unsafe impl Send for Target {}
// SAFETY: as above.
unsafe impl Sync for Target {}

impl Target {
    /// # Safety
    /// `part` lies inside the image, whose memory is writable.
    unsafe fn write(&self, band: usize, part: Rect, values: &Array2<f32>) -> Result<()> {
        let dtype = dtype(&self.0)?;
        for ((r, c), &v) in values.indexed_iter() {
            let i = at(&self.0, band, part.y as usize + r, part.x as usize + c);
            // SAFETY: inside the image. Values were rounded and saturated to the type before.
            unsafe {
                match dtype {
                    DataType::UInt8 => *self.0.data.cast::<u8>().offset(i) = v as u8,
                    DataType::UInt16 => *self.0.data.cast::<u16>().offset(i) = v as u16,
                    DataType::Int16 => *self.0.data.cast::<i16>().offset(i) = v as i16,
                    _ => *self.0.data.cast::<f32>().offset(i) = v,
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_has_a_nodata_value_where_something_may_be_invalid() {
        let image = |dtype| s2sr_image { data: std::ptr::null_mut(), dtype, bands: 1, rows: 1, cols: 1, band_stride: 1, row_stride: 1, col_stride: 1 };
        let nodata = |from, to, value: Option<&str>| {
            let mut options = Options::default();
            value.iter().for_each(|v| options.set("nodata", v).unwrap());
            storage(&[image(S2SR_UINT16), image(from)], &image(to), &options).unwrap().nodata
        };
        assert_eq!(nodata(S2SR_UINT16, S2SR_UINT16, None), Some(0.0));
        assert_eq!(nodata(S2SR_INT16, S2SR_INT16, Some("-9999")), Some(-9999.0));
        // Every number of whole numbers may be data; among floats there is NaN.
        assert_eq!(nodata(S2SR_UINT16, S2SR_UINT16, Some("none")), None);
        assert_eq!(nodata(S2SR_FLOAT32, S2SR_UINT16, Some("none")), Some(0.0));
        // What the output cannot hold.
        assert_eq!(nodata(S2SR_FLOAT32, S2SR_UINT8, Some("-9999")), Some(0.0));
        assert!(nodata(S2SR_FLOAT32, S2SR_FLOAT32, Some("inf")).is_some_and(f64::is_nan));
    }
}
