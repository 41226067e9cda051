//! Super-resolution of arrays in memory: a network, its inputs at their native sizes, its output at
//! the target size. The same tiles as for files, so the same pixels.

mod job;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use ndarray::Array2;

use self::job::{fusion_job, single_job};
use crate::engine::{Engine, Readers};
use crate::error::{Error, Result};
use crate::model::{Contract, Kind, Network};
use crate::options::Options;
use crate::raster::grid::Rect;
use crate::raster::plane::{InMemory, Plane, Source};
use crate::raster::radiometry::{Radiometry, Storage};
use crate::tasks::pipeline::{Progress, each_tile};

/// The number of bands, rows and columns of an array.
pub type Shape = (usize, usize, usize);

/// What a network gives for inputs of these shapes; an error that names the input that does not
/// fit.
pub fn output_shape(contract: &Contract, inputs: &[Shape]) -> Result<Shape> {
    if inputs.len() != contract.inputs.len() {
        return Err(Error::argument(format!(
            "{} takes {} inputs, {} were given",
            contract.name,
            contract.inputs.len(),
            inputs.len()
        )));
    }
    if contract.kind == Kind::SingleBand {
        let (bands, rows, cols) = inputs[0];
        let k = contract.factor() as usize;
        if bands == 0 || rows == 0 || cols == 0 {
            return Err(Error::argument(format!(
                "{bands} bands of {rows} x {cols} pixels leave nothing to do"
            )));
        }
        return Ok((bands, rows * k, cols * k));
    }
    // Rows and columns of the coarsest input set the measure of all others.
    let coarsest = contract.coarsest();
    let unit = contract
        .inputs
        .iter()
        .zip(inputs)
        .find(|(p, _)| p.gsd == coarsest)
        .map_or((0, 0), |(_, s)| (s.1, s.2));
    for (port, &(bands, rows, cols)) in contract.inputs.iter().zip(inputs) {
        let k = (coarsest / port.gsd) as usize;
        let wanted = (port.bands.len(), unit.0 * k, unit.1 * k);
        if (bands, rows, cols) != wanted || rows == 0 || cols == 0 {
            return Err(Error::argument(format!(
                "input '{}' of {} has {bands} bands of {rows} x {cols} pixels; with {} x {} \
                 pixels at {coarsest} m it has to have {} bands ({}) of {} x {}",
                port.name,
                contract.name,
                unit.0,
                unit.1,
                wanted.0,
                crate::raster::band::list(port.bands.iter().copied()),
                wanted.1,
                wanted.2
            )));
        }
    }
    let output = &contract.outputs[0];
    let k = (coarsest / output.gsd) as usize;
    Ok((output.bands.len(), unit.0 * k, unit.1 * k))
}

/// How the DN of arrays are to be read and written.
#[derive(Clone, Copy, Debug)]
pub struct Numbers {
    /// DN to reflectance, the same for every band.
    pub radiometry: Radiometry,
    /// How the output keeps its numbers.
    pub storage: Storage,
}

/// Takes the pieces of an output: (band, rectangle, DN). Called from one thread, each pixel once.
pub type Sink<'a> = &'a mut (dyn FnMut(usize, Rect, &Array2<f32>) -> Result<()> + Send);

/// An input of a network: its bands, all of one size.
pub type Input = Vec<Box<dyn Source>>;

/// Inputs that are in memory as floats.
pub fn in_memory(inputs: Vec<Vec<Plane>>) -> Vec<Input> {
    let source = |plane| Box::new(InMemory(plane)) as Box<dyn Source>;
    inputs
        .into_iter()
        .map(|bands| bands.into_iter().map(source).collect())
        .collect()
}

/// Super-resolves `inputs`, in DN, which are read tile by tile.
pub fn run(
    network: &Arc<Network>,
    inputs: Vec<Input>,
    numbers: Numbers,
    options: &Options,
    progress: Progress,
    sink: Sink,
) -> Result<()> {
    let contract = &network.contract;
    let shapes: Vec<Shape> = inputs.iter().map(shape).collect();
    output_shape(contract, &shapes)?;
    let job = if contract.kind == Kind::Fusion {
        fusion_job(contract, &shapes, numbers)
    } else {
        single_job(contract, shapes[0], numbers)
    };
    let engine = Engine::with(Arc::new(job), vec![network.clone()], options);
    let scale = engine.job.scale;
    let readers = Readers::from_sources(inputs.into_iter().flatten().collect());
    // What is large in memory is the result of a tile and what a network makes on the way to it; so
    // what enlarges gets smaller tiles.
    let tile = options.tile.unwrap_or(engine.job.tile() / scale);
    each_tile(&engine, readers, tile, progress, &mut |part, bands| {
        bands
            .iter()
            .enumerate()
            .try_for_each(|(i, b)| sink(i, part.finer(scale), b))
    })
}

fn shape(input: &Input) -> Shape {
    let (cols, rows) = input.first().map_or((0, 0), |band| band.size());
    (input.len(), rows as usize, cols as usize)
}
