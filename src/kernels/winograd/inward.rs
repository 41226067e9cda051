//! From pixels to the transformed domain.

#![allow(clippy::needless_range_loop)] // the same number stands for a place in several arrays

use pulp::Simd;

use super::{SIDE, STEP};
use crate::kernels::simd::{less_product, mul_add};

/// Tiles of 6 x 6 pixels, transformed.
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
                    across[y] = to_six(simd, line);
                }
                for x in 0..SIDE {
                    let mut line = [zero; SIDE];
                    for y in 0..SIDE {
                        line[y] = across[y][x];
                    }
                    let column = to_six(simd, line);
                    for y in 0..SIDE {
                        tiles[(y * SIDE + x) * step + t * registers + c] = column[y];
                    }
                }
            }
        }
    }
}

/// B' of Lavin and Gray 2016, section 4.3.
#[inline(always)]
fn to_six<S: Simd>(simd: S, a: [S::f32s; SIDE]) -> [S::f32s; SIDE] {
    let (two, four, five) = (
        simd.splat_f32s(2.0),
        simd.splat_f32s(4.0),
        simd.splat_f32s(5.0),
    );
    let even = less_product(simd, four, a[2], a[4]);
    let odd = less_product(simd, four, a[1], a[3]);
    let (even2, odd2) = (simd.sub_f32s(a[4], a[2]), simd.sub_f32s(a[3], a[1]));
    let first = less_product(simd, five, a[2], a[4]);
    let last = less_product(simd, five, a[3], a[5]);
    [
        mul_add(simd, four, a[0], first),
        simd.add_f32s(even, odd),
        simd.sub_f32s(even, odd),
        mul_add(simd, two, odd2, even2),
        less_product(simd, two, odd2, even2),
        mul_add(simd, four, a[1], last),
    ]
}
