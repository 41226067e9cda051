//! Which band is made how: from the options, the models' contracts and what the product has.

use std::sync::Arc;

use super::{Job, Output, nodata};
use crate::error::{Error, Result};
use crate::model::{Choice, Contract, ModelFile, choose};
use crate::options::{Options, Quality};
use crate::product::Product;
use crate::raster::band::{self, Band};
use crate::raster::grid::{Grid, Placed, Rect, common_window};
use crate::raster::radiometry::Radiometry;

/// How a band of the result comes about. Numbers are places in the job's lists.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Maker {
    /// Copied from the native band.
    Copy(usize),
    /// The given band of a fusion's output.
    Fused(usize, usize),
    /// A native band, enlarged by a single-band network.
    Enlarged(usize, usize),
    /// A band of a fusion's output, enlarged by a single-band network.
    FusedEnlarged(usize, usize, usize),
}

/// A band that is read from the product.
pub struct Native {
    /// Which band.
    pub band: Band,
    /// Its place on the lattice.
    pub placed: Placed,
    /// DN to reflectance.
    pub radiometry: Radiometry,
}

/// A fusing network with what it reads.
pub struct Fusion {
    /// The network's contract.
    pub contract: Contract,
    /// For each of its inputs: pixels of the finest grid per pixel of the input, and the native
    /// bands.
    pub inputs: Vec<(i64, Vec<usize>)>,
    /// Pixels of the finest grid per pixel of its coarsest input.
    pub coarse: i64,
    /// Pixels of its output per pixel of the finest grid.
    pub scale: i64,
    /// The largest window on which its inputs nest.
    pub domain: Rect,
}

/// A way to make a band, by model rather than by place in a list.
enum Way {
    Copy,
    Fused(Arc<ModelFile>),
    Enlarged(Arc<ModelFile>),
    FusedEnlarged(Arc<ModelFile>, Arc<ModelFile>),
}

pub(super) fn plan(product: Product, options: &Options) -> Result<Job> {
    let choice = choose(options)?;
    let target = target_gsd(&product, options, &choice)?;
    let mut notes = product.notes.clone();
    let mut ways = Vec::new();
    let mut impossible = Vec::new();
    for band in product
        .bands
        .iter()
        .map(|b| b.band)
        .filter(|b| *b != Band::B10)
    {
        match way(&product, band, target, &choice, options) {
            Ok(Some(way)) => ways.push((band, way)),
            Ok(None) => {}
            Err(why) => impossible.push((band, why)),
        }
    }
    if let Some(wanted) = &options.bands {
        if let Some(band) = wanted.iter().find(|b| product.band(**b).is_none()) {
            let has = band::list(product.bands.iter().map(|b| b.band));
            return Err(Error::input(
                &product.path,
                format!("it has no band {band}; it has {has}"),
            ));
        }
        if let Some((band, why)) = impossible.iter().find(|(b, _)| wanted.contains(b)) {
            return Err(Error::input(
                &product.path,
                format!("{band} cannot be made: {why}"),
            ));
        }
        if let Some(band) = wanted.iter().find(|b| !ways.iter().any(|(w, _)| w == *b)) {
            return Err(Error::Option(format!(
                "the model {} does not make {band} at {target} m; leave it out of bands, or leave the option model out",
                options.model.as_deref().unwrap_or("chosen")
            )));
        }
    }
    let sharpened = ways.iter().any(|(_, w)| !matches!(w, Way::Copy));
    if ways.is_empty() || (!sharpened && options.bands.is_none()) {
        let why = impossible.first().map_or_else(
            || format!("no band of it becomes sharper at {target} m with this model"),
            |(b, why)| format!("{b} cannot be made: {why}"),
        );
        return Err(Error::input(&product.path, why));
    }
    if !impossible.is_empty() && options.bands.is_none() {
        let why = impossible[0].1.clone();
        notes.push(format!(
            "left out {}: {why}",
            band::list(impossible.iter().map(|(b, _)| *b))
        ));
    }
    assemble(product, target, ways, notes, options.quality)
}

fn target_gsd(product: &Product, options: &Options, choice: &Choice) -> Result<f64> {
    if let Some(to) = options.to {
        return Ok(f64::from(to));
    }
    // A single-band network that was named goes as far as its factor leads from the finest bands.
    match choice
        .singles
        .first()
        .filter(|_| choice.one && choice.fusions.is_empty())
    {
        Some(single) => {
            let finest = product
                .bands
                .iter()
                .map(|b| b.grid.gsd)
                .fold(f64::INFINITY, f64::min);
            Ok(finest / single.contract.factor() as f64)
        }
        None => Ok(10.0),
    }
}

