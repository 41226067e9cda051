//! Which band is made how: from the options, the models' contracts and what the product has.

mod assemble;
mod errors;
#[cfg(test)]
mod tests;
mod way;

use std::sync::Arc;

use super::Job;
use crate::error::{Error, Result};
use crate::model::{Choice, Contract};
use crate::options::Options;
use crate::product::Product;
use crate::raster::band::{self, Band};
use crate::raster::grid::{Placed, Rect};
use crate::raster::radiometry::Radiometry;
use assemble::assemble;
use way::{Way, way};

/// How a band of the result comes about. Numbers are places in the job's lists.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Maker {
    /// Copied from the native band.
    Copy(usize),
    /// The given band of a fusion's output.
    Fused(usize, usize),
    /// The expected error of the given band of a fusion's output.
    Error(usize, usize),
    /// A native band, enlarged by a single-band network.
    Enlarged(usize, usize),
    /// A band of a fusion's output, enlarged by a single-band network.
    FusedEnlarged(usize, usize, usize),
}

/// A band that is read from the product.
#[derive(Clone)]
pub struct Native {
    /// Which band.
    pub band: Band,
    /// Its place on the lattice.
    pub placed: Placed,
    /// DN to reflectance.
    pub radiometry: Radiometry,
}

/// A fusing network with what it reads.
#[derive(Clone)]
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

pub(super) fn plan(product: Arc<Product>, choice: &Choice, options: &Options) -> Result<Job> {
    let target = target_gsd(&product, options, choice)?;
    let mut notes = product.notes.clone();
    let mut ways = Vec::new();
    let mut impossible = Vec::new();
    for band in product
        .bands
        .iter()
        .map(|b| b.band)
        .filter(|b| *b != Band::B10)
    {
        match way(&product, band, target, choice, options) {
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
            return Err(Error::input(
                &product.path,
                not_made(&product, *band, target, options),
            ));
        }
    }
    let sharpened = ways.iter().any(|(_, w)| !matches!(w, Way::Copy));
    if ways.is_empty() || (!sharpened && options.bands.is_none()) {
        let why = impossible.first().map_or_else(
            || nothing_to_do(&product, target),
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
    let mut job = assemble(product, target, ways, notes, options.quality)?;
    if options.uncertainty {
        errors::add(&mut job, options)?;
    }
    Ok(job)
}

/// Why a band that was asked for is not made, and what to do. Another product may have it in another
/// pixel size.
fn not_made(product: &Product, band: Band, target: f64, options: &Options) -> String {
    let gsd = product.band(band).map_or(0.0, |b| b.grid.gsd);
    let model = options.model.as_deref().unwrap_or("chosen".as_ref());
    format!(
        "the model {} does not make {band} at {target} m of {gsd} m; leave it out of bands, or \
         leave the option model out",
        model.display()
    )
}

/// Why no band becomes sharper, and what would.
fn nothing_to_do(product: &Product, target: f64) -> String {
    let has = band::list(product.bands.iter().map(|b| b.band));
    let are_there = product.bands.iter().all(|b| b.grid.gsd <= target);
    let advice = match are_there && target > 5.0 {
        true => "; for 5 m set --to 5, or give the product's other bands too",
        false => "",
    };
    format!("no band of it ({has}) becomes sharper at {target} m with this model{advice}")
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
