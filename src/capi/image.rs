//! The pixels of an [`s2sr_image`] where they lie in the caller's memory: checked once, then read
//! and written tile by tile.

use std::ffi::c_void;
use std::ops::Range;

use ndarray::Array2;

use crate::error::{Error, Result};
use crate::memory::zeros;
use crate::raster::grid::Rect;
use crate::raster::plane::{Plane, Source, invalid_pixels};
use crate::raster::radiometry::{DataType, Radiometry};
use crate::tasks::arrays::Shape;

/// Unsigned 8 bit.
pub const S2SR_UINT8: i32 = 1;
/// Unsigned 16 bit, as in ESA's products.
pub const S2SR_UINT16: i32 = 2;
/// Signed 16 bit.
pub const S2SR_INT16: i32 = 3;
/// 32-bit floating point.
pub const S2SR_FLOAT32: i32 = 4;

/// A stack of bands in the caller's memory. The value of (band, row, column) stands at data[band *
/// band_stride + row * row_stride + column * col_stride], strides counted in values, not bytes.
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

/// An image whose every pixel has a place in the address space. The strides count values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pixels {
    data: *mut c_void,
    pub(super) dtype: DataType,
    pub(super) shape: Shape,
    strides: [isize; 3],
}

// SAFETY: the caller vouches that the memory is the call's own for as long as it lasts; inputs are
// only read, and an output is written by one thread at a time.
unsafe impl Send for Pixels {}
// SAFETY: as above.
unsafe impl Sync for Pixels {}

/// No raster is as long as this; larger numbers are mistakes, and could overflow where sizes are
/// multiplied.
pub(super) const LONGEST: i64 = 1 << 20;

/// The sizes of an image, which may be without memory.
pub(super) fn shape(image: &s2sr_image) -> Result<Shape> {
    workable(image.bands, image.rows, image.cols)
}

/// The sizes of an image, if such a one can be worked on.
pub(super) fn workable(bands: i64, rows: i64, cols: i64) -> Result<Shape> {
    let one = |v: i64| {
        usize::try_from(v)
            .ok()
            .filter(|_| (1..=LONGEST).contains(&v))
    };
    match (one(bands), one(rows), one(cols)) {
        (Some(b), Some(r), Some(c)) if bands <= 1024 => Ok((b, r, c)),
        _ => Err(Error::argument(format!(
            "an image of {bands} bands, {rows} rows and {cols} columns cannot be worked on; sizes \
             go from 1 to 1024 bands and {LONGEST} pixels"
        ))),
    }
}

/// The type that one of the numbers S2SR_UINT8 ... stands for.
pub(super) fn data_type(number: i32) -> Result<DataType> {
    match number {
        S2SR_UINT8 => Ok(DataType::UInt8),
        S2SR_UINT16 => Ok(DataType::UInt16),
        S2SR_INT16 => Ok(DataType::Int16),
        S2SR_FLOAT32 => Ok(DataType::Float32),
        other => Err(Error::argument(format!(
            "dtype {other} is none of S2SR_UINT8 (1), S2SR_UINT16 (2), S2SR_INT16 (3), \
             S2SR_FLOAT32 (4)"
        ))),
    }
}

fn bytes(dtype: DataType) -> usize {
    match dtype {
        DataType::UInt8 => 1,
        DataType::UInt16 | DataType::Int16 => 2,
        _ => 4,
    }
}

impl Pixels {
    /// Refuses images without memory, of an unknown type, or whose strides lead out of the address
    /// space.
    pub(super) fn new(image: &s2sr_image) -> Result<Self> {
        let (dtype, shape) = (data_type(image.dtype)?, shape(image)?);
        if image.data.is_null() {
            return Err(Error::argument("an image has no data (NULL)"));
        }
        if !(image.data as usize).is_multiple_of(bytes(dtype)) {
            return Err(Error::argument(
                "the data of an image is not aligned to its type",
            ));
        }
        let strides = [image.band_stride, image.row_stride, image.col_stride]
            .map(|s| isize::try_from(s).unwrap_or(isize::MAX));
        let pixels = Self {
            data: image.data,
            dtype,
            shape,
            strides,
        };
        let same = (shape.1 > 1 && strides[1] == 0) || (shape.2 > 1 && strides[2] == 0);
        if same || pixels.span().is_none() {
            return Err(Error::argument(
                "the strides of an image are zero or overflow; they count values from one row, \
                 column or band to the next",
            ));
        }
        Ok(pixels)
    }

    /// How far the first value is from the last one along each axis, in values.
    fn reach(&self) -> [Option<isize>; 3] {
        let (bands, rows, cols) = self.shape;
        let one = |n: usize, stride: isize| isize::try_from(n - 1).ok()?.checked_mul(stride);
        [
            one(bands, self.strides[0]),
            one(rows, self.strides[1]),
            one(cols, self.strides[2]),
        ]
    }

    /// The addresses from the lowest pixel to the highest, if there are such.
    fn span(&self) -> Option<Range<usize>> {
        let (mut below, mut above) = (0isize, 0isize);
        for reach in self.reach() {
            let reach = reach?;
            below = below.checked_add(reach.min(0))?;
            above = above.checked_add(reach.max(0))?;
        }
        // The whole stretch in bytes has to be countable, too: then no sum of offsets inside it
        // overflows.
        let size = bytes(self.dtype);
        above
            .checked_sub(below)?
            .checked_add(1)?
            .checked_mul(size as isize)?;
        let first = (self.data as usize).checked_sub(below.unsigned_abs() * size)?;
        let end = (self.data as usize).checked_add((above as usize + 1) * size)?;
        Some(first..end)
    }

