//! A raster that names a band, open: what is chosen among, and what tells what its numbers mean.

use std::path::Path;

use super::Candidate;
use crate::gdal::dataset::{BandFacts, Dataset};
use crate::raster::grid::Grid;
use crate::raster::radiometry::DataType;
use crate::text::{shown, shown_path};

/// See the module.
pub(super) struct Opened {
    pub candidate: Candidate,
    pub dataset: Dataset,
    pub facts: BandFacts,
    pub dtype: DataType,
    /// The raster's own grid.
    pub grid: Grid,
    pub crs: String,
}

impl Opened {
    /// What it is called in lists.
    pub fn shown(&self) -> String {
        let c = &self.candidate;
        if let Some(label) = &c.label {
            return shown(label);
        }
        let name = shown_path(Path::new(c.file.file_name().unwrap_or_default()));
        if self.dataset.band_count() == 1 {
            name
        } else if self.facts.description.is_empty() {
            format!("band {}", c.index)
        } else {
            format!("band {} '{}'", c.index, self.facts.description)
        }
    }
}
