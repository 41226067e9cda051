//! What a tile needs of the bands: a window of each, with its margin, and which of its pixels are
//! invalid.

use std::sync::Arc;

use ndarray::{Array2, s};

use crate::error::{Error, Result};
use crate::job::{Fusion, Job};
use crate::memory::zeros;
use crate::model::Inputs;
use crate::raster::grid::Rect;
use crate::raster::plane::{Plane, Source, Window, mark, read_window};

/// The open bands of a job, in the order of its `natives`.
pub struct Readers(pub(super) Vec<Box<dyn Source>>);

/// What the networks need for one tile.
pub struct TileInput {
    pub(super) tile: Rect,
    pub(super) fused: Vec<FusedInput>,
    /// For each output that is made from a native band: its window.
    pub(super) natives: Vec<Option<Window>>,
    /// Whether every pixel of every output is invalid.
    pub(super) empty: bool,
}

pub(super) struct FusedInput {
    /// What the network computes, in pixels of the finest grid; whole pixels of the coarsest input.
    pub(super) rect: Rect,
    pub(super) tensors: Inputs,
    /// Invalid pixels of the part of `rect` inside the fusion's domain, as fine as the network's
    /// output.
    pub(super) invalid: Option<Array2<bool>>,
}

impl Readers {
    /// Opens the bands that a job reads.
    pub fn open(job: &Job) -> Result<Self> {
        let sources = job.product.sources(job.natives.iter().map(|n| n.band))?;
        let boxed = |s| Box::new(s) as Box<dyn Source>;
        Ok(Readers(sources.into_iter().map(boxed).collect()))
    }

    /// Bands that are there already, in the order of the job's `natives`.
    pub fn from_sources(sources: Vec<Box<dyn Source>>) -> Self {
        Readers(sources)
    }

    /// The bands that are decoded together, by their places.
    pub(super) fn sets(&self) -> Vec<Vec<usize>> {
        let mut sets: Vec<(Option<usize>, Vec<usize>)> = Vec::new();
        for (at, source) in self.0.iter().enumerate() {
            let number = source.together();
            match sets.iter_mut().find(|s| number.is_some() && s.0 == number) {
                Some((_, set)) => set.push(at),
                None => sets.push((number, vec![at])),
            }
        }
        sets.into_iter().map(|(_, set)| set).collect()
    }
}

/// A part of a source, as if it were all of it.
struct Part<'a> {
    source: &'a mut dyn Source,
    part: Rect,
}

impl Source for Part<'_> {
    fn size(&self) -> (i64, i64) {
        (self.part.w, self.part.h)
    }

    fn read(&mut self, rect: Rect) -> Result<Plane> {
        self.source.read(rect.shift((self.part.x, self.part.y)))
    }
}

/// The rectangle of a native band, in its own pixels, that covers a tile.
pub(super) fn native_rect(job: &Job, n: usize, tile: Rect) -> Rect {
    tile.relative_to(offset(job, n))
        .coarser(job.natives[n].placed.ratio)
}

/// Where a native band starts, in pixels of the finest grid.
pub(super) fn offset(job: &Job, n: usize) -> (i64, i64) {
    let extent = job.natives[n].placed.extent;
    (extent.x, extent.y)
}

pub(super) fn read_native(
    job: &Job,
    readers: &mut Readers,
    n: usize,
    tile: Rect,
    margin: i64,
) -> Result<Window> {
    read_window(&mut *readers.0[n], native_rect(job, n, tile), margin)
}

/// Reads the inputs of a fusion for the rectangle `near`: every band on its own grid, with its
/// margin.
pub(super) fn read_fusion(
    job: &Job,
    fusion: &Fusion,
    readers: &mut Readers,
    near: Rect,
) -> Result<FusedInput> {
    let contract = &fusion.contract;
    let domain = fusion.domain;
    // Whole steps from the domain's corner: a network with an inner coarser level must see it at
    // the same phase always.
    let step = fusion.coarse * contract.multiple;
    let steps = near
        .intersect(&domain)
        .relative_to((domain.x, domain.y))
        .coarser(step);
    let rect = steps.finer(step).shift((domain.x, domain.y));
    let inside = rect.intersect(&domain);
    let mut invalid: Option<Array2<bool>> = None;
    let mut tensors = Vec::new();
    for (ratio, bands) in &fusion.inputs {
        let margin = contract.halo * fusion.coarse / ratio;
        let own = steps.finer(step / ratio);
        let mut tensor = zeros((
            1,
            bands.len(),
            (own.h + 2 * margin) as usize,
            (own.w + 2 * margin) as usize,
        ))?;
        for (slot, &n) in bands.iter().enumerate() {
            let native = &job.natives[n];
            let start = (
                (domain.x - native.placed.extent.x) / ratio,
                (domain.y - native.placed.extent.y) / ratio,
            );
            let part = Rect::new(start.0, start.1, domain.w / ratio, domain.h / ratio);
            let mut window = read_window(
                &mut Part {
                    source: &mut *readers.0[n],
                    part,
                },
                own,
                margin,
            )?;
            native
                .radiometry
                .to_network(contract.divisor, slice(&mut window.data)?);
            tensor.slice_mut(s![0, slot, .., ..]).assign(&window.data);
            if let Some(mask) = &window.invalid {
                let shape = (
                    (inside.h * fusion.scale) as usize,
                    (inside.w * fusion.scale) as usize,
                );
                let mut all = invalid.take().map_or_else(|| zeros(shape), Ok)?;
                mark(&mut all, inside, fusion.scale, mask, rect);
                invalid = Some(all);
            }
        }
        tensors.push(tensor);
    }
    let invalid = invalid.filter(|m| m.iter().any(|&b| b));
    Ok(FusedInput {
        rect,
        tensors: Arc::new(tensors),
        invalid,
    })
}

pub(super) fn window(input: &TileInput, o: usize) -> Result<&Window> {
    input.natives[o]
        .as_ref()
        .ok_or_else(|| Error::internal("a native band was not read"))
}

/// The values of an array that is stored densely, as every array made here is.
pub(super) fn slice(a: &mut Array2<f32>) -> Result<&mut [f32]> {
    a.as_slice_memory_order_mut()
        .ok_or_else(|| Error::internal("an array with gaps"))
}
