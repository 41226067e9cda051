//! Computing a rectangle of the result. Reading (which needs the product) and inferring (which
//! needs the networks) are apart, so that one thread can read the next tile while another runs the
//! networks on this one.

mod batch;
mod enlarge;
mod errors;
pub mod extras;
mod fetch;
mod finish;
mod input;
mod pieces;
mod reach;
mod shelf;

use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;

use ndarray::Array2;

use crate::error::{Error, Result};
use crate::job::{Job, Maker, Part};
use crate::memory::zeros;
use crate::model::{Cancel, Inputs, Network};
use crate::options::Options;
use crate::raster::grid::Rect;
use crate::raster::plane::mark;
use batch::run_batches;
pub use input::{Readers, TileInput};
use input::{native_rect, offset, read_fusion, read_native};
use reach::margin;
pub use reach::reads;
pub use shelf::Shelf;

/// A job with its networks ready to run.
pub struct Engine {
    /// What is to be done.
    pub job: Arc<Job>,
    /// What the user should know: the job's notes, and how its networks were opened.
    pub notes: Vec<String>,
    /// How many threads work at once: the networks', and as many that decode.
    pub threads: usize,
    fusions: Vec<Arc<Network>>,
    singles: Vec<Arc<Network>>,
}

fn cores() -> usize {
    available_parallelism().map_or(1, NonZero::get)
}

/// A band of a tile in DN, nodata in place.
pub type TileBand = Array2<f32>;

impl Engine {
    /// Opens the networks of a job.
    pub fn open(job: Arc<Job>, options: &Options) -> Result<Self> {
        let networks = Network::open_all(&job.models, options)?;
        Ok(Self::with(job, networks, options))
    }

    /// A job with networks that are open already: those that fuse bands, then those that enlarge
    /// single ones.
    pub fn with(job: Arc<Job>, mut networks: Vec<Arc<Network>>, options: &Options) -> Self {
        let told = networks.iter().find_map(|n| n.note.clone());
        let singles = networks.split_off(job.fusions.len().min(networks.len()));
        Self {
            notes: job.notes.iter().cloned().chain(told).collect(),
            job,
            threads: options.threads.unwrap_or_else(cores),
            fusions: networks,
            singles,
        }
    }

    /// The same networks at work on another window of the job.
    pub fn on(&self, window: Rect) -> Self {
        Self {
            job: Arc::new(Job {
                window,
                ..Job::clone(&self.job)
            }),
            notes: self.notes.clone(),
            threads: self.threads,
            fusions: self.fusions.clone(),
            singles: self.singles.clone(),
        }
    }

    /// The same networks, as far as it takes them, at work on a part of the job.
    pub fn part(&self, part: &Part) -> Self {
        Self {
            job: part.job.clone(),
            notes: self.notes.clone(),
            threads: self.threads,
            fusions: part
                .fusions
                .iter()
                .map(|&f| self.fusions[f].clone())
                .collect(),
            singles: part
                .singles
                .iter()
                .map(|&s| self.singles[s].clone())
                .collect(),
        }
    }

    /// The networks.
    pub fn networks(&self) -> impl Iterator<Item = &Network> {
        self.fusions.iter().chain(&self.singles).map(|n| &**n)
    }

    /// Reads what a tile (in pixels of the finest grid, inside the job's whole) needs.
    pub fn read(&self, readers: &mut Readers, tile: Rect) -> Result<TileInput> {
        let job = &self.job;
        let mut fused = Vec::new();
        for (f, fusion) in job.fusions.iter().enumerate() {
            let near = margin(job, f);
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
    pub(super) fn invalid(&self, input: &TileInput, o: usize) -> Result<Option<Array2<bool>>> {
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
            Maker::Fused(f, _) | Maker::Error(f, _) | Maker::FusedEnlarged(f, ..) => {
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
            .ok_or_else(|| Error::internal("a tile was lost"))
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
            let (places, tensors): (Vec<usize>, Vec<&Inputs>) =
                full.map(|(at, i)| (at, &i.fused[f].tensors)).unzip();
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
            .map(|(input, mut fused)| self.finish(input, &mut fused, cancel))
            .collect()
    }
}
