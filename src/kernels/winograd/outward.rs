//! From the transformed domain back to pixels.

#![allow(clippy::needless_range_loop)] // the same number stands for a place in several arrays

use pulp::Simd;

use super::{SIDE, STEP};
use crate::kernels::simd::mul_add;

/// Products back to 4 x 4 pixels each.
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
                    across[y] = to_four(simd, line);
                }
                for x in 0..columns {
                    let mut line = [zero; SIDE];
                    for y in 0..SIDE {
                        line[y] = across[y][x];
                    }
                    let column = to_four(simd, line);
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

/// A' of Lavin and Gray 2016, section 4.3.
#[inline(always)]
fn to_four<S: Simd>(simd: S, a: [S::f32s; SIDE]) -> [S::f32s; STEP] {
    let (two, four) = (simd.splat_f32s(2.0), simd.splat_f32s(4.0));
    let (p, m) = (simd.add_f32s(a[1], a[2]), simd.sub_f32s(a[1], a[2]));
    let (q, n) = (
        simd.add_f32s(a[3], a[4]),
        simd.mul_f32s(two, simd.sub_f32s(a[3], a[4])),
    );
    [
        simd.add_f32s(a[0], simd.add_f32s(p, q)),
        simd.add_f32s(m, n),
        mul_add(simd, four, q, p),
        simd.add_f32s(mul_add(simd, four, n, m), a[5]),
    ]
}
