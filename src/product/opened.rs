//! A raster that names a band, open: what is chosen among, and what tells what its numbers mean.

use std::path::{Path, PathBuf};

use super::{Candidate, Rasters};
use crate::error::{Error, Result};
use crate::gdal::crs::{crs_name, equator, is_in_metres};
use crate::gdal::dataset::{BandFacts, Dataset};
use crate::raster::band::{self, Band};
use crate::raster::grid::Grid;
use crate::raster::radiometry::DataType;
use crate::text::{shown, shown_path};

/// No raster of a UTM zone at 10 m is longer along one side, or holds more pixels.
const LONGEST: i64 = 1_000_000;
const LARGEST: i64 = 100_000_000_000;

/// See the module.
pub(super) struct Opened {
    pub candidate: Candidate,
    pub dataset: Dataset,
    pub facts: BandFacts,
    pub dtype: DataType,
    /// The raster's own grid.
    pub grid: Grid,
    pub crs: String,
    /// The equator's northing there.
    pub equator: f64,
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

/// Opens a candidate, and refuses what cannot be a band. Where it cannot be opened, its alternates
/// are tried in turn.
pub(super) fn open(mut candidate: Candidate, rasters: &Rasters) -> Result<Opened> {
    let dataset = match rasters.open(&candidate.file, candidate.named) {
        Ok(dataset) => dataset,
        Err(error) => {
            let mut alternates = std::mem::take(&mut candidate.alternates).into_iter();
            let open = |file: PathBuf| Some((rasters.open(&file, false).ok()?, file));
            let Some((dataset, file)) = alternates.find_map(open) else {
                return Err(error);
            };
            let why = match &error {
                Error::Input { what, .. } => what.clone(),
                other => other.to_string(),
            };
            let from = std::mem::replace(&mut candidate.file, file);
            candidate.moved.get_or_insert((from, why));
            dataset
        }
    };
    let c = &candidate;
    let own = dataset.band_facts(c.index)?;
    let mut facts = c.facts.clone().unwrap_or(own);
    if let Some(numbers) = &c.numbers {
        numbers.tell(&mut facts);
    }
    let bad = |what: String| Error::input(&c.file, what);
    let Some(dtype) = facts.dtype else {
        return Err(bad(format!(
            "the pixel type of {} cannot be used; convert it to UInt16 or Float32",
            c.band
        )));
    };
    let (grid, crs) = match &c.place {
        Some((grid, crs)) => (*grid, crs.clone()),
        None => {
            let own = dataset.crs();
            let said = c.crs.clone().filter(|_| own.is_empty());
            (dataset.grid()?, said.unwrap_or(own))
        }
    };
    let (cols, rows) = (grid.cols, grid.rows);
    if cols.max(rows) > LONGEST || cols * rows > LARGEST {
        return Err(bad(format!(
            "it has {cols} x {rows} pixels, more than a whole UTM zone at 10 m; cut it to what \
             is wanted"
        )));
    }
    if !is_in_metres(&crs) {
        let what = if crs.is_empty() {
            "it has no coordinate reference system; give the product in its own UTM zone, or set \
             it with gdal_edit.py -a_srs"
                .into()
        } else {
            format!(
                "its coordinate reference system, {}, does not count in m; give the product as \
                 it was before it was warped, in its own UTM zone, and warp the result with \
                 gdalwarp",
                crs_name(&crs)
            )
        };
        return Err(bad(what));
    }
    Ok(Opened {
        dataset,
        facts,
        dtype,
        grid,
        equator: equator(&crs),
        crs,
        candidate,
    })
}

/// Says which rasters were opened at an alternate place.
pub(super) fn about_alternates(opened: &[Opened]) -> Option<String> {
    let moved = || opened.iter().filter(|o| o.candidate.moved.is_some());
    let first = moved().next()?;
    let (file, why) = first.candidate.moved.as_ref()?;
    let bands: Vec<Band> = moved().map(|o| o.candidate.band).collect();
    Some(format!(
        "{} were read from their alternate places, as {}, since {} cannot be: {why}",
        band::list(bands),
        shown_path(&first.candidate.file),
        shown_path(file)
    ))
}
