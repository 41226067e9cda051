//! A raster that is open for reading, and what it says of itself.

use std::ffi::{CStr, OsString, c_int};
use std::path::{Path, PathBuf};
use std::ptr::null;

use super::api::{CE_NONE, CSLConstList, GDALDataType, GDALDatasetH, GDALRasterBandH, Gdal};
use super::api::{GDAL_OF_INTERNAL, GDAL_OF_RASTER, GDAL_OF_VERBOSE_ERROR};
use super::api::{
    GDT_BYTE, GDT_FLOAT32, GDT_FLOAT64, GDT_INT16, GDT_INT32, GDT_UINT16, GDT_UINT32,
};
use super::rules::Unshared;
use super::strings::{c_path, c_string, names, os_name, text, texts};
use super::{Quiet, find, hdf5, listed, register, vsi};
use crate::error::{Error, Result};
use crate::raster::grid::Grid;
use crate::raster::radiometry::DataType;
use crate::stamp::Stamp;

/// The geotransform of a raster that has none.
const NO_GEOTRANSFORM: [f64; 6] = [0.0, 1.0, 0.0, 0.0, 0.0, 1.0];

/// A raster that is open for reading. One thread at a time may use it.
pub struct Dataset {
    pub(super) raster: Unshared,
    pub(super) path: PathBuf,
    /// How its file looked before it was opened.
    stamp: Option<Stamp>,
    /// Whether its first row is the southernmost. Callers see rows from north to south all the
    /// same.
    pub(super) south_up: bool,
}

/// What a band of a raster says of itself.
#[derive(Clone, Debug)]
pub struct BandFacts {
    /// Its description, often the band's name.
    pub description: String,
    /// Its pixel type, if it is one that results can have.
    pub dtype: Option<DataType>,
    /// Its declared nodata value.
    pub nodata: Option<f64>,
    /// Declared slope from DN to reflectance.
    pub scale: Option<f64>,
    /// Declared intercept.
    pub offset: Option<f64>,
}

impl Dataset {
    pub(super) fn open_with(
        path: &Path,
        drivers: CSLConstList,
        siblings: CSLConstList,
    ) -> Result<Self> {
        let gdal = find::get()?;
        register(gdal);
        let stamp = stamp(path);
        let quiet = Quiet::new();
        let flags = GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR | GDAL_OF_INTERNAL;
        let name = c_path(&listed::real(path));
        hdf5::hush(gdal, path);
        // SAFETY: a C string and lists that are null or NULL-terminated are what GDALOpenEx takes.
        let open =
            |_: &_| unsafe { (gdal.GDALOpenEx)(name.as_ptr(), flags, drivers, null(), siblings) };
        let Some(raster) = Unshared::open(gdal, open) else {
            return Err(Error::input(
                path,
                format!(
                    "GDAL cannot open it ({}); give a SAFE product, a folder with one raster per \
                     band, or a raster",
                    quiet.explain("no reason given")
                ),
            ));
        };
        let mut dataset = Self {
            raster,
            path: path.to_owned(),
            stamp,
            south_up: false,
        };
        dataset.south_up = dataset.geotransform().is_some_and(|t| t[5] > 0.0);
        Ok(dataset)
    }

    /// Whether its file is still what it was when it was opened, in the GDAL that is used now.
    pub fn is_current(&self) -> bool {
        find::get().is_ok_and(|gdal| std::ptr::eq(gdal, self.raster.gdal))
            && stamp(&self.path) == self.stamp
    }

    /// Asks GDAL about the raster, without a word of GDAL's to the host program: even what a raster
    /// says of itself is worked out only when it is asked for.
    fn ask<T>(&self, about: impl FnOnce(&Gdal, GDALDatasetH) -> T) -> T {
        let _quiet = Quiet::new();
        about(self.raster.gdal, self.raster.handle())
    }

    /// The number of bands.
    pub fn band_count(&self) -> usize {
        // SAFETY: the handle is open.
        self.ask(|gdal, raster| unsafe { (gdal.GDALGetRasterCount)(raster) as usize })
    }

    /// Columns and rows.
    pub fn size(&self) -> (i64, i64) {
        // SAFETY: the handle is open.
        self.ask(|gdal, raster| unsafe {
            (
                i64::from((gdal.GDALGetRasterXSize)(raster)),
                i64::from((gdal.GDALGetRasterYSize)(raster)),
            )
        })
    }

    fn geotransform(&self) -> Option<[f64; 6]> {
        let mut t = [0.0; 6];
        // SAFETY: six doubles are what GDAL writes.
        let code =
            self.ask(|gdal, raster| unsafe { (gdal.GDALGetGeoTransform)(raster, t.as_mut_ptr()) });
        // What GDAL says in place of none, some programs write down.
        let is_none = code != CE_NONE || t == NO_GEOTRANSFORM;
        (!is_none).then_some(t)
    }

    /// The grid, which has to have square pixels and no rotation.
    pub fn grid(&self) -> Result<Grid> {
        let bad = |what: &str| {
            Err(Error::input(
                &self.path,
                format!("{what}; give the product in its own UTM grid, unwarped"),
            ))
        };
        let Some(mut t) = self.geotransform() else {
            return bad("it has no geotransform");
        };
        let (cols, rows) = self.size();
        if self.south_up {
            t[3] += rows as f64 * t[5];
            t[5] = -t[5];
        }
        match Grid::of_geotransform(t, cols, rows) {
            Some(grid) => Ok(grid),
            None => bad("its grid is not north-up with square pixels"),
        }
    }

