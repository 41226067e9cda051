//! Sums of products of channels, pixel by pixel, without a copy of any channel in between.

#![allow(clippy::needless_range_loop)] // the same number stands for a place in several arrays

use pulp::{Simd, WithSimd};

use super::simd::{Level, mul_add};
use super::work::{Pool, each, strips};
use crate::error::Result;

/// Pixels that are computed together: what they need stays in the nearest cache.
const SOME: usize = 1024;

/// What a term does with its two channels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum How {
    /// It is the first one.
    Copy,
    /// It is the first one times the second.
    Product,
    /// It is the first one divided by the second.
    Quotient,
}

/// A term of a sum.
#[derive(Clone, Copy)]
pub struct Term {
    pub first: usize,
    pub second: usize,
    pub how: How,
}

/// Computes each sum of terms, an image (channels, pixels). `channels` holds those that the terms
/// count, all as long.
pub fn run(
    level: Level,
    pool: &dyn Pool,
    sums: &[Vec<Term>],
    channels: &[&[f32]],
    out: &mut [f32],
) -> Result<()> {
    let pixels = channels.first().map_or(0, |c| c.len());
    each(pool, strips(out, (pixels, 1), SOME), |strip, out| {
        level.run(Strip {
            sums,
            channels,
            start: strip * SOME,
            out,
        });
        Ok(())
    })
}

/// Some pixels of all sums.
struct Strip<'a> {
    sums: &'a [Vec<Term>],
    channels: &'a [&'a [f32]],
    start: usize,
    out: Vec<&'a mut [f32]>,
}

impl WithSimd for Strip<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            sums,
            channels,
            start,
            out,
        } = self;
        for (terms, out) in sums.iter().zip(out) {
            for (number, term) in terms.iter().enumerate() {
                let more = number > 0;
                let place = start..start + out.len();
                let first = &channels[term.first][place.clone()];
                let second = &channels[term.second][place];
                let (to, to_rest) = S::as_mut_simd_f32s(out);
                let (a, a_rest) = S::as_simd_f32s(first);
                let (b, b_rest) = S::as_simd_f32s(second);
                for i in 0..to.len() {
                    let old = if more { to[i] } else { simd.splat_f32s(0.0) };
                    to[i] = match term.how {
                        How::Copy => simd.add_f32s(old, a[i]),
                        How::Product => mul_add(simd, a[i], b[i], old),
                        How::Quotient => simd.add_f32s(old, simd.div_f32s(a[i], b[i])),
                    };
                }
                for i in 0..to_rest.len() {
                    let old = if more { to_rest[i] } else { 0.0 };
                    to_rest[i] = old
                        + match term.how {
                            How::Copy => a_rest[i],
                            How::Product => a_rest[i] * b_rest[i],
                            How::Quotient => a_rest[i] / b_rest[i],
                        };
                }
            }
        }
    }
}
