//! Values between the pixels of the result: where GDAL interpolates a VRT, it asks for columns and
//! rows such as 10.25, a quarter of the way from pixel 10 to pixel 11.

use ndarray::Array2;

use super::pixels::Pixels;
use super::positions::is_between;
use super::scene::Scene;
use crate::error::Result;
use crate::memory::zeros;
use crate::raster::grid::Rect;

/// The pixel before a position, and how far the position is from it to the next one.
fn before(position: f64, count: i64) -> (i64, f64) {
    let position = if is_between(position) {
        position
    } else {
        position.round()
    };
    let position = position.clamp(0.0, (count - 1) as f64);
    (position as i64, position.fract())
}

/// What lies between two values; the one of them where there is no other, as GDAL has it.
fn mix(a: Option<f64>, b: Option<f64>, part: f64) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a + (b - a) * part),
        (a, b) => a.or(b),
    }
}

impl Scene {
    /// A band at columns and rows between its pixels, from the up to four around.
    pub fn between(&self, place: usize, xs: &[f64], ys: &[f64]) -> Result<Pixels> {
        let (cols, rows) = self.size();
        let places = |v: &[f64], count| v.iter().map(|v| before(*v, count)).collect::<Vec<_>>();
        let (xs, ys) = (places(xs, cols), places(ys, rows));
        let span = |v: &[(i64, f64)]| {
            let past = |(at, part): &(i64, f64)| at + 1 + i64::from(*part > 0.0);
            let first = v.iter().map(|(at, _)| *at).min().unwrap_or(0);
            (first, v.iter().map(past).max().unwrap_or(first + 1))
        };
        let ((x0, x1), (y0, y1)) = (span(&xs), span(&ys));
        let from = self.read(place, Rect::between((x0, y0), (x1, y1)))?;
        let storage = self.job.storage();
        let mut out: Array2<f32> = zeros((ys.len(), xs.len()))?;
        let (mut upper, mut lower) = (Vec::new(), Vec::new());
        for (mut line, (y, down)) in out.rows_mut().into_iter().zip(ys) {
            let y = (y - y0) as usize;
            from.load(self.gdal, y, &mut upper);
            from.load(self.gdal, y + usize::from(down > 0.0), &mut lower);
            for (value, &(x, right)) in line.iter_mut().zip(&xs) {
                let x = (x - x0) as usize;
                let next = x + usize::from(right > 0.0);
                let valid = |v: f32| (!storage.is_hole(v)).then(|| f64::from(v));
                let across = |row: &[f32]| mix(valid(row[x]), valid(row[next]), right);
                *value = mix(across(&upper), across(&lower), down)
                    .map_or(storage.hole(), |v| storage.store(v));
            }
        }
        Pixels::store(self.gdal, out.view(), self.kind(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_have_a_pixel_before_them() {
        assert_eq!(mix(Some(8.0), Some(4.0), 0.25), Some(7.0));
        assert_eq!(mix(None, Some(4.0), 0.25), Some(4.0));
        assert_eq!(before(10.25, 20), (10, 0.25));
        assert_eq!(before(9.9999, 20), (10, 0.0));
        assert_eq!(before(-0.3, 20), (0, 0.0));
        assert_eq!(before(19.2, 20), (19, 0.0));
        assert_eq!(before(7.0002, 20), (7, 0.0));
    }
}
