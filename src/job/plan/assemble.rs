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
use crate::raster::grid::{Grid, Placed, Rect, common_window};

pub(super) fn assemble(
    product: Arc<Product>,
    target: f64,
    ways: Vec<(Band, Way)>,
    mut notes: Vec<String>,
    quality: Quality,
) -> Result<Job> {
    let used = used_bands(&ways);
    let finest = finest_grid(&product, &used)?;
    let natives = natives(&product, &used, &finest)?;
    let mut lists = Lists::default();
    let mut outputs = Vec::new();
    for (band, way) in &ways {
        let maker = lists
            .maker(*band, way, &natives, &finest)
            .map_err(|what| Error::input(&product.path, what))?;
        let Some(file) = product.band(*band) else {
            continue;
        };
        outputs.push(Output {
            band: *band,
            maker,
            radiometry: file.radiometry,
            wavelength: file.wavelength,
        });
    }
    let whole = whole_window(&outputs, &natives, &lists.fusions).ok_or_else(|| {
        Error::input(
            &product.path,
            "its bands do not overlap; are they of the same product?",
        )
    })?;
    notes.extend(smaller_than_a_band(&whole, &natives, &finest));
    let dtype = product.dtype();
    let (nodata, note) = nodata::choose(&outputs, dtype);
    notes.extend(note);
    Ok(Job {
        product,
        finest,
        whole,
        window: whole,
        area: None,
        area_files: Vec::new(),
        classes: false,
        mask: false,
        scale: (finest.gsd / target).round() as i64,
        outputs,
        fusions: lists.fusions,
        singles: lists.singles.iter().map(|s| s.contract.clone()).collect(),
        models: lists
            .fusion_files
            .into_iter()
            .chain(lists.singles)
            .collect(),
        natives,
        dtype,
        nodata: Some(nodata),
        quality,
        notes,
    })
}

/// The bands that are read, in order, each once.
fn used_bands(ways: &[(Band, Way)]) -> Vec<Band> {
    let mut used: Vec<Band> = Vec::new();
    for (band, way) in ways {
        match way {
            Way::Copy | Way::Enlarged(_) => used.push(*band),
            Way::Fused(m) | Way::FusedEnlarged(m, _) => used.extend(m.contract.input_bands()),
        }
    }
    used.sort();
    used.dedup();
    used
}

fn finest_grid(product: &Product, used: &[Band]) -> Result<Grid> {
    used.iter()
        .filter_map(|b| product.band(*b))
        .map(|file| file.grid)
        .min_by(|a, b| a.gsd.total_cmp(&b.gsd))
        .ok_or_else(|| Error::internal("a plan without bands"))
}

/// The bands that are read, each with its place on the finest grid.
fn natives(product: &Product, used: &[Band], finest: &Grid) -> Result<Vec<Native>> {
    let files = || used.iter().filter_map(|b| product.band(*b));
    let reference = files()
        .find(|file| file.grid == *finest)
        .map(|file| file.band);
    files()
        .map(|file| {
            let placed = Placed::on(finest, &file.grid).map_err(|how| {
                Error::input(
                    &file.file,
                    format!(
                        "the grids of {} and {} do not fit: {how}; are they of the same product?",
                        file.band,
                        reference.unwrap_or(file.band)
                    ),
                )
            })?;
            Ok(Native {
                band: file.band,
                placed,
                radiometry: file.radiometry,
            })
        })
        .collect()
}

/// The networks of a job, each once, and what its fusions read.
#[derive(Default)]
struct Lists {
    fusions: Vec<Fusion>,
    fusion_files: Vec<Arc<ModelFile>>,
    singles: Vec<Arc<ModelFile>>,
}

impl Lists {
    /// Who makes a band, by the places in these lists; what is not in them yet is added.
    fn maker(
        &mut self,
        band: Band,
        way: &Way,
        natives: &[Native],
        finest: &Grid,
    ) -> std::result::Result<Maker, String> {
        Ok(match way {
            Way::Copy => Maker::Copy(place_of(natives, band)),
            Way::Enlarged(s) => Maker::Enlarged(place_of(natives, band), self.single(s)),
            Way::Fused(m) => {
                let (f, c) = self.fused(band, m, natives, finest)?;
                Maker::Fused(f, c)
            }
            Way::FusedEnlarged(m, s) => {
                let (f, c) = self.fused(band, m, natives, finest)?;
                Maker::FusedEnlarged(f, c, self.single(s))
            }
        })
    }

    fn single(&mut self, file: &Arc<ModelFile>) -> usize {
        let known = self.singles.iter().position(|s| Arc::ptr_eq(s, file));
        known.unwrap_or_else(|| {
            self.singles.push(file.clone());
            self.singles.len() - 1
        })
    }

    /// The fusion's place, and the band's among its outputs.
    fn fused(
        &mut self,
        band: Band,
        file: &Arc<ModelFile>,
        natives: &[Native],
        finest: &Grid,
    ) -> std::result::Result<(usize, usize), String> {
        let known = self.fusion_files.iter().position(|f| Arc::ptr_eq(f, file));
        let f = match known {
            Some(f) => f,
            None => {
                self.fusions.push(fusion(&file.contract, natives, finest)?);
                self.fusion_files.push(file.clone());
                self.fusions.len() - 1
            }
        };
        let bands = &file.contract.outputs[0].bands;
        Ok((f, bands.iter().position(|b| *b == band).unwrap_or(0)))
    }
}

fn place_of(natives: &[Native], band: Band) -> usize {
    natives.iter().position(|n| n.band == band).unwrap_or(0)
}

/// What all outputs cover, on the finest grid.
fn whole_window(outputs: &[Output], natives: &[Native], fusions: &[Fusion]) -> Option<Rect> {
    outputs
        .iter()
        .map(|output| match output.maker {
            Maker::Copy(n) | Maker::Enlarged(n, _) => natives[n].placed.extent,
            Maker::Fused(f, _) | Maker::Error(f, _) | Maker::FusedEnlarged(f, ..) => {
                fusions[f].domain
            }
        })
        .reduce(|a, b| a.intersect(&b))
        .filter(|r| !r.is_empty())
}

/// A note, if a band of the finest grid covers more than the result can.
fn smaller_than_a_band(whole: &Rect, natives: &[Native], finest: &Grid) -> Option<String> {
    let outer = natives
        .iter()
        .filter(|n| n.placed.ratio == 1)
        .map(|n| n.placed.extent)
        .find(|e| e != whole)?;
    Some(format!(
        "the grids do not nest or do not cover the same area; worked on their common window: \
         {} x {} pixels of {} m, of {} x {}",
        whole.w, whole.h, finest.gsd, outer.w, outer.h
    ))
}

fn fusion(
    contract: &Contract,
    natives: &[Native],
    finest: &Grid,
) -> std::result::Result<Fusion, String> {
    let ratio = |gsd: u32| (f64::from(gsd) / finest.gsd).round() as i64;
    let inputs: Vec<(i64, Vec<usize>)> = contract
        .inputs
        .iter()
        .map(|p| {
            (
                ratio(p.gsd),
                p.bands.iter().map(|b| place_of(natives, *b)).collect(),
            )
        })
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
