//! One network's scores on a case.

use std::sync::Arc;

use ndarray::{Array2, Zip, s};

use super::Table;
use super::case::Case;
use crate::error::{Error, Result};
use crate::memory::{copy, zeros};
use crate::model::{Kind, Network};
use crate::options::Options;
use crate::product::Product;
use crate::raster::band::Band;
use crate::raster::grid::Rect;
use crate::raster::metrics::scores;
use crate::raster::plane::Plane;
use crate::raster::radiometry::{DataType, Radiometry, Storage};
use crate::raster::resample::{bicubic, degrade};
use crate::tasks::arrays::{self, Numbers};
use crate::tasks::pipeline::Progress;

/// Degrades the bands of a case, has the network sharpen them, and compares.
pub(super) fn score(
    product: &Product,
    case: &Case,
    network: &Arc<Network>,
    options: &Options,
    progress: Progress,
) -> Result<Table> {
    let lacks = |what: String| Error::input(&product.path, what);
    let factor = case.factor;
    let picked = |planes: &[Vec<Plane>]| {
        case.targets
            .iter()
            .map(|&(_, i, j)| copy(planes[i][j].data.view()))
            .collect::<Result<Vec<_>>>()
    };
    let targets = picked(&case.inputs)?;
    let shrink = |p: &Plane| {
        degrade(&p.data, factor).map(|data| Plane {
            data,
            invalid: None,
        })
    };
    let low: Vec<Vec<Plane>> = case
        .inputs
        .iter()
        .map(|bands| bands.iter().map(shrink).collect())
        .collect::<Result<_>>()?;
    let sources = picked(&low)?;
    let made = sharpened(case, low, targets[0].dim(), network, options, progress)?;
    let interpolated: Vec<Array2<f32>> = sources
        .iter()
        .map(|s| bicubic(s, factor))
        .collect::<Result<_>>()?;
    let (contract, counted) = (&network.contract, &case.counted);
    let ratio = 1.0 / factor as f64;
    Ok(Table {
        model: format!("{} {}", contract.name, contract.version),
        task: format!("{} m -> {} m", case.gsd * factor as f64, case.gsd),
        gsd: case.gsd,
        window: case.window,
        bands: case.targets.iter().map(|t| t.0.name().to_owned()).collect(),
        pixels: counted.pixels,
        share: counted.pixels as f64 / counted.skipped.len() as f64,
        result: scores(&targets, &made, &counted.skipped, ratio).map_err(lacks)?,
        bicubic: scores(&targets, &interpolated, &counted.skipped, ratio).map_err(lacks)?,
        consistency: consistency(&made, &sources, &counted.reached, factor)?,
    })
}

/// What the network makes of degraded bands: the compared ones, each of this size.
fn sharpened(
    case: &Case,
    low: Vec<Vec<Plane>>,
    size: (usize, usize),
    network: &Arc<Network>,
    options: &Options,
    progress: Progress,
) -> Result<Vec<Array2<f32>>> {
    let contract = &network.contract;
    // Fusions give their bands in their own order.
    let order: Vec<Band> = match contract.kind {
        Kind::Fusion => contract.outputs[0].bands.clone(),
        Kind::SingleBand => case.targets.iter().map(|t| t.0).collect(),
    };
    let numbers = Numbers {
        radiometry: Radiometry {
            quantification: 10000.0,
            add_offset: 0.0,
            nodata: None,
        },
        storage: Storage {
            dtype: DataType::Float32,
            nodata: None,
        },
    };
    let mut own = Options::default();
    own.tile = options.tile;
    let mut made: Vec<Array2<f32>> = case
        .targets
        .iter()
        .map(|_| zeros(size))
        .collect::<Result<_>>()?;
    let mut sink = |i: usize, r: Rect, values: &Array2<f32>| {
        if let Some(slot) = case.targets.iter().position(|t| t.0 == order[i]) {
            let part = s![r.y as usize..r.y1() as usize, r.x as usize..r.x1() as usize];
            made[slot].slice_mut(part).assign(values);
        }
        Ok(())
    };
    let low = arrays::in_memory(low);
    arrays::run(network, low, numbers, &own, progress, &mut sink)?;
    Ok(made)
}

/// How far the result, degraded again, is from what it was made of: root mean square where no
/// invalid pixel reached.
fn consistency(
    made: &[Array2<f32>],
    sources: &[Array2<f32>],
    reached: &Array2<bool>,
    factor: usize,
) -> Result<f64> {
    let (mut sum, mut n) = (0.0, 0u64);
    for (made, source) in made.iter().zip(sources) {
        Zip::from(&degrade(made, factor)?)
            .and(source)
            .and(reached)
            .for_each(|again, source, &reached| {
                if !reached {
                    sum += f64::from(again - source).powi(2);
                    n += 1;
                }
            });
    }
    Ok((sum / n as f64).sqrt())
}
