//! The local regression that the fast networks begin with (`training/regression.py`): around each
//! pixel, the detail of each target band regressed on that of all guides, with a ridge. Injecting
//! detail with gains from a window is the fusion of Aiazzi et al. 2002 (IEEE TGRS 40:2300-2312).
//!
//! A row at a time: details, their products summed over the window, and the system of equations
//! solved in registers, so many pixels at once as a register holds. Sums are made anew for each
//! pixel, as sums that run along would depend on where the image begins.

#![allow(clippy::needless_range_loop)] // the same number stands for a place in several arrays

use pulp::{Simd, WithSimd};

use super::numbers::Numbers;
use super::simd::{Level, less_product, mul_add};
use super::work::{Pool, each};
use crate::error::Result;

/// Rows that are computed together.
const STRIP: usize = 32;

/// The numbers of a regression.
#[derive(Clone, Copy)]
pub struct Settings {
    /// Detail is what a band differs by from its mean over so many pixels to each side.
    pub mean: usize,
    /// The regression's window, in pixels to each side.
    pub window: usize,
    /// The variance that means nothing.
    pub noise: f32,
    /// The share of each guide's variance that is added to it.
    pub ridge: f32,
}

/// Images of one size: planes of the guides and of the targets.
#[derive(Clone, Copy)]
pub struct Bands<'a> {
    pub guide: &'a [f32],
    pub target: &'a [f32],
    /// What is known of the targets' detail, a plane for each: it is taken off.
    pub known: Option<&'a [f32]>,
    pub guides: usize,
    pub targets: usize,
    pub size: (usize, usize),
}

impl Bands<'_> {
    fn plane(&self, band: usize) -> &[f32] {
        let (rows, cols) = self.size;
        match band.checked_sub(self.guides) {
            None => &self.guide[band * rows * cols..][..rows * cols],
            Some(target) => &self.target[target * rows * cols..][..rows * cols],
        }
    }
}

