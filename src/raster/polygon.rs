//! An area with any outline, on a raster: the pixels whose middle lies inside.

use std::ops::Range;

use ndarray::{Array1, Array2};

use crate::error::Result;
use crate::memory::{push, zeros};

/// A polygon: closed lines, its outline and its holes alike. What lies within an odd number of
/// them is inside.
pub type Polygon = Vec<Vec<(f64, f64)>>;

/// Polygons in the coordinates of the raster, which may overlap: what lies in any is inside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Area(pub Vec<Polygon>);

/// A side of a polygon that crosses rows of a grid.
struct Side {
    polygon: usize,
    ends: [(f64, f64); 2],
    /// The rows that it crosses.
    rows: Range<usize>,
}

impl Area {
    /// West, north, east and south; `None` for an area without corners.
    pub fn bounds(&self) -> Option<[f64; 4]> {
        let corners = || self.0.iter().flatten().flatten();
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
    /// west to east and the rows' from north to south; shape (rows, columns).
    pub fn inside(&self, xs: &[f64], ys: &[f64]) -> Result<Array2<bool>> {
        let mut out = zeros((ys.len(), xs.len()))?;
        let mut sides = self.sides(ys)?;
        sides.sort_unstable_by_key(|side| side.rows.start);
        let mut coming = sides.into_iter().peekable();
        let mut crossed: Vec<Side> = Vec::new();
        let mut crossings: Vec<(usize, f64)> = Vec::new();
        // How many polygons begin at a column, less those that ended there.
        let mut begins: Array1<i32> = zeros(xs.len() + 1)?;
        for (row, (&y, mut line)) in ys.iter().zip(out.rows_mut()).enumerate() {
            crossed.retain(|side| side.rows.contains(&row));
            while let Some(side) = coming.next_if(|side| side.rows.start == row) {
                push(&mut crossed, side)?;
            }
            crossings.clear();
            for side in &crossed {
                push(&mut crossings, (side.polygon, side.at(y)))?;
            }
            // A line that is closed is crossed an even number of times, so the pairs are a
            // polygon's own.
            crossings.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
            begins.fill(0);
            for span in crossings.chunks_exact(2) {
                // The first point that lies at or east of x.
                let column = |x: f64| xs.partition_point(|middle| *middle < x);
                begins[column(span[0].1)] += 1;
                begins[column(span[1].1)] -= 1;
            }
            let mut polygons = 0;
            for (inside, begin) in line.iter_mut().zip(&begins) {
                polygons += begin;
                *inside = polygons > 0;
            }
        }
        Ok(out)
    }

    /// The sides that cross rows at these heights.
    fn sides(&self, ys: &[f64]) -> Result<Vec<Side>> {
        let mut sides = Vec::new();
        for (polygon, lines) in self.0.iter().enumerate() {
            for line in lines {
                for (&a, &b) in line.iter().zip(line.iter().cycle().skip(1)) {
                    // A corner counts for the side above it only.
                    let first = ys.partition_point(|y| *y >= a.1.max(b.1));
                    let rows = first..ys.partition_point(|y| *y >= a.1.min(b.1));
                    if !rows.is_empty() {
                        let ends = [a, b];
                        let side = Side {
                            polygon,
                            ends,
                            rows,
                        };
                        push(&mut sides, side)?;
                    }
                }
            }
        }
        Ok(sides)
    }
}

impl Side {
    /// Where it crosses a row.
    fn at(&self, y: f64) -> f64 {
        let [a, b] = self.ends;
        a.0 + (y - a.1) / (b.1 - a.1) * (b.0 - a.0)
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
        let area = Area(vec![vec![square(20.0, 80.0), square(40.0, 60.0)]]);
        assert_eq!(area.bounds(), Some([20.0, 80.0, 80.0, 20.0]));
        let (xs, ys) = grid();
        let whole = area.inside(&xs, &ys).unwrap();
        assert_eq!(whole.iter().filter(|v| **v).count(), 36 - 4);
        assert!(whole[(2, 2)] && !whole[(1, 2)] && !whole[(4, 4)] && whole[(6, 6)]);
        let part = area.inside(&xs[3..7], &ys[1..6]).unwrap();
        assert_eq!(part, whole.slice(ndarray::s![1..6, 3..7]));
        let slim = Area(vec![vec![square(21.0, 24.0)]]);
        assert!(!slim.inside(&xs, &ys).unwrap().iter().any(|v| *v));
        assert_eq!(Area(Vec::new()).bounds(), None);
    }

    #[test]
    fn a_middle_on_a_common_side_is_of_one_neighbour() {
        // Their sides go through middles, from 15 to 45 and from there to 85.
        let (xs, ys) = grid();
        let cell = |(x0, x1): (f64, f64), (y0, y1): (f64, f64)| {
            Area(vec![vec![vec![(x0, y0), (x0, y1), (x1, y1), (x1, y0)]]])
        };
        let parts = [(15.0, 45.0), (45.0, 85.0)];
        let mut seen = Array2::<i32>::zeros((10, 10));
        for area in parts.iter().flat_map(|x| parts.map(|y| cell(*x, y))) {
            seen += &area.inside(&xs, &ys).unwrap().mapv(i32::from);
        }
        let whole = cell((15.0, 85.0), (15.0, 85.0)).inside(&xs, &ys).unwrap();
        assert_eq!(seen, whole.mapv(i32::from));
        assert_eq!(seen.sum(), 49);
        // West and south are inside.
        assert!(whole[(8, 1)] && !whole[(1, 1)] && !whole[(8, 8)]);
    }

    #[test]
    fn polygons_that_overlap_are_no_holes() {
        let (xs, ys) = grid();
        let count = |polygons: &[Polygon]| {
            let inside = Area(polygons.to_vec()).inside(&xs, &ys).unwrap();
            inside.iter().filter(|v| **v).count()
        };
        let (large, small) = (vec![square(20.0, 80.0)], vec![square(40.0, 60.0)]);
        let ring = vec![square(20.0, 80.0), square(40.0, 60.0)];
        assert_eq!(count(&[large.clone(), small.clone()]), 36);
        assert_eq!(count(&[large.clone(), large.clone()]), 36);
        assert_eq!(count(&[large, vec![square(70.0, 100.0)]]), 36 + 9 - 1);
        assert_eq!(count(std::slice::from_ref(&ring)), 36 - 4);
        // What fills the hole of another is inside.
        assert_eq!(count(&[ring, small]), 36);
    }

    #[test]
    fn a_star_with_thousands_of_corners() {
        // Pixels are compared with the plain way: how many sides lie west of the point.
        let corner = |i: u32| {
            let (turn, far) = (f64::from(i) * 0.001_257, 30.0 + f64::from(i * 7 % 29));
            (50.0 + far * turn.cos(), 50.0 + far * turn.sin())
        };
        let star: Vec<_> = (0..5000).map(corner).collect();
        let (xs, ys) = grid();
        let inside = Area(vec![vec![star.clone()]]).inside(&xs, &ys).unwrap();
        for ((r, c), found) in inside.indexed_iter() {
            let (x, y) = (xs[c], ys[r]);
            let sides = star.iter().zip(star.iter().cycle().skip(1));
            let west = sides
                .filter(|(a, b)| (a.1 > y) != (b.1 > y))
                .filter(|(a, b)| a.0 + (y - a.1) / (b.1 - a.1) * (b.0 - a.0) <= x);
            assert_eq!(*found, west.count() % 2 == 1, "{x} {y}");
        }
    }
}
