//! Super-resolution of the caller's arrays.

use std::ffi::{c_int, c_void};

use super::callback::{progress, s2sr_progress};
use super::guard::{guard, place};
use super::image::{ImageBand, Pixels, S2SR_FLOAT32, s2sr_image, shape, workable};
use super::model::{handle, s2sr_model};
use super::options::{options, s2sr_options};
use crate::error::{Error, Result};
use crate::options::{Call, Options};
use crate::raster::plane::Source;
use crate::raster::radiometry::{DataType, Radiometry, Storage};
use crate::tasks::arrays::{Input, Numbers, output_shape, run};

/// The size of output number `output` (0) for inputs of these sizes. Nothing but the sizes is looked
/// at: their data may be NULL.
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
        let (model, inputs) = (handle(model)?, unsafe {
            images(inputs, n_inputs, "inputs")?
        });
        // SAFETY: as above.
        let (bands, rows, cols) = unsafe {
            (
                place(bands, "bands")?,
                place(rows, "rows")?,
                place(cols, "cols")?,
            )
        };
        if output != 0 {
            return Err(Error::argument(format!(
                "{} has one output, number 0; there is no output {output}",
                model.file.contract.name
            )));
        }
        let shapes = inputs.iter().map(shape).collect::<Result<Vec<_>>>()?;
        let (b, r, c) = output_shape(&model.file.contract, &shapes)?;
        let (b, r, c) = (b as i64, r as i64, c as i64);
        // What no output can have, no output has.
        workable(b, r, c)?;
        (*bands, *rows, *cols) = (b, r, c);
        Ok(())
    })
}

/// Super-resolves arrays: bands at their native sizes in, in the order of s2sr_model_describe,
/// bands at the target size out. The work is tiled inside, without seams. Takes the options tile,
/// quantification, offset and nodata. When it fails or is cancelled, the outputs hold anything. The inputs are read
/// tile by tile where they lie, so besides the caller's arrays only a few tiles are in memory.
/// Pixels without data hold nodata in the output, too; where its type cannot hold that, 0 among
/// whole numbers and NaN among floats. No other pixel does.
///
/// Every pixel of an output has a place of its own, and the memory from its first pixel to its last
/// meets that of no input and no other output; what does not keep to this is refused.
///
/// # Safety
/// `inputs` and `outputs` point to `n_inputs` and `n_outputs` images whose memory is theirs during
/// the call.
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
        let (inputs, outputs) = unsafe {
            (
                images(inputs, n_inputs, "inputs")?,
                images(outputs, n_outputs, "outputs")?,
            )
        };
        let (model, options) = (handle(model)?, self::options(options)?);
        options.check(Call::MODEL_RUN)?;
        let shapes = inputs.iter().map(shape).collect::<Result<Vec<_>>>()?;
        let wanted = output_shape(&model.file.contract, &shapes)?;
        let [output] = outputs else {
            return Err(Error::argument(format!(
                "{} has one output, {n_outputs} were given",
                model.file.contract.name
            )));
        };
        if shape(output)? != wanted {
            let (b, r, c) = wanted;
            return Err(Error::argument(format!(
                "the output has {} bands of {} x {} pixels; it has to have {b} of {r} x {c}",
                output.bands, output.rows, output.cols
            )));
        }
        let radiometry = Radiometry {
            quantification: options.quantification.unwrap_or(10000.0),
            add_offset: options.offset.unwrap_or(0.0),
            nodata: options.nodata.unwrap_or(Some(0.0)),
        };
        if let Some(what) = radiometry.implausible() {
            return Err(Error::option(format!(
                "{what} in the options quantification and offset; correct them"
            )));
        }
        let output = Pixels::new(output)?;
        output.check_writable()?;
        let mut bands: Vec<Input> = Vec::new();
        for (i, image) in inputs.iter().enumerate() {
            let pixels = Pixels::new(image)?;
            if pixels.meets(&output) {
                return Err(Error::argument(format!(
                    "the output shares memory with input number {i}, which is still read while \
                     the output is written; give the output memory of its own"
                )));
            }
            // SAFETY: the memory is vouched for above, and the sources end with the call.
            let band =
                |b| Box::new(unsafe { ImageBand::new(pixels, b, radiometry) }) as Box<dyn Source>;
            bands.push((0..pixels.shape.0).map(band).collect());
        }
        let numbers = Numbers {
            radiometry,
            storage: storage(inputs, output.dtype, &options),
        };
        run(
            &model.network,
            bands,
            numbers,
            &options,
            &mut self::progress(progress, user_data),
            &mut |band, part, values| {
                // SAFETY: the memory is vouched for above, and one thread writes at a time.
                unsafe { output.write(band, part, values) }
            },
        )
    })
}

/// # Safety
/// `images` is null or points to `n` images.
unsafe fn images<'a>(images: *const s2sr_image, n: usize, name: &str) -> Result<&'a [s2sr_image]> {
    if images.is_null() || n == 0 || n > 64 {
        return Err(Error::argument(format!(
            "{name} is NULL, empty, or more than 64 images"
        )));
    }
    // SAFETY: by the contract above.
    Ok(unsafe { std::slice::from_raw_parts(images, n) })
}

/// How the output keeps its numbers. Whole numbers that are all data need no nodata; what is not a
/// number among floats does.
fn storage(inputs: &[s2sr_image], dtype: DataType, options: &Options) -> Storage {
    let usual = dtype.usual_nodata();
    let nodata = match options.nodata {
        Some(None) if inputs.iter().all(|i| i.dtype != S2SR_FLOAT32) => None,
        Some(Some(n)) => Some(dtype.held(n).unwrap_or(usual)),
        Some(None) => Some(usual),
        None => Some(0.0),
    };
    Storage { dtype, nodata }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capi::image::{S2SR_INT16, S2SR_UINT16};

    #[test]
    fn the_output_has_a_nodata_value_where_something_may_be_invalid() {
        use DataType::{Float32, Int16, UInt8, UInt16};
        let image = |dtype| s2sr_image {
            data: std::ptr::null_mut(),
            dtype,
            bands: 1,
            rows: 1,
            cols: 1,
            band_stride: 1,
            row_stride: 1,
            col_stride: 1,
        };
        let nodata = |from, to, value: Option<&str>| {
            let mut options = Options::default();
            value.iter().for_each(|v| options.set("nodata", v).unwrap());
            storage(&[image(S2SR_UINT16), image(from)], to, &options).nodata
        };
        assert_eq!(nodata(S2SR_UINT16, UInt16, None), Some(0.0));
        assert_eq!(nodata(S2SR_INT16, Int16, Some("-9999")), Some(-9999.0));
        // Every number of whole numbers may be data; among floats there is NaN.
        assert_eq!(nodata(S2SR_UINT16, UInt16, Some("none")), None);
        assert_eq!(nodata(S2SR_FLOAT32, UInt16, Some("none")), Some(0.0));
        // What the output cannot hold.
        assert_eq!(nodata(S2SR_FLOAT32, UInt8, Some("-9999")), Some(0.0));
        assert!(nodata(S2SR_FLOAT32, Float32, Some("nan")).is_some_and(f64::is_nan));
    }
}