/// Computes the planes of all outputs, one after the other: the deviations of the guides' and of
/// the targets' detail, that detail, and for each target and guide the correlation, then the slope.
pub fn run(
    level: Level,
    pool: &dyn Pool,
    settings: Settings,
    bands: Bands,
    planes: Vec<&mut [f32]>,
) -> Result<()> {
    let (rows, cols) = bands.size;
    let mut strips: Vec<Vec<&mut [f32]>> = Vec::new();
    strips.resize_with(rows.div_ceil(STRIP), Vec::new);
    for plane in planes {
        for (strip, part) in strips.iter_mut().zip(plane.chunks_mut(STRIP * cols)) {
            strip.push(part);
        }
    }
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

/// Rows of the details of all bands, with zeros outside the image.
struct Details {
    values: Numbers,
    /// Numbers in a row; before the first column as many zeros as the window reaches.
    row: usize,
    /// Rows of a band.
    rows: usize,
}

impl Details {
    fn at(&self, band: usize, row: usize) -> &[f32] {
        &self.values[(band * self.rows + row) * self.row..][..self.row]
    }
}

impl WithSimd for Strip<'_> {
    type Output = Result<()>;

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) -> Result<()> {
        let (rows, cols) = self.bands.size;
        let (guides, targets) = (self.bands.guides, self.bands.targets);
        let reach = self.settings.window / 2;
        let registers = cols.div_ceil(S::F32_LANES);
        let details = self.details::<S>(registers)?;
        let pairs = pairs(guides, targets);
        // Sums over the window's rows, then the means over the window of all pairs.
        let mut sums = Numbers::zeros(details.row)?;
        let mut means = Numbers::zeros(pairs.len() * registers * S::F32_LANES)?;
        let across: Vec<f32> = (0..registers * S::F32_LANES)
            .map(|x| {
                1.0 / (cols
                    .min(x + reach + 1)
                    .saturating_sub(x.saturating_sub(reach)))
                .max(1) as f32
            })
            .collect();
        let mut system = Numbers::zeros(guides * (guides + targets) * S::F32_LANES)?;
        let count = self.out[0].len() / cols;
        for y in 0..count {
            let row = self.top + y;
            // In the details the strip's first row has as many rows before it as the window.
            let window = row.saturating_sub(reach) + reach - self.top
                ..rows.min(row + reach + 1) + reach - self.top;
            let share = 1.0 / window.len() as f32;
            let means = S::as_mut_simd_f32s(&mut means).0;
            for (p, &(a, b)) in pairs.iter().enumerate() {
                let sums = S::as_mut_simd_f32s(&mut sums).0;
                for x in 0..sums.len() {
                    let mut sum = simd.splat_f32s(0.0);
                    for line in window.clone() {
                        let one = S::as_simd_f32s(details.at(a, line)).0[x];
                        let other = S::as_simd_f32s(details.at(b, line)).0[x];
                        sum = mul_add(simd, one, other, sum);
                    }
                    sums[x] = sum;
                }
                let sums: &[f32] = pulp::bytemuck::cast_slice(sums);
                for x in 0..registers {
                    let mut sum = simd.splat_f32s(0.0);
                    for dx in 0..2 * reach + 1 {
                        sum = simd
                            .add_f32s(sum, S::as_simd_f32s(&sums[x * S::F32_LANES + dx..]).0[0]);
                    }
                    let part = simd.mul_f32s(S::as_simd_f32s(&across).0[x], simd.splat_f32s(share));
                    means[p * registers + x] = simd.mul_f32s(sum, part);
                }
            }
            for x in 0..registers {
                let at = x * S::F32_LANES;
                let width = S::F32_LANES.min(cols - at);
                let place = y * cols + at..y * cols + at + width;
                let system = S::as_mut_simd_f32s(&mut system).0;
                self.pixels(simd, &means[x..], registers, system, place.clone());
                for t in 0..targets {
                    let from = &details.at(guides + t, y + reach)[reach + at..][..width];
                    self.out[guides + targets + t][place.clone()].copy_from_slice(from);
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
    /// The details of all bands, in the strip's rows and those that the window reaches.
    #[inline(always)]
    fn details<S: Simd>(&self, registers: usize) -> Result<Details> {
        let (rows, cols) = self.bands.size;
        let (reach, mean) = (self.settings.window / 2, self.settings.mean / 2);
        let count = self.out[0].len() / cols + 2 * reach;
        let row = (registers * S::F32_LANES + 2 * reach).next_multiple_of(S::F32_LANES);
        let bands = self.bands.guides + self.bands.targets;
        let mut values = Numbers::zeros(bands * count * row)?;
        let mut column: Vec<f32> = vec![0.0; cols];
        for band in 0..bands {
            let plane = self.bands.plane(band);
            for line in 0..count {
                let Some(y) = (self.top + line).checked_sub(reach).filter(|y| *y < rows) else {
                    continue;
                };
                let near = y.saturating_sub(mean)..rows.min(y + mean + 1);
                column.copy_from_slice(&plane[near.start * cols..][..cols]);
                for y in near.start + 1..near.end {
                    for (sum, value) in column.iter_mut().zip(&plane[y * cols..][..cols]) {
                        *sum += value;
                    }
                }
                let out = &mut values[(band * count + line) * row + reach..][..cols];
                for x in 0..cols {
                    let beside = x.saturating_sub(mean)..cols.min(x + mean + 1);
                    let pixels = (beside.len() * near.len()) as f32;
                    let mut sum = 0.0;
                    for x in beside {
                        sum += column[x];
                    }
                    out[x] = plane[y * cols + x] - sum / pixels;
                }
                if let (Some(known), Some(target)) =
                    (self.bands.known, band.checked_sub(self.bands.guides))
                {
                    let known = &known[(target * rows + y) * cols..][..cols];
                    for (out, known) in out.iter_mut().zip(known) {
                        *out -= known;
                    }
                }
            }
        }
        Ok(Details {
            values,
            row,
            rows: count,
        })
    }

    /// A register of pixels: `means` holds the mean of each pair, `step` apart.
    #[inline(always)]
    fn pixels<S: Simd>(
        &mut self,
        simd: S,
        means: &[S::f32s],
        step: usize,
        system: &mut [S::f32s],
        place: std::ops::Range<usize>,
    ) {
        let (guides, targets) = (self.bands.guides, self.bands.targets);
        let noise = simd.splat_f32s(self.settings.noise);
        let ridge = simd.splat_f32s(self.settings.ridge);
        let (mixed, own) = (
            guides * (guides + 1) / 2,
            guides * (guides + 1) / 2 + guides * targets,
        );
        let columns = guides + targets;
        for i in 0..guides {
            for j in 0..guides {
                let (high, low) = (i.max(j), i.min(j));
                let mut value = means[(high * (high + 1) / 2 + low) * step];
                if i == j {
                    let deviation = simd.sqrt_f32s(simd.add_f32s(value, noise));
                    put(simd, &mut self.out[i][place.clone()], deviation);
                    let more = mul_add(simd, ridge, value, noise);
                    value = simd.add_f32s(value, more);
                }
                system[i * columns + j] = value;
            }
            for t in 0..targets {
                system[i * columns + guides + t] = means[(mixed + t * guides + i) * step];
            }
        }
        for t in 0..targets {
            let deviation = simd.sqrt_f32s(simd.add_f32s(means[(own + t) * step], noise));
            put(simd, &mut self.out[guides + t][place.clone()], deviation);
            for g in 0..guides {
                let variance = means[(g * (g + 1) / 2 + g) * step];
                let other = simd.sqrt_f32s(simd.add_f32s(variance, noise));
                let both = simd.mul_f32s(other, deviation);
                let value = simd.div_f32s(means[(mixed + t * guides + g) * step], both);
                let at = guides + 2 * targets + t * guides + g;
                put(simd, &mut self.out[at][place.clone()], value);
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
        for t in 0..targets {
            for g in 0..guides {
                let at = guides + 2 * targets + guides * targets + t * guides + g;
                put(
                    simd,
                    &mut self.out[at][place.clone()],
                    system[g * columns + guides + t],
                );
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
