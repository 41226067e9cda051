//! Convolutions of 1 x 1 on a few pixels, which stay in the nearest cache: products of matrices, in
//! registers.

#![allow(clippy::needless_range_loop)] // the same number stands for a place in several arrays

use pulp::{Simd, WithSimd};

use super::simd::{Level, mul_add};
use crate::error::Result;
use crate::memory::zeros;

/// Registers of pixels that are computed together.
const TOGETHER: usize = 3;

/// Weights and biases, in the order in which they are used.
pub struct Dense {
    /// (panel, channel in, channel out of the panel)
    weights: Vec<f32>,
    bias: Vec<f32>,
    inputs: usize,
    /// Channels that are computed together.
    panel: usize,
}

impl Dense {
    /// Of weights (channels out, channels in) and a bias.
    pub fn new(level: Level, weights: &[f32], bias: &[f32]) -> Result<Self> {
        let panel = level.run(Panel);
        let (inputs, count) = (weights.len() / bias.len(), bias.len());
        let outputs = count.next_multiple_of(panel);
        let mut packed: Vec<f32> = zeros(outputs * inputs)?.into_raw_vec_and_offset().0;
        let mut filled_up: Vec<f32> = zeros(outputs)?.into_raw_vec_and_offset().0;
        filled_up[..count].copy_from_slice(bias);
        for (o, weights) in weights.chunks(inputs).enumerate() {
            let first = o / panel * panel * inputs + o % panel;
            for (i, weight) in weights.iter().enumerate() {
                packed[first + i * panel] = *weight;
            }
        }
        Ok(Self {
            weights: packed,
            bias: filled_up,
            inputs,
            panel,
        })
    }

    /// How many channels go in.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// How many channels come out, with those that fill up the last panel.
    pub fn outputs(&self) -> usize {
        self.bias.len()
    }

    /// Computes (channel, register) from (channel, register), `width` registers of each channel.
    #[inline(always)]
    pub fn run<S: Simd>(&self, simd: S, from: &[S::f32s], to: &mut [S::f32s], width: usize) {
        let panels = self.weights.chunks(self.panel * self.inputs);
        let bias = self.bias.chunks(self.panel);
        for ((weights, bias), to) in panels.zip(bias).zip(to.chunks_mut(self.panel * width)) {
            match self.panel {
                8 => panel::<S, 8>(simd, weights, bias, from, to, width),
                _ => panel::<S, 4>(simd, weights, bias, from, to, width),
            }
        }
    }
}

/// So many channels out as with the pixels just find room in the registers.
struct Panel;

impl WithSimd for Panel {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> usize {
        if S::REGISTER_COUNT >= 32 { 8 } else { 4 }
    }
}

#[inline(always)]
fn panel<S: Simd, const P: usize>(
    simd: S,
    weights: &[f32],
    bias: &[f32],
    from: &[S::f32s],
    to: &mut [S::f32s],
    width: usize,
) {
    let (weights, bias) = (weights.as_chunks::<P>().0, &bias.as_chunks::<P>().0[0]);
    let mut x = 0;
    while width - x >= TOGETHER {
        some::<S, P, TOGETHER>(simd, weights, bias, (from, x), to, width);
        x += TOGETHER;
    }
    match width - x {
        2 => some::<S, P, 2>(simd, weights, bias, (from, x), to, width),
        1 => some::<S, P, 1>(simd, weights, bias, (from, x), to, width),
        _ => {}
    }
}

/// P channels of N registers, from register x on.
#[inline(always)]
fn some<S: Simd, const P: usize, const N: usize>(
    simd: S,
    weights: &[[f32; P]],
    bias: &[f32; P],
    (from, x): (&[S::f32s], usize),
    to: &mut [S::f32s],
    width: usize,
) {
    let mut sums = [[simd.splat_f32s(0.0); N]; P];
    for p in 0..P {
        sums[p] = [simd.splat_f32s(bias[p]); N];
    }
    for (weights, row) in weights.iter().zip(from.chunks_exact(width)) {
        let pixels = &row[x..x + N];
        for p in 0..P {
            let weight = simd.splat_f32s(weights[p]);
            for n in 0..N {
                sums[p][n] = mul_add(simd, weight, pixels[n], sums[p][n]);
            }
        }
    }
    for p in 0..P {
        to[p * width + x..][..N].copy_from_slice(&sums[p]);
    }
}