    /// The coordinate reference system as well-known text; empty when there is none.
    pub fn crs(&self) -> String {
        // SAFETY: the handle is open; GDAL keeps the string.
        self.ask(|gdal, raster| unsafe { text((gdal.GDALGetProjectionRef)(raster)) })
    }

    /// A metadata item of the dataset.
    pub fn metadata(&self, key: &str) -> Option<String> {
        self.item(&c_string(key), c"")
    }

    /// The names of the rasters inside, where it holds several.
    pub fn subdatasets(&self) -> Vec<OsString> {
        let domain = c"SUBDATASETS";
        // SAFETY: the handle is open; GDAL keeps the list, which is copied.
        let items = self
            .ask(|gdal, raster| unsafe { names((gdal.GDALGetMetadata)(raster, domain.as_ptr())) });
        let name = |item: Vec<u8>| {
            let at = item.iter().position(|b| *b == b'=')?;
            let (key, name) = item.split_at(at);
            key.ends_with(b"_NAME").then(|| os_name(name[1..].to_vec()))
        };
        items.into_iter().filter_map(name).collect()
    }

    /// The sources of band `index` of a virtual raster, as XML.
    pub fn vrt_sources(&self, index: usize) -> Vec<String> {
        let Ok(band) = self.band(index) else {
            return Vec::new();
        };
        let domain = c"vrt_sources";
        // SAFETY: the band belongs to the open dataset; GDAL keeps the list, which is copied.
        let items =
            self.ask(|gdal, _| unsafe { texts((gdal.GDALGetMetadata)(band, domain.as_ptr())) });
        let source = |item: String| Some(item.split_once('=')?.1.to_owned());
        items.into_iter().filter_map(source).collect()
    }

    /// A virtual raster as XML.
    pub fn vrt_xml(&self) -> Option<String> {
        let domain = c"xml:VRT";
        // SAFETY: the handle is open; GDAL keeps the list, which is copied.
        let items = self
            .ask(|gdal, raster| unsafe { texts((gdal.GDALGetMetadata)(raster, domain.as_ptr())) });
        items.into_iter().next()
    }

    /// Whether a mask or an alpha band says which pixels of band `index` are valid.
    pub fn has_mask(&self, index: usize) -> Result<bool> {
        let band = self.band(index);
        band.map(|_| self.ask(|_, _| self.raster.has_mask(index)))
    }

    pub(super) fn item(&self, key: &CStr, domain: &CStr) -> Option<String> {
        // SAFETY: the handle is open; GDAL keeps the string.
        let value = self.ask(|gdal, raster| unsafe {
            text((gdal.GDALGetMetadataItem)(
                raster,
                key.as_ptr(),
                domain.as_ptr(),
            ))
        });
        (!value.is_empty()).then_some(value)
    }

    /// What band `index` (from 1) says of itself.
    pub fn band_facts(&self, index: usize) -> Result<BandFacts> {
        let band = self.band(index)?;
        let number = |get: unsafe extern "C" fn(GDALRasterBandH, *mut c_int) -> f64| {
            let mut there = 0;
            // SAFETY: the band belongs to the open dataset.
            let value = self.ask(|_, _| unsafe { get(band, &mut there) });
            (there != 0).then_some(value)
        };
        // SAFETY: as above.
        let (description, raw) = self.ask(|gdal, _| unsafe {
            (
                text((gdal.GDALGetDescription)(band)),
                (gdal.GDALGetRasterDataType)(band),
            )
        });
        let dtype = data_type(raw);
        let nodata = number(self.raster.gdal.GDALGetRasterNoDataValue);
        let is_float = dtype == Some(DataType::Float32);
        Ok(BandFacts {
            description,
            dtype,
            nodata: nodata.filter(|_| is_float || !self.is_filler(band)),
            scale: number(self.raster.gdal.GDALGetRasterScale),
            offset: number(self.raster.gdal.GDALGetRasterOffset),
        })
    }

    /// Whether the nodata value of a band is none that its file declares: GDAL gives variables of
    /// netCDF that declare none the value that netCDF fills up with what nobody wrote.
    fn is_filler(&self, band: GDALRasterBandH) -> bool {
        // SAFETY: the band belongs to the open dataset; GDAL keeps the string.
        let variable = self.ask(|gdal, _| unsafe {
            text((gdal.GDALGetMetadataItem)(
                band,
                c"NETCDF_VARNAME".as_ptr(),
                c"".as_ptr(),
            ))
        });
        let declares = |key| self.metadata(&format!("{variable}#{key}")).is_some();
        !variable.is_empty() && !["_FillValue", "missing_value"].into_iter().any(declares)
    }

    fn band(&self, index: usize) -> Result<GDALRasterBandH> {
        let band = self.ask(|_, _| self.raster.band_handle(index));
        band.ok_or_else(|| self.no_band(index))
    }

    pub(super) fn no_band(&self, index: usize) -> Error {
        Error::input(&self.path, format!("it has no band number {index}"))
    }
}

/// GDAL's number of a pixel type as results have it, if they can.
pub(super) fn data_type(kind: GDALDataType) -> Option<DataType> {
    match kind {
        GDT_BYTE => Some(DataType::UInt8),
        GDT_UINT16 => Some(DataType::UInt16),
        GDT_INT16 => Some(DataType::Int16),
        GDT_UINT32 => Some(DataType::UInt32),
        GDT_INT32 => Some(DataType::Int32),
        GDT_FLOAT32 | GDT_FLOAT64 => Some(DataType::Float32),
        _ => None,
    }
}

/// How a file looks; on a server each question is a request, and the answer is kept there anyway.
fn stamp(path: &Path) -> Option<Stamp> {
    (!vsi::is_remote(path)).then(|| vsi::stamp(path)).flatten()
}
