//! From pixels to the transformed domain.

#![allow(clippy::needless_range_loop)] // the same number stands for a place in several arrays

use pulp::Simd;

use super::sizes::{SIDE, STEP};
use crate::kernels::simd::{less_product, mul_add};

/// Tiles of 8 x 8 pixels, transformed.
pub struct Inward<'a, S: Simd> {
    pub simd: S,
    pub rows: [&'a [S::f32s]; SIDE],
    pub tiles: &'a mut [S::f32s],
    pub count: usize,
    pub registers: usize,
    pub step: usize,
}

// Here and in the next steps loops fill arrays, where closures would do but for the compiler: what
// it does not inline it compiles without the level's instructions.
impl<S: Simd> pulp::NullaryFnOnce for Inward<'_, S> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self {
            simd,
            rows,
            tiles,
            count,
            registers,
            step,
        } = self;
        let zero = simd.splat_f32s(0.0);
        for t in 0..count {
            let mut seen = rows;
            for row in &mut seen {
                *row = &row[t * STEP * registers..][..SIDE * registers];
            }
            for c in 0..registers {
                let mut across = [[zero; SIDE]; SIDE];
                for y in 0..SIDE {
                    let mut line = [zero; SIDE];
                    for x in 0..SIDE {
                        line[x] = seen[y][x * registers + c];
                    }
                    across[y] = to_eight(simd, line);
                }
                for x in 0..SIDE {
                    let mut line = [zero; SIDE];
                    for y in 0..SIDE {
                        line[y] = across[y][x];
                    }
                    let column = to_eight(simd, line);
                    for y in 0..SIDE {
                        tiles[(y * SIDE + x) * step + t * registers + c] = column[y];
                    }
                }
            }
        }
    }
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
