//! Fixed filters: convolutions most of whose weights are zero, such as those that shrink and enlarge
//! bands each on its own. Only the others are multiplied. Beyond the edges of an image its edge pixels
//! are repeated.

#![allow(clippy::needless_range_loop)] // the same number stands for a place in several arrays

use std::sync::Mutex;

use pulp::{Simd, WithSimd};

use super::numbers::Numbers;
use super::simd::{Level, mul_add};
use super::work::{Pool, each, strips};
use crate::error::Result;
use crate::locks::lock;

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
    spaces: Mutex<Vec<Numbers>>,
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
    lines: &'a mut Numbers,
}

impl WithSimd for Strip<'_> {
    type Output = Result<()>;

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) -> Result<()> {
        let (reach, cols) = (self.filters.reach, self.size.1);
        let height = self.out.first().map_or(0, |o| o.len() / cols);
        let step = TOGETHER * S::F32_LANES;
        // What is computed beyond the last column is not used.
        let (seen, line) = (height + 2 * reach, step + 2 * reach);
        let starts: Vec<usize> = (0..seen).map(|y| self.row(y) * cols).collect();
        // Where all that is seen lies in the image it is read there.
        let inside = |x: &usize| *x >= reach && x + step + reach <= cols;
        let steps = || (0..cols).step_by(step);
        for (channel, taps) in self.filters.taps.iter().enumerate() {
            for y in 0..height {
                for x in steps().filter(inside) {
                    let from = |tap: &Tap| {
                        let plane = tap.channel * self.size.0 * cols;
                        plane + starts[y + tap.row] + x + tap.column - reach
                    };
                    let sums = sums(simd, taps, |tap| &self.image[from(tap)..]);
                    self.put(channel, y, x, pulp::bytemuck::cast_slice(&sums));
                }
            }
        }
        self.lines.grow(self.filters.inputs * seen * line)?;
        for x in steps().filter(|x| !inside(x)) {
            self.bring(x, line, &starts);
            for (channel, taps) in self.filters.taps.iter().enumerate() {
                for y in 0..height {
                    let from = |tap: &Tap| (tap.channel * seen + y + tap.row) * line + tap.column;
                    let sums = sums(simd, taps, |tap| &self.lines[from(tap)..]);
                    self.put(channel, y, x, pulp::bytemuck::cast_slice(&sums));
                }
            }
        }
        Ok(())
    }
}

/// The sums of what the taps weigh, from where each one begins.
#[inline(always)]
fn sums<'a, S: Simd>(
    simd: S,
    taps: &[Tap],
    from: impl Fn(&Tap) -> &'a [f32],
) -> [S::f32s; TOGETHER] {
    let mut sums = [simd.splat_f32s(0.0); TOGETHER];
    for tap in taps {
        let from = S::as_simd_f32s(&from(tap)[..TOGETHER * S::F32_LANES]).0;
        let weight = simd.splat_f32s(tap.weight);
        for i in 0..TOGETHER {
            sums[i] = mul_add(simd, weight, from[i], sums[i]);
        }
    }
    sums
}

impl Strip<'_> {
    /// The row of the image that is the strip's seen row `y`.
    fn row(&self, y: usize) -> usize {
        (self.top + y)
            .saturating_sub(self.filters.reach)
            .min(self.size.0 - 1)
    }

    /// What is seen from column `x` on, with repeated edges, to lines of this length.
    fn bring(&mut self, x: usize, line: usize, starts: &[usize]) {
        let ((rows, cols), reach) = (self.size, self.filters.reach);
        let first = x.saturating_sub(reach);
        let before = (reach - reach.min(x)).min(line);
        let there = (line - before).min(cols - first);
        for (channel, plane) in self.image.chunks(rows * cols).enumerate() {
            for (y, start) in starts.iter().enumerate() {
                let from = &plane[*start..][..cols];
                let to = &mut self.lines[(channel * starts.len() + y) * line..][..line];
                to[..before].fill(from[0]);
                to[before..before + there].copy_from_slice(&from[first..first + there]);
                to[before + there..].fill(from[cols - 1]);
            }
        }
    }

    /// Sums to their places in the result.
    #[inline(always)]
    fn put(&mut self, channel: usize, y: usize, x: usize, sums: &[f32]) {
        let (rows, cols) = self.size;
        let width = sums.len().min(cols - x);
        let to = &mut self.out[channel][y * cols + x..][..width];
        let Some(base) = self.base else {
            to.copy_from_slice(&sums[..width]);
            return;
        };
        let base = &base[(channel * rows + self.top + y) * cols + x..][..width];
        for ((to, sum), base) in to.iter_mut().zip(sums).zip(base) {
            *to = sum + base;
        }
    }
}
