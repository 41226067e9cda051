//! A chain of 3x3 convolutions, each with a bias, and a ReLU or the sum with an earlier value where
//! asked for: the trunks of all networks here.
//!
//! A few layers at a time run over strips of the image, block of columns by block, so that what one
//! layer gives is still in the cache when the next takes it. Each layer keeps no more than the last
//! rows of what it made. At the borders of strips and blocks some pixels are computed twice.

mod layer;
mod pass;
mod planes;

use std::ops::Range;
use std::sync::{Arc, Mutex, Weak};

use pulp::{Simd, WithSimd};

pub use self::layer::After;
use self::layer::Layer;
use self::pass::{Input, Part, Pass, Space, planes, strip};
pub use self::planes::Planes;
use super::Spared;
use super::numbers::Numbers;
use super::ring::row_length;
use super::simd::Level;
use super::winograd::Weights;
use super::work::Pool;
use crate::error::Result;
use crate::fork::section;
use crate::locks::lock;

/// Layers that run together.
const TOGETHER: usize = 2;

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
    /// How many phases of a channel, down and across, are planes of their own in the result.
    fold: usize,
    /// What is left out.
    spared: Spared,
    /// What groups give each other.
    held: Arc<Held>,
    /// What strips needed in the run before.
    spaces: Mutex<Vec<Space>>,
}

/// Two images of pixels, kept from run to run: to make them anew would take as long as a layer. All
/// chains of the process share them, as networks mostly run one after the other.
#[derive(Default)]
struct Held(Mutex<[Numbers; 2]>);

impl Held {
    /// Those of the process, as long as there is a chain.
    fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Held>> = Mutex::new(Weak::new());
        let _section = section();
        let mut shared = lock(&SHARED);
        shared.upgrade().unwrap_or_else(|| {
            let held = Arc::default();
            *shared = Arc::downgrade(&held);
            held
        })
    }

    /// Takes them; where another chain has them, or had when the process forked, they are empty.
    fn take(&self) -> [Numbers; 2] {
        let mut held = self.0.try_lock().ok();
        held.as_deref_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Gives them back.
    fn put(&self, images: [Numbers; 2]) {
        if let Ok(mut held) = self.0.try_lock() {
            *held = images;
        }
    }
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
            fold: 1,
            spared: Spared::default(),
            held: Held::shared(),
            spaces: Mutex::default(),
        })
    }

    /// The same chain, that leaves this out.
    pub fn sparing(mut self, spared: Spared) -> Self {
        self.spared = spared;
        self
    }

    /// The same chain, whose result is folded so many times, down and across: planes (phase,
    /// channel).
    pub fn folding(mut self, fold: usize) -> Self {
        self.fold = fold;
        self
    }

    /// How many channels go in.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// How many phases of a channel, down and across, are channels of the result.
    pub fn fold(&self) -> usize {
        self.fold
    }

    /// How many channels come out, before they are folded.
    pub fn outputs(&self) -> usize {
        self.layers.last().map_or(self.inputs, |l| l.channels)
    }

    /// Runs it on the channels of some images, rows and columns of `size`, to an image (channels,
    /// rows, columns), or to one that is folded.
    pub fn run(
        &self,
        pool: &dyn Pool,
        images: &[Planes],
        out: &mut [f32],
        size: (usize, usize),
    ) -> Result<()> {
        if out.is_empty() {
            return Ok(());
        }
        let fold = self.fold;
        let folded = |margin: usize, high: usize| {
            ((size.0 / fold, size.1 / fold), margin / fold, high / fold)
        };
        let edge = fold * self.spared.margin(folded(0, 0).0);
        let mut out = Some(out);
        // What a group gives the next one, in turn.
        let [mut held, mut spare] = self.held.take();
        for group in self.groups() {
            let input = match group.start {
                0 => Input::Planes(images),
                _ => Input::Pixels(&held),
            };
            // Each layer that follows sees a pixel farther.
            let after = self.layers.len() - group.end;
            let margin = edge.saturating_sub(after);
            let high = strip(size.0 - 2 * margin);
            let pass = Pass {
                level: self.level,
                channels: self.channels(group.start),
                layers: &self.layers[group.clone()],
                input,
                size,
                margin,
                high,
                fold,
                spaces: &self.spaces,
            };
            match out.take_if(|_| group.end == self.layers.len()) {
                Some(out) => {
                    let (size, margin, high) = folded(margin, high);
                    pass.run(pool, planes(out, size, margin, high))?;
                }
                None => {
                    let pixel = self.level.filled_up(self.channels(group.end));
                    let row = row_length(size.1, pixel);
                    spare.grow(size.0 * row)?;
                    let image = &mut spare[..size.0 * row];
                    let inside = margin..size.0 - margin;
                    for (y, row) in image.chunks_mut(row).enumerate() {
                        let first = if inside.contains(&y) {
                            1 + margin
                        } else {
                            row.len() / pixel
                        };
                        row[..first * pixel].fill(0.0);
                        row[(1 + size.1 - margin) * pixel..].fill(0.0);
                    }
                    let strips = image[margin * row..inside.end * row].chunks_mut(high * row);
                    pass.run(pool, strips.map(Part::Pixels).collect())?;
                    std::mem::swap(&mut held, &mut spare);
                }
            }
        }
        self.held.put([held, spare]);
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
