//! A Sentinel-2 product as this crate sees it: bands with their files, grids and radiometry,
//! whatever form it came in. Opening a product reads metadata only; pixels are read through
//! [`Product::source`].

mod archive;
mod bounds;
pub mod files;
mod manifest;
pub mod safe;
pub mod source;
mod text;
pub mod verify;
mod xml;

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::gdal::Dataset;
use crate::gdal::crs::{is_in_metres, same_crs};
use crate::gdal::find;
use crate::gdal::vsi;
use crate::memory;
use crate::raster::band::{self, Band};
use crate::raster::grid::{Grid, native_grid};
use crate::raster::radiometry::{DataType, Radiometry};
use crate::text::{shown, shown_path};
pub use source::BandSource;

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
    /// Pixel type of the file.
    pub dtype: DataType,
    /// Central wavelength in nm.
    pub wavelength: f64,
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
    /// Coordinate reference system as well-known text.
    pub crs: String,
    /// The file with its metadata, if it has one.
    pub metadata: Option<PathBuf>,
    /// Files that name a band and could not be taken, each with the reason.
    pub passed_by: Vec<String>,
    /// What the user should know about how it was read.
    pub notes: Vec<String>,
    /// The files that say what it is and hold its pixels.
    pub files: Vec<PathBuf>,
}

/// A band's file before it was opened: what the product's form says of it.
pub(crate) struct Candidate {
    band: Band,
    file: PathBuf,
    named: bool,
    index: usize,
    radiometry: Option<Radiometry>,
    wavelength: Option<f64>,
}

/// A file that names a band and is none.
pub(crate) struct Passed {
    band: Band,
    file: PathBuf,
    why: String,
    /// Whether its name says that it is a raster.
    is_raster: bool,
}

/// No raster of a UTM zone at 10 m is longer along one side, or holds more pixels.
const LONGEST: i64 = 1_000_000;
const LARGEST: i64 = 100_000_000_000;

impl BandFile {
    /// Opens the file.
    pub fn open(&self) -> Result<Dataset> {
        open(&self.file, self.named)
    }
}

fn open(file: &Path, named: bool) -> Result<Dataset> {
    if named {
        Dataset::open(file)
    } else {
        Dataset::open_found(file)
    }
}

/// Memory that GDAL and its libraries take for opening a product, generously.
const TO_OPEN: usize = 48 << 20;

impl Product {
    /// Opens any form of product.
    pub fn open(path: &Path) -> Result<Self> {
        find::get()?;
        memory::require(TO_OPEN)?;
        let mut product = Self::read(path)?;
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

    fn read(path: &Path) -> Result<Self> {
        let facts = path.metadata();
        if !vsi::is_virtual(path) {
            match &facts {
                Err(_) => return Err(Error::input(path, "there is no such file or folder")),
                Ok(m) if m.is_file() || m.is_dir() => {}
                Ok(_) => {
                    return Err(Error::input(
                        path,
                        "it is a pipe, a device or a socket; give a file or a folder",
                    ));
                }
            }
        }
        if safe::is_metadata(path) {
            return safe::open(path, path, true);
        }
        if facts.is_ok_and(|m| m.is_file())
            && path
                .extension()
                .is_some_and(|e| e.eq_ignore_ascii_case("zip"))
        {
            return Self::read_zip(path);
        }
        if let Some(xml) = safe::in_folder(path) {
            return safe::open(path, &xml, false);
        }
        let folder = path.is_dir() || vsi::size(path).is_none() || !vsi::list(path).is_empty();
        if folder {
            files::open_folder(path, path)
        } else {
            files::open_stack(path)
        }
    }

    fn read_zip(path: &Path) -> Result<Self> {
        let mut archive = archive::Archive::open(path)?;
        let mut root = std::ffi::OsString::from("/vsizip/");
        root.push(path);
        let root = PathBuf::from(root);
        if let Some(xml) = safe::in_archive(&mut archive)? {
            return safe::open(path, &root.join(xml), false);
        }
        archive.check_open()?;
        // Bands, often in a folder of their own.
        let root = match vsi::list(&root).as_slice() {
            [only] if Band::in_text(&text::path_stem(Path::new(only))).is_none() => root.join(only),
            _ => root,
        };
        files::open_folder(path, &root)
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
            crs: String::new(),
            metadata: None,
            passed_by: Vec::new(),
            notes: Vec::new(),
            files: Vec::new(),
        }
    }

    /// The band, if the product has it.
    pub fn band(&self, band: Band) -> Option<&BandFile> {
        self.bands.iter().find(|b| b.band == band)
    }

