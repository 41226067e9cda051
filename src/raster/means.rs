//! Larger pixels from smaller ones: the means of the valid ones, each with the part of it that lies
//! in the larger pixel. The sizes need not divide.

use std::ops::Range;

use ndarray::{Array2, s};

use super::grid::Rect;
use super::plane::Plane;
use crate::error::Result;
use crate::memory::{map, room, zeros};

/// A smaller pixel of which less than this lies in the larger one, along an axis, does not make it
/// valid where the others are not. Positions that went through GDAL are known to a few hundredths
/// of a pixel.
const SLIVER: f64 = 0.05;

/// Columns or rows of larger pixels, in smaller pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// Where the first one begins.
    pub from: f64,
    /// How many smaller pixels go into one.
    pub step: f64,
    /// How many there are.
    pub count: i64,
}

impl Axis {
    /// The same on pixels of another size: `start` is where the first of those that it is on now
    /// lies there, `scale` how many there are one of these.
    pub fn on(&self, (start, scale): (f64, f64)) -> Self {
        Self {
            from: start + self.from * scale,
            step: self.step * scale,
            count: self.count,
        }
    }

    /// The same, but for what of it stands out of `size` smaller pixels: the larger ones are
    /// squeezed into them. Positions that went through GDAL do not end quite where a raster does.
    pub fn within(&self, size: i64) -> Self {
        let end = size as f64;
        let (from, to) = (
            self.from.clamp(0.0, end - 1.0),
            (self.from + self.count as f64 * self.step).clamp(1.0, end),
        );
        Self {
            from,
            step: (to - from) / self.count as f64,
            count: self.count,
        }
    }

    /// Where larger pixel `i` begins.
    pub fn edge(&self, i: i64) -> f64 {
        let at = self.from + i as f64 * self.step;
        let whole = at.round();
        // What rounding let stand out is no part of another pixel.
        if (at - whole).abs() < 1e-6 { whole } else { at }
    }

    /// The smaller pixels that some larger ones touch, at least one, of `size` that there are: the
    /// first, and the one after the last.
    pub fn touched(&self, part: Range<i64>, size: i64) -> (i64, i64) {
        let first = (self.edge(part.start).floor() as i64).clamp(0, size - 1);
        let end = (self.edge(part.end).ceil() as i64).clamp(first + 1, size.max(first + 1));
        (first, end)
    }

    /// The smaller pixels of `seen` that larger pixel `i` touches, and how much of each lies in it.
    fn shares(&self, i: i64, seen: Range<i64>) -> Result<(i64, Vec<f64>)> {
        let (from, to) = (self.edge(i), self.edge(i + 1));
        let first = (from.floor() as i64).clamp(seen.start, seen.end);
        let end = (to.ceil() as i64).clamp(first, seen.end);
        let share = |x: i64| (to.min((x + 1) as f64) - from.max(x as f64)).max(0.0);
        let mut shares = room((end - first) as usize)?;
        shares.extend((first..end).map(share));
        Ok((first, shares))
    }
}

/// The smaller pixels that a rectangle of larger ones touches.
pub fn touched((xs, ys): (&Axis, &Axis), part: Rect, (cols, rows): (i64, i64)) -> Rect {
    let (x0, x1) = xs.touched(part.x..part.x1(), cols);
    let (y0, y1) = ys.touched(part.y..part.y1(), rows);
    Rect::between((x0, y0), (x1, y1))
}

/// Means that are being made.
pub struct Means(Array2<Sum>);

/// What of the valid smaller pixels lies in a larger one.
#[derive(Clone, Copy, Default)]
struct Sum {
    values: f64,
    weight: f64,
    /// Whether it is more than slivers.
    is_some: bool,
}

impl Means {
    /// Of so many larger pixels along each axis.
    pub fn new((xs, ys): (&Axis, &Axis)) -> Result<Self> {
        Ok(Self(zeros((ys.count as usize, xs.count as usize))?))
    }

