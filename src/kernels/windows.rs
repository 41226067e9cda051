//! Weighted sums over a window around each pixel, of products of two bands.
//!
//! Rows are summed by threes first where the window has three times so many, and so are columns: a
//! window of nine takes two sums of three each way. Where a mean follows on a mean, the first sums
//! are as long as the window, and what follows weighs them. No sum runs along, as it would depend
//! on where the image begins.

use std::array::from_fn;

use pulp::Simd;

use super::bands::Settings;
use super::details::Details;
use super::means::weights;
use super::numbers::Numbers;
use super::simd::mul_add;
use crate::error::Result;

/// The sums of several products, one row after the other.
pub struct Windows {
    /// Rows, or columns, that are summed first.
    group: usize,
    /// How far these sums lie from each other, and what each counts.
    step: usize,
    weights: Vec<f32>,
    /// What those count that are summed first.
    ones: Vec<f32>,
    /// For each product the last sums of so many rows.
    kept: Numbers,
    /// One row of sums over the window's rows, and of those sums so many columns together.
    down: Numbers,
    grouped: Numbers,
}

impl Windows {
    /// For so many products of rows of details.
    #[inline(always)]
    pub fn new<S: Simd>(settings: Settings, products: usize, details: &Details) -> Result<Self> {
        let Settings { window, passes, .. } = settings;
        let (group, step, weights) = match (passes, window.is_multiple_of(3)) {
            (1, true) => (3, 3, vec![1.0; window / 3]),
            (1, false) => (1, 1, vec![1.0; window]),
            _ => (window, 1, weights(window, passes - 1)),
        };
        let row = details.row();
        let slots = (weights.len() - 1) * step + 1;
        Ok(Self {
            group,
            step,
            weights,
            ones: vec![1.0; group],
            kept: Numbers::zeros(products * slots * row)?,
            down: Numbers::zeros(row + S::F32_LANES)?,
            grouped: Numbers::zeros(row)?,
        })
    }

    /// Sums over the windows around the pixels of row `y`, which follows the one before; `pair`: the
    /// number of the product, and which bands it is of.
    #[inline(always)]
    pub fn sum<S: Simd>(
        &mut self,
        simd: S,
        details: &Details,
        (product, (one, other)): (usize, (usize, usize)),
        y: usize,
        sums: &mut [f32],
    ) {
        let (row, group, step) = (details.row(), self.group, self.step);
        let last = (self.weights.len() - 1) * step;
        let slots = last + 1;
        let kept = &mut self.kept[product * slots * row..][..slots * row];
        for line in if y == 0 { 0 } else { y + last }..=y + last {
            let out = S::as_mut_simd_f32s(&mut kept[line % slots * row..][..row]).0;
            let pair = |i| (details.at(one, line + i), details.at(other, line + i));
            products(simd, group, pair, out);
        }
        let line = |i| S::as_simd_f32s(&kept[(y + i * step) % slots * row..][..row]).0;
        let down = S::as_mut_simd_f32s(&mut self.down[..row]).0;
        add_up(simd, &self.weights, line, down);
        let (down, sums) = (&self.down, S::as_mut_simd_f32s(sums).0);
        if group == 1 {
            return add_up(simd, &self.weights, |x| shifted::<S>(down, x), sums);
        }
        let grouped = S::as_mut_simd_f32s(&mut self.grouped).0;
        add_up(simd, &self.ones, |x| shifted::<S>(down, x), grouped);
        let column = |i| shifted::<S>(&self.grouped, i * step);
        add_up(simd, &self.weights, column, sums);
    }
}

/// Registers from a column on.
#[inline(always)]
fn shifted<S: Simd>(row: &[f32], column: usize) -> &[S::f32s] {
    S::as_simd_f32s(&row[column..]).0
}

/// The sum of the products of so many pairs of rows: of three in one go, as there is least to load
/// and store then.
#[inline(always)]
fn products<'a, S: Simd>(
    simd: S,
    count: usize,
    pair: impl Fn(usize) -> (&'a [f32], &'a [f32]),
    out: &mut [S::f32s],
) {
    let factors = |i| {
        let (one, other) = pair(i);
        let other = S::as_simd_f32s(other).0;
        S::as_simd_f32s(one)
            .0
            .iter()
            .copied()
            .zip(other.iter().copied())
    };
    if count == 3 {
        let factors = factors(0).zip(factors(1)).zip(factors(2));
        for (out, ((first, second), third)) in out.iter_mut().zip(factors) {
            let sum = mul_add(simd, second.0, second.1, simd.mul_f32s(first.0, first.1));
            *out = mul_add(simd, third.0, third.1, sum);
        }
        return;
    }
    for (out, (a, b)) in out.iter_mut().zip(factors(0)) {
        *out = simd.mul_f32s(a, b);
    }
    for i in 1..count {
        for (out, (a, b)) in out.iter_mut().zip(factors(i)) {
            *out = mul_add(simd, a, b, *out);
        }
    }
}

/// The weighted sum of rows, of three or five in one go.
#[inline(always)]
fn add_up<'a, S: Simd>(
    simd: S,
    weights: &[f32],
    row: impl Fn(usize) -> &'a [S::f32s],
    out: &mut [S::f32s],
) {
    match weights.len() {
        3 => add_up_so_many::<S, 3>(simd, weights, row, out),
        5 => add_up_so_many::<S, 5>(simd, weights, row, out),
        _ => {
            out.fill(simd.splat_f32s(0.0));
            for (i, weight) in weights.iter().enumerate() {
                let weight = simd.splat_f32s(*weight);
                out.iter_mut()
                    .zip(row(i))
                    .for_each(|(out, v)| *out = mul_add(simd, *v, weight, *out));
            }
        }
    }
}

#[inline(always)]
fn add_up_so_many<'a, S: Simd, const COUNT: usize>(
    simd: S,
    weights: &[f32],
    row: impl Fn(usize) -> &'a [S::f32s],
    out: &mut [S::f32s],
) {
    let rows: [_; COUNT] = from_fn(|i| &row(i)[..out.len()]);
    let weights: [_; COUNT] = from_fn(|i| simd.splat_f32s(weights[i]));
    for (x, out) in out.iter_mut().enumerate() {
        let first = simd.mul_f32s(rows[0][x], weights[0]);
        *out = (1..COUNT).fold(first, |sum, i| mul_add(simd, rows[i][x], weights[i], sum));
    }
}
