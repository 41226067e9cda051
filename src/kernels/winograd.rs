//! 3x3 convolutions by Winograd's F(6x6, 3x3) (Lavin and Gray 2016, arXiv 1509.09308): 64 products
//! for each 36 results, where the direct way takes 324. It rests on polynomials at the points 0, 1,
//! -1, 2, -2, 1/2, -1/2 and infinity.
//!
//! A tile of 8 x 8 pixels gives 6 x 6 results. In the transformed domain a convolution is a product
//! of matrices, (tiles, channels in) x (channels in, channels out), for each of 64 coefficients.
//! Images are (row, column, channel) here; channels are filled up with zeros to whole registers.

mod inward;
mod outward;
mod products;
mod sizes;
mod weights;

use pulp::{Simd, WithSimd};

use self::inward::Inward;
use self::outward::Outward;
use self::products::Products;
use self::sizes::COEFFICIENTS;
pub use self::sizes::{SIDE, STEP, registers};
pub use self::weights::Weights;
use super::work::grow;
use crate::error::Result;

/// Room for the transformed tiles of a row, and for their products.
#[derive(Default)]
pub struct Scratch {
    tiles: Vec<f32>,
    products: Vec<f32>,
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
        let inner = registers::<S>(weights.inputs);
        // One register more keeps the 64 places of a tile off the same lines of the cache.
        let (step_in, step_out) = (count * inner + 1, count * weights.outputs + 1);
        grow(
            &mut self.scratch.tiles,
            COEFFICIENTS * step_in * S::F32_LANES,
        )?;
        grow(
            &mut self.scratch.products,
            COEFFICIENTS * step_out * S::F32_LANES,
        )?;
        let tiles = S::as_mut_simd_f32s(&mut self.scratch.tiles).0;
        let products = S::as_mut_simd_f32s(&mut self.scratch.products).0;
        let mut rows = [S::as_simd_f32s(&[]).0; SIDE];
        for (row, values) in rows.iter_mut().zip(self.rows) {
            *row = S::as_simd_f32s(values).0;
        }
        simd.vectorize(Inward::<S> {
            simd,
            rows,
            tiles,
            count,
            registers: inner,
            step: step_in,
        });
        simd.vectorize(Products::<S> {
            simd,
            weights,
            tiles,
            products,
            count,
            steps: (step_in, step_out),
        });
        simd.vectorize(Outward::<S> {
            simd,
            products,
            bias: S::as_simd_f32s(&weights.bias).0,
            out: self.out.map(|row| S::as_mut_simd_f32s(row).0),
            add: self.add.map(|rows| rows.map(|row| S::as_simd_f32s(row).0)),
            count,
            step: step_out,
            width: self.width,
            relu: self.relu,
        });
        Ok(())
    }
}