    /// Opens a band for reading.
    pub fn source(&self, band: Band) -> Result<BandSource> {
        let file = self
            .band(band)
            .ok_or_else(|| Error::input(&self.path, format!("it has no band {band}")))?;
        BandSource::open(file)
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

    /// Assembles a product from candidates: opens each, keeps one copy per band, and checks that
    /// they fit together.
    pub(crate) fn assemble(
        path: &Path,
        name: String,
        candidates: Vec<Candidate>,
        passed: Vec<Passed>,
    ) -> Result<Self> {
        let mut product = Product {
            path: path.into(),
            name,
            ..Self::nameless()
        };
        for candidate in candidates {
            let (band, file) = (candidate.band, candidate.file.clone());
            match product.add(candidate) {
                // Nothing is made of B10.
                Err(Error::Input { what, .. }) if band == Band::B10 => {
                    product.pass_by(&file, &what)
                }
                added => added?,
            }
        }
        product.bands.sort_by_key(|b| b.band);
        for p in passed {
            if p.is_raster && p.band != Band::B10 && product.band(p.band).is_none() {
                return Err(Error::input(p.file, p.why));
            }
            product.pass_by(&p.file, &p.why);
        }
        if product.bands.is_empty() {
            return Err(product.explained(Error::input(
                path,
                "no band of Sentinel-2 was found in it; give a SAFE product, a folder with one raster per band (…_B02.tif), or a raster whose band descriptions name the bands",
            )));
        }
        product.tell_passed();
        let averaged = product.bands.iter().filter(|b| b.block > 1);
        for (k, gsd) in [(2, 20), (3, 20), (6, 60), (12, 60), (4, 20)] {
            let bands: Vec<Band> = averaged
                .clone()
                .filter(|b| b.block == k && b.grid.gsd as u32 == gsd)
                .map(|b| b.band)
                .collect();
            if !bands.is_empty() {
                product
                    .notes
                    .push(format!("{} came on a grid {k} times finer than their own and were brought back to {gsd} m by block means", band::list(bands)));
            }
        }
        Ok(product)
    }

    fn pass_by(&mut self, file: &Path, why: &str) {
        self.passed_by.push(format!("{}: {why}", shown_path(file)));
    }

    /// Says which files were passed by: the first few, and how many more.
    fn tell_passed(&mut self) {
        const TOLD: usize = 4;
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

    /// An error about this product, with the file that was passed by where that may be the cause.
    pub(crate) fn explained(&self, error: Error) -> Error {
        match (error, self.passed_by.first()) {
            (Error::Input { path, what }, Some(first)) if path == self.path => Error::Input {
                path,
                what: format!("{what} (passed by: {first})"),
            },
            (error, _) => error,
        }
    }

    fn add(&mut self, c: Candidate) -> Result<()> {
        let dataset = open(&c.file, c.named)?;
        self.files.extend(dataset.files());
        let facts = dataset.band_facts(c.index)?;
        let bad = |what: String| Error::input(&c.file, what);
        let Some(dtype) = facts.dtype else {
            return Err(bad(format!(
                "the pixel type of {} cannot be used; convert it to UInt16 or Float32",
                c.band
            )));
        };
        let file_grid = dataset.grid()?;
        let (cols, rows) = (file_grid.cols, file_grid.rows);
        if cols.max(rows) > LONGEST || cols * rows > LARGEST {
            return Err(bad(format!(
                "it has {cols} x {rows} pixels, more than a whole UTM zone at 10 m; cut it to what is wanted"
            )));
        }
        let crs = dataset.crs();
        if self.crs.is_empty() {
            if !is_in_metres(&crs) {
                return Err(bad("its coordinate reference system is missing or does not count in m; give the product in its own UTM zone".into()));
            }
            self.crs = crs;
        } else if !same_crs(&self.crs, &crs) {
            return Err(bad(format!(
                "the coordinate reference system of {} is not that of the other bands",
                c.band
            )));
        }
        let (block, grid, first) = native_grid(c.band, &file_grid).map_err(bad)?;
        let radiometry = c
            .radiometry
            .unwrap_or_else(|| declared_radiometry(&facts, dtype));
        if let Some(what) = radiometry.implausible() {
            return Err(bad(format!(
                "{what} in its scale and offset; correct them with gdal_edit.py"
            )));
        }
        let wavelength = c.wavelength.unwrap_or_else(|| c.band.wavelength());
        let new = BandFile {
            band: c.band,
            file: c.file,
            named: c.named,
            index: c.index,
            grid,
            block,
            first,
            radiometry,
            dtype,
            wavelength,
        };
        // Of several copies: the one with native pixels, else the finest.
        let rank = |b: &BandFile| {
            (
                b.block == 1 && b.grid.gsd > f64::from(b.band.gsd()),
                b.block,
                b.grid.gsd as i64,
            )
        };
        match self.bands.iter_mut().find(|b| b.band == new.band) {
            Some(old) if rank(&new) < rank(old) => *old = new,
            Some(_) => {}
            None => self.bands.push(new),
        }
        Ok(())
    }
}

/// What a raster's own scale, offset and nodata say. Integers without a declared nodata have
/// Sentinel-2's, 0.
fn declared_radiometry(facts: &crate::gdal::dataset::BandFacts, dtype: DataType) -> Radiometry {
    let scale = facts.scale.filter(|s| *s > 0.0 && *s != 1.0);
    Radiometry {
        quantification: scale.map_or(10000.0, |s| 1.0 / s),
        add_offset: facts.offset.map_or(0.0, |o| o / scale.unwrap_or(1.0)),
        nodata: facts
            .nodata
            .or((dtype != DataType::Float32).then_some(0.0))
            .filter(|n| n.is_finite()),
    }
}
