//! A Sentinel-2 product as this crate sees it: bands with their files, grids and radiometry,
//! whatever form it came in. Opening a product reads metadata; of floats whose unit nothing tells
//! also pixels, until enough were seen, in the end all of a small raster (`looks`). All others are
//! read through [`Product::source`].
//!
//! What was given leads to a reader (`given`), one a form. Each turns what it finds into
//! candidates; `choice` says which of them belong together, `assemble` opens them.

mod archive;
mod around;
mod assemble;
pub mod bounds;
mod browser;
mod called;
mod candidate;
mod choice;
mod container;
mod endings;
mod floats;
pub mod folder;
mod given;
mod inside;
mod layers;
mod looks;
mod manifest;
pub mod offsets;
mod opened;
mod pattern;
mod rasters;
mod rationed;
pub mod safe;
pub mod safe_metadata;
pub mod source;
pub mod stac;
mod stack;
mod stacks;
pub mod text;
pub mod theia;
pub mod told;
mod units;
mod validity;
pub mod verify;
mod vrt;
mod xml;
pub mod zarr;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::gdal::{Dataset, find};
use crate::memory;
use crate::options::Options;
use crate::raster::band::Band;
use crate::raster::grid::Grid;
use crate::raster::radiometry::{DataType, Radiometry};
use crate::text::{shown, shown_path};
pub use called::called;
use candidate::{Candidate, Passed};
pub use inside::is_product;
pub use rasters::Rasters;
pub use source::BandSource;
use source::Strange;

/// One band of a product: where it is and how to read it.
#[derive(Clone, Debug)]
pub struct BandFile {
    /// Which band.
    pub band: Band,
    /// What GDAL opens.
    pub file: PathBuf,
    /// Whether the user named that very file; else it was found in the product.
    pub named: bool,
    /// The band's number in that file, from 1.
    pub index: usize,
    /// Its native grid.
    pub grid: Grid,
    /// How many file pixels, along one axis, are averaged into a native one (1: the file has native
    /// pixels).
    pub block: i64,
    /// The file's pixel at which the native grid starts.
    pub first: (i64, i64),
    /// DN to reflectance.
    pub radiometry: Radiometry,
    /// Whether a mask in the file says which pixels are valid.
    pub masked: bool,
    /// Whether the product's metadata say what its numbers mean.
    pub documented: bool,
    /// Pixel type of the file.
    pub dtype: DataType,
    /// Central wavelength in nm.
    pub wavelength: f64,
    /// Where its raster may be open already.
    pub rasters: Arc<Rasters>,
}

/// A product.
#[derive(Clone, Debug)]
pub struct Product {
    /// What was given.
    pub path: PathBuf,
    /// Its identifier, or the name of the folder or file.
    pub name: String,
    /// `L1C`, `L2A`, if the metadata says so.
    pub level: Option<String>,
    /// Processing baseline, as `05.09`, if the metadata says so.
    pub baseline: Option<String>,
    /// Spacecraft, if the metadata says so.
    pub spacecraft: Option<String>,
    /// Its bands, in order, each once.
    pub bands: Vec<BandFile>,
    /// Bands that it should have and that cannot be had, each with the reason.
    pub lacking: Vec<(Band, String)>,
    /// The scene classification, if it has one.
    pub classes: Option<ClassFile>,
    /// Why none of the scene classifications that were found is taken.
    pub no_classes: Option<String>,
    /// Coordinate reference system as well-known text.
    pub crs: String,
    /// The file with its metadata, if it is a SAFE product.
    pub metadata: Option<PathBuf>,
    /// Files that name a band and could not be taken, each with the reason.
    pub passed_by: Vec<String>,
    /// What the user should know about how it was read.
    pub notes: Vec<String>,
    /// The files that say what it is and hold its pixels.
    pub files: Vec<PathBuf>,
    /// What is strange about the pixels that were read so far.
    pub strange: Arc<Strange>,
    /// Its rasters that are open and not in use.
    pub rasters: Arc<Rasters>,
}

/// Where the scene classification of an L2A product is.
#[derive(Clone, Debug)]
pub struct ClassFile {
    /// What GDAL opens.
    pub file: PathBuf,
    /// Whether the user named that very file.
    pub named: bool,
    /// The band's number in that file, from 1.
    pub index: usize,
    /// Grid and coordinate reference system, where the file does not say them.
    pub place: Option<(Grid, String)>,
}

