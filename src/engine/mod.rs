//! Computing a rectangle of the result. Reading (which needs the product) and inferring (which
//! needs the networks) are apart, so that one thread can read the next tile while another runs the
//! networks on this one.

use std::sync::Arc;

use ndarray::{Array2, Array4, ArrayView2, Axis, s};

use crate::error::{Error, Result};
use crate::job::{Fusion, Job, Maker};
use crate::memory::{copy, filled, map, zeros};
use crate::model::{Cancel, Network};
use crate::options::Options;
use crate::raster::band::Band;
use crate::raster::grid::Rect;
use crate::raster::plane::{Plane, Source, Window, mark, read_window};

/// A job with its networks ready to run.
pub struct Engine {
    /// What is to be done.
    pub job: Job,
    fusions: Vec<Arc<Network>>,
    singles: Vec<Arc<Network>>,
}

/// The open bands of a job, in the order of its `natives`.
pub struct Readers(Vec<Box<dyn Source>>);

/// What the networks need for one tile.
pub struct TileInput {
    tile: Rect,
    fused: Vec<FusedInput>,
    /// For each output that is made from a native band: its window.
    natives: Vec<Option<Window>>,
    /// Whether every pixel of every output is invalid.
    empty: bool,
}

struct FusedInput {
    /// What the network computes, in pixels of the finest grid; whole pixels of the coarsest input.
    rect: Rect,
    tensors: Vec<Array4<f32>>,
    /// Invalid pixels of the part of `rect` inside the fusion's domain, as fine as the network's
    /// output.
    invalid: Option<Array2<bool>>,
}

/// A band of a tile in DN, nodata in place.
pub type TileBand = Array2<f32>;

impl Readers {
    /// Opens the bands that a job reads.
    pub fn open(job: &Job) -> Result<Self> {
        let open = |n: &crate::job::Native| {
            job.product
                .source(n.band)
                .map(|s| Box::new(s) as Box<dyn Source>)
        };
        job.natives
            .iter()
            .map(open)
            .collect::<Result<_>>()
            .map(Readers)
    }

