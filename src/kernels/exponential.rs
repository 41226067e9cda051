//! The exponential function.

use pulp::Simd;

use super::simd::{less_product, mul_add};

/// e to the power of each number, to 3e-7 of the result; beyond 1e-38 and 1e38 it stays there.
#[inline(always)]
pub fn exponential<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // Added to a small number, this leaves no room for a fraction: its last bits are the whole
    // number nearest to that, here with the bias of a float's exponent.
    const WHOLE: f32 = 12_582_912.0;
    const BIAS: f32 = 127.0;
    // ln 2 in two parts, the first of which has so few bits that its products are exact.
    const LN_2: [f32; 2] = [355.0 / 512.0, -2.121_944_4e-4];
    let x = simd.min_f32s(x, simd.splat_f32s(88.0));
    let x = simd.max_f32s(x, simd.splat_f32s(-87.0));
    let shifted = mul_add(
        simd,
        x,
        simd.splat_f32s(std::f32::consts::LOG2_E),
        simd.splat_f32s(WHOLE + BIAS),
    );
    let whole = simd.sub_f32s(shifted, simd.splat_f32s(WHOLE + BIAS));
    let rest = less_product(simd, whole, simd.splat_f32s(LN_2[0]), x);
    let rest = less_product(simd, whole, simd.splat_f32s(LN_2[1]), rest);
    // The series, which for half of ln 2 ends here as far as a float can tell.
    let mut sum = simd.splat_f32s(1.0 / 720.0);
    for factor in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        sum = mul_add(simd, sum, rest, simd.splat_f32s(factor));
    }
    let exponent = simd.transmute_u32s_f32s(shifted);
    let exponent = simd.wrapping_dyn_shl_u32s(exponent, simd.splat_u32s(23));
    simd.mul_f32s(sum, simd.transmute_f32s_u32s(exponent))
}
