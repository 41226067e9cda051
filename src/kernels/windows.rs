//! Sums over a window around each pixel, of products of two bands.
//!
//! Rows are summed by threes first where the window has three times so many, and so are columns: a
//! window of nine takes two sums of three each way. No sum runs along, as it would depend on where
//! the image begins.

use pulp::Simd;

use super::details::Details;
use super::numbers::Numbers;
use super::simd::mul_add;
use crate::error::Result;

/// The sums of several products, one row after the other.
pub struct Windows {
    /// Pixels to each side of the window.
    window: usize,
    /// Rows, or columns, that are summed first.
    group: usize,
    /// For each product the last sums of so many rows.
    kept: Numbers,
    /// One row of sums over the window's rows, and of those sums so many columns together.
    down: Numbers,
    grouped: Numbers,
}

impl Windows {
    /// For so many products of rows of details.
    #[inline(always)]
    pub fn new<S: Simd>(window: usize, products: usize, details: &Details) -> Result<Self> {
        let group = if window.is_multiple_of(3) { 3 } else { 1 };
        let row = details.row();
        Ok(Self {
            window,
            group,
            kept: Numbers::zeros(products * (window - group + 1) * row)?,
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
        let (row, group, slots) = (details.row(), self.group, self.window - self.group + 1);
        let kept = &mut self.kept[product * slots * row..][..slots * row];
        let last = y + self.window - group;
        for line in if y == 0 { 0 } else { last }..=last {
            let out = S::as_mut_simd_f32s(&mut kept[line % slots * row..][..row]).0;
            let pair = |i| (details.at(one, line + i), details.at(other, line + i));
            products(simd, group, pair, out);
        }
        let lines = (y..last + 1).step_by(group);
        let lines = lines.map(|line| S::as_simd_f32s(&kept[line % slots * row..][..row]).0);
        let down = S::as_mut_simd_f32s(&mut self.down[..row]).0;
        add_up(simd, lines, down);
        let (down, sums) = (&self.down, S::as_mut_simd_f32s(sums).0);
        if group == 1 {
            return add_up(simd, (0..self.window).map(|x| shifted::<S>(down, x)), sums);
        }
        let grouped = S::as_mut_simd_f32s(&mut self.grouped).0;
        add_up(simd, (0..group).map(|x| shifted::<S>(down, x)), grouped);
        let columns = (0..self.window).step_by(group);
        add_up(simd, columns.map(|x| shifted::<S>(&self.grouped, x)), sums);
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

/// The sum of rows, of three in one go.
#[inline(always)]
fn add_up<'a, S: Simd>(
    simd: S,
    mut rows: impl ExactSizeIterator<Item = &'a [S::f32s]>,
    out: &mut [S::f32s],
) {
    let add = |a, b| simd.add_f32s(a, b);
    if rows.len() == 3
        && let (Some(one), Some(two), Some(three)) = (rows.next(), rows.next(), rows.next())
    {
        for (out, ((a, b), c)) in out.iter_mut().zip(one.iter().zip(two).zip(three)) {
            *out = add(add(*a, *b), *c);
        }
        return;
    }
    out.fill(simd.splat_f32s(0.0));
    for row in rows {
        out.iter_mut()
            .zip(row)
            .for_each(|(out, v)| *out = add(*out, *v));
    }
}
