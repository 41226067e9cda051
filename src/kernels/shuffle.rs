//! Pixels of s x s phases folded into as many channels, and back: ONNX's SpaceToDepth, and
//! DepthToSpace in the order of PyTorch's pixel_shuffle.

use super::work::{Pool, each};
use crate::error::Result;

/// The sides of phases that are written for.
pub const SIDES: [usize; 4] = [2, 3, 4, 6];

/// Folds an image (channels, rows, columns) into (phase, channel) planes s times smaller.
pub fn fold(
    pool: &dyn Pool,
    image: &[f32],
    out: &mut [f32],
    (channels, rows, cols): (usize, usize, usize),
    s: usize,
) -> Result<()> {
    let (high, wide) = (rows / s, cols / s);
    let planes: Vec<&mut [f32]> = out.chunks_mut(high * wide).collect();
    each(pool, planes, |number, plane| {
        let (phase, channel) = (number / channels, number % channels);
        let (down, across) = (phase / s, phase % s);
        for (y, row) in plane.chunks_mut(wide).enumerate() {
            let from = &image[(channel * rows + y * s + down) * cols..][..cols];
            match s {
                2 => every::<2>(from, row, across),
                3 => every::<3>(from, row, across),
                4 => every::<4>(from, row, across),
                _ => every::<6>(from, row, across),
            }
        }
        Ok(())
    })
}

/// Each S-th number.
fn every<const S: usize>(from: &[f32], to: &mut [f32], first: usize) {
    for (to, from) in to.iter_mut().zip(from.as_chunks::<S>().0) {
        *to = from[first];
    }
}

/// Unfolds (channel, phase) planes of so many rows and columns into an image s times larger, and
/// adds another one as large.
pub fn unfold(
    pool: &dyn Pool,
    image: &[f32],
    base: Option<&[f32]>,
    out: &mut [f32],
    (rows, cols): (usize, usize),
    s: usize,
) -> Result<()> {
    let lines: Vec<&mut [f32]> = out.chunks_mut(s * cols * s).collect();
    // Each piece is the s rows that come of a row of the planes.
    each(pool, lines, |number, lines| {
        let (channel, y) = (number / rows, number % rows);
        for (down, line) in lines.chunks_mut(cols * s).enumerate() {
            let phase = |across: usize| {
                let plane = (channel * s + down) * s + across;
                &image[(plane * rows + y) * cols..][..cols]
            };
            let start = (number * s + down) * cols * s;
            weave(s, phase, line);
            if let Some(base) = base {
                for (to, more) in line.iter_mut().zip(&base[start..]) {
                    *to += more;
                }
            }
        }
        Ok(())
    })
}

/// Weaves s rows, each as `row` gives it, into one.
#[inline(always)]
fn weave<'a>(s: usize, row: impl FnMut(usize) -> &'a [f32], to: &mut [f32]) {
    match s {
        2 => woven([0, 1].map(row), to),
        3 => woven([0, 1, 2].map(row), to),
        4 => woven([0, 1, 2, 3].map(row), to),
        _ => woven([0, 1, 2, 3, 4, 5].map(row), to),
    }
}

/// Rows woven into one: the first number of each, then the second of each.
#[inline(always)]
fn woven<const S: usize>(rows: [&[f32]; S], to: &mut [f32]) {
    for (x, to) in to.as_chunks_mut::<S>().0.iter_mut().enumerate() {
        for (to, row) in to.iter_mut().zip(rows) {
            *to = row[x];
        }
    }
}