impl ClassFile {
    fn found(file: PathBuf) -> Self {
        Self {
            file,
            named: false,
            index: 1,
            place: None,
        }
    }

    /// Opens the file.
    pub fn open(&self) -> Result<Dataset> {
        if self.named {
            Dataset::open(&self.file)
        } else {
            Dataset::open_found(&self.file)
        }
    }
}

impl BandFile {
    /// Opens the file.
    pub fn open(&self) -> Result<Dataset> {
        self.rasters.open(&self.file, self.named)
    }
}

/// Memory that GDAL and its libraries take for opening a product, generously.
const TO_OPEN: usize = 48 << 20;

impl Product {
    /// Opens any form of product. Of the options those count that say what its files do not: names
    /// of bands, quantification value, offset, nodata.
    pub fn open(path: &Path, options: &Options) -> Result<Self> {
        find::get()?;
        memory::require(TO_OPEN)?;
        let mut product = given::read(path, options)?;
        let told = [
            &mut product.level,
            &mut product.baseline,
            &mut product.spacecraft,
        ]
        .into_iter()
        .flatten();
        for text in told.chain([&mut product.name]).chain(&mut product.notes) {
            *text = shown(text);
        }
        Ok(product)
    }

    /// A product without files, for bands that are in memory.
    pub fn nameless() -> Self {
        Product {
            path: PathBuf::new(),
            name: String::new(),
            level: None,
            baseline: None,
            spacecraft: None,
            bands: Vec::new(),
            lacking: Vec::new(),
            classes: None,
            no_classes: None,
            crs: String::new(),
            metadata: None,
            passed_by: Vec::new(),
            notes: Vec::new(),
            files: Vec::new(),
            strange: Arc::default(),
            rasters: Arc::default(),
        }
    }

    /// The band, if the product has it.
    pub fn band(&self, band: Band) -> Option<&BandFile> {
        self.bands.iter().find(|b| b.band == band)
    }

    /// Opens a band for reading.
    pub fn source(&self, band: Band) -> Result<BandSource> {
        BandSource::open(self.file(band)?, self.strange.clone())
    }

    /// The same of several bands, in their order; those that are decoded together are read together.
    pub fn sources(&self, bands: impl IntoIterator<Item = Band>) -> Result<Vec<BandSource>> {
        let files: Vec<&BandFile> = (bands.into_iter())
            .map(|band| self.file(band))
            .collect::<Result<_>>()?;
        BandSource::open_all(&files, &self.strange)
    }

    fn file(&self, band: Band) -> Result<&BandFile> {
        let none = || Error::input(&self.path, format!("it has no band {band}"));
        self.band(band).ok_or_else(none)
    }

    /// The pixel type of a result made from these bands: the one that holds them all.
    pub fn dtype(&self) -> DataType {
        let types = || self.bands.iter().map(|b| b.dtype);
        let first = types().next().unwrap_or(DataType::UInt16);
        if types().all(|t| t == first) {
            first
        } else {
            DataType::Float32
        }
    }

    fn pass_by(&mut self, file: &Path, why: &str) {
        self.passed_by.push(format!("{}: {why}", shown_path(file)));
    }

    /// Says which files were passed by: the first few, and how many more.
    fn tell_passed(&mut self) {
        const TOLD: usize = 6;
        let more = self.passed_by.len().saturating_sub(TOLD);
        self.notes.extend(
            self.passed_by
                .iter()
                .take(TOLD)
                .map(|p| format!("passed by {p}")),
        );
        if more > 0 {
            self.notes
                .push(format!("passed by {more} more files that name a band"));
        }
    }

    /// An error about this product, with what it lacks or passed by where that may be the cause.
    pub(crate) fn explained(&self, error: Error) -> Error {
        let Error::Input { path, what, source } = error else {
            return error;
        };
        if path != self.path {
            return Error::Input { path, what, source };
        }
        let what = match self.causes() {
            causes if causes.is_empty() => what,
            causes => format!("{what} ({})", causes.join("; ")),
        };
        Error::Input { path, what, source }
    }

    /// What may be behind an error: the bands that it lacks, or the first file passed by.
    fn causes(&self) -> Vec<String> {
        if self.lacking.is_empty() {
            let passed = self.passed_by.first();
            return passed
                .map(|p| format!("passed by: {p}"))
                .into_iter()
                .collect();
        }
        let lacking = self.lacking.iter();
        lacking
            .map(|(band, why)| format!("{band}: {why}"))
            .collect()
    }
}
