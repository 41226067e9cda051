//! A folder of rasters with several bands each, as one for each pixel size: their bands are named by
//! descriptions.

use std::path::{Path, PathBuf};

use super::bounds::Bounds;
use super::endings::is_raster;
use super::pattern::Pattern;
use super::text::{name_of, stem};
use super::{Candidate, Rasters};
use crate::error::{Error, Result};
use crate::gdal::vsi;
use crate::raster::names::{self, Name, Place};
use crate::text::shown;

/// More rasters than that are no product.
const MOST: usize = 50;

/// The bands of the rasters in the folder `root` whose names fit; `path` is what was given. Rasters
/// with several bands that nothing names are an error.
pub fn find(
    path: &Path,
    root: &Path,
    pattern: Option<&Pattern>,
    rasters: &Rasters,
) -> Result<Vec<Candidate>> {
    let bounds = Bounds::of(root);
    let fits = |name: &String| is_raster(name) && pattern.is_none_or(|p| p.fits(name));
    let names = vsi::list(root).into_iter();
    let names = names.map(|n| n.to_string_lossy().into_owned()).filter(fits);
    let mut candidates = Vec::new();
    let mut nameless: Vec<(String, usize)> = Vec::new();
    for name in names.take(MOST) {
        let file = root.join(&name);
        if bounds.refusal(&file).is_some() {
            continue;
        }
        let Ok(dataset) = rasters.open(&file, false) else {
            continue;
        };
        let count = dataset.band_count();
        let facts = (1..=count).map(|index| dataset.band_facts(index));
        let facts = facts.collect::<Result<Vec<_>>>()?;
        let texts: Vec<&str> = facts.iter().map(|f| f.description.as_str()).collect();
        let bands = bands(&file, &names::read(&texts, Place::Description));
        if count > 1 && bands.is_empty() {
            nameless.push((shown(&name), count));
        }
        candidates.extend(bands);
        rasters.keep(&file, false, dataset);
    }
    match (candidates.is_empty(), nameless.first()) {
        (true, Some((name, count))) => Err(Error::input(
            path,
            format!(
                "its rasters have several bands, and nothing says which they are ({name} has \
                 {count}); stack them to one raster, with gdal_merge.py -separate, and name its \
                 bands with --band-names"
            ),
        )),
        _ => Ok(candidates),
    }
}

/// Those of the bands of a file that bear a name.
fn bands(file: &Path, names: &[Name]) -> Vec<Candidate> {
    let name = name_of(file);
    let beside = names::key_of_file(stem(&name));
    let band = |(index, found): (usize, &Name)| match found {
        Name::One(band, key) => Some(Candidate {
            index,
            key: format!("{beside}_{key}"),
            label: Some(name.clone()),
            ..Candidate::new(*band, PathBuf::from(file))
        }),
        _ => None,
    };
    (1..).zip(names).filter_map(band).collect()
}
