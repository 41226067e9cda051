//! One network's scores on a case.

use std::sync::Arc;

use ndarray::{Array2, Zip, s};

use super::Table;
use super::case::Case;
use crate::error::{Error, Result};
use crate::memory::{copy, zeros};
use crate::model::{Kind, ModelFile, Network};
use crate::options::Options;
use crate::product::Product;
use crate::raster::band::Band;
use crate::raster::grid::Rect;
use crate::raster::metrics::scores;
use crate::raster::plane::{Plane, mark};
use crate::raster::radiometry::{DataType, Radiometry, Storage};
use crate::raster::resample::{bicubic, degrade, degraded_mask};
use crate::tasks::arrays::{self, Numbers};
use crate::tasks::pipeline::Progress;

/// Pixels cut from each side before scoring, as is the custom.
const BORDER: usize = 4;
/// So many degraded pixels around one that an invalid pixel went into are left out too: as far as
/// bicubic looks. A network looks farther, but what was filled in there changed no band's score of
/// fast-t2x and fast-s6x by 0.01 dB.
const REACH: usize = 2;

pub(super) fn score(
    product: &Product,
    case: Case,
    model: &ModelFile,
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
    let reached = reached(&case, targets[0].dim())?;
    let skipped = not_scored(&reached, factor)?;
    let pixels = skipped.iter().filter(|skip| !**skip).count();
    if pixels == 0 {
        return Err(lacks("no pixel is left that could be scored, away from the border and from pixels that are invalid or saturated".into()));
    }
    let network = Arc::new(Network::open(model, options)?);
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

    // Fusions give their bands in their own order.
    let order: Vec<Band> = match model.contract.kind {
        Kind::Fusion => model.contract.outputs[0].bands.clone(),
        Kind::SingleBand => case.targets.iter().map(|t| t.0).collect(),
    };
    let mut made: Vec<Array2<f32>> = targets
        .iter()
        .map(|t| zeros(t.dim()))
        .collect::<Result<_>>()?;
    let radiometry = Radiometry {
        quantification: 10000.0,
        add_offset: 0.0,
        nodata: None,
    };
    let numbers = Numbers {
        radiometry,
        storage: Storage {
            dtype: DataType::Float32,
            nodata: None,
        },
    };
    let mut tile_options = Options::default();
    tile_options.tile = options.tile;
    arrays::run(
        &network,
        arrays::in_memory(low),
        numbers,
        &tile_options,
        progress,
        &mut |i, r, values| {
            if let Some(slot) = case.targets.iter().position(|t| t.0 == order[i]) {
                made[slot]
                    .slice_mut(s![
                        r.y as usize..r.y1() as usize,
                        r.x as usize..r.x1() as usize
                    ])
                    .assign(values);
            }
            Ok(())
        },
    )?;

    let interpolated: Vec<Array2<f32>> = sources
        .iter()
        .map(|s| bicubic(s, factor))
        .collect::<Result<_>>()?;
    let ratio = 1.0 / factor as f64;
    Ok(Table {
        model: format!("{} {}", model.contract.name, model.contract.version),
        task: format!("{} m -> {} m", case.gsd * factor as f64, case.gsd),
        gsd: case.gsd,
        window: case.window,
        bands: case.targets.iter().map(|t| t.0.name().to_owned()).collect(),
        pixels,
        share: pixels as f64 / skipped.len() as f64,
        result: scores(&targets, &made, &skipped, ratio).map_err(lacks)?,
        bicubic: scores(&targets, &interpolated, &skipped, ratio).map_err(lacks)?,
        consistency: consistency(&made, &sources, &reached, factor)?,
    })
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

/// The degraded pixels of the compared bands that invalid pixels of any band reach.
fn reached(case: &Case, (rows, cols): (usize, usize)) -> Result<Array2<bool>> {
    let size = (rows / case.factor, cols / case.factor);
    let area = Rect::new(0, 0, size.1 as i64, size.0 as i64);
    let mut all: Array2<bool> = zeros(size)?;
    for mask in case
        .inputs
        .iter()
        .flatten()
        .filter_map(|plane| plane.invalid.as_ref())
    {
        mark(&mut all, area, 1, &degraded_mask(mask, case.factor)?, area);
    }
    grown(&all, REACH)
}

/// The pixels of the compared bands that do not count: those reached, and the border.
fn not_scored(reached: &Array2<bool>, factor: usize) -> Result<Array2<bool>> {
    let (rows, cols) = (reached.nrows() * factor, reached.ncols() * factor);
    let border = |i: usize, n: usize| i < BORDER || i + BORDER >= n;
    let mut skip: Array2<bool> = zeros((rows, cols))?;
    for ((r, c), skip) in skip.indexed_iter_mut() {
        *skip = border(r, rows) || border(c, cols) || reached[(r / factor, c / factor)];
    }
    Ok(skip)
}

/// A mask with a margin of `by` pixels around what it marks.
fn grown(mask: &Array2<bool>, by: usize) -> Result<Array2<bool>> {
    let (rows, cols) = mask.dim();
    let mut out: Array2<bool> = zeros((rows, cols))?;
    for ((r, c), _) in mask.indexed_iter().filter(|(_, b)| **b) {
        out.slice_mut(s![
            r.saturating_sub(by)..(r + by + 1).min(rows),
            c.saturating_sub(by)..(c + by + 1).min(cols)
        ])
        .fill(true);
    }
    Ok(out)
}
