//! A Sentinel-2 product as this crate sees it: bands with their files, grids and radiometry, whatever form it came in.
//! Opening a product reads metadata only; pixels are read through [`Product::source`].

pub mod files;
pub mod safe;
pub mod source;
mod text;

use std::path::{Path, PathBuf};

use crate::core::band::{self, Band};
use crate::core::error::{Error, Result};
use crate::core::grid::{Grid, native_grid};
use crate::core::radiometry::{DataType, Radiometry};
use crate::gdal::dataset::{Dataset, is_in_metres, same_crs};
use crate::gdal::vsi;
pub use source::BandSource;

/// One band of a product: where it is and how to read it.
#[derive(Clone, Debug)]
pub struct BandFile {
    /// Which band.
    pub band: Band,
    /// What GDAL opens.
    pub file: String,
    /// The band's number in that file, from 1.
    pub index: usize,
    /// Its native grid.
    pub grid: Grid,
    /// How many file pixels, along one axis, are averaged into a native one (1: the file has native pixels).
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
    /// What the user should know about how it was read.
    pub notes: Vec<String>,
    /// The files that say what it is and hold its pixels.
    pub files: Vec<String>,
}

/// A band's file before it was opened: what the product's form says of it.
pub(crate) struct Candidate {
    band: Band,
    file: String,
    index: usize,
    radiometry: Option<Radiometry>,
    wavelength: Option<f64>,
}

impl Product {
    /// Opens any form of product.
    pub fn open(path: &Path) -> Result<Self> {
        let given = path.to_string_lossy();
        if !given.starts_with("/vsi") && !path.exists() {
            return Err(Error::input(path, "there is no such file or folder"));
        }
        if let Some(xml) = safe::find_metadata(path) {
            return safe::open(path, &xml);
        }
        if path.is_dir() || vsi::size(&given).is_none() || !vsi::list(&given).is_empty() { files::open_folder(path) } else { files::open_stack(path) }
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
        let file = self.band(band).ok_or_else(|| Error::input(&self.path, format!("it has no band {band}")))?;
        BandSource::open(file)
    }

    /// The pixel type of a result made from these bands: the one that holds them all.
    pub fn dtype(&self) -> DataType {
        let types = || self.bands.iter().map(|b| b.dtype);
        let first = types().next().unwrap_or(DataType::UInt16);
        if types().all(|t| t == first) { first } else { DataType::Float32 }
    }

    /// Assembles a product from candidates: opens each, keeps one copy per band, and checks that they fit together.
    pub(crate) fn assemble(path: &Path, name: String, candidates: Vec<Candidate>) -> Result<Self> {
        let mut product = Product { path: path.into(), name, ..Self::nameless() };
        for candidate in candidates {
            product.add(candidate)?;
        }
        product.bands.sort_by_key(|b| b.band);
        if product.bands.is_empty() {
            return Err(Error::input(
                path,
                "no band of Sentinel-2 was found in it; give a SAFE product, a folder with one raster per band (…_B02.tif), or a raster whose band descriptions name the bands",
            ));
        }
        let averaged = product.bands.iter().filter(|b| b.block > 1);
        for (k, gsd) in [(2, 20), (3, 20), (6, 60), (12, 60), (4, 20)] {
            let bands: Vec<Band> = averaged.clone().filter(|b| b.block == k && b.grid.gsd as u32 == gsd).map(|b| b.band).collect();
            if !bands.is_empty() {
                product
                    .notes
                    .push(format!("{} came on a grid {k} times finer than their own and were brought back to {gsd} m by block means", band::list(bands)));
            }
        }
        Ok(product)
    }

    fn add(&mut self, c: Candidate) -> Result<()> {
        let dataset = Dataset::open(&c.file)?;
        self.files.extend(dataset.files());
        let facts = dataset.band_facts(c.index)?;
        let bad = |what: String| Error::input(&c.file, what);
        let Some(dtype) = facts.dtype else {
            return Err(bad(format!("the pixel type of {} cannot be used; convert it to UInt16 or Float32", c.band)));
        };
        let file_grid = dataset.grid()?;
        let crs = dataset.crs();
        if self.crs.is_empty() {
            if !is_in_metres(&crs) {
                return Err(bad("its coordinate reference system is missing or does not count in m; give the product in its own UTM zone".into()));
            }
            self.crs = crs;
        } else if !same_crs(&self.crs, &crs) {
            return Err(bad(format!("the coordinate reference system of {} is not that of the other bands", c.band)));
        }
        let (block, grid, first) = native_grid(c.band, &file_grid).map_err(bad)?;
        let radiometry = c.radiometry.unwrap_or_else(|| declared_radiometry(&facts, dtype));
        let wavelength = c.wavelength.unwrap_or_else(|| c.band.wavelength());
        let new = BandFile { band: c.band, file: c.file, index: c.index, grid, block, first, radiometry, dtype, wavelength };
        // Of several copies: the one with native pixels, else the finest.
        let rank = |b: &BandFile| (b.block == 1 && b.grid.gsd > f64::from(b.band.gsd()), b.block, b.grid.gsd as i64);
        match self.bands.iter_mut().find(|b| b.band == new.band) {
            Some(old) if rank(&new) < rank(old) => *old = new,
            Some(_) => {}
            None => self.bands.push(new),
        }
        Ok(())
    }
}

/// What a raster's own scale, offset and nodata say. Integers without a declared nodata have Sentinel-2's, 0.
fn declared_radiometry(facts: &crate::gdal::dataset::BandFacts, dtype: DataType) -> Radiometry {
    let scale = facts.scale.filter(|s| *s > 0.0 && *s != 1.0);
    Radiometry {
        quantification: scale.map_or(10000.0, |s| 1.0 / s),
        add_offset: facts.offset.map_or(0.0, |o| o / scale.unwrap_or(1.0)),
        nodata: facts.nodata.or((dtype != DataType::Float32).then_some(0.0)).filter(|n| n.is_finite()),
    }
}
