//! Coarser looks at the result, without inferring what nobody will see: level k has pixels 2^k times larger. A pixel that
//! is at least as large as the band's own comes from the source, averaged, through the source's overviews where it has
//! some; a smaller one is the mean of super-resolved pixels.

use super::pixels::Pixels;
use super::scene::{Scene, lock};
use crate::core::error::Result;
use crate::core::grid::Rect;
use crate::gdal::Dataset;

/// Rasters of this size or smaller need no coarser level.
const SMALL: i64 = 256;

/// How many levels there are above the full resolution.
pub fn count((cols, rows): (i64, i64)) -> u32 {
    (0..).find(|&k| (cols.max(rows) >> k) <= SMALL).unwrap_or(0)
}

/// Columns or rows of a level.
pub fn shrunk(n: i64, level: u32) -> i64 {
    (n + (1 << level) - 1) >> level
}

impl Scene {
    /// A rectangle of a band at a level, in pixels of that level.
    pub fn read_level(&self, band: usize, level: u32, rect: Rect) -> Result<Pixels> {
        if level == 0 {
            return self.read(band, rect);
        }
        let pixel = self.job.finest.gsd / self.job.scale as f64 * f64::from(1u32 << level);
        let own = self.job.product.band(self.job.outputs[band].band).map_or(f64::INFINITY, |b| b.grid.gsd);
        let values = if pixel >= own { self.from_source(band, level, rect)? } else { self.means(band, level, rect)? };
        let (radiometry, nodata) = (&self.job.outputs[band].radiometry, self.job.outputs[band].radiometry.nodata_value(self.job.dtype));
        let whole_numbers = self.job.dtype.limits().is_some();
        let values = values.mapv(|v| match v {
            None => nodata,
            Some(v) if whole_numbers && radiometry.is_invalid(v.round()) => v.round() + 1.0,
            Some(v) => v,
        });
        Ok(Pixels::store(values.view(), self.job.dtype))
    }

    /// Means of the valid source pixels; a pixel whose middle is invalid is.
    fn from_source(&self, band: usize, level: u32, rect: Rect) -> Result<ndarray::Array2<Option<f32>>> {
        let job = &self.job;
        let output = &job.outputs[band];
        let Some(file) = job.product.band(output.band) else { return Ok(ndarray::Array2::default((0, 0))) };
        let (cols, rows) = self.size();
        let whole = job.grid(&job.whole);
        let step = |n: i64| n as f64 / shrunk(n, level) as f64 * whole.gsd;
        // The file's pixels and where they start; `first` is counted in them.
        let gsd = file.grid.gsd / file.block as f64;
        let (west, north) = (file.grid.west - file.first.0 as f64 * gsd, file.grid.north + file.first.1 as f64 * gsd);
        let x = (whole.west - west + rect.x as f64 * step(cols)) / gsd;
        let y = (north - whole.north + rect.y as f64 * step(rows)) / gsd;
        let window = [x, y, rect.w as f64 * step(cols) / gsd, rect.h as f64 * step(rows) / gsd];
        let mut files = lock(&self.files);
        let dataset = match files.entry(band) {
            std::collections::hash_map::Entry::Occupied(e) => e.into_mut(),
            std::collections::hash_map::Entry::Vacant(e) => e.insert(Dataset::open(&file.file)?),
        };
        let means = dataset.read_shrunk(file.index, window, (rect.w, rect.h), true)?;
        let middles = dataset.read_shrunk(file.index, window, (rect.w, rect.h), false)?;
        let invalid = |v: f32| output.radiometry.is_invalid(v);
        Ok(ndarray::Zip::from(&means).and(&middles).map_collect(|&mean, &middle| (!invalid(middle) && mean.is_finite()).then_some(mean)))
    }

    /// Means of the valid pixels of the result.
    fn means(&self, band: usize, level: u32, rect: Rect) -> Result<ndarray::Array2<Option<f32>>> {
        let (cols, rows) = self.size();
        let (out_cols, out_rows) = (shrunk(cols, level), shrunk(rows, level));
        // A pixel of the result belongs to the coarse one that its middle lies in.
        let place = |i: i64, n: i64, out: i64| (2 * i + 1) * out / (2 * n);
        let first = |i: i64, n: i64, out: i64| (2 * i * n - out + 2 * out - 1).div_euclid(2 * out).max(0);
        let fine = Rect::between(
            (first(rect.x, cols, out_cols), first(rect.y, rows, out_rows)),
            (first(rect.x1(), cols, out_cols).min(cols), first(rect.y1(), rows, out_rows).min(rows)),
        );
        let columns: Vec<usize> = (fine.x..fine.x1()).map(|x| (place(x, cols, out_cols) - rect.x) as usize).collect();
        let mut sums = ndarray::Array2::<(f64, u32)>::default((rect.h as usize, rect.w as usize));
        let radiometry = &self.job.outputs[band].radiometry;
        let mut line = Vec::new();
        self.each_tile(fine, |at, tile| {
            let shared = at.intersect(&fine);
            for y in shared.y..shared.y1() {
                tile[band].load((y - at.y) as usize, &mut line);
                let mut row = sums.row_mut((place(y, rows, out_rows) - rect.y) as usize);
                for x in shared.x..shared.x1() {
                    let value = line[(x - at.x) as usize];
                    if !radiometry.is_invalid(value) {
                        let sum = &mut row[columns[(x - fine.x) as usize]];
                        *sum = (sum.0 + f64::from(value), sum.1 + 1);
                    }
                }
            }
        })?;
        Ok(sums.mapv(|(sum, n)| (n > 0).then(|| (sum / f64::from(n)) as f32)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_end_where_the_raster_is_small() {
        assert_eq!(count((256, 200)), 0);
        assert_eq!(count((257, 200)), 1);
        assert_eq!(count((10980, 10980)), 6);
        assert_eq!((shrunk(10980, 3), shrunk(7, 1)), (1373, 4));
    }
}
