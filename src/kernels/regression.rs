//! The local regression that the fast networks begin with (`training/regression.py`): around each
//! pixel, the detail of each target band regressed on that of all guides, with a ridge. Injecting
//! detail with gains from a window is the fusion of Aiazzi et al. 2002 (IEEE TGRS 40:2300-2312).
//!
//! A row at a time: details, their products summed over the window, and the system of equations
//! solved in registers, so many pixels at once as a register holds.

#![allow(clippy::needless_range_loop)] // the same number stands for a place in several arrays

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::bands::{Bands, Settings};
use super::details::Details;
use super::means::{shares, weights};
use super::numbers::Numbers;
use super::simd::{Level, less_product, mul_add};
use super::windows::Windows;
use super::work::{Pool, each, strips_of};
use crate::error::Result;

/// Rows that are computed together.
const STRIP: usize = 32;

/// Computes the planes of all outputs, one after the other: the deviations of the guides' and of
/// the targets' detail, that detail, and for each target and guide the correlation, then the slope;
/// where there are only so many planes, the slopes alone.
pub fn run(
    level: Level,
    pool: &dyn Pool,
    settings: Settings,
    bands: Bands,
    planes: Vec<&mut [f32]>,
) -> Result<()> {
    let strips = strips_of(planes.into_iter(), bands.size, STRIP);
    each(pool, strips, |strip, out| {
        level.run(Strip {
            settings,
            bands,
            top: strip * STRIP,
            out,
        })
    })
}

struct Strip<'a> {
    settings: Settings,
    bands: Bands<'a>,
    top: usize,
    out: Vec<&'a mut [f32]>,
}

impl WithSimd for Strip<'_> {
    type Output = Result<()>;

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) -> Result<()> {
        let (rows, cols) = self.bands.size;
        let (guides, targets) = (self.bands.guides, self.bands.targets);
        let registers = cols.div_ceil(S::F32_LANES);
        let mut pairs = pairs(guides, targets);
        if !self.wants_all() {
            pairs.truncate(pairs.len() - targets);
        }
        let details = Details::new::<S>(self.settings, self.bands, self.top, self.height())?;
        let mut windows = Windows::new::<S>(self.settings, pairs.len(), &details)?;
        let mut means = Numbers::zeros(pairs.len() * registers * S::F32_LANES)?;
        let weights = weights(self.settings.window, self.settings.passes);
        let (across, down) = (shares(&weights, cols), shares(&weights, rows));
        let columns = guides + targets;
        let mut system = Numbers::zeros(guides * (columns + 1) * S::F32_LANES)?;
        for y in 0..self.height() {
            let down = down[self.top + y];
            for (p, means) in means.chunks_mut(registers * S::F32_LANES).enumerate() {
                windows.sum(simd, &details, (p, pairs[p]), y, means);
                for (mean, share) in means.iter_mut().zip(&across) {
                    *mean *= share * down;
                }
            }
            let means = S::as_simd_f32s(&means).0;
            let system = S::as_mut_simd_f32s(&mut system).0;
            for x in 0..registers {
                let at = x * S::F32_LANES;
                let width = S::F32_LANES.min(cols - at);
                let place = y * cols + at..y * cols + at + width;
                self.pixels(simd, &means[x..], registers, system, place);
            }
            if self.wants_all() {
                for t in 0..targets {
                    self.out[guides + targets + t][y * cols..][..cols]
                        .copy_from_slice(details.pixels(guides + t, y));
                }
            }
        }
        Ok(())
    }
}

/// The products whose means are wanted: of guides with themselves and those before, of each target
/// with each guide, of targets with themselves.
fn pairs(guides: usize, targets: usize) -> Vec<(usize, usize)> {
    let gram = (0..guides).flat_map(|i| (0..=i).map(move |j| (i, j)));
    let mixed = (0..targets).flat_map(|t| (0..guides).map(move |g| (guides + t, g)));
    let own = (0..targets).map(|t| (guides + t, guides + t));
    gram.chain(mixed).chain(own).collect()
}

