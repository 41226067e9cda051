//! Expected errors of a tile, which a network may give for larger pixels than its bands have.

use ndarray::{Array2, ArrayView2};

use super::finish::{check_numbers, crop};
use super::input::{TileInput, slice};
use super::{Engine, TileBand};
use crate::error::Result;
use crate::job::Output;
use crate::memory::{room, shaped};
use crate::raster::grid::Rect;

impl Engine {
    /// The expected error of an output that fusion `f` made, as fine as the output: of what it gave
    /// (`made`, of the part of its rectangle inside its domain) the tile's.
    pub(super) fn expected_error(
        &self,
        output: &Output,
        f: usize,
        made: &Array2<f32>,
        input: &TileInput,
        invalid: Option<&Array2<bool>>,
    ) -> Result<TileBand> {
        let (job, network) = (&self.job, &self.fusions[f]);
        let side = network.contract.sigma.as_ref().map_or(1, |s| s.side);
        let rect = input.fused[f].rect.intersect(&job.fusions[f].domain);
        let tile = input.tile.relative_to((rect.x, rect.y)).finer(job.scale);
        let covering = tile.coarser(side);
        let mut errors = crop(made.view(), covering)?;
        let tile = tile.relative_to((covering.x * side, covering.y * side));
        if !errors.iter().all(|e| e.is_finite()) {
            let errors = finer(errors.view(), side, tile)?;
            check_numbers(network, output.band, errors.view(), invalid)?;
        }
        // What is the same for all of a larger pixel is computed once.
        let divisor = network.contract.divisor;
        output
            .radiometry
            .to_dn(divisor, job.storage(), slice(&mut errors)?);
        finer(errors.view(), side, tile)
    }
}

/// A part of an image in pixels so many times finer: each pixel several times, to each side.
fn finer(image: ArrayView2<f32>, side: i64, part: Rect) -> Result<Array2<f32>> {
    if side == 1 {
        return crop(image, part);
    }
    let (rows, cols, side) = (part.h as usize, part.w as usize, side as usize);
    let (top, left) = (part.y as usize, part.x as usize);
    let mut values = room(rows * cols)?;
    let mut line = Vec::new();
    for y in top..top + rows {
        if y == top || y % side == 0 {
            let row = image.row(y / side);
            line.resize(row.len() * side, 0.0);
            for (pixels, value) in line.chunks_exact_mut(side).zip(row) {
                pixels.fill(*value);
            }
        }
        values.extend_from_slice(&line[left..left + cols]);
    }
    shaped((rows, cols), values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_part_of_larger_pixels_may_begin_and_end_within_one() {
        let image = array![[1.0, 2.0], [3.0, 4.0]];
        let part = finer(image.view(), 3, Rect::new(1, 2, 4, 3)).unwrap();
        let above = [1.0, 1.0, 2.0, 2.0];
        let below = [3.0, 3.0, 4.0, 4.0];
        assert_eq!(part, array![above, below, below]);
        assert_eq!(
            finer(image.view(), 1, Rect::new(0, 1, 2, 1)).unwrap(),
            array![[3.0, 4.0]]
        );
    }
}
