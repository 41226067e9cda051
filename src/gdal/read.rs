//! Reading pixels.

use std::ptr::null_mut;

use ndarray::Array2;

use super::Quiet;
use super::api::{CE_NONE, GDALRasterIOExtraArg, GRIORA_AVERAGE, GRIORA_NEAREST_NEIGHBOUR};
use super::dataset::Dataset;
use super::rules::Rules;
use crate::error::{Error, Result};
use crate::memory::zeros;
use crate::raster::grid::Rect;

/// What is read: a band, or the mask of one.
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
        self.fill(Part::Band(index), self.in_file(r), &mut out, None)?;
        self.turn(&mut out);
        Ok(out)
    }

    /// Reads a rectangle of the mask of band `index` (from 1): 0 where it is invalid.
    pub fn read_mask(&mut self, index: usize, r: Rect) -> Result<Array2<f32>> {
        let mut out: Array2<f32> = zeros((r.h as usize, r.w as usize))?;
        self.fill(Part::Mask(index), self.in_file(r), &mut out, None)?;
        self.turn(&mut out);
        Ok(out)
    }

    /// A rectangle as the file counts its rows.
    fn in_file(&self, r: Rect) -> Rect {
        if self.south_up {
            Rect::new(r.x, self.size().1 - r.y1(), r.w, r.h)
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

    /// Reads a window of band `index` (from 1), given as x, y, width and height in pixels and parts
    /// of them, into so many columns and rows: their means, or the pixel in the middle of each.
    /// GDAL takes overviews where there are some.
    pub fn read_shrunk(
        &mut self,
        index: usize,
        window: [f64; 4],
        size: (i64, i64),
        means: bool,
    ) -> Result<Array2<f32>> {
        self.shrunk(Part::Band(index), window, size, means)
    }

    /// The same of the mask of band `index`, the pixel in the middle of each: 0 where it is
    /// invalid.
    pub fn read_mask_shrunk(
        &mut self,
        index: usize,
        window: [f64; 4],
        size: (i64, i64),
    ) -> Result<Array2<f32>> {
        self.shrunk(Part::Mask(index), window, size, false)
    }

    fn shrunk(
        &mut self,
        part: Part,
        [x, y, w, h]: [f64; 4],
        (cols, rows): (i64, i64),
        means: bool,
    ) -> Result<Array2<f32>> {
        let (width, height) = self.size();
        // What rounding let stand out by a millionth of a pixel must not make the window reach
        // outside.
        let span = |from: f64, length: f64, n: i64| {
            let (from, to) = (
                from.clamp(0.0, n as f64 - 1.0),
                (from + length).clamp(1.0, n as f64),
            );
            let first = from.floor();
            (
                (from, to - from),
                (first as i64, (to.ceil() - first) as i64),
            )
        };
        let y = if self.south_up {
            height as f64 - y - h
        } else {
            y
        };
        let ((x, w), (x_off, x_size)) = span(x, w, width);
        let ((y, h), (y_off, y_size)) = span(y, h, height);
        let mut extra = GDALRasterIOExtraArg {
            nVersion: 1,
            eResampleAlg: if means {
                GRIORA_AVERAGE
            } else {
                GRIORA_NEAREST_NEIGHBOUR
            },
            pfnProgress: None,
            pProgressData: null_mut(),
            bFloatingPointWindowValidity: 1,
            dfXOff: x,
            dfYOff: y,
            dfXSize: w,
            dfYSize: h,
            reserved: [0; 8],
        };
        let mut out: Array2<f32> = zeros((rows as usize, cols as usize))?;
        let asked = Rect::new(x_off, y_off, x_size, y_size);
        self.fill(part, asked, &mut out, Some(&mut extra))?;
        self.turn(&mut out);
        Ok(out)
    }

    /// Reads a rectangle of a band into an array, whatever its size.
    fn fill(
        &self,
        part: Part,
        r: Rect,
        out: &mut Array2<f32>,
        extra: Option<&mut GDALRasterIOExtraArg>,
    ) -> Result<()> {
        let rules = Rules::enter(self.raster.gdal);
        let quiet = Quiet::new();
        let (rows, cols) = out.dim();
        let (band, index) = match part {
            Part::Band(index) => (self.raster.band(index, &rules), index),
            Part::Mask(index) => (self.raster.mask(index, &rules), index),
        };
        let Some(band) = band else {
            return Err(self.no_band(index));
        };
        let values = out.as_slice_mut().unwrap_or_default();
        let code = band.read(r, values, (cols as i64, rows as i64), extra);
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