/// How `band` gets to `target` m: `Ok(None)` if it is not asked for, an error if it is and can't
/// be.
fn way(
    product: &Product,
    band: Band,
    target: f64,
    choice: &Choice,
    options: &Options,
) -> std::result::Result<Option<Way>, String> {
    let gsd = product.band(band).map_or(0.0, |b| b.grid.gsd);
    let named = options.bands.as_ref().is_some_and(|b| b.contains(&band));
    if options.bands.is_some() && !named && !options.with_native {
        return Ok(None);
    }
    if gsd <= target {
        return Ok((gsd == target && (named || options.with_native)).then_some(Way::Copy));
    }
    if options.bands.is_some() && !named {
        return Ok(None);
    }
    let single_to = |from: f64| {
        choice
            .singles
            .iter()
            .find(|m| (from / target - m.contract.factor() as f64).abs() < 1e-9)
            .cloned()
    };
    let fusion = choice
        .fusions
        .iter()
        .find(|m| m.contract.outputs[0].bands.contains(&band));
    if let Some(fusion) = fusion {
        let fused = f64::from(fusion.contract.outputs[0].gsd);
        if fused == target {
            return missing_inputs(product, fusion)
                .map_or(Ok(Some(Way::Fused(fusion.clone()))), Err);
        }
        if let Some(single) = single_to(fused).filter(|_| fused < gsd) {
            return missing_inputs(product, fusion)
                .map_or(Ok(Some(Way::FusedEnlarged(fusion.clone(), single))), Err);
        }
    }
    // Fused families enlarge only what is as fine as their fusions make it: a 60 m band is not
    // blown up alone.
    let alone_is_fine = choice.fusions.is_empty()
        || choice
            .fusions
            .iter()
            .all(|m| f64::from(m.contract.outputs[0].gsd) == gsd);
    if choice.one && !choice.fusions.is_empty() && !named {
        return Ok(None);
    }
    Ok(single_to(gsd).filter(|_| alone_is_fine).map(Way::Enlarged))
}

/// What a fusing network would need and the product does not have.
fn missing_inputs(product: &Product, model: &ModelFile) -> Option<String> {
    for port in &model.contract.inputs {
        let lacking: Vec<Band> = port
            .bands
            .iter()
            .copied()
            .filter(|b| product.band(*b).is_none())
            .collect();
        if !lacking.is_empty() {
            return Some(format!(
                "{} needs {}, which the product does not have",
                model.contract.name,
                band::list(lacking)
            ));
        }
        let coarse = port
            .bands
            .iter()
            .filter_map(|b| product.band(*b))
            .find(|b| b.grid.gsd != f64::from(port.gsd));
        if let Some(b) = coarse {
            return Some(format!(
                "{} needs {} at {} m, the product has it at {} m",
                model.contract.name, b.band, port.gsd, b.grid.gsd
            ));
        }
    }
    None
}

fn place<T>(list: &mut Vec<T>, same: impl Fn(&T) -> bool, make: impl FnOnce() -> T) -> usize {
    list.iter().position(same).unwrap_or_else(|| {
        list.push(make());
        list.len() - 1
    })
}

