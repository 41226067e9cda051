//! From the ways of the bands to a job: its grids, and the places in its lists.

use std::sync::Arc;

use super::super::{Output, nodata};
use super::way::Way;
use super::{Fusion, Job, Maker, Native};
use crate::error::{Error, Result};
use crate::model::{Contract, ModelFile};
use crate::options::Quality;
use crate::product::Product;
use crate::raster::band::Band;
use crate::raster::grid::{Grid, Placed, common_window};

fn place<T>(list: &mut Vec<T>, same: impl Fn(&T) -> bool, make: impl FnOnce() -> T) -> usize {
    list.iter().position(same).unwrap_or_else(|| {
        list.push(make());
        list.len() - 1
    })
}

pub(super) fn assemble(
    product: Arc<Product>,
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
        .ok_or_else(|| Error::internal("a plan without bands"))?;
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
            Maker::Fused(f, _) | Maker::Error(f, _) | Maker::FusedEnlarged(f, ..) => {
                fusions[f].domain
            }
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
            "the grids do not nest or do not cover the same area; worked on their common window: \
             {} x {} pixels of {} m, of {} x {}",
            whole.w, whole.h, finest.gsd, outer.w, outer.h
        ));
    }
    let scale = (finest.gsd / target).round() as i64;
    let dtype = product.dtype();
    let (nodata, note) = nodata::choose(&outputs, dtype);
    notes.extend(note);
    let contracts = singles.iter().map(|s| s.contract.clone()).collect();
    let models = fusion_files.into_iter().chain(singles).collect();
    Ok(Job {
        product,
        finest,
        whole,
        window: whole,
        area: None,
        classes: false,
        mask: false,
        scale,
        outputs,
        fusions,
        singles: contracts,
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
