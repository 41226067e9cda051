//! Wald's protocol on the user's own product: every band is degraded by the network's factor, the
//! network sharpens the degraded bands, and the result is compared with the original bands, bicubic
//! beside it (Wald 1997; as applied by Lanaras et al. 2018, section 3.3).
//!
//! Pixels without data and saturated ones are filled from their neighbours before anything is
//! degraded; they and what they reached are left out of the scores, of the network's and bicubic's
//! alike.

use std::path::Path;
use std::sync::Arc;

use ndarray::{Array2, Zip, s};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::memory::{copy, map, zeros};
use crate::model::{Kind, ModelFile, Network, choose};
use crate::options::{Call, Options};
use crate::product::{BandFile, Product};
use crate::raster::band::Band;
use crate::raster::fill::fill_invalid;
use crate::raster::grid::{Placed, Rect, common_window, lcm};
use crate::raster::metrics::{Scores, scores};
use crate::raster::plane::{Plane, Source, mark};
use crate::raster::radiometry::{DataType, Radiometry, Storage};
use crate::raster::resample::{bicubic, degrade, degraded_mask};
use crate::tasks::arrays::{self, Numbers};
use crate::tasks::busiest::busiest;
use crate::tasks::pipeline::Progress;
use crate::tasks::watch::watched;

/// The largest window that is scored, in m along one side. What is in memory grows with its square.
const LARGEST: f64 = 24_000.0;
/// Pixels cut from each side before scoring, as is the custom.
const BORDER: usize = 4;
/// So many degraded pixels around one that an invalid pixel went into are left out too: as far as
/// bicubic looks. A network looks farther, but what was filled in there changed no band's score of
/// fast-t2x and fast-s6x by 0.01 dB.
const REACH: usize = 2;

/// The scores of a product.
#[derive(Clone, Debug, Serialize)]
pub struct Evaluation {
    /// The product.
    pub input: String,
    /// One table per network.
    pub tables: Vec<Table>,
    /// What could not be scored, and why.
    pub notes: Vec<String>,
}

/// The scores of one network.
#[derive(Clone, Debug, Serialize)]
pub struct Table {
    /// The network with its version.
    pub model: String,
    /// What it was made to do: `40 m -> 20 m`.
    pub task: String,
    /// Ground sample distance of the original bands, in m, that the result is compared with.
    pub gsd: f64,
    /// The window that was scored: west, north, east, south.
    pub window: [f64; 4],
    /// The bands that were compared.
    pub bands: Vec<String>,
    /// How many pixels of each band count in the scores.
    pub pixels: usize,
    /// Their share of the window, 0 to 1.
    pub share: f64,
    /// The network's scores.
    pub result: Scores,
    /// The scores of bicubic interpolation.
    pub bicubic: Scores,
    /// Re-aggregated by the same degradation, how far the result is from its input: root mean
    /// square, in DN.
    pub consistency: f64,
}

/// Scores the networks that the options stand for.
pub fn evaluate(input: &Path, options: &Options, progress: Progress) -> Result<Evaluation> {
    options.check(Call::EVALUATE)?;
    let (input, options) = (input.to_owned(), options.clone());
    watched(progress, move |progress| {
        score_all(&input, &options, progress)
    })
}

fn score_all(input: &Path, options: &Options, progress: Progress) -> Result<Evaluation> {
    let product = Product::open(input, options)?;
    let choice = choose(options)?;
    let files: Vec<Arc<ModelFile>> = choice.fusions.into_iter().chain(choice.singles).collect();
    let mut evaluation = Evaluation {
        input: input.to_string_lossy().into_owned(),
        tables: Vec::new(),
        notes: Vec::new(),
    };
    let n = files.len() as f64;
    for (i, file) in files.iter().enumerate() {
        let mut part = |f: f64, note: Option<&str>| progress((i as f64 + f) / n, note);
        match prepare(&product, file)
            .and_then(|case| score(&product, case, file, options, &mut part))
        {
            Ok(table) => evaluation.tables.push(table),
            Err(Error::Input { what, .. }) => evaluation
                .notes
                .push(format!("{} was not scored: {what}", file.contract.name)),
            Err(e) => return Err(e),
        }
    }
    if evaluation.tables.is_empty() {
        return Err(Error::input(input, evaluation.notes.join("; ")));
    }
    Ok(evaluation)
}

/// One network's work: bands on a window of theirs, offset removed.
struct Case {
    factor: usize,
    /// For each input of the network: its bands on the window, each with the pixels that were
    /// filled.
    inputs: Vec<Vec<Plane>>,
    /// The bands that are compared: (band, input, place in the input).
    targets: Vec<(Band, usize, usize)>,
    /// Ground sample distance of what is compared.
    gsd: f64,
    window: [f64; 4],
}

