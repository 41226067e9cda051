//! An area with any outline, on a raster: the pixels whose middle lies inside.

use ndarray::Array2;

use crate::error::Result;
use crate::memory::zeros;

/// Closed lines in the coordinates of the raster: outlines and holes of polygons alike. What lies
/// within an odd number of them is inside.
#[derive(Clone, Debug, PartialEq)]
pub struct Area(pub Vec<Vec<(f64, f64)>>);

impl Area {
    /// West, north, east and south; `None` for an area without corners.
    pub fn bounds(&self) -> Option<[f64; 4]> {
        let corners = || self.0.iter().flatten();
        let x = || corners().map(|c| c.0);
        let y = || corners().map(|c| c.1);
        corners().next()?;
        Some([
            x().fold(f64::INFINITY, f64::min),
            y().fold(f64::NEG_INFINITY, f64::max),
            x().fold(f64::NEG_INFINITY, f64::max),
            y().fold(f64::INFINITY, f64::min),
        ])
    }

    /// Which points are inside, of a grid of points given by their coordinates, the columns' from
    /// west to east; shape (rows, columns).
    pub fn inside(&self, xs: &[f64], ys: &[f64]) -> Result<Array2<bool>> {
        let mut out = zeros((ys.len(), xs.len()))?;
        let mut crossings: Vec<f64> = Vec::new();
        for (&y, mut line) in ys.iter().zip(out.rows_mut()) {
            crossings.clear();
            for ring in &self.0 {
                let sides = ring.iter().zip(ring.iter().cycle().skip(1));
                // A corner counts for the side above it only.
                let crossed = sides.filter(|(a, b)| (a.1 > y) != (b.1 > y));
                crossings.extend(crossed.map(|(a, b)| a.0 + (y - a.1) / (b.1 - a.1) * (b.0 - a.0)));
            }
            crossings.sort_by(f64::total_cmp);
            for span in crossings.chunks_exact(2) {
                // The first point that lies at or east of x.
                let column = |x: f64| xs.partition_point(|middle| *middle < x);
                let (from, to) = (column(span[0]), column(span[1]));
                line.iter_mut().take(to).skip(from).for_each(|v| *v = true);
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The middles of ten columns and of ten rows of 10 m, the north-western corner at (0, 100).
    fn grid() -> (Vec<f64>, Vec<f64>) {
        let middles = || (0..10).map(|i| f64::from(i) * 10.0 + 5.0);
        (middles().collect(), middles().rev().collect())
    }

    fn square(from: f64, to: f64) -> Vec<(f64, f64)> {
        vec![(from, from), (from, to), (to, to), (to, from), (from, from)]
    }

    #[test]
    fn pixels_count_by_their_middle() {
        let area = Area(vec![square(20.0, 80.0), square(40.0, 60.0)]);
        assert_eq!(area.bounds(), Some([20.0, 80.0, 80.0, 20.0]));
        let (xs, ys) = grid();
        let whole = area.inside(&xs, &ys).unwrap();
        assert_eq!(whole.iter().filter(|v| **v).count(), 36 - 4);
        assert!(whole[(2, 2)] && !whole[(1, 2)] && !whole[(4, 4)] && whole[(6, 6)]);
        let part = area.inside(&xs[3..7], &ys[1..6]).unwrap();
        assert_eq!(part, whole.slice(ndarray::s![1..6, 3..7]));
        let slim = Area(vec![square(21.0, 24.0)]);
        assert!(!slim.inside(&xs, &ys).unwrap().iter().any(|v| *v));
        assert_eq!(Area(Vec::new()).bounds(), None);
    }
}
