//! Fixed filters: convolutions most of whose weights are zero, such as those that shrink and enlarge
//! bands each on its own. Only the others are multiplied. Beyond the edges of an image its edge pixels
//! are repeated.

#![allow(clippy::needless_range_loop)] // the same number stands for a place in several arrays

use std::sync::Mutex;

use pulp::{Simd, WithSimd};

use super::simd::{Level, mul_add};
use super::work::{Pool, each, grow, lock, strips};
use crate::error::Result;

/// Rows that are computed together.
const STRIP: usize = 8;
/// Registers of a row that are computed together.
const TOGETHER: usize = 4;

/// A weight that is not zero.
struct Tap {
    /// The channel that it weighs.
    channel: usize,
    /// Where, from the first pixel that the kernel covers.
    row: usize,
    column: usize,
    weight: f32,
}

/// Filters, ready to run.
pub struct Filters {
    level: Level,
    inputs: usize,
    /// Pixels that a kernel covers to each side.
    reach: usize,
    /// Of each output.
    taps: Vec<Vec<Tap>>,
    /// Rows of the input that strips needed, to be used again.
    spaces: Mutex<Vec<Vec<f32>>>,
}

impl Filters {
    /// Filters with the weights of a convolution: (channels out, channels in, side, side), the side
    /// odd.
    pub fn new(level: Level, weights: &[f32], [outputs, inputs, side, _]: [usize; 4]) -> Self {
        let tap = |(at, &weight): (usize, &f32)| Tap {
            channel: at / (side * side),
            row: at / side % side,
            column: at % side,
            weight,
        };
        let of = |weights: &[f32]| {
            let all = weights.iter().enumerate();
            all.filter(|(_, w)| **w != 0.0).map(tap).collect()
        };
        let kernel = inputs * side * side;
        Self {
            level,
            inputs,
            reach: side / 2,
            taps: weights.chunks(kernel).take(outputs).map(of).collect(),
            spaces: Mutex::default(),
        }
    }

    /// How many channels go in.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// How many channels come out.
    pub fn outputs(&self) -> usize {
        self.taps.len()
    }

    /// Runs them on one image (channels, rows, columns). What `base` holds is added to the result.
    pub fn run(
        &self,
        pool: &dyn Pool,
        image: &[f32],
        base: Option<&[f32]>,
        out: &mut [f32],
        size: (usize, usize),
    ) -> Result<()> {
        each(pool, strips(out, size, STRIP), |strip, out| {
            let mut lines = lock(&self.spaces).pop().unwrap_or_default();
            self.level.run(Strip {
                filters: self,
                image,
                base,
                size,
                top: strip * STRIP,
                out,
                lines: &mut lines,
            })?;
            lock(&self.spaces).push(lines);
            Ok(())
        })
    }
}

/// Some rows of the result.
struct Strip<'a> {
    filters: &'a Filters,
    image: &'a [f32],
    base: Option<&'a [f32]>,
    size: (usize, usize),
    top: usize,
    /// Of each channel.
    out: Vec<&'a mut [f32]>,
    lines: &'a mut Vec<f32>,
}

impl WithSimd for Strip<'_> {
    type Output = Result<()>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Result<()> {
        let Self {
            filters,
            image,
            base,
            size: (rows, cols),
            top,
            mut out,
            lines,
        } = self;
        let reach = filters.reach;
        let height = out.first().map_or(0, |o| o.len() / cols);
        let (seen, step) = (height + 2 * reach, TOGETHER * S::F32_LANES);
        // What is computed beyond the last column is not used.
        let line = cols.next_multiple_of(step) + 2 * reach;
        grow(lines, filters.inputs * seen * line)?;
        for (channel, plane) in image.chunks(rows * cols).enumerate() {
            for y in 0..seen {
                let row = (top + y).saturating_sub(reach).min(rows - 1);
                let from = &plane[row * cols..][..cols];
                let to = &mut lines[(channel * seen + y) * line..][..line];
                to[..reach].fill(from[0]);
                to[reach..reach + cols].copy_from_slice(from);
                to[reach + cols..].fill(from[cols - 1]);
            }
        }
        for (channel, taps) in filters.taps.iter().enumerate() {
            for y in 0..height {
                let place = y * cols..(y + 1) * cols;
                let row = &mut out[channel][place];
                let start = (channel * rows + top + y) * cols;
                let base = base.map(|base| &base[start..start + cols]);
                let mut x = 0;
                while x < cols {
                    let mut sums = [simd.splat_f32s(0.0); TOGETHER];
                    for tap in taps {
                        let from = (tap.channel * seen + y + tap.row) * line + tap.column + x;
                        let from = S::as_simd_f32s(&lines[from..from + step]).0;
                        let weight = simd.splat_f32s(tap.weight);
                        for i in 0..TOGETHER {
                            sums[i] = mul_add(simd, weight, from[i], sums[i]);
                        }
                    }
                    let width = step.min(cols - x);
                    let sums: &[f32] = pulp::bytemuck::cast_slice(&sums);
                    let to = &mut row[x..x + width];
                    match base {
                        Some(base) => {
                            for ((to, sum), base) in to.iter_mut().zip(sums).zip(&base[x..]) {
                                *to = sum + base;
                            }
                        }
                        None => to.copy_from_slice(&sums[..width]),
                    }
                    x += step;
                }
            }
        }
        Ok(())
    }
}