fn prepare(product: &Product, model: &ModelFile) -> Result<Case> {
    let contract = &model.contract;
    let lacks = |what: String| Error::input(&product.path, what);
    let finest_gsd = product
        .bands
        .iter()
        .map(|b| b.grid.gsd)
        .fold(f64::INFINITY, f64::min);
    let ports: Vec<Vec<Band>> = match contract.kind {
        Kind::Fusion => contract.inputs.iter().map(|p| p.bands.clone()).collect(),
        Kind::SingleBand => vec![
            product
                .bands
                .iter()
                .filter(|b| b.grid.gsd == finest_gsd)
                .map(|b| b.band)
                .collect(),
        ],
    };
    let mut files = Vec::new();
    for (i, bands) in ports.iter().enumerate() {
        for band in bands {
            let file = product.band(*band).ok_or_else(|| {
                lacks(format!("it needs {band}, which the product does not have"))
            })?;
            if contract.kind == Kind::Fusion && file.grid.gsd != f64::from(contract.inputs[i].gsd) {
                return Err(lacks(format!(
                    "it needs {band} at {} m",
                    contract.inputs[i].gsd
                )));
            }
            files.push(file);
        }
    }
    let finest = files
        .iter()
        .map(|f| f.grid)
        .min_by(|a, b| a.gsd.total_cmp(&b.gsd))
        .ok_or_else(|| lacks("it has no bands".into()))?;
    let placed = files
        .iter()
        .map(|f| Placed::on(&finest, &f.grid))
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(lacks)?;
    let common = common_window(&placed).ok_or_else(|| lacks("its grids never line up".into()))?;
    let (factor, gsd) = match contract.kind {
        Kind::SingleBand => (contract.factor(), finest.gsd),
        Kind::Fusion => (
            i64::from(contract.coarsest() / contract.outputs[0].gsd),
            f64::from(contract.coarsest()),
        ),
    };
    // After degrading, every grid still has to nest in the coarsest one.
    let step = placed.iter().map(|p| p.ratio).fold(1, lcm) * factor;
    let guide = files.iter().position(|f| f.grid == finest).unwrap_or(0);
    let within = common.relative_to((placed[guide].extent.x, placed[guide].extent.y));
    let own = busiest(files[guide], within, (LARGEST / finest.gsd) as i64, step)?;
    let window = own.shift((placed[guide].extent.x, placed[guide].extent.y));

    let mut next = files.iter().zip(&placed);
    let mut inputs = Vec::new();
    for bands in &ports {
        let mut planes = Vec::new();
        for (file, place) in next.by_ref().take(bands.len()) {
            let rect = window
                .relative_to((place.extent.x, place.extent.y))
                .coarser(place.ratio);
            planes.push(usable(product.source(file.band)?.read(rect)?, file)?);
        }
        inputs.push(planes);
    }
    let compared = |b: &Band| match contract.kind {
        Kind::Fusion => contract.outputs[0].bands.contains(b),
        Kind::SingleBand => true,
    };
    let targets = ports
        .iter()
        .enumerate()
        .flat_map(|(i, bands)| {
            bands
                .iter()
                .enumerate()
                .filter(|(_, b)| compared(b))
                .map(move |(j, b)| (*b, i, j))
        })
        .collect();
    let grid = finest.window(&window, 1);
    let edges = [
        grid.west,
        grid.north,
        grid.west + grid.cols as f64 * grid.gsd,
        grid.north - grid.rows as f64 * grid.gsd,
    ];
    Ok(Case {
        factor: factor as usize,
        inputs,
        targets,
        gsd,
        window: edges,
    })
}

/// A band in ten-thousandths of reflectance, with its invalid and saturated pixels filled, and
/// marked.
fn usable(plane: Plane, file: &BandFile) -> Result<Plane> {
    let (r, mut data) = (&file.radiometry, plane.data);
    let mut filled = map(data.view(), |v| r.is_saturated(*v, file.dtype))?;
    if let Some(mask) = &plane.invalid {
        let area = Rect::new(0, 0, data.ncols() as i64, data.nrows() as i64);
        mark(&mut filled, area, 1, mask, area);
    }
    data.mapv_inplace(|v| ((f64::from(v) + r.add_offset) * 10000.0 / r.quantification) as f32);
    let any = filled.iter().any(|&b| b);
    if any {
        fill_invalid(&mut data, &filled, i64::MAX)?;
    }
    Ok(Plane {
        data,
        invalid: any.then_some(filled),
    })
}

fn score(
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
