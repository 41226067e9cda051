//! Reading pixels.

use ndarray::Array2;

use super::Quiet;
use super::api::CE_NONE;
use super::dataset::{Dataset, data_type};
use super::rules::{Pixels, Rules};
use crate::error::{Error, Result};
use crate::memory::zeros;
use crate::raster::grid::Rect;
use crate::raster::radiometry::DataType;

/// What is read: a band, or the mask of one.
#[derive(Clone, Copy)]
enum Part {
    Band(usize),
    Mask(usize),
}

impl Dataset {
    /// Reads a rectangle of band `index` (from 1).
    pub fn read(&mut self, index: usize, r: Rect) -> Result<Array2<f32>> {
        self.read_resampled(index, r, (r.w, r.h))
    }

    /// Reads a rectangle of band `index` at `size` columns and rows: pixels picked, or taken from
    /// overviews.
    pub fn read_resampled(
        &mut self,
        index: usize,
        r: Rect,
        size: (i64, i64),
    ) -> Result<Array2<f32>> {
        let mut out: Array2<f32> = zeros((size.1 as usize, size.0 as usize))?;
        self.fill(
            Part::Band(index),
            None,
            self.in_file(r, self.size().1),
            &mut out,
        )?;
        self.turn(&mut out);
        Ok(out)
    }

    /// Reads a rectangle of the mask of band `index` (from 1): 0 where it is invalid.
    pub fn read_mask(&mut self, index: usize, r: Rect) -> Result<Array2<f32>> {
        let mut out: Array2<f32> = zeros((r.h as usize, r.w as usize))?;
        self.fill(
            Part::Mask(index),
            None,
            self.in_file(r, self.size().1),
            &mut out,
        )?;
        self.turn(&mut out);
        Ok(out)
    }

    /// A rectangle as the file counts its rows, of which there are so many.
    fn in_file(&self, r: Rect, rows: i64) -> Rect {
        if self.south_up {
            Rect::new(r.x, rows - r.y1(), r.w, r.h)
        } else {
            r
        }
    }

    /// Brings rows as the file has them into the order from north to south.
    fn turn(&self, pixels: &mut Array2<f32>) {
        let (rows, cols) = pixels.dim();
        let Some(values) = pixels.as_slice_mut().filter(|_| self.south_up) else {
            return;
        };
        for row in 0..rows / 2 {
            let (top, bottom) = values.split_at_mut((rows - 1 - row) * cols);
            top[row * cols..(row + 1) * cols].swap_with_slice(&mut bottom[..cols]);
        }
    }

    /// Columns and rows of the coarser copies of band `index` (from 1) that the file keeps: its
    /// overviews. Where it is `masked`, only those count that its mask has too.
    pub fn levels(&self, index: usize, masked: bool) -> Result<Vec<(i64, i64)>> {
        let rules = Rules::enter(self.raster.gdal);
        let _quiet = Quiet::new();
        let sizes = |part| {
            let pixels = self.pixels(part, &rules)?;
            Ok(pixels.levels().iter().map(Pixels::size).collect::<Vec<_>>())
        };
        let mut levels = sizes(Part::Band(index))?;
        if masked {
            let of_mask = sizes(Part::Mask(index))?;
            levels.retain(|level| of_mask.contains(level));
        }
        Ok(levels)
    }

    /// Reads a rectangle of the coarser copy of band `index` that has so many columns and rows, in
    /// pixels of that copy.
    pub fn read_level(&mut self, index: usize, level: (i64, i64), r: Rect) -> Result<Array2<f32>> {
        self.level(Part::Band(index), level, r)
    }

    /// The same of the mask of band `index`, as parts of the most that a mask of its type holds: 0
    /// where all is invalid, 1 where all is valid.
    pub fn read_mask_level(
        &mut self,
        index: usize,
        level: (i64, i64),
        r: Rect,
    ) -> Result<Array2<f32>> {
        let mut out = self.level(Part::Mask(index), level, r)?;
        let rules = Rules::enter(self.raster.gdal);
        let kind = data_type(self.pixels(Part::Mask(index), &rules)?.kind());
        let (_, most) = kind.and_then(DataType::limits).unwrap_or((0.0, 1.0));
        out.mapv_inplace(|v| v / most as f32);
        Ok(out)
    }

    fn level(&self, part: Part, level: (i64, i64), r: Rect) -> Result<Array2<f32>> {
        let mut out: Array2<f32> = zeros((r.h as usize, r.w as usize))?;
        self.fill(part, Some(level), self.in_file(r, level.1), &mut out)?;
        self.turn(&mut out);
        Ok(out)
    }

    fn pixels<'a>(&'a self, part: Part, rules: &'a Rules) -> Result<Pixels<'a>> {
        let (pixels, index) = match part {
            Part::Band(index) => (self.raster.band(index, rules), index),
            Part::Mask(index) => (self.raster.mask(index, rules), index),
        };
        pixels.ok_or_else(|| self.no_band(index))
    }

    /// Reads a rectangle of a band, or of the coarser copy of a size, into an array, whatever its
    /// size.
    fn fill(
        &self,
        part: Part,
        level: Option<(i64, i64)>,
        r: Rect,
        out: &mut Array2<f32>,
    ) -> Result<()> {
        let rules = Rules::enter(self.raster.gdal);
        let quiet = Quiet::new();
        let (rows, cols) = out.dim();
        let mut band = self.pixels(part, &rules)?;
        if let Some(size) = level {
            let mut levels = band.levels().into_iter();
            band = levels.find(|level| level.size() == size).ok_or_else(|| {
                Error::input(&self.path, "its overviews changed while it was read")
            })?;
        }
        let values = out.as_slice_mut().unwrap_or_default();
        let code = band.read(r, values, (cols as i64, rows as i64));
        // A decoder may report a damaged block and still call the read a success.
        if code == CE_NONE && !quiet.failed() {
            return Ok(());
        }
        let why = quiet.explain("no reason given");
        Err(Error::input(
            &self.path,
            format!("reading its pixels failed, the file may be damaged or cut short ({why})"),
        ))
    }
}
