//! The job that a network on arrays is.

use std::sync::Arc;

use super::{Numbers, Shape};
use crate::job::{Fusion, Job, Maker, Native, Output};
use crate::model::Contract;
use crate::options::Quality;
use crate::product::Product;
use crate::raster::band::Band;
use crate::raster::grid::{Grid, Placed, Rect};
use crate::raster::radiometry::Radiometry;

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
        area_files: Vec::new(),
        classes: false,
        mask: false,
        scale,
        outputs,
        fusions: Vec::new(),
        singles: Vec::new(),
        models: Vec::new(),
        natives,
        dtype: numbers.storage.dtype,
        nodata: numbers.storage.nodata,
        quality: Quality::default(),
        notes: Vec::new(),
    }
}

/// A single-band network on each band of an array.
pub fn single_job(contract: &Contract, shape: Shape, numbers: Numbers) -> Job {
    // Which band it is makes no difference to a single-band network.
    let natives: Vec<Native> = (0..shape.0)
        .map(|_| native(Band::B10, 1, shape, numbers.radiometry))
        .collect();
    let makers = (0..shape.0)
        .map(|i| (Band::B10, Maker::Enlarged(i, 0)))
        .collect();
    let mut job = job(
        natives,
        grid(1.0, shape),
        contract.factor(),
        makers,
        numbers,
    );
    job.singles = vec![contract.clone()];
    job
}

/// A fusion network on its inputs.
pub fn fusion_job(contract: &Contract, shapes: &[Shape], numbers: Numbers) -> Job {
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