    /// Bands that are there already, in the order of the job's `natives`.
    pub fn from_sources(sources: Vec<Box<dyn Source>>) -> Self {
        Readers(sources)
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

/// A band of which only a piece was computed; the piece holds all that is asked of it.
struct Piece {
    plane: Plane,
    rect: Rect,
    size: (i64, i64),
}

impl Source for Piece {
    fn size(&self) -> (i64, i64) {
        self.size
    }

    fn read(&mut self, rect: Rect) -> Result<Plane> {
        let inner = rect
            .intersect(&self.rect)
            .relative_to((self.rect.x, self.rect.y));
        if (inner.w, inner.h) != (rect.w, rect.h) {
            return Err(Error::Internal(format!(
                "{rect:?} was asked of a piece that holds {:?}",
                self.rect
            )));
        }
        self.plane.part(inner)
    }
}

impl Engine {
    /// Opens the networks of a job.
    pub fn open(job: Job, options: &Options) -> Result<Self> {
        let mut networks = job
            .models
            .iter()
            .map(|m| Network::open(m, options).map(Arc::new))
            .collect::<Result<Vec<_>>>()?;
        let singles = networks.split_off(job.fusions.len());
        let mut tiles = Self {
            job,
            fusions: networks,
            singles,
        };
        let note = tiles.networks().find_map(|n| n.note.clone());
        tiles.job.notes.extend(note);
        Ok(tiles)
    }

    /// A job of one network that is open already.
    pub fn with(job: Job, network: Arc<Network>) -> Self {
        let (fusions, singles) = if job.fusions.is_empty() {
            (Vec::new(), vec![network])
        } else {
            (vec![network], Vec::new())
        };
        Self {
            job,
            fusions,
            singles,
        }
    }

    /// The networks.
    pub fn networks(&self) -> impl Iterator<Item = &Network> {
        self.fusions.iter().chain(&self.singles).map(|n| &**n)
    }

    /// Reads what a tile (in pixels of the finest grid, inside the job's whole) needs.
    pub fn read(&self, readers: &mut Readers, tile: Rect) -> Result<TileInput> {
        let job = &self.job;
        let margin = |f: usize| {
            let after = job.outputs.iter().filter_map(|o| match o.maker {
                Maker::FusedEnlarged(g, _, s) if g == f => Some(self.singles[s].contract.halo),
                _ => None,
            });
            // The single-band network's margin is in pixels of the fusion's output.
            let pixels = after.max().unwrap_or(0);
            (pixels + job.fusions[f].scale - 1) / job.fusions[f].scale
        };
        let mut fused = Vec::new();
        for (f, fusion) in job.fusions.iter().enumerate() {
            let near = margin(f);
            let mut input = read_fusion(job, fusion, readers, tile.grow(near))?;
            // Filling looks as far again beyond what the network sees; that only matters where
            // something is invalid.
            if near > 0 && input.invalid.is_some() {
                input = read_fusion(job, fusion, readers, tile.grow(2 * near))?;
            }
            fused.push(input);
        }
        let mut natives = Vec::new();
        for output in &job.outputs {
            natives.push(match output.maker {
                Maker::Copy(n) => Some(read_native(job, readers, n, tile, 0)?),
                Maker::Enlarged(n, s) => Some(read_native(
                    job,
                    readers,
                    n,
                    tile,
                    self.singles[s].contract.halo,
                )?),
                _ => None,
            });
        }
        let mut input = TileInput {
            tile,
            fused,
            natives,
            empty: false,
        };
        input.empty = self.is_empty(&input)?;
        Ok(input)
    }

    fn is_empty(&self, input: &TileInput) -> Result<bool> {
        for o in 0..self.job.outputs.len() {
            if !self
                .invalid(input, o)?
                .is_some_and(|m| m.iter().all(|&b| b))
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The invalid pixels of output `o` in a tile, as fine as the result.
    fn invalid(&self, input: &TileInput, o: usize) -> Result<Option<Array2<bool>>> {
        let (job, tile) = (&self.job, input.tile);
        let shape = ((tile.h * job.scale) as usize, (tile.w * job.scale) as usize);
        let mut out;
        match job.outputs[o].maker {
            Maker::Copy(n) | Maker::Enlarged(n, _) => {
                let Some(mask) = input.natives[o].as_ref().and_then(|n| n.invalid.as_ref()) else {
                    return Ok(None);
                };
                out = zeros(shape)?;
                let covered = native_rect(job, n, tile);
                let units = covered
                    .finer(job.natives[n].placed.ratio)
                    .shift(offset(job, n));
                mark(&mut out, tile, job.scale, mask, units);
            }
            Maker::Fused(f, _) | Maker::FusedEnlarged(f, ..) => {
                let Some(mask) = &input.fused[f].invalid else {
                    return Ok(None);
                };
                out = zeros(shape)?;
                let fusion = &job.fusions[f];
                let rect = input.fused[f].rect.intersect(&fusion.domain);
                mark(&mut out, tile, job.scale, mask, rect);
            }
        }
        Ok(out.iter().any(|&b| b).then_some(out))
    }

    /// How many tiles are worth running at once: a GPU takes several, the processor one.
    pub fn batch(&self) -> usize {
        self.networks().map(|n| n.batch).max().unwrap_or(1)
    }

    /// Runs the networks on a tile: one array per output, in DN, rows and columns of the result.
    pub fn infer(&self, input: TileInput, cancel: &Cancel) -> Result<Vec<TileBand>> {
        self.infer_many(vec![input], cancel)?
            .pop()
            .ok_or_else(|| Error::Internal("a tile was lost".into()))
    }

    /// The same for several tiles, which the networks see together where their device likes that.
    pub fn infer_many(
        &self,
        inputs: Vec<TileInput>,
        cancel: &Cancel,
    ) -> Result<Vec<Vec<TileBand>>> {
        let mut fused: Vec<Vec<Vec<Array2<f32>>>> = inputs.iter().map(|_| Vec::new()).collect();
        for f in 0..self.job.fusions.len() {
            let full = inputs.iter().enumerate().filter(|(_, i)| !i.empty);
            let (places, tensors): (Vec<usize>, Vec<&[Array4<f32>]>) = full
                .map(|(at, i)| (at, i.fused[f].tensors.as_slice()))
                .unzip();
            for (at, out) in
                places
                    .into_iter()
                    .zip(run_batches(&self.fusions[f], &tensors, cancel)?)
            {
                fused[at].push(self.cut_fusion(f, inputs[at].fused[f].rect, &out)?);
            }
        }
        inputs
            .iter()
            .zip(fused)
            .map(|(input, fused)| self.finish(input, fused, cancel))
            .collect()
    }

    /// What is left to do for a tile once its fusions are done.
    fn finish(
        &self,
        input: &TileInput,
        fused: Vec<Vec<Array2<f32>>>,
        cancel: &Cancel,
    ) -> Result<Vec<TileBand>> {
        let job = &self.job;
        let shape = (
            (input.tile.h * job.scale) as usize,
            (input.tile.w * job.scale) as usize,
        );
        let storage = job.storage();
        if input.empty {
            return (0..job.outputs.len())
                .map(|_| filled(shape, storage.hole()))
                .collect();
        }
        let mut enlarged = self.enlarge_all(input, &fused, cancel)?;
        let mut bands = Vec::with_capacity(job.outputs.len());
        for (o, output) in job.outputs.iter().enumerate() {
            let (mut data, network) = match output.maker {
                Maker::Copy(_) => (copy(window(input, o)?.data.view())?, None),
                Maker::Fused(f, c) => {
                    let rect = input.fused[f].rect.intersect(&job.fusions[f].domain);
                    let at = input.tile.relative_to((rect.x, rect.y)).finer(job.scale);
                    (crop(fused[f][c].view(), at)?, Some(&self.fusions[f]))
                }
                Maker::Enlarged(_, s) | Maker::FusedEnlarged(_, _, s) => {
                    let data = enlarged[o]
                        .take()
                        .ok_or_else(|| Error::Internal("a band was not enlarged".into()))?;
                    (data, Some(&self.singles[s]))
                }
            };
            let mask = self.invalid(input, o)?;
            match network {
                Some(network) => {
                    check_numbers(network, output.band, data.view(), mask.as_ref())?;
                    output
                        .radiometry
                        .to_dn(network.contract.divisor, storage, slice(&mut data)?);
                }
                None => data.mapv_inplace(|v| storage.store(f64::from(v))),
            }
            if let Some(mask) = mask {
                data.zip_mut_with(&mask, |v, &bad| {
                    if bad {
                        *v = storage.hole();
                    }
                });
            }
            bands.push(data);
        }
        Ok(bands)
    }

    /// The outputs that single-band networks make, each at its place, cut to the tile.
    fn enlarge_all(
        &self,
        input: &TileInput,
        fused: &[Vec<Array2<f32>>],
        cancel: &Cancel,
    ) -> Result<Vec<Option<Array2<f32>>>> {
        let job = &self.job;
        let mut made: Vec<Option<Array2<f32>>> = job.outputs.iter().map(|_| None).collect();
        for (s, network) in self.singles.iter().enumerate() {
            // (output, its window with the margin, what of the enlarged window is the tile)
            let mut work: Vec<(usize, Vec<Array4<f32>>, Rect)> = Vec::new();
            for (o, output) in job.outputs.iter().enumerate() {
                let (data, tile) = match output.maker {
                    Maker::Enlarged(n, single) if single == s => {
                        let mut data = copy(window(input, o)?.data.view())?;
                        job.natives[n]
                            .radiometry
                            .to_network(network.contract.divisor, slice(&mut data)?);
                        let covered = native_rect(job, n, input.tile)
                            .finer(job.natives[n].placed.ratio)
                            .shift(offset(job, n));
                        (
                            data,
                            input
                                .tile
                                .relative_to((covered.x, covered.y))
                                .finer(job.scale),
                        )
                    }
                    Maker::FusedEnlarged(f, c, single) if single == s => {
                        let data = self.seen_by_single(network, (f, c), &fused[f][c], input)?;
                        (
                            data,
                            Rect::new(0, 0, input.tile.w * job.scale, input.tile.h * job.scale),
                        )
                    }
                    _ => continue,
                };
                work.push((
                    o,
                    vec![data.insert_axis(Axis(0)).insert_axis(Axis(0))],
                    tile,
                ));
            }
            let tensors: Vec<&[Array4<f32>]> = work.iter().map(|w| w.1.as_slice()).collect();
            let outs = run_batches(network, &tensors, cancel)?;
            let (k, halo) = (network.contract.factor(), network.contract.halo);
            for ((o, tensor, tile), out) in work.iter().zip(outs) {
                let (rows, cols) = (tensor[0].dim().2 as i64, tensor[0].dim().3 as i64);
                check_shape(network, &out, 1, rows * k, cols * k)?;
                made[*o] = Some(crop(
                    out.slice(s![0, 0, .., ..]),
                    tile.shift((halo * k, halo * k)),
                )?);
            }
        }
        Ok(made)
    }

    /// A band of a fusion as the single-band network after it sees it: its own margin, invalid
    /// pixels filled.
    fn seen_by_single(
        &self,
        network: &Network,
        (f, c): (usize, usize),
        band: &Array2<f32>,
        input: &TileInput,
    ) -> Result<Array2<f32>> {
        let fusion = &self.job.fusions[f];
        let rect = input.fused[f].rect.intersect(&fusion.domain);
        let change = (self.fusions[f].contract.divisor / network.contract.divisor) as f32;
        let invalid = input.fused[f]
            .invalid
            .as_ref()
            .map(|m| copy(m.view()))
            .transpose()?;
        let plane = Plane {
            data: map(band.view(), |v| v * change)?,
            invalid,
        };
        let origin = (fusion.domain.x, fusion.domain.y);
        let size = (
            fusion.domain.w * fusion.scale,
            fusion.domain.h * fusion.scale,
        );
        let mut piece = Piece {
            plane,
            rect: rect.relative_to(origin).finer(fusion.scale),
            size,
        };
        let wanted = input.tile.relative_to(origin).finer(fusion.scale);
        // Only what the result can show is looked at: whether it is refused must not depend on the
        // tiles.
        let seen = piece.read(
            wanted
                .grow(network.contract.halo)
                .intersect(&Rect::new(0, 0, size.0, size.1)),
        )?;
        check_numbers(
            &self.fusions[f],
            self.job.fusions[f].contract.outputs[0].bands[c],
            seen.data.view(),
            seen.invalid.as_ref(),
        )?;
        Ok(read_window(&mut piece, wanted, network.contract.halo)?.data)
    }

    /// The bands that a fusion gave for the part of its rectangle inside its domain.
    fn cut_fusion(&self, f: usize, rect: Rect, out: &Array4<f32>) -> Result<Vec<Array2<f32>>> {
        let (fusion, network) = (&self.job.fusions[f], &self.fusions[f]);
        let margin = network.contract.halo * fusion.coarse * fusion.scale;
        let (rows, cols) = (rect.h * fusion.scale, rect.w * fusion.scale);
        check_shape(
            network,
            out,
            network.contract.outputs[0].bands.len(),
            rows + 2 * margin,
            cols + 2 * margin,
        )?;
        let inside = rect
            .intersect(&fusion.domain)
            .relative_to((rect.x, rect.y))
            .finer(fusion.scale)
            .shift((margin, margin));
        out.index_axis(Axis(0), 0)
            .outer_iter()
            .map(|band| crop(band, inside))
            .collect()
    }
}

/// Runs a network on several inputs, as many at once as its device likes; inputs of one shape can
/// go together.
fn run_batches(
    network: &Network,
    items: &[&[Array4<f32>]],
    cancel: &Cancel,
) -> Result<Vec<Array4<f32>>> {
    let mut outs = Vec::with_capacity(items.len());
    let shape = |item: &&[Array4<f32>]| item.iter().map(|t| t.dim()).collect::<Vec<_>>();
    for alike in items.chunk_by(|a, b| shape(a) == shape(b)) {
        for batch in alike.chunks(network.batch) {
            let [single] = batch else {
                let stacked = (0..batch[0].len()).map(|port| {
                    let (_, bands, rows, cols) = batch[0][port].dim();
                    let mut stack: Array4<f32> = zeros((batch.len(), bands, rows, cols))?;
                    for (mut slot, item) in stack.axis_chunks_iter_mut(Axis(0), 1).zip(batch) {
                        slot.assign(&item[port]);
                    }
                    Ok(stack)
                });
                let out = network.run(&stacked.collect::<Result<Vec<_>>>()?, cancel)?;
                for one in out.axis_chunks_iter(Axis(0), 1) {
                    outs.push(copy(one)?);
                }
                continue;
            };
            outs.push(network.run(single, cancel)?);
        }
    }
    Ok(outs)
}

/// The rectangle of a native band, in its own pixels, that covers a tile.
fn native_rect(job: &Job, n: usize, tile: Rect) -> Rect {
    tile.relative_to(offset(job, n))
        .coarser(job.natives[n].placed.ratio)
}

/// Where a native band starts, in pixels of the finest grid.
fn offset(job: &Job, n: usize) -> (i64, i64) {
    let extent = job.natives[n].placed.extent;
    (extent.x, extent.y)
}

fn read_native(
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
fn read_fusion(
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
        tensors,
        invalid,
    })
}

fn check_shape(
    network: &Network,
    out: &Array4<f32>,
    bands: usize,
    rows: i64,
    cols: i64,
) -> Result<()> {
    if out.shape() == [1, bands, rows as usize, cols as usize] {
        return Ok(());
    }
    Err(Error::Model(format!(
        "the network {} gives {:?} where its contract says [1, {bands}, {rows}, {cols}]; its contract is wrong",
        network.contract.name,
        out.shape()
    )))
}

/// Refuses what a network gave for a valid pixel and is not a number. What it gave for an invalid
/// one does not matter.
fn check_numbers(
    network: &Network,
    band: Band,
    data: ArrayView2<f32>,
    invalid: Option<&Array2<bool>>,
) -> Result<()> {
    if data.iter().all(|v| v.is_finite()) {
        return Ok(());
    }
    let valid = |at: &(usize, usize)| invalid.is_none_or(|mask| !mask[*at]);
    match data
        .indexed_iter()
        .find(|(at, v)| !v.is_finite() && valid(at))
    {
        Some((_, v)) => Err(Error::Model(format!(
            "the network {} gives {band} values that are not numbers ({v}); use another model, or check that the scale and offset of the input are right",
            network.contract.name
        ))),
        None => Ok(()),
    }
}

fn crop(a: ArrayView2<f32>, r: Rect) -> Result<Array2<f32>> {
    copy(a.slice(s![
        r.y as usize..r.y1() as usize,
        r.x as usize..r.x1() as usize
    ]))
}

fn window(input: &TileInput, o: usize) -> Result<&Window> {
    input.natives[o]
        .as_ref()
        .ok_or_else(|| Error::Internal("a native band was not read".into()))
}

/// The values of an array that is stored densely, as every array made here is.
fn slice(a: &mut Array2<f32>) -> Result<&mut [f32]> {
    a.as_slice_memory_order_mut()
        .ok_or_else(|| Error::Internal("an array with gaps".into()))
}
