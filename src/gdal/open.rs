//! Opening rasters: those that the user named, and those that were found in a product. Of these
//! only rasters are opened that lie whole in a file and name no other.

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::ptr::null;

use super::api::GDAL_OF_RASTER;
use super::dataset::Dataset;
use super::rules::Rules;
use super::strings::{StringList, c_path};
use super::{Quiet, find, listed, register, vsi};
use crate::error::{Error, Fault, Result};
use crate::text::shown;

/// The drivers that open what a product brings along: rasters that lie whole in a file and name no
/// other.
const FOUND: [&str; 11] = [
    "GTiff",
    "JP2OpenJPEG",
    "JP2KAK",
    "JP2ECW",
    "JP2MrSID",
    "JP2Lura",
    "JP2Grok",
    "JPEG2000",
    "PNG",
    "JPEG",
    // Numbers in rows; the header beside them names no other file.
    "ENVI",
];

/// World files and headers: what may lie beside such a file and is read with it, besides overviews
/// and GDAL's own `.aux.xml`.
const BESIDE: [&str; 7] = ["tfw", "tifw", "wld", "j2w", "pgw", "jgw", "hdr"];

impl Dataset {
    /// Opens a raster that the user named, in any format that GDAL reads.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        refuse_special(path)?;
        // What lies beside it the user did not name.
        match Self::open_found(path) {
            Err(_) if !is_raster(path) => Self::open_with(path, null(), null()),
            opened => opened,
        }
    }

    /// Opens a raster that was found in a product: a file in a format for rasters that leads
    /// nowhere else.
    pub fn open_found(path: &Path) -> Result<Self> {
        let siblings = siblings(path);
        let opened = Self::open_with(path, drivers().as_ptr(), siblings.as_ptr());
        let dataset = opened.map_err(|e| match no_raster(path) {
            Some(why) => Error::input(path, why),
            None => e,
        })?;
        // GDAL would open it with any driver, wherever it is.
        if dataset.item(c"OVERVIEW_FILE", c"OVERVIEWS").is_some() {
            return Err(Error::input(
                path,
                "it names another file as its overviews; remove that with gdaladdo -clean, or \
                 take the file from its source",
            ));
        }
        Ok(dataset)
    }
}

/// Refuses what may never answer: a virtual raster may name anything.
fn refuse_special(path: &Path) -> Result<()> {
    let is_special = |m: std::fs::Metadata| !m.is_file() && !m.is_dir();
    if path.metadata().is_ok_and(is_special) {
        let what = "it is a pipe, a device or a socket, not a raster; give a file";
        return Err(Error::input(path, what));
    }
    Ok(())
}

/// Why a file is not read as part of a product; `None` when it begins as one in a format that
/// products may hold.
pub fn no_raster(path: &Path) -> Option<Fault> {
    if is_raster(path) {
        return None;
    }
    // GDAL does not tell what it may not open from what is no raster.
    let closed = if vsi::is_virtual(path) {
        vsi::File::open(path).err()
    } else {
        std::fs::File::open(path).err()
    };
    if closed.is_none() && vsi::size(path) == Some(0) {
        return Some("the file is empty; fetch it again".into());
    }
    if closed.is_none() && is_page(path) {
        return Some(
            "it is a web page in the place of a raster; fetch it again, and log in for that where \
             the server asks for it"
                .into(),
        );
    }
    Some(closed.map_or_else(
        || {
            let name = |p: &Path| shown(&p.file_name().unwrap_or_default().to_string_lossy());
            let (old, new) = (name(path), name(&path.with_extension("tif")));
            let how = if vsi::is_virtual(path) {
                "where it can be written".into()
            } else if old == new {
                format!("there: gdal_translate {old} converted.tif, and call that {old}")
            } else {
                format!("there: gdal_translate {old} {new}")
            };
            Fault::from(format!(
                "it is no GeoTIFF, JPEG 2000, PNG, JPEG or ENVI; inside a product nothing else \
                 is read, so convert it {how}"
            ))
        },
        |e| {
            let what = if vsi::is_remote(path) {
                "nothing is read at this address: check it and the access; for s3:// the \
                 environment gives that, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for other \
                 servers than Amazon's, AWS_S3_ENDPOINT"
                    .into()
            } else if vsi::is_virtual(path) {
                format!("its archive is damaged there ({e}); fetch it again")
            } else {
                format!("it cannot be opened ({e})")
            };
            Fault::of(what, e)
        },
    ))
}

/// Whether a file begins as HTML.
fn is_page(path: &Path) -> bool {
    let mut head = [0; 64];
    let read = vsi::File::open(path).and_then(|mut file| file.read(&mut head));
    let start = read.map_or(&[][..], |n| &head[..n]);
    let start = start.trim_ascii_start().to_ascii_lowercase();
    start.starts_with(b"<!doctype html") || start.starts_with(b"<html")
}

fn is_raster(path: &Path) -> bool {
    let Ok(gdal) = find::get() else {
        return false;
    };
    register(gdal);
    let (_quiet, _rules) = (Quiet::new(), Rules::enter(gdal));
    let header = header(path);
    let names = path
        .file_name()
        .into_iter()
        .chain(header.as_deref().and_then(Path::file_name));
    let (name, alone) = (c_path(&listed::real(path)), StringList::names(names));
    let drivers = drivers();
    // SAFETY: a C string and two NULL-terminated lists.
    let driver = unsafe {
        (gdal.GDALIdentifyDriverEx)(
            name.as_ptr(),
            GDAL_OF_RASTER,
            drivers.as_ptr(),
            alone.as_ptr(),
        )
    };
    !driver.is_null()
}

/// The header beside a raster, by which ENVI is known.
fn header(path: &Path) -> Option<PathBuf> {
    if vsi::is_remote(path) {
        return None;
    }
    let mut appended = path.as_os_str().to_owned();
    appended.push(".hdr");
    [path.with_extension("hdr"), PathBuf::from(appended)]
        .into_iter()
        .find(|file| is_there(file))
}

/// Whether there is such a file, in an archive or as a file of its own.
fn is_there(file: &Path) -> bool {
    match vsi::is_virtual(file) {
        true => vsi::size(file).is_some(),
        false => file.symlink_metadata().is_ok_and(|m| m.is_file()),
    }
}

fn drivers() -> StringList {
    StringList::names(FOUND.map(OsStr::new))
}

/// The file's name and those of what is read with it. Links are left out, and overviews that are no
/// raster themselves: GDAL would open them with any driver.
fn siblings(path: &Path) -> StringList {
    let appended = |extension: &str| {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(extension);
        path.with_file_name(name)
    };
    let world = BESIDE
        .iter()
        .filter(|extension| !vsi::is_virtual(path) || **extension == "hdr")
        .map(|extension| path.with_extension(extension));
    let own = [appended(".aux.xml"), appended(".hdr")];
    // On a server each question is a request.
    let asked = !vsi::is_remote(path);
    let beside = world.chain(own).filter(|file| asked && is_there(file));
    let mut beside: Vec<PathBuf> = beside.collect();
    let rasters = [appended(".ovr"), appended(".msk")];
    beside.extend(
        rasters
            .into_iter()
            .filter(|file| asked && is_there(file))
            .filter(|file| Dataset::open_found(file).is_ok()),
    );
    StringList::names(
        [path]
            .into_iter()
            .chain(beside.iter().map(PathBuf::as_path))
            .filter_map(Path::file_name),
    )
}
