//! Some layers over an image, strip by strip.

use std::array::from_fn;
use std::ops::Range;
use std::sync::Mutex;

use super::Layer;
use crate::error::Result;
use crate::kernels::ring::Ring;
use crate::kernels::simd::Level;
use crate::kernels::winograd::{STEP, Scratch, TileRow};
use crate::kernels::work::{Pool, each, grow, lock, strips};

/// Columns of a block.
const BLOCK: usize = 128;
/// Rows of a strip.
pub const STRIP: usize = 32;

/// Pixels that are brought from planes, and to them, at once: they stay in the nearest cache.
const SOME: usize = 64;

/// An image: planes of channels, or pixels whose channels are filled up to whole registers.
#[derive(Clone, Copy)]
pub enum Input<'a> {
    Planes(&'a [f32]),
    Pixels(&'a [f32]),
}

/// A strip of the result, in the same two forms.
pub enum Part<'a> {
    Planes(Vec<&'a mut [f32]>),
    Pixels(&'a mut [f32]),
}

/// The strips of an image that is planes of channels.
pub fn planes(image: &mut [f32], size: (usize, usize)) -> Vec<Part<'_>> {
    let strips = strips(image, size, STRIP);
    strips.into_iter().map(Part::Planes).collect()
}

/// Some layers over an image.
pub struct Pass<'a> {
    pub level: Level,
    pub layers: &'a [Layer],
    /// Of the input.
    pub channels: usize,
    pub input: Input<'a>,
    pub size: (usize, usize),
    /// What the work on other strips needed and needs no more.
    pub spaces: &'a Mutex<Vec<Space>>,
}

/// What the work on a strip needs.
#[derive(Default)]
pub struct Space {
    /// Of the input, and of each layer.
    rings: Vec<Ring>,
    scratch: Scratch,
    /// A row of zeros, for what is outside the image.
    nothing: Vec<f32>,
}

impl Pass<'_> {
    pub fn run(&self, pool: &dyn Pool, parts: Vec<Part>) -> Result<()> {
        each(pool, parts, |strip, mut part| {
            let mut space = lock(self.spaces).pop().unwrap_or_default();
            let cols = self.size.1;
            let side = cols.div_ceil(cols.div_ceil(BLOCK)).next_multiple_of(STEP);
            for left in (0..cols).step_by(side) {
                self.block(
                    &mut space,
                    strip * STRIP,
                    left..cols.min(left + side),
                    &mut part,
                )?;
            }
            lock(self.spaces).push(space);
            Ok(())
        })
    }

    /// Computes a block of columns of a strip that begins at the row `top`.
    fn block(
        &self,
        space: &mut Space,
        top: usize,
        columns: Range<usize>,
        part: &mut Part,
    ) -> Result<()> {
        let (rows, cols) = self.size;
        let count = self.layers.len();
        // What a layer makes is seen by those after it, one pixel farther by each. The input counts
        // as a layer.
        let reach = |layer: usize| {
            let more = count - layer;
            columns.start.saturating_sub(more)..cols.min(columns.end + more)
        };
        space.rings.resize_with(count + 1, Ring::default);
        for layer in 0..=count {
            let channels = layer
                .checked_sub(1)
                .map_or(self.channels, |l| self.layers[l].channels);
            let pixel = self.level.filled_up(channels);
            let first = top.saturating_sub(count - layer);
            space.rings[layer].start(pixel, reach(layer), first, rows)?;
            let row = space.rings[layer].row_length();
            grow(&mut space.nothing, row)?;
        }
        let bottom = rows.min(top + STRIP);
        for y in (top..bottom).step_by(STEP) {
            self.make(space, count, y + 1)?;
            for y in y..bottom.min(y + STEP) {
                let made = space.rings[count].at(y, columns.start);
                self.hand_over(made, part, y - top, columns.clone());
            }
        }
        Ok(())
    }

    /// Makes the rows of a layer up to this one.
    fn make(&self, space: &mut Space, layer: usize, until: usize) -> Result<()> {
        let rows = self.size.0;
        while space.rings[layer].made() < until.min(rows) {
            let y = space.rings[layer].made();
            let Some(before) = layer.checked_sub(1) else {
                self.load(&mut space.rings[0]);
                continue;
            };
            self.make(space, before, y + STEP + 1)?;
            let Layer { weights, after, .. } = &self.layers[before];
            let (earlier, later) = space.rings.split_at_mut(layer);
            let (out, nothing) = (&mut later[0], &space.nothing);
            let Range {
                start: left,
                end: right,
            } = out.columns();
            let seen = |i: usize| match (y + i).checked_sub(1) {
                Some(row) if row < rows => earlier[before].before(row, left),
                _ => nothing,
            };
            let added = |i: usize| match before.checked_sub(1).filter(|_| after.add) {
                Some(ring) if y + i < rows => earlier[ring].at(y + i, left),
                _ => &[],
            };
            self.level.run(TileRow {
                weights,
                rows: from_fn(seen),
                add: after.add.then(|| from_fn(added)),
                out: out.next(STEP),
                width: right - left,
                relu: after.relu,
                scratch: &mut space.scratch,
            })?;
        }
        Ok(())
    }

    /// The next row of the input into its ring.
    fn load(&self, ring: &mut Ring) {
        let (rows, cols) = self.size;
        let (y, columns, pixel) = (ring.made(), ring.columns(), ring.pixel());
        let [line, ..] = ring.next(1);
        match self.input {
            Input::Pixels(image) => {
                let part = &image[y * cols * pixel..][columns.start * pixel..columns.end * pixel];
                line[..part.len()].copy_from_slice(part);
            }
            Input::Planes(image) => {
                for (part, some) in line.chunks_mut(SOME * pixel).zip(by(SOME, columns)) {
                    for (c, plane) in image.chunks(rows * cols).enumerate() {
                        let row = &plane[y * cols..][some.clone()];
                        for (pixel, value) in part.chunks_mut(pixel).zip(row) {
                            pixel[c] = *value;
                        }
                    }
                }
            }
        }
    }

    /// A row of the result to where it belongs.
    fn hand_over(&self, made: &[f32], part: &mut Part, y: usize, columns: Range<usize>) {
        let (cols, count) = (self.size.1, self.layers.len());
        let pixel = self.level.filled_up(self.layers[count - 1].channels);
        match part {
            Part::Pixels(out) => {
                let row = &mut out[y * cols * pixel..][columns.start * pixel..columns.end * pixel];
                row.copy_from_slice(&made[..row.len()]);
            }
            Part::Planes(planes) => {
                for (part, some) in made.chunks(SOME * pixel).zip(by(SOME, columns)) {
                    for (c, plane) in planes.iter_mut().enumerate() {
                        let row = &mut plane[y * cols..][some.clone()];
                        for (value, pixel) in row.iter_mut().zip(part.chunks(pixel)) {
                            *value = pixel[c];
                        }
                    }
                }
            }
        }
    }
}

/// The range in parts of this length.
fn by(length: usize, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let end = range.end;
    range
        .step_by(length)
        .map(move |start| start..end.min(start + length))
}
