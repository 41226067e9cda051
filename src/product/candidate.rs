//! A raster that names a band, before it was opened.

use std::path::PathBuf;

use super::told::Numbers;
use crate::gdal::dataset::BandFacts;
use crate::raster::band::Band;
use crate::raster::grid::Grid;
use crate::raster::radiometry::Radiometry;

/// A band's file before it was opened: what the product's form says of it.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub band: Band,
    pub file: PathBuf,
    pub named: bool,
    pub index: usize,
    /// What its name has beside the band's; see [`crate::raster::names::Name`].
    pub key: String,
    /// What it is called in lists, where that is not the file's name.
    pub label: Option<String>,
    /// What the form's metadata say; `None`: what the raster says of itself.
    pub radiometry: Option<Radiometry>,
    /// What the raster that shows it says of it, in place of what it says itself.
    pub facts: Option<BandFacts>,
    /// What other metadata say of its numbers, in place of what the raster does.
    pub numbers: Option<Numbers>,
    pub wavelength: Option<f64>,
    /// Grid and coordinate reference system, where the form says them and the raster does not.
    pub place: Option<(Grid, String)>,
    /// The coordinate reference system that the form says, for rasters that say none.
    pub crs: Option<String>,
    /// Where the same raster lies, too.
    pub alternates: Vec<PathBuf>,
    /// Where it lies first of all, and why it is not read there.
    pub moved: Option<(PathBuf, String)>,
}

impl Candidate {
    pub fn new(band: Band, file: PathBuf) -> Self {
        Self {
            band,
            file,
            named: false,
            index: 1,
            key: String::new(),
            label: None,
            radiometry: None,
            facts: None,
            numbers: None,
            wavelength: None,
            place: None,
            crs: None,
            alternates: Vec::new(),
            moved: None,
        }
    }
}

/// A file that names a band and is none.
pub(super) struct Passed {
    pub band: Band,
    pub file: PathBuf,
    pub why: String,
    /// Whether its name says that it is a raster.
    pub is_raster: bool,
}