    /// Adds the valid pixels of a plane, which covers the rectangle `seen` of the smaller ones, to
    /// those larger pixels of the rectangle `part` that are `chosen`.
    pub fn add(
        &mut self,
        plane: &Plane,
        seen: Rect,
        (xs, ys): (&Axis, &Axis),
        part: Rect,
        chosen: &Array2<bool>,
    ) -> Result<()> {
        let valid = valid(plane)?;
        let columns: Vec<_> = (part.x..part.x1())
            .map(|i| xs.shares(i, seen.x..seen.x1()))
            .collect::<Result<_>>()?;
        let (width, data) = (seen.w as usize, plane.data.as_standard_layout());
        let data = data.as_slice().unwrap_or_default();
        let valid = valid.as_ref().and_then(|v| v.as_slice());
        for row in part.y..part.y1() {
            let (y, down) = ys.shares(row, seen.y..seen.y1())?;
            for (column, (x, across)) in (part.x..).zip(&columns) {
                let at = (row as usize, column as usize);
                if !chosen[at] {
                    continue;
                }
                let sum = &mut self.0[at];
                let mut from = (y - seen.y) as usize * width + (x - seen.x) as usize;
                for down in &down {
                    let line = from..from + across.len();
                    from += width;
                    let all = valid.map(|valid| &valid[line.clone()]);
                    for (i, (value, across)) in data[line].iter().zip(across).enumerate() {
                        let share = all.map_or(1.0, |all| f64::from(all[i]));
                        if share > 0.0 {
                            let weight = down * across * share;
                            sum.values += weight * f64::from(*value);
                            sum.weight += weight;
                            sum.is_some |= down.min(*across) > SLIVER;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// The means; `None` where nothing is valid.
    pub fn finish(&self) -> Result<Array2<Option<f32>>> {
        map(self.0.view(), |sum| {
            sum.is_some.then(|| (sum.values / sum.weight) as f32)
        })
    }
}

/// How much of each pixel is valid, 0 to 1; `None`: all of all.
fn valid(plane: &Plane) -> Result<Option<Array2<f32>>> {
    let Some(invalid) = &plane.invalid else {
        return Ok(None);
    };
    let (rows, cols) = plane.data.dim();
    // The mask may be finer than the pixels.
    let k = invalid.ncols() / cols.max(1);
    let mut valid: Array2<f32> = zeros((rows, cols))?;
    for ((r, c), part) in valid.indexed_iter_mut() {
        let block = invalid.slice(s![r * k..(r + 1) * k, c * k..(c + 1) * k]);
        let count = block.iter().filter(|invalid| !**invalid).count();
        *part = count as f32 / (k * k) as f32;
    }
    Ok(Some(valid))
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::memory::filled;

    fn axis(from: f64, step: f64, count: i64) -> Axis {
        Axis { from, step, count }
    }

    /// The means of a whole plane, read in two parts.
    fn means(plane: &Plane, xs: &Axis, ys: &Axis) -> Array2<Option<f32>> {
        let (rows, cols) = (plane.data.nrows() as i64, plane.data.ncols() as i64);
        let (whole, mut sums) = (
            Rect::new(0, 0, xs.count, ys.count),
            Means::new((xs, ys)).unwrap(),
        );
        let all = filled((ys.count as usize, xs.count as usize), true).unwrap();
        for (y, h) in [(0, 1), (1, rows - 1)] {
            let seen = Rect::new(0, y, cols, h);
            let data = plane.data.slice(s![y as usize..(y + h) as usize, ..]);
            let k = plane.invalid.as_ref().map_or(0, |m| m.nrows()) / rows as usize;
            let mask = plane.invalid.as_ref().map(|m| {
                let lines = s![y as usize * k..(y + h) as usize * k, ..];
                m.slice(lines).to_owned()
            });
            let part = Plane {
                data: data.to_owned(),
                invalid: mask,
            };
            sums.add(&part, seen, (xs, ys), whole, &all).unwrap();
        }
        sums.finish().unwrap()
    }

    #[test]
    fn means_are_of_the_valid_pixels() {
        let plane = Plane {
            data: array![[1.0, 2.0, 9.0, 9.0], [3.0, 0.0, 9.0, 9.0]],
            invalid: Some(array![
                [false, false, true, true],
                [false, true, true, true]
            ]),
        };
        let (xs, ys) = (axis(0.0, 2.0, 2), axis(0.0, 2.0, 1));
        assert_eq!(means(&plane, &xs, &ys), array![[Some(2.0), None]]);
    }

    #[test]
    fn pixels_count_with_the_part_that_lies_inside() {
        let plane = Plane {
            data: array![[1.0, 4.0, 7.0], [1.0, 4.0, 7.0]],
            invalid: None,
        };
        let (xs, ys) = (axis(0.0, 1.5, 2), axis(0.0, 2.0, 1));
        assert_eq!(means(&plane, &xs, &ys), array![[Some(2.0), Some(6.0)]]);
    }

    #[test]
    fn slivers_make_nothing_valid() {
        let plane = Plane {
            data: array![[1.0, 4.0], [1.0, 4.0]],
            invalid: Some(array![[true, false], [true, false]]),
        };
        let ys = axis(0.0, 2.0, 1);
        let at = |from| means(&plane, &axis(from, 1.0, 1), &ys);
        assert_eq!(at(0.03), array![[None]]);
        assert_eq!(at(0.5), array![[Some(4.0)]]);
    }

    #[test]
    fn pixels_count_with_the_part_of_them_that_is_valid() {
        let mut mask = Array2::from_elem((4, 4), false);
        mask.slice_mut(s![.., 2..]).fill(true);
        mask[(0, 2)] = false;
        let plane = Plane {
            data: array![[5.0, 9.0], [5.0, 1.0]],
            invalid: Some(mask),
        };
        let all = axis(0.0, 2.0, 1);
        // 5 twice, and a quarter of the 9.
        let expected = ((10.0 + 9.0 / 4.0) / 2.25) as f32;
        assert_eq!(means(&plane, &all, &all), array![[Some(expected)]]);
    }

    #[test]
    fn what_is_touched_lies_inside() {
        let xs = axis(-0.3, 2.5, 4);
        assert_eq!(xs.touched(0..1, 9), (0, 3));
        assert_eq!(xs.touched(3..4, 9), (7, 9));
        // What rounding let stand out touches no other pixel.
        assert_eq!(axis(2.0 - 1e-7, 1.0 + 2e-7, 2).touched(0..1, 9), (2, 3));
        assert_eq!(xs.on((1.0, 0.5)), axis(0.85, 1.25, 4));
        assert_eq!(xs.within(9), axis(0.0, 2.25, 4));
    }
}
