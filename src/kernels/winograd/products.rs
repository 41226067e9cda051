//! The products of matrices, in registers.

#![allow(clippy::needless_range_loop)] // the same number stands for a place in several arrays

use pulp::Simd;

use super::sizes::{SIDE, registers};
use super::weights::{Weights, panels};
use crate::kernels::simd::mul_add;

/// Tiles in the largest block that stays in registers.
const MOST: usize = 8;

/// The products of matrices.
pub struct Products<'a, S: Simd> {
    pub simd: S,
    pub weights: &'a Weights,
    /// Which of the eight lines they are of.
    pub line: usize,
    pub tiles: &'a [S::f32s],
    pub products: &'a mut [S::f32s],
    pub count: usize,
    pub steps: (usize, usize),
}

impl<S: Simd> pulp::NullaryFnOnce for Products<'_, S> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let inputs = self.weights.inputs;
        let inner = registers::<S>(inputs) * S::F32_LANES;
        let line = SIDE * inputs * self.weights.outputs;
        let mut weights = &S::as_simd_f32s(&self.weights.values).0[self.line * line..][..line];
        for e in 0..SIDE {
            let tiles = &self.tiles[e * self.steps.0..][..self.steps.0];
            let tiles: &[f32] = pulp::bytemuck::cast_slice(tiles);
            let products = &mut self.products[e * self.steps.1..][..self.steps.1];
            let mut first = 0;
            for panel in panels::<S>(self.weights.outputs) {
                let (values, rest) = weights.split_at(inputs * panel);
                weights = rest;
                let mut block = Block::<S> {
                    simd: self.simd,
                    tiles,
                    inner,
                    inputs,
                    values,
                    products,
                    outputs: self.weights.outputs,
                    first,
                };
                match panel {
                    4 => block.all::<6, 4>(self.count),
                    3 if S::REGISTER_COUNT >= 32 => block.all::<8, 3>(self.count),
                    3 => block.all::<4, 3>(self.count),
                    2 if S::REGISTER_COUNT >= 32 => block.all::<8, 2>(self.count),
                    2 => block.all::<6, 2>(self.count),
                    _ => block.all::<8, 1>(self.count),
                }
                first += panel;
            }
        }
    }
}

/// A panel of one coefficient.
struct Block<'a, S: Simd> {
    simd: S,
    tiles: &'a [f32],
    inner: usize,
    inputs: usize,
    values: &'a [S::f32s],
    products: &'a mut [S::f32s],
    outputs: usize,
    first: usize,
}

impl<S: Simd> Block<'_, S> {
    #[inline(always)]
    fn all<const M: usize, const N: usize>(&mut self, count: usize) {
        let mut t = 0;
        while count - t >= M {
            self.some::<M, N>(t);
            t += M;
        }
        if M > 4 && count - t >= 4 {
            self.some::<4, N>(t);
            t += 4;
        }
        if count - t >= 2 {
            self.some::<2, N>(t);
            t += 2;
        }
        if count - t == 1 {
            self.some::<1, N>(t);
        }
    }

    /// M tiles times N registers of results.
    #[inline(always)]
    fn some<const M: usize, const N: usize>(&mut self, t: usize) {
        const { assert!(M <= MOST) };
        let simd = self.simd;
        let weights = &self.values.as_chunks::<N>().0[..self.inputs];
        let mut rows = [&self.tiles[..0]; M];
        for m in 0..M {
            rows[m] = &self.tiles[(t + m) * self.inner..][..weights.len()];
        }
        let mut sums = [[simd.splat_f32s(0.0); N]; M];
        for (i, weight) in weights.iter().enumerate() {
            for m in 0..M {
                let value = simd.splat_f32s(rows[m][i]);
                for n in 0..N {
                    sums[m][n] = mul_add(simd, value, weight[n], sums[m][n]);
                }
            }
        }
        for m in 0..M {
            let place = (t + m) * self.outputs + self.first;
            self.products[place..place + N].copy_from_slice(&sums[m]);
        }
    }
}
