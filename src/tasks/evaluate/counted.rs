//! Which pixels of the compared bands count: not the border, and not what invalid or saturated
//! pixels of any band reached when they were degraded.

use ndarray::{Array2, s};

use crate::error::Result;
use crate::memory::zeros;
use crate::raster::grid::Rect;
use crate::raster::plane::{Plane, mark};
use crate::raster::resample::degraded_mask;

/// Pixels cut from each side before scoring, as is the custom.
const BORDER: usize = 4;
/// So many degraded pixels around one that an invalid pixel went into are left out too: as far as
/// bicubic looks. A network looks farther, but what was filled in there changed no band's score of
/// fast-t2x and fast-s6x by 0.01 dB.
const REACH: usize = 2;

/// See the module.
pub(super) struct Counted {
    /// The degraded pixels that invalid ones reach.
    pub(super) reached: Array2<bool>,
    /// The pixels that do not count.
    pub(super) skipped: Array2<bool>,
    /// How many do.
    pub(super) pixels: usize,
}

impl Counted {
    /// For compared bands of so many rows and columns, and these inputs of the network with their
    /// invalid pixels.
    pub(super) fn of(
        inputs: &[Vec<Plane>],
        (rows, cols): (usize, usize),
        factor: usize,
    ) -> Result<Self> {
        let reached = reached(inputs, (rows / factor, cols / factor), factor)?;
        let border = |i: usize, n: usize| i < BORDER || i + BORDER >= n;
        let mut skipped: Array2<bool> =
            zeros((reached.nrows() * factor, reached.ncols() * factor))?;
        let (rows, cols) = skipped.dim();
        for ((r, c), skip) in skipped.indexed_iter_mut() {
            *skip = border(r, rows) || border(c, cols) || reached[(r / factor, c / factor)];
        }
        let pixels = skipped.iter().filter(|skip| !**skip).count();
        Ok(Self {
            reached,
            skipped,
            pixels,
        })
    }
}

fn reached(inputs: &[Vec<Plane>], size: (usize, usize), factor: usize) -> Result<Array2<bool>> {
    let area = Rect::new(0, 0, size.1 as i64, size.0 as i64);
    let mut all: Array2<bool> = zeros(size)?;
    for mask in inputs.iter().flatten().filter_map(|p| p.invalid.as_ref()) {
        mark(&mut all, area, 1, &degraded_mask(mask, factor)?, area);
    }
    grown(&all, REACH)
}

/// A mask with a margin of `by` pixels around what it marks.
fn grown(mask: &Array2<bool>, by: usize) -> Result<Array2<bool>> {
    let (rows, cols) = mask.dim();
    let mut out: Array2<bool> = zeros((rows, cols))?;
    for ((r, c), _) in mask.indexed_iter().filter(|(_, b)| **b) {
        out.slice_mut(s![
            r.saturating_sub(by)..(r + by + 1).min(rows),
            c.saturating_sub(by)..(c + by + 1).min(cols)
        ])
        .fill(true);
    }
    Ok(out)
}
