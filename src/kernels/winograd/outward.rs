//! From the transformed domain back to pixels.

#![allow(clippy::needless_range_loop)] // the same number stands for a place in several arrays

use pulp::Simd;

use super::sizes::{SIDE, STEP};
use crate::kernels::simd::mul_add;

/// Products back to 6 x 6 pixels each.
pub struct Outward<'a, S: Simd> {
    pub simd: S,
    pub products: &'a [S::f32s],
    pub bias: &'a [S::f32s],
    pub out: [&'a mut [S::f32s]; STEP],
    pub add: Option<[&'a [S::f32s]; STEP]>,
    pub count: usize,
    pub step: usize,
    pub width: usize,
    pub relu: bool,
}

impl<S: Simd> pulp::NullaryFnOnce for Outward<'_, S> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self {
            simd,
            products,
            bias,
            out,
            add,
            count,
            step,
            width,
            relu,
        } = self;
        let (registers, zero) = (bias.len(), simd.splat_f32s(0.0));
        let lowest = if relu {
            zero
        } else {
            simd.splat_f32s(f32::NEG_INFINITY)
        };
        for t in 0..count {
            let columns = STEP.min(width - t * STEP);
            for c in 0..registers {
                let place = t * registers + c;
                let mut across = [[zero; STEP]; SIDE];
                for y in 0..SIDE {
                    let mut line = [zero; SIDE];
                    for x in 0..SIDE {
                        line[x] = products[(y * SIDE + x) * step + place];
                    }
                    across[y] = to_six(simd, line);
                }
                for x in 0..columns {
                    let mut line = [zero; SIDE];
                    for y in 0..SIDE {
                        line[y] = across[y][x];
                    }
                    let column = to_six(simd, line);
                    let at = (t * STEP + x) * registers + c;
                    for y in 0..STEP {
                        if out[y].is_empty() {
                            break;
                        }
                        let mut value = simd.add_f32s(column[y], bias[c]);
                        if let Some(add) = &add {
                            value = simd.add_f32s(value, add[y][at]);
                        }
                        out[y][at] = simd.max_f32s(value, lowest);
                    }
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
