//! Super-resolution of arrays in memory: a network, its inputs at their native sizes, its output at
//! the target size. The same tiles as for files, so the same pixels.

use std::sync::Arc;

use ndarray::Array2;

use crate::engine::{Engine, Readers};
use crate::error::{Error, Result};
use crate::job::{Fusion, Job, Maker, Native, Output};
use crate::model::{Contract, Kind, Network};
use crate::options::{Options, Quality};
use crate::product::Product;
use crate::raster::band::Band;
use crate::raster::grid::{Grid, Placed, Rect};
use crate::raster::plane::{InMemory, Plane, Source};
use crate::raster::radiometry::{Radiometry, Storage};
use crate::tasks::pipeline::{Progress, each_tile};

/// The number of bands, rows and columns of an array.
pub type Shape = (usize, usize, usize);

/// What a network gives for inputs of these shapes; an error that names the input that does not
/// fit.
pub fn output_shape(contract: &Contract, inputs: &[Shape]) -> Result<Shape> {
    if inputs.len() != contract.inputs.len() {
        return Err(Error::Argument(format!(
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
            return Err(Error::Argument(format!(
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
            return Err(Error::Argument(format!(
                "input '{}' of {} has {bands} bands of {rows} x {cols} pixels; with {} x {} pixels at {coarsest} m it has to have {} bands ({}) of {} x {}",
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
    let tiles = Engine::with(Arc::new(job), network.clone());
    let scale = tiles.job.scale;
    let readers = Readers::from_sources(inputs.into_iter().flatten().collect());
    // What is large in memory is the result of a tile and what a network makes on the way to it; so
    // what enlarges gets smaller tiles.
    let tile = options.tile.unwrap_or(tiles.job.tile() / scale);
    each_tile(&tiles, readers, tile, progress, &mut |part, bands| {
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

fn grid(gsd: f64, (_, rows, cols): Shape) -> Grid {
    Grid {
        west: 0.0,
        north: 0.0,
        gsd,
        cols: cols as i64,
        rows: rows as i64,
    }
}

fn native(band: Band, ratio: i64, (_, rows, cols): Shape, radiometry: Radiometry) -> Native {
    let extent = Rect::new(0, 0, cols as i64 * ratio, rows as i64 * ratio);
    Native {
        band,
        placed: Placed { ratio, extent },
        radiometry,
    }
}

fn job(
    natives: Vec<Native>,
    finest: Grid,
    scale: i64,
    makers: Vec<(Band, Maker)>,
    numbers: Numbers,
) -> Job {
    let whole = Rect::new(0, 0, finest.cols, finest.rows);
    let output = |(band, maker): (Band, Maker)| Output {
        band,
        maker,
        radiometry: numbers.radiometry,
        wavelength: band.wavelength(),
    };
    let outputs = makers.into_iter().map(output).collect();
    Job {
        product: Arc::new(Product::nameless()),
        finest,
        whole,
        window: whole,
        area: None,
        classes: false,
        mask: false,
        scale,
        outputs,
        fusions: Vec::new(),
        models: Vec::new(),
        natives,
        dtype: numbers.storage.dtype,
        nodata: numbers.storage.nodata,
        quality: Quality::default(),
        notes: Vec::new(),
    }
}

fn single_job(contract: &Contract, shape: Shape, numbers: Numbers) -> Job {
    // Which band it is makes no difference to a single-band network.
    let natives: Vec<Native> = (0..shape.0)
        .map(|_| native(Band::B10, 1, shape, numbers.radiometry))
        .collect();
    let makers = (0..shape.0)
        .map(|i| (Band::B10, Maker::Enlarged(i, 0)))
        .collect();
    job(
        natives,
        grid(1.0, shape),
        contract.factor(),
        makers,
        numbers,
    )
}

fn fusion_job(contract: &Contract, shapes: &[Shape], numbers: Numbers) -> Job {
    let (port, shape) = contract
        .inputs
        .iter()
        .zip(shapes)
        .min_by_key(|(p, _)| p.gsd)
        .map_or((&contract.inputs[0], shapes[0]), |(p, s)| (p, *s));
    let finest = port.gsd;
    let mut natives = Vec::new();
    let mut inputs = Vec::new();
    for (p, s) in contract.inputs.iter().zip(shapes) {
        let ratio = i64::from(p.gsd / finest);
        inputs.push((
            ratio,
            (natives.len()..natives.len() + p.bands.len()).collect(),
        ));
        natives.extend(
            p.bands
                .iter()
                .map(|b| native(*b, ratio, *s, numbers.radiometry)),
        );
    }
    let output = &contract.outputs[0];
    let makers = output
        .bands
        .iter()
        .enumerate()
        .map(|(i, b)| (*b, Maker::Fused(0, i)))
        .collect();
    let scale = i64::from(finest / output.gsd).max(1);
    let mut job = job(
        natives,
        grid(f64::from(finest), shape),
        scale,
        makers,
        numbers,
    );
    job.fusions = vec![Fusion {
        contract: contract.clone(),
        inputs,
        coarse: i64::from(contract.coarsest() / finest),
        scale,
        domain: job.whole,
    }];
    job
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::contract::Port;
    use crate::raster::radiometry::DataType;

    fn contract() -> Contract {
        let port = |name: &str, gsd, names: &[&str]| Port {
            name: name.into(),
            bands: names.iter().filter_map(|n| Band::parse(n)).collect(),
            gsd,
            factor: 1,
        };
        Contract {
            name: "t".into(),
            version: "1".into(),
            kind: Kind::Fusion,
            inputs: vec![port("b10", 10, &["B2", "B3"]), port("b20", 20, &["B5"])],
            outputs: vec![port("y", 10, &["B5"])],
            divisor: 1.0,
            halo: 1,
            multiple: 1,
        }
    }

    #[test]
    fn shapes_follow_the_coarsest_input() {
        assert_eq!(
            output_shape(&contract(), &[(2, 20, 40), (1, 10, 20)]).unwrap(),
            (1, 20, 40)
        );
        let wrong = output_shape(&contract(), &[(2, 21, 40), (1, 10, 20)])
            .unwrap_err()
            .to_string();
        assert!(
            wrong.contains("'b10'") && wrong.contains("20 x 40"),
            "{wrong}"
        );
        assert!(output_shape(&contract(), &[(2, 20, 40)]).is_err());
        assert!(output_shape(&contract(), &[(2, 0, 0), (1, 0, 0)]).is_err());
    }

    /// Bands of a network's inputs at its native sizes, `n` pixels of the coarsest.
    fn inputs(contract: &Contract, n: usize) -> Vec<Vec<Plane>> {
        let value =
            |b: usize, r: usize, c: usize| 900.0 + ((b * 131 + r * 37 + c * 11) % 701) as f32;
        let size = |p: &Port| n * contract.coarsest().checked_div(p.gsd).unwrap_or(1) as usize;
        let count = |p: &Port| p.bands.len().max(if p.gsd == 0 { 5 } else { 0 });
        let plane = |b: usize, n: usize| Plane {
            data: Array2::from_shape_fn((n, n), |(r, c)| value(b, r, c)),
            invalid: None,
        };
        contract
            .inputs
            .iter()
            .map(|p| (0..count(p)).map(|b| plane(b, size(p))).collect())
            .collect()
    }

    #[test]
    fn several_tiles_or_bands_at_once_give_what_one_at_a_time_gives() {
        for name in ["dummy-t2x", "dummy-x2"] {
            let file = crate::model::ModelFile::read(
                &std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
                    .join(format!("tests/data/{name}.onnx")),
            )
            .unwrap();
            let radiometry = Radiometry {
                quantification: 10000.0,
                add_offset: 0.0,
                nodata: None,
            };
            let numbers = Numbers {
                radiometry,
                storage: Storage {
                    dtype: DataType::UInt16,
                    nodata: Some(0.0),
                },
            };
            let results = [1, 3].map(|batch| {
                let mut network = Network::open(&file, &Options::default()).unwrap();
                network.batch = batch;
                let inputs = in_memory(inputs(&file.contract, 20));
                let shapes: Vec<Shape> = inputs.iter().map(shape).collect();
                let fusion = file.contract.kind == Kind::Fusion;
                let job = if fusion {
                    fusion_job(&file.contract, &shapes, numbers)
                } else {
                    single_job(&file.contract, shapes[0], numbers)
                };
                let tiles = Engine::with(Arc::new(job), Arc::new(network));
                let mut readers = Readers::from_sources(inputs.into_iter().flatten().collect());
                let parts = crate::raster::tiling::tiles(tiles.job.whole, 12)
                    .map(|t| tiles.read(&mut readers, t).unwrap())
                    .collect();
                tiles
                    .infer_many(parts, &crate::model::Cancel::default())
                    .unwrap()
            });
            assert_eq!(results[0], results[1], "{name}");
        }
    }
}
