//! Means of a band's own pixels, of those that are valid. They come from a coarser copy that the
//! file keeps, if it keeps one: a level of JPEG 2000, an overview. Such copies do not know what is
//! invalid by the rules that hold for the band, and mix it into what lies beside it. So where that
//! may have been, the band's own pixels are read.

use std::ops::Range;

use ndarray::{Array2, s};

use crate::error::Result;
use crate::memory::{filled, zeros};
use crate::product::source::Level;
use crate::product::{BandFile, BandSource};
use crate::raster::grid::Rect;
use crate::raster::means::{Axis, Means, touched};
use crate::raster::plane::{Plane, Source};

/// A coarser copy is taken if its pixels are at most so much larger than those asked for, as GDAL
/// does.
const COARSER: f64 = 1.2;

/// How many pixels of a coarser copy around a doubtful one are not to be trusted. A wavelet or a
/// cubic mean reaches two or three; but where a hole narrows to a point, its last pixels show only
/// as darker ones. The edge of a swath meets that of a product at a slope of one to ten or more.
const NEAR: i64 = 24;

/// How many pixels of a coarser copy around one have to be invalid for it to hold nothing.
const EMPTY: i64 = 2;

/// Reflectances beyond these are doubtful in a coarser copy, be they possible or not: nodata may
/// have been mixed in.
const USUAL: std::ops::RangeInclusive<f64> = -0.05..=2.0;

/// As close to nodata as this, as a reflectance, is nodata in a coarser copy: wavelets that lose a
/// little do not give exactly it back.
const CLOSE_TO_NODATA: f64 = 0.0002;

/// How many pixels are read at once, about.
const AT_ONCE: i64 = 1 << 22;

/// The means of a band on a raster of larger pixels, whose axes are given in the band's own pixels,
/// as DN of the file; `None` where none of them is valid.
pub fn source_means(source: &mut BandSource, axes: (&Axis, &Axis)) -> Result<Array2<Option<f32>>> {
    let (cols, rows) = source.size();
    let (xs, ys) = (&axes.0.within(cols), &axes.1.within(rows));
    let axes = (xs, ys);
    let mut means = Means::new(axes)?;
    let mut open = filled((ys.count as usize, xs.count as usize), true)?;
    if let Some(level) = coarsest(source, xs.step.min(ys.step))? {
        let axes = (&xs.on(level.x), &ys.on(level.y));
        let (x0, x1) = axes.0.touched(0..xs.count, level.size.0);
        let lines = (AT_ONCE as f64 / ((x1 - x0) as f64 * axes.1.step)).max(1.0) as i64;
        for first in (0..ys.count).step_by(lines as usize) {
            let part = Rect::new(0, first, xs.count, lines.min(ys.count - first));
            from_level(source, &level, axes, part, &mut means, &mut open)?;
        }
    }
    from_pixels(source, axes, &mut means, &open)?;
    means.finish()
}

/// The coarsest copy that is fine enough for pixels of so many of the band's own along an axis.
fn coarsest(source: &BandSource, step: f64) -> Result<Option<Level>> {
    let levels = source.levels()?.into_iter();
    let fits = |level: &Level| 1.0 < step * COARSER * level.x.1.min(level.y.1);
    let levels = levels.filter(|level| level.size.0.min(level.size.1) > 0 && fits(level));
    Ok(levels.min_by(|a, b| a.x.1.total_cmp(&b.x.1)))
}

/// Makes the means of a part from a coarser copy and closes them; those that it cannot be trusted
/// for stay open.
fn from_level(
    source: &mut BandSource,
    level: &Level,
    (xs, ys): (&Axis, &Axis),
    part: Rect,
    means: &mut Means,
    open: &mut Array2<bool>,
) -> Result<()> {
    let whole = Rect::new(0, 0, level.size.0, level.size.1);
    let seen = touched((xs, ys), part, level.size)
        .grow(NEAR + 1)
        .intersect(&whole);
    let (data, mask) = source.read_level(level, seen)?;
    let file = source.file();
    let masked = |at| mask.as_ref().map_or(1.0, |m: &Array2<f32>| m[at]);
    let as_hole = holes(file, &data)?;
    let is_doubtful = |at| masked(at) < 1.0 || as_hole[at] || is_unusual(file, data[at]);
    let doubtful = Counts::new(data.dim(), is_doubtful)?;
    let is_invalid = |at| masked(at) == 0.0 || file.radiometry.is_invalid(data[at]);
    let mut sure = filled(open.dim(), true)?;
    if doubtful.any() {
        let invalid = Counts::new(data.dim(), is_invalid)?;
        let columns: Vec<_> = (0..xs.count)
            .map(|x| xs.touched(x..x + 1, level.size.0))
            .collect();
        for y in part.y..part.y1() {
            let (y0, y1) = ys.touched(y..y + 1, level.size.1);
            for (x, (x0, x1)) in columns.iter().enumerate() {
                let own = Rect::between((*x0, y0), (*x1, y1));
                let around = |n| own.grow(n).intersect(&whole).relative_to((seen.x, seen.y));
                let (at, inner) = ((y as usize, x), around(EMPTY));
                sure[at] = doubtful.within(around(NEAR)) == 0;
                open[at] = !sure[at] && invalid.within(inner) < inner.w * inner.h;
            }
        }
    } else {
        let lines = s![part.y as usize..part.y1() as usize, ..];
        open.slice_mut(lines).fill(false);
    }
    let plane = Plane {
        data,
        invalid: None,
    };
    means.add(&plane, seen, (xs, ys), part, &sure)
}

