//! How far the result of a network is off, from the sizes of what its trunk sees and gives at a
//! pixel (`training/blocks.py`, `Doubt`): two layers and an exponential function, some pixels at a
//! time from the planes of the trunk to those of the result.

use std::ops::Range;
use std::sync::Mutex;

use pulp::{Simd, WithSimd};

use super::Spared;
use super::dense::Dense;
use super::exponential::exponential;
use super::numbers::Numbers;
use super::simd::Level;
use super::work::{Pool, each, strips};
use crate::error::Result;
use crate::locks::lock;

/// Rows that a thread computes at once.
const STRIP: usize = 8;
/// Pixels of a row that are computed together: what they need stays in the near caches.
const SOME: usize = 192;

/// The layers, ready to run.
pub struct Doubt {
    level: Level,
    /// From all channels to hidden ones.
    first: Dense,
    /// From those to the results.
    second: Dense,
    spared: Spared,
    /// What strips needed, to be used again.
    spaces: Mutex<Vec<Numbers>>,
}

/// Weights (channels out, channels in) and a bias.
pub struct Layer<'a> {
    pub weights: &'a [f32],
    pub bias: &'a [f32],
}

impl Doubt {
    /// Two layers whose results are the logarithms of the errors, one a pixel and band. What is
    /// spared is zeros.
    pub fn new(level: Level, first: Layer, second: Layer, spared: Spared) -> Result<Self> {
        Ok(Self {
            level,
            first: Dense::new(level, first.weights, first.bias)?,
            second: Dense::new(level, second.weights, second.bias)?,
            spared,
            spaces: Mutex::default(),
        })
    }

    /// Computes an image (bands, rows, columns). `planes`: the channels that go in, then for each
    /// band the unit of its errors.
    pub fn run(
        &self,
        pool: &dyn Pool,
        planes: &[&[f32]],
        out: &mut [f32],
        (rows, cols): (usize, usize),
    ) -> Result<()> {
        let margin = self.spared.margin((rows, cols));
        each(pool, strips(out, (rows, cols), STRIP), |strip, out| {
            let mut space = lock(&self.spaces).pop().unwrap_or_default();
            self.level.run(Strip {
                doubt: self,
                planes,
                size: (rows, cols),
                margin,
                top: strip * STRIP,
                out,
                space: &mut space,
            })?;
            lock(&self.spaces).push(space);
            Ok(())
        })
    }
}

/// Some rows of the result.
struct Strip<'a> {
    doubt: &'a Doubt,
    planes: &'a [&'a [f32]],
    size: (usize, usize),
    margin: usize,
    top: usize,
    /// Of each band.
    out: Vec<&'a mut [f32]>,
    space: &'a mut Numbers,
}

impl WithSimd for Strip<'_> {
    type Output = Result<()>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Result<()> {
        let Self {
            doubt: Doubt { first, second, .. },
            planes,
            size: (rows, cols),
            margin,
            top,
            mut out,
            space,
        } = self;
        let lanes = S::F32_LANES;
        let most = SOME.next_multiple_of(lanes);
        let (sizes, units) = planes.split_at(first.inputs());
        space.grow((first.inputs() + first.outputs() + second.outputs()) * most)?;
        let (seen, rest) = space.split_at_mut(first.inputs() * most);
        let (hidden, errors) = rest.split_at_mut(first.outputs() * most);
        let height = out.first().map_or(0, |o| o.len() / cols);
        for y in 0..height {
            let row = top + y;
            if !(margin..rows - margin).contains(&row) {
                for plane in &mut out {
                    plane[y * cols..][..cols].fill(0.0);
                }
                continue;
            }
            for plane in &mut out {
                let line = &mut plane[y * cols..][..cols];
                line[..margin].fill(0.0);
                line[cols - margin..].fill(0.0);
            }
            let mut x = margin;
            while x < cols - margin {
                let width = SOME.min(cols - margin - x);
                let wide = width.next_multiple_of(lanes);
                let place = row * cols + x..row * cols + x + width;
                take_sizes(sizes, place.clone(), seen, wide);
                let registers = wide / lanes;
                let hidden = &mut S::as_mut_simd_f32s(&mut hidden[..first.outputs() * wide]).0;
                let seen = S::as_simd_f32s(&seen[..first.inputs() * wide]).0;
                first.run(simd, seen, hidden, registers);
                for value in hidden.iter_mut() {
                    *value = simd.max_f32s(*value, simd.splat_f32s(0.0));
                }
                let errors = &mut errors[..second.outputs() * wide];
                second.run(simd, hidden, S::as_mut_simd_f32s(errors).0, registers);
                for value in S::as_mut_simd_f32s(errors).0 {
                    *value = exponential(simd, *value);
                }
                for ((errors, unit), plane) in errors.chunks(wide).zip(units).zip(&mut out) {
                    let line = &mut plane[y * cols + x..][..width];
                    for ((to, error), unit) in line.iter_mut().zip(errors).zip(&unit[place.clone()])
                    {
                        *to = error * unit;
                    }
                }
                x += width;
            }
        }
        Ok(())
    }
}

/// The sizes of some pixels of all planes, `wide` for each with what fills up the last register.
#[inline(always)]
fn take_sizes(planes: &[&[f32]], place: Range<usize>, to: &mut [f32], wide: usize) {
    for (to, plane) in to.chunks_mut(wide).zip(planes) {
        for (to, from) in to.iter_mut().zip(&plane[place.clone()]) {
            *to = from.abs();
        }
        to[place.len()..].fill(0.0);
    }
}
