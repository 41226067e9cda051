//! Opens vector files. Nothing is written beside them.

use std::ffi::OsStr;
use std::iter::once;
use std::path::{Path, PathBuf};
use std::ptr::{null, null_mut};

use super::super::api::{GDAL_OF_VECTOR, GDAL_OF_VERBOSE_ERROR, GDALDatasetH, GDALDriverH, Gdal};
use super::super::offline::Offline;
use super::super::strings::{StringList, take_list};
use super::super::{Quiet, c_path, text};
use super::sequence;
use super::wrong::damaged;
use crate::error::{Error, Result};

/// GDAL's names of the formats that are files with polygons, and lead nowhere else.
const PLAIN: [&str; 8] = [
    "GeoJSON",
    "GeoJSONSeq",
    "TopoJSON",
    "GPKG",
    "FlatGeobuf",
    "ESRI Shapefile",
    "KML",
    "MapInfo File",
];

/// Those that GDAL cannot open without writing a file beside theirs.
const WRITING: [&str; 2] = ["NAS", "VFK"];

/// An open dataset.
pub struct Opened<'a> {
    pub handle: GDALDatasetH,
    pub gdal: &'static Gdal,
    pub path: &'a Path,
    /// GDAL's name of its format.
    pub format: String,
    /// What failed while GDAL opened it. It may be of a driver that was asked in vain, so it tells
    /// something only where nothing is in the file.
    failure: Option<String>,
}

impl<'a> Opened<'a> {
    /// `plain`: only a file on this machine, in a format that leads nowhere else.
    pub fn new(gdal: &'static Gdal, path: &'a Path, plain: bool) -> Result<Self> {
        refuse(gdal, path, plain)?;
        let offline = path.is_file().then(|| Offline::begin(gdal));
        let quiet = Quiet::new();
        let (name, formats) = (c_path(path), list(&PLAIN));
        let flags = GDAL_OF_VECTOR | GDAL_OF_VERBOSE_ERROR;
        let formats = if plain { formats.as_ptr() } else { null() };
        // GML: no list of what is in the file beside it. Other formats pass it by.
        let options = StringList::pairs([("WRITE_GFS", "NO")]);
        // SAFETY: a C string and lists that are null or NULL-terminated.
        let handle =
            unsafe { (gdal.GDALOpenEx)(name.as_ptr(), flags, formats, options.as_ptr(), null()) };
        if handle.is_null() {
            return Err(Error::input(
                path,
                format!(
                    "it cannot be opened as a file with polygons ({}); give one in GeoJSON, \
                     GeoPackage or the like",
                    quiet.explain("no reason given")
                ),
            ));
        }
        // SAFETY: the dataset is open.
        let format = unsafe { driver_name(gdal, (gdal.GDALGetDatasetDriver)(handle)) };
        let opened = Self {
            handle,
            gdal,
            path,
            format: format.unwrap_or_default(),
            failure: quiet.failed().then(|| quiet.explain("")),
        };
        if offline.is_some_and(|o| o.was_asked()) {
            return Err(Error::input(
                path,
                "its coordinate reference system is to be fetched from a server, which is not \
                 done; write it anew, with its EPSG code",
            ));
        }
        if plain && opened.format == "GPKG" && opened.has_views() {
            return Err(Error::input(
                path,
                "it has layers that are computed when they are read, and a VRT or a dataset name \
                 may give none with such; copy the layer with the area into a file of its own",
            ));
        }
        // Of a record that is cut off within a list of corners, GDAL makes a polygon with fewer.
        if opened.format == "GeoJSONSeq"
            && let Some(why) = sequence::cut_off(path)?
        {
            return Err(damaged(path, &why));
        }
        Ok(opened)
    }

    /// The files that it is made of, as far as GDAL knows.
    pub fn files(&self) -> Vec<PathBuf> {
        let (gdal, _quiet) = (self.gdal, Quiet::new());
        // SAFETY: the dataset is open; GDAL gives a list of its own, which is freed.
        let names = unsafe { take_list(gdal, (gdal.GDALGetFileList)(self.handle)) };
        let told = names.into_iter().map(PathBuf::from);
        once(self.path.to_owned()).chain(told).collect()
    }

    /// Whether a GeoPackage has layers that are computed, which may take for ever. What cannot be
    /// told may be.
    fn has_views(&self) -> bool {
        let (gdal, _quiet) = (self.gdal, Quiet::new());
        let views = c"SELECT name FROM sqlite_master WHERE type = 'view'";
        // SAFETY: the dataset is open; the layer and its feature are given back.
        unsafe {
            let (area, dialect) = (null_mut(), null());
            let found = (gdal.GDALDatasetExecuteSQL)(self.handle, views.as_ptr(), area, dialect);
            if found.is_null() {
                return true;
            }
            let first = (gdal.OGR_L_GetNextFeature)(found);
            (gdal.OGR_F_Destroy)(first);
            (gdal.GDALDatasetReleaseResultSet)(self.handle, found);
            !first.is_null()
        }
    }

    /// What to say of a file in which no polygon was found.
    pub fn is_empty(&self) -> Error {
        match &self.failure {
            Some(why) => damaged(self.path, why),
            None => Error::input(
                self.path,
                "it has no polygon; give a file with the polygon of the area",
            ),
        }
    }
}

impl Drop for Opened<'_> {
    fn drop(&mut self) {
        // SAFETY: the dataset is open and nobody else has it.
        unsafe { (self.gdal.GDALClose)(self.handle) };
    }
}

/// Refuses what is not even to be opened.
fn refuse(gdal: &Gdal, path: &Path, plain: bool) -> Result<()> {
    if plain && !path.is_file() {
        return Err(Error::input(
            path,
            "it is no file on this machine, which is all that a VRT or a dataset name may give \
             as cutline",
        ));
    }
    if path.metadata().is_ok_and(|m| !m.is_file() && !m.is_dir()) {
        return Err(Error::input(
            path,
            "it is a pipe, a device or a socket; give a file with the polygon of the area",
        ));
    }
    let (name, writing) = (c_path(path), list(&WRITING));
    // SAFETY: a C string and a NULL-terminated list.
    let writes = unsafe {
        let (name, writing) = (name.as_ptr(), writing.as_ptr());
        let driver = (gdal.GDALIdentifyDriverEx)(name, GDAL_OF_VECTOR, writing, null());
        driver_name(gdal, driver)
    };
    match writes {
        None => Ok(()),
        Some(format) => Err(Error::input(
            path,
            format!(
                "GDAL writes a file beside it when it opens its format, {format}; convert it to \
                 GeoPackage or the like"
            ),
        )),
    }
}

fn list(formats: &[&str]) -> StringList {
    StringList::names(formats.iter().map(OsStr::new))
}

/// # Safety
/// `driver` is null or one of GDAL's.
unsafe fn driver_name(gdal: &Gdal, driver: GDALDriverH) -> Option<String> {
    // SAFETY: by the contract above. A driver's description is its name, which GDAL keeps.
    (!driver.is_null()).then(|| unsafe { text((gdal.GDALGetDescription)(driver)) })
}
