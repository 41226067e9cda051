//! A chain of 3x3 convolutions, each with a bias, and a ReLU or the sum with an earlier value where
//! asked for: the trunks of all networks here.
//!
//! A few layers at a time run over strips of the image, block of columns by block, so that what one
//! layer gives is still in the cache when the next takes it. Each layer keeps no more than the last
//! rows of what it made. At the borders of strips and blocks some pixels are computed twice.

use std::array::from_fn;
use std::ops::Range;
use std::sync::Mutex;

use pulp::{Simd, WithSimd};

use super::ring::Ring;
use super::simd::Level;
use super::winograd::{STEP, Scratch, TileRow, Weights};
use super::work::{Pool, each, grow, lock};
use crate::error::Result;

/// Layers that run together.
const TOGETHER: usize = 2;
/// Columns of a block.
const BLOCK: usize = 128;
/// Rows of a strip.
const STRIP: usize = 32;

/// Pixels that are brought from planes, and to them, at once: they stay in the nearest cache.
const SOME: usize = 64;

/// One convolution.
struct Layer {
    weights: Weights,
    channels: usize,
    after: After,
}

/// What is done with the result of a convolution.
#[derive(Clone, Copy, Default)]
pub struct After {
    pub relu: bool,
    /// Whether the input of the layer before is added, ahead of the ReLU.
    pub add: bool,
}

/// A kernel (channels out, channels in, 3, 3) and its bias.
pub struct Weighted {
    pub weights: Vec<f32>,
    pub bias: Vec<f32>,
}

/// The chain, ready to run.
pub struct Chain {
    level: Level,
    inputs: usize,
    layers: Vec<Layer>,
    /// What groups gave each other in the run before, and what strips needed: to make it anew would
    /// take as long as a layer.
    held: Mutex<[Vec<f32>; 2]>,
    spaces: Mutex<Vec<Space>>,
}

impl Chain {
    /// A chain on images of so many channels.
    pub fn new(level: Level, inputs: usize, kernels: &[(Weighted, After)]) -> Result<Self> {
        let mut channels = inputs;
        let mut layers = Vec::new();
        for (kernel, after) in kernels {
            let weights = level.run(Prepare { kernel, channels })?;
            channels = kernel.bias.len();
            layers.push(Layer {
                weights,
                channels,
                after: *after,
            });
        }
        Ok(Self {
            level,
            inputs,
            layers,
            held: Mutex::default(),
            spaces: Mutex::default(),
        })
    }

    /// How many channels go in.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// How many channels come out.
    pub fn outputs(&self) -> usize {
        self.layers.last().map_or(self.inputs, |l| l.channels)
    }

    /// Runs it on one image (channels, rows, columns) to another.
    pub fn run(
        &self,
        pool: &dyn Pool,
        image: &[f32],
        out: &mut [f32],
        size: (usize, usize),
    ) -> Result<()> {
        if out.is_empty() {
            return Ok(());
        }
        let mut out = Some(out);
        // What a group gives the next one, in turn.
        let [mut held, mut spare] = std::mem::take(&mut *lock(&self.held));
        for group in self.groups() {
            let input = match group.start {
                0 => Input::Planes(image),
                _ => Input::Pixels(&held),
            };
            let pass = Pass {
                level: self.level,
                channels: self.channels(group.start),
                layers: &self.layers[group.clone()],
                input,
                size,
                spaces: &self.spaces,
            };
            match out.take_if(|_| group.end == self.layers.len()) {
                Some(out) => pass.run(pool, planes(out, size))?,
                None => {
                    let row = size.1 * self.level.filled_up(self.channels(group.end));
                    grow(&mut spare, size.0 * row)?;
                    let strips = spare[..size.0 * row].chunks_mut(STRIP * row);
                    pass.run(pool, strips.map(Part::Pixels).collect())?;
                    std::mem::swap(&mut held, &mut spare);
                }
            }
        }
        *lock(&self.held) = [held, spare];
        Ok(())
    }

    /// The channels before the layer of this number.
    fn channels(&self, layer: usize) -> usize {
        layer
            .checked_sub(1)
            .map_or(self.inputs, |l| self.layers[l].channels)
    }

    /// The layers that run together. What adds an earlier value runs together with the layer before.
    fn groups(&self) -> Vec<Range<usize>> {
        let adds = |layer: usize| self.layers.get(layer).is_some_and(|l| l.after.add);
        let mut groups = Vec::new();
        let mut start = 0;
        for end in 1..=self.layers.len() {
            let full = end - start >= TOGETHER || adds(end + 1);
            if end == self.layers.len() || full && !adds(end) {
                groups.push(start..end);
                start = end;
            }
        }
        groups
    }
}

struct Prepare<'a> {
    kernel: &'a Weighted,
    channels: usize,
}

impl WithSimd for Prepare<'_> {
    type Output = Result<Weights>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Result<Weights> {
        Weights::new::<S>(&self.kernel.weights, &self.kernel.bias, self.channels)
    }
}

/// An image: planes of channels, or pixels whose channels are filled up to whole registers.
#[derive(Clone, Copy)]
enum Input<'a> {
    Planes(&'a [f32]),
    Pixels(&'a [f32]),
}

/// A strip of the result, in the same two forms.
enum Part<'a> {
    Planes(Vec<&'a mut [f32]>),
    Pixels(&'a mut [f32]),
}

/// The strips of an image that is planes of channels.
fn planes(image: &mut [f32], (rows, cols): (usize, usize)) -> Vec<Part<'_>> {
    let mut strips: Vec<Vec<&mut [f32]>> = Vec::new();
    strips.resize_with(rows.div_ceil(STRIP), Vec::new);
    for plane in image.chunks_mut(rows * cols) {
        for (strip, part) in strips.iter_mut().zip(plane.chunks_mut(STRIP * cols)) {
            strip.push(part);
        }
    }
    strips.into_iter().map(Part::Planes).collect()
}

/// Some layers over an image.
struct Pass<'a> {
    level: Level,
    layers: &'a [Layer],
    /// Of the input.
    channels: usize,
    input: Input<'a>,
    size: (usize, usize),
    /// What the work on other strips needed and needs no more.
    spaces: &'a Mutex<Vec<Space>>,
}

/// What the work on a strip needs.
#[derive(Default)]
struct Space {
    /// Of the input, and of each layer.
    rings: Vec<Ring>,
    scratch: Scratch,
    /// A row of zeros, for what is outside the image.
    nothing: Vec<f32>,
}

impl Pass<'_> {
    fn run(&self, pool: &dyn Pool, parts: Vec<Part>) -> Result<()> {
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