    /// Refuses an image that has two pixels in one place, which cannot be written to.
    pub(super) fn check_writable(&self) -> Result<()> {
        let (bands, rows, cols) = self.shape;
        let mut axes: Vec<(usize, usize)> = [bands, rows, cols]
            .into_iter()
            .zip(self.strides.map(isize::unsigned_abs))
            .filter(|a| a.0 > 1)
            .collect();
        axes.sort_by_key(|a| a.1);
        // Each step has to lead beyond all that the smaller steps reach.
        let mut reached = 0;
        for (n, stride) in axes {
            if stride <= reached {
                return Err(Error::argument(format!(
                    "the bands, rows or columns of the output lie on top of each other: a stride \
                     of {stride} does not lead past the {} values of what it steps over",
                    reached + 1
                )));
            }
            reached += (n - 1) * stride;
        }
        Ok(())
    }

    /// Whether the stretch of memory from the first to the last pixel meets that of another image.
    pub(super) fn meets(&self, other: &Pixels) -> bool {
        let (Some(a), Some(b)) = (self.span(), other.span()) else {
            return true;
        };
        a.start < b.end && b.start < a.end
    }

    /// Where a pixel stands, in values from the first. It fits, because the image was checked.
    fn at(&self, band: usize, row: usize, col: usize) -> isize {
        band as isize * self.strides[0]
            + row as isize * self.strides[1]
            + col as isize * self.strides[2]
    }

    /// # Safety
    /// The rectangle lies inside, the memory is readable, and `T` is the type of the pixels.
    unsafe fn read<T: Copy + Into<f32>>(&self, band: usize, rect: Rect, out: &mut Array2<f32>) {
        let step = self.strides[2];
        for (row, mut line) in out.rows_mut().into_iter().enumerate() {
            let first = self.at(band, rect.y as usize + row, rect.x as usize);
            // SAFETY: by the contract above.
            line.iter_mut().zip(0..).for_each(|(v, i)| {
                *v = unsafe { *self.data.cast::<T>().offset(first + i * step) }.into()
            });
        }
    }

    /// # Safety
    /// As for `read`, and the memory is writable.
    unsafe fn store<T>(
        &self,
        band: usize,
        part: Rect,
        values: &Array2<f32>,
        convert: impl Fn(f32) -> T,
    ) {
        let step = self.strides[2];
        for (row, line) in values.rows().into_iter().enumerate() {
            let first = self.at(band, part.y as usize + row, part.x as usize);
            // SAFETY: by the contract above.
            line.iter().zip(0..).for_each(|(v, i)| unsafe {
                *self.data.cast::<T>().offset(first + i * step) = convert(*v)
            });
        }
    }

    /// Writes a part of a band. The values were rounded and saturated to the type before.
    ///
    /// # Safety
    /// The memory of the image is writable.
    pub(super) unsafe fn write(&self, band: usize, part: Rect, values: &Array2<f32>) -> Result<()> {
        self.check_inside(band, part)?;
        // SAFETY: inside, and of the type.
        unsafe {
            match self.dtype {
                DataType::UInt8 => self.store(band, part, values, |v| v as u8),
                DataType::UInt16 => self.store(band, part, values, |v| v as u16),
                DataType::Int16 => self.store(band, part, values, |v| v as i16),
                _ => self.store(band, part, values, |v| v),
            }
        }
        Ok(())
    }

    fn check_inside(&self, band: usize, part: Rect) -> Result<()> {
        let (bands, rows, cols) = self.shape;
        if band < bands && Rect::new(0, 0, cols as i64, rows as i64).contains(&part) {
            return Ok(());
        }
        Err(Error::internal(format!(
            "{part:?} of band {band} was asked of an image of {bands} bands, {rows} x {cols} pixels"
        )))
    }
}

/// A band of the caller's image.
pub(super) struct ImageBand {
    pixels: Pixels,
    band: usize,
    radiometry: Radiometry,
}

impl ImageBand {
    /// # Safety
    /// The memory of the image is readable as long as this lives.
    pub(super) unsafe fn new(pixels: Pixels, band: usize, radiometry: Radiometry) -> Self {
        Self {
            pixels,
            band,
            radiometry,
        }
    }
}

impl Source for ImageBand {
    fn size(&self) -> (i64, i64) {
        (self.pixels.shape.2 as i64, self.pixels.shape.1 as i64)
    }

    fn read(&mut self, rect: Rect) -> Result<Plane> {
        self.pixels.check_inside(self.band, rect)?;
        let mut data = zeros((rect.h as usize, rect.w as usize))?;
        // SAFETY: inside, of the type, and readable, as `new` was promised.
        unsafe {
            match self.pixels.dtype {
                DataType::UInt8 => self.pixels.read::<u8>(self.band, rect, &mut data),
                DataType::UInt16 => self.pixels.read::<u16>(self.band, rect, &mut data),
                DataType::Int16 => self.pixels.read::<i16>(self.band, rect, &mut data),
                _ => self.pixels.read::<f32>(self.band, rect, &mut data),
            }
        }
        let invalid = invalid_pixels(&data, &self.radiometry)?;
        Ok(Plane { data, invalid })
    }
}