/// Makes the open means from the band's own pixels.
fn from_pixels(
    source: &mut BandSource,
    axes: (&Axis, &Axis),
    means: &mut Means,
    open: &Array2<bool>,
) -> Result<()> {
    let size = source.size();
    let ((wide, high), (west, north)) = source.pieces().unwrap_or((size, (0, 0)));
    // Piece by piece of the file, so that GDAL need not keep many of them.
    let columns = grouped(axes.0, west, wide);
    for rows in grouped(axes.1, north, high) {
        for columns in &columns {
            let piece = Rect::between((columns.start, rows.start), (columns.end, rows.end));
            let Some(part) = around_open(open, piece) else {
                continue;
            };
            let all = touched(axes, part, size);
            for y in (all.y..all.y1()).step_by((AT_ONCE / all.w).max(1) as usize) {
                let lines = Rect::new(all.x, y, all.w, (AT_ONCE / all.w).max(1)).intersect(&all);
                let plane = source.read(lines)?;
                means.add(&plane, lines, axes, part, open)?;
            }
        }
    }
    Ok(())
}

/// The larger pixels of an axis by the pieces of the file that they begin in.
fn grouped(axis: &Axis, start: i64, length: i64) -> Vec<Range<i64>> {
    let piece = |i: i64| ((axis.edge(i) - start as f64) / length as f64).floor();
    let mut groups: Vec<Range<i64>> = Vec::new();
    for i in 0..axis.count {
        match groups.last_mut() {
            Some(last) if piece(last.start) == piece(i) => last.end = i + 1,
            _ => groups.push(i..i + 1),
        }
    }
    groups
}

/// The smallest rectangle around what is open in a part.
fn around_open(open: &Array2<bool>, part: Rect) -> Option<Rect> {
    let pixels = (part.y..part.y1()).flat_map(|y| (part.x..part.x1()).map(move |x| (x, y)));
    pixels
        .filter(|(x, y)| open[(*y as usize, *x as usize)])
        .map(|(x, y)| Rect::new(x, y, 1, 1))
        .reduce(|a, b| a.around(&b))
}

/// Whether a number of a coarser copy is one that pixels with data seldom have.
fn is_unusual(file: &BandFile, dn: f32) -> bool {
    let radiometry = &file.radiometry;
    let reflectance = (f64::from(dn) + radiometry.add_offset) / radiometry.quantification;
    !radiometry.is_possible(dn) || !USUAL.contains(&reflectance)
}

/// The pixels of a coarser copy that belong to squares of nodata. One alone is no sign of a hole:
/// beside a bright coast a wavelet takes dark water down to 0, but in lines one pixel wide.
fn holes(file: &BandFile, data: &Array2<f32>) -> Result<Array2<bool>> {
    let mut holes = zeros(data.dim())?;
    let Some(nodata) = file.radiometry.nodata else {
        return Ok(holes);
    };
    let tolerance = CLOSE_TO_NODATA * file.radiometry.quantification;
    let is_close = |dn: &f32| (f64::from(*dn) - nodata).abs() <= tolerance;
    for row in 1..data.nrows() {
        for col in 1..data.ncols() {
            let square = s![row - 1..=row, col - 1..=col];
            if is_close(&data[(row, col)]) && data.slice(square).iter().all(is_close) {
                holes.slice_mut(square).fill(true);
            }
        }
    }
    Ok(holes)
}

/// How many pixels of any rectangle are of a kind: sums of all above and to the left of each.
struct Counts(Array2<u32>);

impl Counts {
    fn new((rows, cols): (usize, usize), is: impl Fn((usize, usize)) -> bool) -> Result<Self> {
        let mut sums = zeros((rows + 1, cols + 1))?;
        for row in 0..rows {
            let mut line = 0u32;
            for col in 0..cols {
                line += u32::from(is((row, col)));
                sums[(row + 1, col + 1)] = sums[(row, col + 1)] + line;
            }
        }
        Ok(Self(sums))
    }

    fn any(&self) -> bool {
        self.0.last().is_some_and(|all| *all > 0)
    }

    fn within(&self, r: Rect) -> i64 {
        let sum = |x: i64, y: i64| i64::from(self.0[(y as usize, x as usize)]);
        sum(r.x1(), r.y1()) + sum(r.x, r.y) - sum(r.x, r.y1()) - sum(r.x1(), r.y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_of_rectangles() {
        let counts = Counts::new((3, 4), |(row, col)| row > 0 && col == 2).unwrap();
        assert!(counts.any());
        assert_eq!(counts.within(Rect::new(0, 0, 4, 3)), 2);
        assert_eq!(counts.within(Rect::new(2, 1, 1, 1)), 1);
        assert_eq!(counts.within(Rect::new(0, 0, 4, 1)), 0);
    }

    #[test]
    fn groups_are_the_pieces_of_a_file() {
        let axis = Axis {
            from: 2.0,
            step: 1.5,
            count: 5,
        };
        assert_eq!(grouped(&axis, 1, 4), [0..2, 2..5]);
    }
}
