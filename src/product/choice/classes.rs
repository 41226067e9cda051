//! Which of the scene classifications that were found is that of the bands.

use std::cmp::Reverse;

use super::chosen::listed;
use super::groups::marks;
use crate::gdal::crs::same_crs;
use crate::options::Options;
use crate::product::{ClassFile, Product};

/// The pixel size of ESA's, in m.
const OWN: f64 = 20.0;

/// A scene classification that was found.
pub struct Found {
    pub file: ClassFile,
    /// What its name has beside `SCL`; see [`crate::raster::names::Name`].
    pub key: String,
    /// What it is called in lists.
    pub label: String,
}

/// Gives the product the one that is named like its bands, which have these keys, or at least not
/// as one of another tile or date; of several the one of 20 m, else the finest. Where that leaves
/// several, it has none, and the product says why.
pub fn choose(product: &mut Product, mut found: Vec<Found>, keys: &[String], options: &Options) {
    let all: Vec<String> = found.iter().map(|f| f.label.clone()).collect();
    if found.iter().any(|f| keys.contains(&f.key)) {
        found.retain(|f| keys.contains(&f.key));
    } else {
        found.retain(|f| keys.iter().all(|key| may_go_together(key, &f.key)));
    }
    if found.len() > 1 {
        found = best(found, &product.crs);
    }
    match <[Found; 1]>::try_from(found) {
        Ok([one]) => {
            let left: Vec<String> = all.into_iter().filter(|l| *l != one.label).collect();
            if options.with_scl && !left.is_empty() {
                product.notes.push(format!(
                    "scene classification: {} was taken, left out: {}",
                    one.label,
                    listed(&left)
                ));
            }
            product.classes = Some(one.file);
        }
        Err(none) if none.is_empty() && all.is_empty() => {}
        Err(none) if none.is_empty() => {
            product.no_classes = Some(format!(
                "its scene classifications are of other tiles or dates than the bands: {}",
                listed(&all)
            ));
        }
        Err(several) => {
            let labels: Vec<String> = several.into_iter().map(|f| f.label).collect();
            product.no_classes = Some(format!(
                "it has several scene classifications, and nothing says which is that of the \
                 bands: {}",
                listed(&labels)
            ));
        }
    }
}

/// Whether what is told by two keys is not of two tiles or dates.
fn may_go_together(a: &str, b: &str) -> bool {
    let same = |a: Option<String>, b: Option<String>| a.is_none() || b.is_none() || a == b;
    let (a, b) = (marks(a), marks(b));
    same(a.0, b.0) && same(a.1, b.1)
}

/// Those that fit best: in this reference system, of 20 m, the finest.
fn best(found: Vec<Found>, crs: &str) -> Vec<Found> {
    let rank = |f: &Found| {
        let dataset = f.file.open().ok()?;
        let gsd = dataset.grid().ok()?.gsd;
        let fits = same_crs(crs, &dataset.crs());
        Some((fits, gsd == OWN, Reverse((gsd * 1000.0) as i64)))
    };
    let ranks: Vec<_> = found.iter().map(rank).collect();
    let most = ranks.iter().max().cloned();
    let ranked = found.into_iter().zip(ranks);
    let fit = ranked.filter(|(_, rank)| Some(rank) == most.as_ref());
    fit.map(|(f, _)| f).collect()
}