impl Strip<'_> {
    /// How many rows it has.
    fn height(&self) -> usize {
        self.out[0].len() / self.bands.size.1
    }

    /// Whether more is wanted than the slopes.
    fn wants_all(&self) -> bool {
        self.out.len() > self.bands.guides * self.bands.targets
    }

    /// A register of pixels: `means` holds the mean of each pair, `step` apart.
    #[inline(always)]
    fn pixels<S: Simd>(
        &mut self,
        simd: S,
        means: &[S::f32s],
        step: usize,
        system: &mut [S::f32s],
        place: Range<usize>,
    ) {
        let (guides, targets) = (self.bands.guides, self.bands.targets);
        let (noise, ridge) = (self.settings.noise, self.settings.ridge);
        let (noise, ridge) = (simd.splat_f32s(noise), simd.splat_f32s(ridge));
        let (columns, mixed) = (guides + targets, guides * (guides + 1) / 2);
        let (system, inverse) = system.split_at_mut(guides * columns);
        if self.wants_all() {
            self.spreads(simd, means, step, inverse, place.clone());
        }
        for i in 0..guides {
            for j in 0..guides {
                let (high, low) = (i.max(j), i.min(j));
                let mut value = means[(high * (high + 1) / 2 + low) * step];
                if i == j {
                    let more = mul_add(simd, ridge, value, noise);
                    value = simd.add_f32s(value, more);
                }
                system[i * columns + j] = value;
            }
            for t in 0..targets {
                system[i * columns + guides + t] = means[(mixed + t * guides + i) * step];
            }
        }
        // Gauss and Jordan's elimination; the ridge keeps the pivots away from zero.
        for k in 0..guides {
            let pivot = simd.div_f32s(simd.splat_f32s(1.0), system[k * columns + k]);
            for j in k + 1..columns {
                system[k * columns + j] = simd.mul_f32s(system[k * columns + j], pivot);
            }
            for i in 0..guides {
                if i != k {
                    let factor = system[i * columns + k];
                    for j in k + 1..columns {
                        let (old, row) = (system[i * columns + j], system[k * columns + j]);
                        system[i * columns + j] = less_product(simd, factor, row, old);
                    }
                }
            }
        }
        let slopes = self.out.len() - guides * targets;
        for t in 0..targets {
            for g in 0..guides {
                let out = &mut self.out[slopes + t * guides + g][place.clone()];
                put(simd, out, system[g * columns + guides + t]);
            }
        }
    }

    /// The deviations and the correlations of a register of pixels; `inverse` is space for one
    /// number of each guide.
    #[inline(always)]
    fn spreads<S: Simd>(
        &mut self,
        simd: S,
        means: &[S::f32s],
        step: usize,
        inverse: &mut [S::f32s],
        place: Range<usize>,
    ) {
        let (guides, targets) = (self.bands.guides, self.bands.targets);
        let (one, noise) = (simd.splat_f32s(1.0), simd.splat_f32s(self.settings.noise));
        let deviation = |variance| simd.sqrt_f32s(simd.add_f32s(variance, noise));
        let mixed = guides * (guides + 1) / 2;
        for g in 0..guides {
            let deviation = deviation(means[(g * (g + 1) / 2 + g) * step]);
            put(simd, &mut self.out[g][place.clone()], deviation);
            inverse[g] = simd.div_f32s(one, deviation);
        }
        for t in 0..targets {
            let deviation = deviation(means[(mixed + guides * targets + t) * step]);
            put(simd, &mut self.out[guides + t][place.clone()], deviation);
            let own = simd.div_f32s(one, deviation);
            for g in 0..guides {
                let both = simd.mul_f32s(inverse[g], own);
                let value = simd.mul_f32s(means[(mixed + t * guides + g) * step], both);
                let at = guides + 2 * targets + t * guides + g;
                put(simd, &mut self.out[at][place.clone()], value);
            }
        }
    }
}

/// A register to so many places as there are.
#[inline(always)]
fn put<S: Simd>(simd: S, out: &mut [f32], values: S::f32s) {
    match S::as_mut_simd_f32s(out).0.first_mut() {
        Some(whole) => *whole = values,
        None => simd.partial_store_f32s(out, values),
    }
}
