//! 3x3 convolutions by Winograd's F(6x6, 3x3) (Lavin and Gray 2016, arXiv 1509.09308): 64 products
//! for each 36 results, where the direct way takes 324. It rests on polynomials at the points 0, 1,
//! -1, 2, -2, 1/2, -1/2 and infinity.
//!
//! A tile of 8 x 8 pixels gives 6 x 6 results. In the transformed domain a convolution is a product
//! of matrices, (tiles, channels in) x (channels in, channels out), for each of 64 coefficients.
//! Images are (row, column, channel) here; channels are filled up with zeros to whole registers.
//!
//! Tiles are transformed down their columns first, all of a row at once, which gives eight lines.
//! Then each line is transformed across, multiplied and brought back across, one after the other:
//! what belongs to a line stays in the nearest cache. Last the lines are brought back down.

mod inward;
mod outward;
mod products;
mod sizes;
mod weights;

use pulp::{Simd, WithSimd};

use self::inward::{InwardAcross, InwardDown};
use self::outward::{OutwardAcross, OutwardDown};
use self::products::Products;
pub use self::sizes::{SIDE, STEP, registers};
pub use self::weights::Weights;
use super::numbers::Numbers;
use crate::error::Result;

/// Room for what a row of tiles becomes.
#[derive(Default)]
pub struct Scratch {
    /// Eight lines, transformed down.
    seen: Numbers,
    /// Of one line, transformed across as well.
    tiles: Numbers,
    /// Their products.
    products: Numbers,
    /// The products brought back across, eight lines.
    made: Numbers,
}

/// One row of tiles of one convolution.
pub struct TileRow<'a> {
    pub weights: &'a Weights,
    /// Eight rows of the input, from the pixel before the first of the result on.
    pub rows: [&'a [f32]; SIDE],
    /// What is added to the result, in rows as long.
    pub add: Option<[&'a [f32]; STEP]>,
    /// Six rows of the result; the last may be empty.
    pub out: [&'a mut [f32]; STEP],
    /// Pixels in a row of the result.
    pub width: usize,
    pub relu: bool,
    pub scratch: &'a mut Scratch,
}

impl WithSimd for TileRow<'_> {
    type Output = Result<()>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Result<()> {
        let (count, weights) = (self.width.div_ceil(STEP), self.weights);
        let (inner, outer) = (registers::<S>(weights.inputs), weights.outputs);
        // One register more keeps the eight places of a line off the same lines of the cache.
        let (line_in, line_out) = ((count * STEP + 2) * inner + 1, count * STEP * outer + 1);
        let (step_in, step_out) = (count * inner + 1, count * outer + 1);
        let Scratch {
            seen,
            tiles,
            products,
            made,
        } = self.scratch;
        seen.grow(SIDE * line_in * S::F32_LANES)?;
        tiles.grow(SIDE * step_in * S::F32_LANES)?;
        products.grow(SIDE * step_out * S::F32_LANES)?;
        made.grow(SIDE * line_out * S::F32_LANES)?;
        let seen = S::as_mut_simd_f32s(seen).0;
        let tiles = S::as_mut_simd_f32s(tiles).0;
        let products = S::as_mut_simd_f32s(products).0;
        let made = S::as_mut_simd_f32s(made).0;
        let mut rows = [S::as_simd_f32s(&[]).0; SIDE];
        for (row, values) in rows.iter_mut().zip(self.rows) {
            *row = S::as_simd_f32s(values).0;
        }
        simd.vectorize(InwardDown::<S> {
            simd,
            rows,
            lines: seen,
            line: line_in,
        });
        for v in 0..SIDE {
            simd.vectorize(InwardAcross::<S> {
                simd,
                line: &seen[v * line_in..][..line_in],
                tiles,
                count,
                registers: inner,
                step: step_in,
            });
            simd.vectorize(Products::<S> {
                simd,
                weights,
                line: v,
                tiles,
                products,
                count,
                steps: (step_in, step_out),
            });
            simd.vectorize(OutwardAcross::<S> {
                simd,
                products,
                line: &mut made[v * line_out..][..line_out],
                count,
                registers: outer,
                step: step_out,
            });
        }
        simd.vectorize(OutwardDown::<S> {
            simd,
            lines: made,
            line: line_out,
            bias: S::as_simd_f32s(&weights.bias).0,
            out: self.out.map(|row| S::as_mut_simd_f32s(row).0),
            add: self.add.map(|rows| rows.map(|row| S::as_simd_f32s(row).0)),
            width: self.width,
            relu: self.relu,
        });
        Ok(())
    }
}
