//! Some layers over an image, strip by strip.

use std::array::from_fn;
use std::ops::Range;
use std::sync::Mutex;

use super::layer::Layer;
use super::planes::{Planes, gather, scatter};
use crate::error::Result;
use crate::kernels::numbers::Numbers;
use crate::kernels::ring::{Ring, row_length};
use crate::kernels::simd::Level;
use crate::kernels::winograd::{STEP, Scratch, TileRow};
use crate::kernels::work::{Pool, each};
use crate::locks::lock;

/// The most columns of a block.
const BLOCK: usize = 420;
/// The most rows of a strip.
const STRIP: usize = 64;

/// An image: planes of channels, or pixels whose channels are filled up to whole registers, in rows
/// as a ring's, with zeros beside them.
#[derive(Clone, Copy)]
pub enum Input<'a> {
    Planes(&'a [Planes<'a>]),
    Pixels(&'a [f32]),
}

/// A strip of the result: planes of channels, or pixels as above.
pub enum Part<'a> {
    Planes(Vec<&'a mut [f32]>),
    Pixels(&'a mut [f32]),
}

/// How high the strips are of so many rows: all alike, and so that the layer before, which makes a
/// row more above and below, makes whole tiles.
pub fn strip(rows: usize) -> usize {
    (rows.div_ceil(rows.div_ceil(STRIP).max(1)) + 2).next_multiple_of(STEP) - 2
}

/// The strips of an image that is planes of channels, without a margin, which is made zeros.
pub fn planes(
    image: &mut [f32],
    (rows, cols): (usize, usize),
    margin: usize,
    high: usize,
) -> Vec<Part<'_>> {
    let mut strips: Vec<Vec<&mut [f32]>> = Vec::new();
    strips.resize_with((rows - 2 * margin).div_ceil(high), Vec::new);
    for plane in image.chunks_mut(rows * cols) {
        let (above, rest) = plane.split_at_mut(margin * cols);
        let (inside, below) = rest.split_at_mut((rows - 2 * margin) * cols);
        above.fill(0.0);
        below.fill(0.0);
        for row in inside.chunks_mut(cols) {
            row[..margin].fill(0.0);
            row[cols - margin..].fill(0.0);
        }
        for (strip, part) in strips.iter_mut().zip(inside.chunks_mut(high * cols)) {
            strip.push(part);
        }
    }
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
    /// Pixels at each edge of the result that are left out.
    pub margin: usize,
    /// Rows of a strip.
    pub high: usize,
    /// 1, or how many phases of a channel, down and across, are planes of their own in the result
    /// (phase, channel). All of the above are multiples of it.
    pub fold: usize,
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
    nothing: Numbers,
}

impl Pass<'_> {
    pub fn run(&self, pool: &dyn Pool, parts: Vec<Part>) -> Result<()> {
        each(pool, parts, |strip, mut part| {
            let mut space = lock(self.spaces).pop().unwrap_or_default();
            let (left, right) = (self.margin, self.size.1 - self.margin);
            let cols = right - left;
            let side = cols.div_ceil(cols.div_ceil(BLOCK)).next_multiple_of(STEP);
            for left in (left..right).step_by(side) {
                self.block(
                    &mut space,
                    self.margin + strip * self.high,
                    left..right.min(left + side),
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
            space.nothing.grow(row_length(cols, pixel))?;
        }
        let bottom = (rows - self.margin).min(top + self.high);
        for y in (top..bottom).step_by(STEP) {
            let last = bottom.min(y + STEP);
            match part {
                Part::Pixels(out) => {
                    self.make(space, count - 1, y + STEP + 1)?;
                    let pixel = self.level.filled_up(self.layers[count - 1].channels);
                    let mut lines = out.chunks_mut(row_length(cols, pixel)).skip(y - top);
                    let out = from_fn(|_| match lines.next() {
                        Some(line) => &mut line[(1 + columns.start) * pixel..],
                        None => &mut [],
                    });
                    let Space {
                        rings,
                        scratch,
                        nothing,
                    } = &mut *space;
                    let earlier = &rings[..count];
                    self.compute(earlier, nothing, scratch, y, columns.clone(), out)?;
                }
                Part::Planes(planes) => {
                    self.make(space, count, y + 1)?;
                    for y in y..last {
                        let ring = &space.rings[count];
                        let made = (ring.at(y, columns.start), ring.pixel());
                        let form = (self.fold, cols / self.fold);
                        scatter(made, planes, form, (y - top, columns.clone()));
                    }
                }
            }
        }
        Ok(())
    }

    /// Makes the rows of a layer up to this one.
    fn make(&self, space: &mut Space, layer: usize, until: usize) -> Result<()> {
        let rows = self.size.0;
        let Some(before) = layer.checked_sub(1) else {
            if let Input::Planes(images) = self.input {
                while space.rings[0].made() < until.min(rows) {
                    let ring = &mut space.rings[0];
                    let (y, columns, pixel) = (ring.made(), ring.columns(), ring.pixel());
                    let [line, ..] = ring.next(1);
                    gather(images, self.size, (y, columns), (line, pixel));
                }
            }
            return Ok(());
        };
        while space.rings[layer].made() < until.min(rows) {
            let y = space.rings[layer].made();
            self.make(space, before, y + STEP + 1)?;
            let (earlier, later) = space.rings.split_at_mut(layer);
            let columns = later[0].columns();
            let out = later[0].next(STEP);
            self.compute(earlier, &space.nothing, &mut space.scratch, y, columns, out)?;
        }
        Ok(())
    }

    /// Computes six rows of the layer after those that `earlier` holds.
    fn compute(
        &self,
        earlier: &[Ring],
        nothing: &[f32],
        scratch: &mut Scratch,
        y: usize,
        columns: Range<usize>,
        out: [&mut [f32]; STEP],
    ) -> Result<()> {
        let before = earlier.len() - 1;
        let (rows, left) = (self.size.0, columns.start);
        let Layer { weights, after, .. } = &self.layers[before];
        let seen = |i: usize| match (y + i).checked_sub(1) {
            Some(row) if row < rows => self.before(earlier, before, row, left),
            _ => nothing,
        };
        let added = |i: usize| match before.checked_sub(1).filter(|_| after.add) {
            Some(ring) if y + i < rows => {
                &self.before(earlier, ring, y + i, left)[earlier[ring].pixel()..]
            }
            _ => &[],
        };
        self.level.run(TileRow {
            weights,
            rows: from_fn(seen),
            add: after.add.then(|| from_fn(added)),
            out,
            width: columns.len(),
            relu: after.relu,
            scratch,
        })
    }

    /// A row of what a layer made, from the pixel before this column on.
    fn before<'r>(&'r self, rings: &'r [Ring], layer: usize, y: usize, column: usize) -> &'r [f32] {
        match self.input {
            Input::Pixels(image) if layer == 0 => {
                let pixel = rings[0].pixel();
                let length = row_length(self.size.1, pixel);
                &image[y * length..][column * pixel..length]
            }
            _ => rings[layer].before(y, column),
        }
    }
}
