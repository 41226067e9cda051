//! Pixels as the result's type stores them: a quarter of what they take as floats, and what GDAL is
//! given in the end.

use std::ffi::{c_int, c_void};

use ndarray::ArrayView2;

use crate::error::Result;
use crate::gdal::api::{GDALDataType, GDT_FLOAT32, Gdal};
use crate::gdal::writer::gdal_type;
use crate::memory::room;
use crate::raster::grid::Rect;
use crate::raster::radiometry::DataType;

/// A rectangle of one band, row by row.
pub struct Pixels {
    /// Columns and rows.
    pub size: (usize, usize),
    /// Their type.
    pub dtype: DataType,
    bytes: Vec<u8>,
}

/// Bytes of one pixel.
pub fn width(dtype: DataType) -> usize {
    match dtype {
        DataType::UInt8 => 1,
        DataType::UInt16 | DataType::Int16 => 2,
        DataType::UInt32 | DataType::Int32 | DataType::Float32 => 4,
    }
}

/// Converts `count` values as GDAL does it: rounded, and clamped to what the type holds.
///
/// # Safety
/// Both sides hold `count` values of their type, at the given steps in bytes.
pub unsafe fn convert(
    gdal: &Gdal,
    from: *const c_void,
    (from_type, from_step): (GDALDataType, usize),
    to: *mut c_void,
    (to_type, to_step): (GDALDataType, usize),
    count: usize,
) {
    // SAFETY: the caller's promise, handed on.
    unsafe {
        (gdal.GDALCopyWords)(
            from,
            from_type,
            from_step as c_int,
            to,
            to_type,
            to_step as c_int,
            count as c_int,
        )
    };
}

impl Pixels {
    /// Room for a rectangle.
    pub fn zeros(size: (usize, usize), dtype: DataType) -> Result<Self> {
        let count = size.0 * size.1 * width(dtype);
        let mut bytes = room(count)?;
        bytes.resize(count, 0);
        Ok(Self { size, dtype, bytes })
    }

    /// Values as the type stores them.
    pub fn store(gdal: &Gdal, values: ArrayView2<f32>, dtype: DataType) -> Result<Self> {
        let mut out = Self::zeros((values.ncols(), values.nrows()), dtype)?;
        let values = values.as_standard_layout();
        let kinds = ((GDT_FLOAT32, 4), (gdal_type(dtype), width(dtype)));
        for (y, row) in values.rows().into_iter().enumerate() {
            // SAFETY: a row of a dense array and a row of `out`, both `size.0` long.
            unsafe {
                convert(
                    gdal,
                    row.as_ptr().cast(),
                    kinds.0,
                    out.row_mut(y).as_mut_ptr().cast(),
                    kinds.1,
                    row.len(),
                )
            };
        }
        Ok(out)
    }

    /// One row as floats.
    pub fn load(&self, gdal: &Gdal, y: usize, out: &mut Vec<f32>) {
        out.resize(self.size.0, 0.0);
        let kinds = ((gdal_type(self.dtype), width(self.dtype)), (GDT_FLOAT32, 4));
        // SAFETY: a row of `self` and as many floats.
        unsafe {
            convert(
                gdal,
                self.row(y).as_ptr().cast(),
                kinds.0,
                out.as_mut_ptr().cast(),
                kinds.1,
                self.size.0,
            )
        };
    }

    /// The bytes of a row.
    pub fn row(&self, y: usize) -> &[u8] {
        let line = self.size.0 * width(self.dtype);
        &self.bytes[y * line..(y + 1) * line]
    }

    /// The bytes of a row, to be written.
    pub fn row_mut(&mut self, y: usize) -> &mut [u8] {
        let line = self.size.0 * width(self.dtype);
        &mut self.bytes[y * line..(y + 1) * line]
    }

    /// How much memory it takes.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Copies what two rectangles share: `self` covers `mine`, `from` covers `theirs`.
    pub fn paste(&mut self, mine: Rect, from: &Pixels, theirs: Rect) {
        let shared = mine.intersect(&theirs);
        let step = width(self.dtype);
        let span = |r: Rect| (shared.x - r.x) as usize * step..(shared.x1() - r.x) as usize * step;
        for y in shared.y..shared.y1() {
            self.row_mut((y - mine.y) as usize)[span(mine)]
                .copy_from_slice(&from.row((y - theirs.y) as usize)[span(theirs)]);
        }
    }
}
