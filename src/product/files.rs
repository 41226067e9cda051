//! Products without metadata: a folder with one raster per band, or one raster with all of them.

use std::path::Path;

use super::{Candidate, Product, text::stem};
use crate::core::band::Band;
use crate::core::error::{Error, Result};
use crate::gdal::dataset::Dataset;
use crate::gdal::vsi;

/// File names that lie beside rasters and are none.
const NOT_RASTERS: [&str; 12] = ["xml", "txt", "json", "csv", "md", "html", "ovr", "aux", "msk", "zip", "tfw", "qml"];

/// Folders inside a folder of bands that hold bands, too.
pub const INNER: [&str; 3] = ["R10m", "R20m", "R60m"];

/// The band that a file of this name is taken for, in a folder of bands.
pub fn band_of(name: &str) -> Option<Band> {
    let extension = name.rsplit_once('.').map_or("", |(_, e)| e).to_ascii_lowercase();
    if name.starts_with('.') || NOT_RASTERS.contains(&extension.as_str()) { None } else { Band::in_text(stem(name)) }
}

/// Opens a folder with one raster per band. The band is the last band name in the file's name. The folders that L2A
/// products have inside IMG_DATA (R10m, R20m, R60m) are looked into.
pub fn open_folder(path: &Path) -> Result<Product> {
    let root = path.to_string_lossy().trim_end_matches('/').to_owned();
    let folders = [root.clone()].into_iter().chain(INNER.map(|f| format!("{root}/{f}")));
    let mut candidates = Vec::new();
    for folder in folders {
        for name in vsi::list(&folder) {
            let Some(band) = band_of(&name) else { continue };
            let file = format!("{folder}/{name}");
            if Path::new(&file).is_dir() {
                continue;
            }
            if vsi::size(&file) == Some(0) {
                return Err(Error::input(file, "the file is empty; fetch it again"));
            }
            candidates.push(Candidate { band, file, index: 1, radiometry: None, wavelength: None });
        }
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Product::assemble(path, name, candidates)
}

/// Opens one raster whose band descriptions (or whose file name, if it has one band) name the bands.
pub fn open_stack(path: &Path) -> Result<Product> {
    let file = path.to_string_lossy().into_owned();
    if vsi::size(&file) == Some(0) {
        return Err(Error::input(path, "the file is empty; fetch it again"));
    }
    let dataset = Dataset::open(&file)?;
    let mut candidates = Vec::new();
    for index in 1..=dataset.band_count() {
        let facts = dataset.band_facts(index)?;
        let named = Band::in_text(&facts.description);
        let band = if dataset.band_count() == 1 { named.or_else(|| Band::in_text(stem(&file))) } else { named };
        if let Some(band) = band {
            candidates.push(Candidate { band, file: file.clone(), index, radiometry: None, wavelength: None });
        }
    }
    Product::assemble(path, stem(&file).to_owned(), candidates)
}
