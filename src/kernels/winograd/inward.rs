//! From pixels to the transformed domain.

#![allow(clippy::needless_range_loop)] // the same number stands for a place in several arrays

use pulp::Simd;

use super::sizes::{SIDE, STEP};
use crate::kernels::simd::{less_product, mul_add};

/// Eight rows of pixels, transformed down their columns to as many lines.
pub struct InwardDown<'a, S: Simd> {
    pub simd: S,
    pub rows: [&'a [S::f32s]; SIDE],
    pub lines: &'a mut [S::f32s],
    /// Registers of a line, the last of which is none of it.
    pub line: usize,
}

// Here and in the next steps loops fill arrays, where closures would do but for the compiler: what
// it does not inline it compiles without the level's instructions.
impl<S: Simd> pulp::NullaryFnOnce for InwardDown<'_, S> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let length = self.line - 1;
        let mut rows = self.rows;
        for row in &mut rows {
            *row = &row[..length];
        }
        let lines = rows_of(self.lines, self.line, length);
        for i in 0..length {
            let mut column = [self.simd.splat_f32s(0.0); SIDE];
            for y in 0..SIDE {
                column[y] = rows[y][i];
            }
            let column = to_eight(self.simd, column);
            for y in 0..SIDE {
                lines[y][i] = column[y];
            }
        }
    }
}

/// A line, transformed across: of each tile eight coefficients.
pub struct InwardAcross<'a, S: Simd> {
    pub simd: S,
    pub line: &'a [S::f32s],
    pub tiles: &'a mut [S::f32s],
    pub count: usize,
    pub registers: usize,
    pub step: usize,
}

impl<S: Simd> pulp::NullaryFnOnce for InwardAcross<'_, S> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let registers = self.registers;
        let tiles = rows_of(self.tiles, self.step, self.step - 1);
        for t in 0..self.count {
            let seen = &self.line[t * STEP * registers..][..SIDE * registers];
            for c in 0..registers {
                let mut pixels = [self.simd.splat_f32s(0.0); SIDE];
                for x in 0..SIDE {
                    pixels[x] = seen[x * registers + c];
                }
                let coefficients = to_eight(self.simd, pixels);
                for x in 0..SIDE {
                    tiles[x][t * registers + c] = coefficients[x];
                }
            }
        }
    }
}

/// Eight rows, so far apart and so long, of what holds them one after the other.
#[inline(always)]
pub fn rows_of<T>(all: &mut [T], apart: usize, length: usize) -> [&mut [T]; SIDE] {
    let mut rest = all;
    let mut rows: [&mut [T]; SIDE] = Default::default();
    for row in &mut rows {
        let (one, more) = rest.split_at_mut(apart);
        *row = &mut one[..length];
        rest = more;
    }
    rows
}

/// B' of Lavin and Gray 2016, for the points.
#[inline(always)]
fn to_eight<S: Simd>(simd: S, a: [S::f32s; SIDE]) -> [S::f32s; SIDE] {
    let (half, two) = (simd.splat_f32s(0.5), simd.splat_f32s(2.0));
    let (quarter, four) = (simd.splat_f32s(0.25), simd.splat_f32s(4.0));
    let (most, more) = (simd.splat_f32s(5.25), simd.splat_f32s(4.25));
    let (five, some, few) = (
        simd.splat_f32s(5.0),
        simd.splat_f32s(2.5),
        simd.splat_f32s(1.25),
    );
    let even = less_product(simd, more, a[4], simd.add_f32s(a[2], a[6]));
    let odd = less_product(simd, more, a[3], simd.add_f32s(a[1], a[5]));
    let even2 = less_product(simd, few, a[4], mul_add(simd, quarter, a[2], a[6]));
    let odd2 = mul_add(simd, half, a[1], simd.mul_f32s(two, a[5]));
    let odd2 = less_product(simd, some, a[3], odd2);
    let even3 = less_product(simd, five, a[4], mul_add(simd, four, a[2], a[6]));
    let odd3 = mul_add(simd, two, a[1], simd.mul_f32s(half, a[5]));
    let odd3 = less_product(simd, some, a[3], odd3);
    let (first, last) = (simd.sub_f32s(a[4], a[2]), simd.sub_f32s(a[3], a[5]));
    [
        mul_add(simd, most, first, simd.sub_f32s(a[0], a[6])),
        simd.add_f32s(even, odd),
        simd.sub_f32s(even, odd),
        simd.add_f32s(even2, odd2),
        simd.sub_f32s(even2, odd2),
        simd.add_f32s(even3, odd3),
        simd.sub_f32s(even3, odd3),
        mul_add(simd, most, last, simd.sub_f32s(a[7], a[1])),
    ]
}
