//! Products without metadata: a folder with one raster per band, or one raster with all of them.

use std::path::{Path, PathBuf};

use super::bounds::Bounds;
use super::text::{path_stem, stem};
use super::{Candidate, Passed, Product};
use crate::error::{Error, Result};
use crate::gdal::Dataset;
use crate::gdal::open::no_raster;
use crate::gdal::vsi;
use crate::raster::band::Band;

/// File names that lie beside rasters and are none.
const NOT_RASTERS: [&str; 13] = [
    "xml", "txt", "json", "csv", "md", "html", "ovr", "aux", "msk", "zip", "tfw", "qml", "hdr",
];
/// File names that say that it is a raster: one that is none is damaged.
const RASTERS: [&str; 4] = ["tif", "tiff", "jp2", "j2k"];
/// No folder of one product's bands has more of them; each is opened.
const MOST: usize = 500;

/// Folders inside a folder of bands that hold bands, too.
pub const INNER: [&str; 3] = ["R10m", "R20m", "R60m"];

/// The band that a file of this name is taken for, in a folder of bands.
pub fn band_of(name: &str) -> Option<Band> {
    if name.starts_with('.') || NOT_RASTERS.contains(&extension(name).as_str()) {
        None
    } else {
        Band::in_text(stem(name))
    }
}

fn extension(name: &str) -> String {
    name.rsplit_once('.')
        .map_or("", |(_, e)| e)
        .to_ascii_lowercase()
}

/// Opens the folder `root` with one raster per band; `path` is what was given. The band is the last
/// band name in the file's name. The folders that L2A products have inside IMG_DATA (R10m, R20m,
/// R60m) are looked into.
pub fn open_folder(path: &Path, root: &Path) -> Result<Product> {
    let bounds = Bounds::of(root);
    let folders = [root.to_owned()]
        .into_iter()
        .chain(INNER.map(|f| root.join(f)));
    let (mut candidates, mut passed) = (Vec::new(), Vec::new());
    for folder in folders {
        for name in vsi::list(&folder) {
            let file = folder.join(&name);
            let name = name.to_string_lossy();
            let Some(band) = band_of(&name) else { continue };
            if file.is_dir() && !file.is_symlink() {
                continue;
            }
            match unfit(&bounds, &file) {
                None => candidates.push(Candidate {
                    band,
                    file,
                    named: false,
                    index: 1,
                    radiometry: None,
                    wavelength: None,
                }),
                Some(why) => passed.push(Passed {
                    band,
                    file,
                    why,
                    is_raster: RASTERS.contains(&extension(&name).as_str()),
                }),
            }
            if candidates.len() + passed.len() > MOST {
                return Err(Error::input(
                    path,
                    format!(
                        "more than {MOST} of its files name a band; give a folder with the bands of one product"
                    ),
                ));
            }
        }
    }
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Product::assemble(path, name, candidates, passed)
}

/// Why a file is no band.
fn unfit(bounds: &Bounds, file: &Path) -> Option<String> {
    bounds
        .refusal(file)
        .map(str::to_owned)
        .or_else(|| match vsi::size(file) {
            Some(0) => Some("the file is empty; fetch it again".into()),
            _ => no_raster(file),
        })
}

/// Opens one raster whose band descriptions (or whose file name, if it has one band) name the
/// bands.
pub fn open_stack(path: &Path) -> Result<Product> {
    let file: PathBuf = path.into();
    if vsi::size(&file) == Some(0) {
        return Err(Error::input(path, "the file is empty; fetch it again"));
    }
    let dataset = Dataset::open(&file)?;
    let name = path_stem(&file);
    let mut candidates = Vec::new();
    for index in 1..=dataset.band_count() {
        let facts = dataset.band_facts(index)?;
        let named = Band::in_text(&facts.description);
        let band = if dataset.band_count() == 1 {
            named.or_else(|| Band::in_text(&name))
        } else {
            named
        };
        if let Some(band) = band {
            candidates.push(Candidate {
                band,
                file: file.clone(),
                named: true,
                index,
                radiometry: None,
                wavelength: None,
            });
        }
    }
    Product::assemble(path, name, candidates, Vec::new())
}
