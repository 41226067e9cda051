//! Coarser looks at the result, without inferring what nobody will see. A pixel that is at least as
//! large as the band's own is the mean of the source's ([`source_means`](super::source_means)); a
//! smaller one is the mean of super-resolved pixels. The driver's overviews have pixels
//! 2, 4, 8 … times larger than the result.

use ndarray::Array2;

use super::pixels::Pixels;
use super::planes::Plane;
use super::scene::Scene;
use super::source_means::source_means;
use crate::engine::extras::{Outline, mask};
use crate::error::Result;
use crate::memory::{map, zeros};
use crate::raster::grid::Rect;
use crate::raster::means::Axis;

/// Rasters of this size or smaller need no overview.
const SMALL: i64 = 256;

/// How many overviews a result has.
pub fn count((cols, rows): (i64, i64)) -> u32 {
    (0..).find(|&k| (cols.max(rows) >> k) <= SMALL).unwrap_or(0)
}

/// Columns or rows of level `level`; 0 is the full resolution.
fn shrunk(n: i64, level: u32) -> i64 {
    (n + (1 << level) - 1) >> level
}

/// A part of the result and the number of pixels that it is to become. Along one axis: where it
/// starts, in pixels of the result, how many of these go into one, and how many come out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Columns.
    pub x: (f64, f64, i64),
    /// Rows.
    pub y: (f64, f64, i64),
}

impl Scene {
    /// A rectangle of a plane at a level, in pixels of that level.
    pub fn read_level(&self, place: usize, level: u32, rect: Rect) -> Result<Pixels> {
        if level == 0 {
            return self.read(place, rect);
        }
        let (cols, rows) = self.size();
        let axis = |from: i64, length: i64, n: i64| {
            let step = n as f64 / shrunk(n, level) as f64;
            (from as f64 * step, step, length)
        };
        self.look(
            place,
            Look {
                x: axis(rect.x, rect.w, cols),
                y: axis(rect.y, rect.h, rows),
            },
        )
    }

    /// A part of a plane with larger pixels.
    pub fn look(&self, place: usize, look: Look) -> Result<Pixels> {
        let bands = self.job.outputs.len();
        let values = if place < bands {
            self.look_at_band(place, look)?
        } else if self.place(Plane::Classes).is_ok_and(|p| p == place) {
            let (xs, ys) = self.middles(look);
            let outline = Outline::of(&self.job, &xs, &ys)?;
            self.with_extras(|extras| extras.classes(&xs, &ys, &outline))?
        } else {
            let all: Vec<_> = (0..bands)
                .map(|band| self.look_at_band(band, look))
                .collect::<Result<_>>()?;
            mask(&self.job, &all)?
        };
        Pixels::store(self.gdal, values.view(), self.kind(place))
    }

    /// The coordinates of the middles of a look's columns and rows.
    fn middles(&self, look: Look) -> (Vec<f64>, Vec<f64>) {
        let whole = self.job.grid(&self.job.window);
        whole.middles_of(look.x, look.y)
    }

    fn look_at_band(&self, band: usize, look: Look) -> Result<Array2<f32>> {
        let output = &self.job.outputs[band];
        let pixel = look.x.1.min(look.y.1) * self.job.finest.gsd / self.job.scale as f64;
        let own = self
            .job
            .product
            .band(output.band)
            .map_or(f64::INFINITY, |b| b.grid.gsd);
        // The source says nothing of errors.
        let values = if pixel > own * 0.999 && !output.layer().error {
            self.source_means(band, look)?
        } else {
            self.means(band, look)?
        };
        let storage = self.job.storage();
        let mut values = map(values.view(), |v| {
            v.map_or(storage.hole(), |v| storage.store(f64::from(v)))
        })?;
        let (xs, ys) = self.middles(look);
        Outline::of(&self.job, &xs, &ys)?.cut(&mut values, storage.hole());
        Ok(values)
    }

    /// Means of the valid pixels of the source.
    fn source_means(&self, band: usize, look: Look) -> Result<Array2<Option<f32>>> {
        let output = &self.job.outputs[band];
        let Some(file) = self.job.product.band(output.band) else {
            return zeros((look.y.2 as usize, look.x.2 as usize));
        };
        let (whole, own) = (self.job.grid(&self.job.window), &file.grid);
        let axis = |edge: f64, (from, step, count): (f64, f64, i64)| Axis {
            from: (edge + from * whole.gsd) / own.gsd,
            step: step * whole.gsd / own.gsd,
            count,
        };
        let (xs, ys) = (
            axis(whole.west - own.west, look.x),
            axis(own.north - whole.north, look.y),
        );
        let means = self.with_source(band, |source| source_means(source, (&xs, &ys)))?;
        let dn = |v: f32| file.radiometry.convert(&output.radiometry, f64::from(v)) as f32;
        map(means.view(), |mean| mean.map(dn))
    }

    /// Means of the valid pixels of the result.
    fn means(&self, band: usize, look: Look) -> Result<Array2<Option<f32>>> {
        let (cols, rows) = self.size();
        // Which pixel each one of the result goes into: the one that its middle lies in.
        let places = |(from, step, n): (f64, f64, i64), size: i64| {
            let edge = |at: f64| (at - 0.5).ceil() as i64;
            let first = edge(from).clamp(0, size - 1);
            let last = edge(from + step * n as f64).clamp(first + 1, size);
            let place = move |i: i64| {
                ((i as f64 + 0.5 - from) / step)
                    .floor()
                    .clamp(0.0, (n - 1) as f64) as usize
            };
            (first, last, (first..last).map(place).collect::<Vec<_>>())
        };
        let ((x0, x1, columns), (y0, y1, lines)) = (places(look.x, cols), places(look.y, rows));
        let fine = Rect::between((x0, y0), (x1, y1));
        let mut sums: Array2<(f64, u32)> = zeros((look.y.2 as usize, look.x.2 as usize))?;
        let storage = self.job.storage();
        let mut line = Vec::new();
        self.each_tile(band, fine, |at, tile| {
            let shared = at.intersect(&fine);
            for y in shared.y..shared.y1() {
                tile.load(self.gdal, (y - at.y) as usize, &mut line);
                let mut row = sums.row_mut(lines[(y - fine.y) as usize]);
                for x in shared.x..shared.x1() {
                    let value = line[(x - at.x) as usize];
                    if !storage.is_hole(value) {
                        let sum = &mut row[columns[(x - fine.x) as usize]];
                        *sum = (sum.0 + f64::from(value), sum.1 + 1);
                    }
                }
            }
        })?;
        map(sums.view(), |&(sum, n)| {
            (n > 0).then(|| (sum / f64::from(n)) as f32)
        })
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