fn assemble(
    product: Product,
    target: f64,
    ways: Vec<(Band, Way)>,
    mut notes: Vec<String>,
    quality: Quality,
) -> Result<Job> {
    let mut used: Vec<Band> = Vec::new();
    for (band, way) in &ways {
        match way {
            Way::Copy | Way::Enlarged(_) => used.push(*band),
            Way::Fused(m) | Way::FusedEnlarged(m, _) => used.extend(m.contract.input_bands()),
        }
    }
    used.sort();
    used.dedup();
    let grid = |b: Band| product.band(b).map(|f| f.grid);
    let finest: Grid = used
        .iter()
        .filter_map(|b| grid(*b))
        .min_by(|a, b| a.gsd.total_cmp(&b.gsd))
        .ok_or_else(|| Error::Internal("a plan without bands".into()))?;
    let reference = used.iter().find(|b| grid(**b) == Some(finest)).copied();
    let mut natives = Vec::new();
    for band in used {
        let Some(file) = product.band(band) else {
            continue;
        };
        let placed = Placed::on(&finest, &file.grid).map_err(|how| {
            Error::input(
                &file.file,
                format!(
                    "the grids of {band} and {} do not fit: {how}; are they of the same product?",
                    reference.unwrap_or(band)
                ),
            )
        })?;
        natives.push(Native {
            band,
            placed,
            radiometry: file.radiometry,
        });
    }
    let native = |b: Band| {
        natives
            .iter()
            .position(|n: &Native| n.band == b)
            .unwrap_or(0)
    };
    let mut fusions: Vec<Fusion> = Vec::new();
    let mut fusion_files: Vec<Arc<ModelFile>> = Vec::new();
    let mut singles: Vec<Arc<ModelFile>> = Vec::new();
    let mut outputs = Vec::new();
    let mut domains = Vec::new();
    for (band, way) in ways {
        let mut fused = |m: &Arc<ModelFile>| -> Result<(usize, usize)> {
            let at = match fusion_files.iter().position(|f| Arc::ptr_eq(f, m)) {
                Some(at) => at,
                None => {
                    fusions.push(
                        fusion(&m.contract, &natives, &finest)
                            .map_err(|what| Error::input(&product.path, what))?,
                    );
                    fusion_files.push(m.clone());
                    fusions.len() - 1
                }
            };
            Ok((
                at,
                m.contract.outputs[0]
                    .bands
                    .iter()
                    .position(|b| *b == band)
                    .unwrap_or(0),
            ))
        };
        let maker = match &way {
            Way::Copy => Maker::Copy(native(band)),
            Way::Fused(m) => fused(m).map(|(f, c)| Maker::Fused(f, c))?,
            Way::Enlarged(s) => Maker::Enlarged(
                native(band),
                place(&mut singles, |x| Arc::ptr_eq(x, s), || s.clone()),
            ),
            Way::FusedEnlarged(m, s) => {
                let (f, c) = fused(m)?;
                Maker::FusedEnlarged(
                    f,
                    c,
                    place(&mut singles, |x| Arc::ptr_eq(x, s), || s.clone()),
                )
            }
        };
        domains.push(match maker {
            Maker::Copy(n) | Maker::Enlarged(n, _) => natives[n].placed.extent,
            Maker::Fused(f, _) | Maker::FusedEnlarged(f, ..) => fusions[f].domain,
        });
        let Some(file) = product.band(band) else {
            continue;
        };
        outputs.push(Output {
            band,
            maker,
            radiometry: file.radiometry,
            wavelength: file.wavelength,
        });
    }
    let whole = domains
        .into_iter()
        .reduce(|a, b| a.intersect(&b))
        .filter(|r| !r.is_empty());
    let whole = whole.ok_or_else(|| {
        Error::input(
            &product.path,
            "its bands do not overlap; are they of the same product?",
        )
    })?;
    let outer = natives
        .iter()
        .filter(|n| n.placed.ratio == 1)
        .map(|n| n.placed.extent)
        .find(|e| *e != whole);
    if let Some(outer) = outer {
        notes.push(format!(
            "the grids do not nest or do not cover the same area; worked on their common window: {} x {} pixels of {} m, of {} x {}",
            whole.w, whole.h, finest.gsd, outer.w, outer.h
        ));
    }
    let scale = (finest.gsd / target).round() as i64;
    let dtype = product.dtype();
    let (nodata, note) = nodata::choose(&outputs, dtype);
    notes.extend(note);
    let models = fusion_files.into_iter().chain(singles).collect();
    Ok(Job {
        product,
        finest,
        whole,
        window: whole,
        scale,
        outputs,
        fusions,
        models,
        natives,
        dtype,
        nodata: Some(nodata),
        quality,
        notes,
    })
}

fn fusion(
    contract: &Contract,
    natives: &[Native],
    finest: &Grid,
) -> std::result::Result<Fusion, String> {
    let ratio = |gsd: u32| (f64::from(gsd) / finest.gsd).round() as i64;
    let at = |b: &Band| natives.iter().position(|n| n.band == *b).unwrap_or(0);
    let inputs: Vec<(i64, Vec<usize>)> = contract
        .inputs
        .iter()
        .map(|p| (ratio(p.gsd), p.bands.iter().map(at).collect()))
        .collect();
    let placed: Vec<Placed> = inputs
        .iter()
        .flat_map(|(_, n)| n.iter().map(|&n| natives[n].placed))
        .collect();
    let domain = common_window(&placed).ok_or(
        "the grids of its bands do not overlap, or never line up; are they of the same product?",
    )?;
    let scale = (finest.gsd / f64::from(contract.outputs[0].gsd)).round() as i64;
    Ok(Fusion {
        contract: contract.clone(),
        inputs,
        coarse: ratio(contract.coarsest()),
        scale: scale.max(1),
        domain,
    })
}
