//! Finds the window of a product that has most to show: many edges, nothing invalid or saturated.

use ndarray::Array2;

use crate::error::{Error, Result};
use crate::product::BandSource;
use crate::raster::grid::Rect;

/// Pixels along the longer side at which a band is looked through.
const LOOK: i64 = 1024;

/// The square of at most `size` pixels of the band's own grid, inside `within`, where neighbouring
/// pixels differ most; windows with invalid or saturated pixels come last. Its first pixel and its
/// size are multiples of `step` from `within`'s corner.
pub fn busiest(source: &mut BandSource, within: Rect, size: i64, step: i64) -> Result<Rect> {
    let grid = source.file().grid;
    let every = (grid.cols.max(grid.rows) + LOOK - 1) / LOOK;
    let small = (grid.cols / every, grid.rows / every);
    let look = source.read_small((small.0.max(1), small.1.max(1)))?;
    let file = source.file();
    // A difference where both pixels show something; where one does not, a penalty that no amount
    // of detail makes up for.
    let blank =
        |v: f32| file.radiometry.is_invalid(v) || file.radiometry.is_saturated(v, file.dtype);
    let edge = |a: f32, b: f32| {
        if blank(a) || blank(b) {
            -1e6
        } else {
            f64::from((a - b).abs())
        }
    };
    let (rows, cols) = look.dim();
    let mut sums = Array2::<f64>::zeros((rows + 1, cols + 1));
    for r in 0..rows {
        for c in 0..cols {
            let here = look[(r, c)];
            let worth = edge(here, look[(r, (c + 1).min(cols - 1))])
                + edge(here, look[((r + 1).min(rows - 1), c)]);
            sums[(r + 1, c + 1)] = worth + sums[(r, c + 1)] + sums[(r + 1, c)] - sums[(r, c)];
        }
    }
    let fit = |extent: i64| size.min(extent) / step * step;
    let (w, h) = (fit(within.w), fit(within.h));
    if w == 0 || h == 0 {
        return Err(Error::input(
            &file.file,
            format!(
                "what is asked for holds no {step} x {step} of its pixels, too few to look into; ask \
                 for more of it"
            ),
        ));
    }
    let at = |v: i64, limit: usize| ((v / every) as usize).min(limit);
    let worth = |r: &Rect| {
        let ((x0, x1), (y0, y1)) = (
            (at(r.x, cols), at(r.x1(), cols)),
            (at(r.y, rows), at(r.y1(), rows)),
        );
        sums[(y1, x1)] - sums[(y0, x1)] - sums[(y1, x0)] + sums[(y0, x0)]
    };
    // A quarter of the window is fine enough a stride to look at.
    let stride = |size: i64| (size / 4 / step).max(1) * step;
    let starts = |from: i64, extent: i64, size: i64| {
        (0..=extent - size)
            .step_by(stride(size) as usize)
            .map(move |d| from + d)
    };
    let windows = starts(within.y, within.h, h)
        .flat_map(|y| starts(within.x, within.w, w).map(move |x| Rect::new(x, y, w, h)));
    windows
        .max_by(|a, b| worth(a).total_cmp(&worth(b)))
        .ok_or_else(|| Error::internal("no window to look at"))
}
