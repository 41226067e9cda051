//! STAC items: a JSON file that says where the bands of one scene lie, on a server or beside it,
//! and what their numbers mean. The assets are read where they are.

mod asset;
mod item;
pub mod place;
#[cfg(test)]
mod tests;

use std::path::Path;

pub use self::item::{Item, parse};
use self::place::Places;
use super::assemble::{Findings, assemble};
use super::bounds::Bounds;
use super::choice::{Offer, finest_copies};
use super::text::folder_of;
use super::{Candidate, ClassFile, Product};
use crate::error::{Error, Result};
use crate::gdal::vsi;
use crate::options::Options;
use crate::text::shown_path;

/// Opens the item in the file or at the address `path`.
pub fn open(path: &Path, options: &Options) -> Result<Product> {
    options.refuse_band_names(path, "a STAC item")?;
    let bad = |what: String| Error::input(path, what);
    let item = parse(&vsi::read_text(path)?).map_err(|what| Error::input(path, what))?;
    let folder = folder_of(path);
    let bounds = Bounds::of(&folder);
    let mut offers = Vec::new();
    let mut missing = Vec::new();
    for asset in &item.assets {
        let places = Places::of(&folder, &bounds, &asset.href, &asset.alternates).map_err(bad)?;
        let mut usable = places.usable.into_iter();
        let Some(file) = usable.next() else {
            missing.extend(places.refused.map(|(file, why)| (asset.band, file, why)));
            continue;
        };
        let radiometry = item.radiometry(asset);
        let gsd = asset.gsd.map_or(asset.band.gsd(), |g| g.round() as u32);
        let candidate = Candidate {
            radiometry,
            alternates: usable.collect(),
            moved: places.refused,
            ..Candidate::new(asset.band, file)
        };
        offers.push(Offer {
            candidate,
            gsd,
            spare: asset.jpeg,
        });
    }
    let candidates = finest_copies(path, offers)?;
    missing.retain(|(band, ..)| candidates.iter().all(|c| c.band != *band));
    if let (true, Some((_, file, why))) = (candidates.is_empty(), missing.first()) {
        return Err(Error::input(file, why.clone()));
    }
    let findings = Findings {
        candidates,
        listed: true,
        forgiving: true,
        beside: item.beside(path),
        ..Findings::new(path, item.id.clone())
    };
    let mut product = assemble(findings, options)?;
    for (band, file, why) in missing {
        let what = format!("{}: {why}", file.display());
        product.notes.push(format!("passed by {what}"));
        product.lacking.push((band, what));
    }
    if let Some((href, others)) = item.classes.split_first() {
        let places = Places::of(&folder, &bounds, href, others).ok();
        find_classes(&mut product, places, options);
    }
    // Bands whose scale the item does not say may have led to the same sentence.
    let about = about_offset(&item, options).filter(|note| !product.notes.contains(note));
    product.notes.extend(about);
    product.level = item.level;
    product.baseline = item.baseline;
    product.spacecraft = item.platform;
    product.files.push(path.to_owned());
    Ok(product)
}

/// Gives the product the scene classification at one of these places; where it is wanted, the first
/// that can be opened.
fn find_classes(product: &mut Product, places: Option<Places>, options: &Options) {
    let Some(Places { usable, refused }) = places else {
        return;
    };
    let mut files = usable.iter().cloned().map(ClassFile::found);
    let opens = |c: &ClassFile| c.open().is_ok();
    product.classes = if options.with_scl && usable.len() > 1 {
        let found = files.find(opens);
        found.or_else(|| usable.first().cloned().map(ClassFile::found))
    } else {
        files.next()
    };
    let own = refused.map(|(file, _)| file).or(usable.into_iter().next());
    if let (true, Some(own), Some(taken)) = (options.with_scl, own, &product.classes)
        && own != taken.file
    {
        product.notes.push(format!(
            "the scene classification was read from {}, since {} cannot be",
            shown_path(&taken.file),
            shown_path(&own)
        ));
    }
}

/// What is said of an offset that is none of the item's own words, and of one that is in doubt.
fn about_offset(item: &Item, options: &Options) -> Option<String> {
    let unsaid = item
        .assets
        .iter()
        .any(|a| a.scale.is_some() && a.offset.is_none());
    if let (true, None, None, Some(baseline)) =
        (unsaid, item.offset_applied, options.offset, &item.baseline)
    {
        return Some(format!(
            "the item says processing baseline {baseline} and no additive offset, so that of the \
             baseline was taken; --offset sets another"
        ));
    }
    item.doubt().filter(|_| options.offset.is_none())
}
