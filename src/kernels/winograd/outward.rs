//! From the transformed domain back to pixels.

#![allow(clippy::needless_range_loop)] // the same number stands for a place in several arrays

use pulp::Simd;

use super::inward::rows_of;
use super::sizes::{SIDE, STEP};
use crate::kernels::simd::mul_add;

/// The products of a line, brought back across to six pixels a tile.
pub struct OutwardAcross<'a, S: Simd> {
    pub simd: S,
    pub products: &'a mut [S::f32s],
    pub line: &'a mut [S::f32s],
    pub count: usize,
    pub registers: usize,
    pub step: usize,
}

impl<S: Simd> pulp::NullaryFnOnce for OutwardAcross<'_, S> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let registers = self.registers;
        let products = rows_of(self.products, self.step, self.step - 1);
        for t in 0..self.count {
            let made = &mut self.line[t * STEP * registers..][..STEP * registers];
            for c in 0..registers {
                let mut coefficients = [self.simd.splat_f32s(0.0); SIDE];
                for x in 0..SIDE {
                    coefficients[x] = products[x][t * registers + c];
                }
                let pixels = to_six(self.simd, coefficients);
                for x in 0..STEP {
                    made[x * registers + c] = pixels[x];
                }
            }
        }
    }
}

/// Eight lines, brought back down to six rows of the result.
pub struct OutwardDown<'a, S: Simd> {
    pub simd: S,
    pub lines: &'a mut [S::f32s],
    /// Registers from one line to the next.
    pub line: usize,
    pub bias: &'a [S::f32s],
    pub out: [&'a mut [S::f32s]; STEP],
    pub add: Option<[&'a [S::f32s]; STEP]>,
    pub width: usize,
    pub relu: bool,
}

impl<S: Simd> pulp::NullaryFnOnce for OutwardDown<'_, S> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let (simd, length) = (self.simd, self.width * self.bias.len());
        let lowest = match self.relu {
            true => simd.splat_f32s(0.0),
            false => simd.splat_f32s(f32::NEG_INFINITY),
        };
        let lines = rows_of(self.lines, self.line, length);
        let out = self.out;
        // Where the image ends there are fewer rows.
        let mut rows = 0;
        while rows < STEP && !out[rows].is_empty() {
            rows += 1;
        }
        for (at, bias) in (0..length).zip(self.bias.iter().cycle()) {
            let mut column = [simd.splat_f32s(0.0); SIDE];
            for y in 0..SIDE {
                column[y] = lines[y][at];
            }
            let column = to_six(simd, column);
            for y in 0..STEP {
                if y < rows {
                    let mut value = simd.add_f32s(column[y], *bias);
                    if let Some(add) = &self.add {
                        value = simd.add_f32s(value, add[y][at]);
                    }
                    out[y][at] = simd.max_f32s(value, lowest);
                }
            }
        }
    }
}

/// A' of the same.
#[inline(always)]
fn to_six<S: Simd>(simd: S, a: [S::f32s; SIDE]) -> [S::f32s; STEP] {
    let (p, m) = (simd.add_f32s(a[1], a[2]), simd.sub_f32s(a[1], a[2]));
    let (q, n) = (simd.add_f32s(a[3], a[4]), simd.sub_f32s(a[3], a[4]));
    let (r, o) = (simd.add_f32s(a[5], a[6]), simd.sub_f32s(a[5], a[6]));
    [
        simd.add_f32s(simd.add_f32s(a[0], p), simd.add_f32s(q, r)),
        sum(simd, m, (2.0, n), (0.5, o)),
        sum(simd, p, (4.0, q), (0.25, r)),
        sum(simd, m, (8.0, n), (0.125, o)),
        sum(simd, p, (16.0, q), (0.0625, r)),
        simd.add_f32s(sum(simd, m, (32.0, n), (0.03125, o)), a[7]),
    ]
}

/// one + much * two + little * three.
#[inline(always)]
fn sum<S: Simd>(
    simd: S,
    one: S::f32s,
    (much, two): (f32, S::f32s),
    (little, three): (f32, S::f32s),
) -> S::f32s {
    let one = mul_add(simd, simd.splat_f32s(little), three, one);
    mul_add(simd, simd.splat_f32s(much), two, one)
}
