//! Pictures.

use std::ffi::c_int;
use std::path::Path;
use std::ptr::{null, null_mut};

use ndarray::Array3;

use super::api::GDT_BYTE;
use super::errors::Quiet;
use super::rules::{Rules, Unshared};
use super::strings::c_path;
use super::{find, register};
use crate::error::Fault;
use crate::raster::grid::Rect;

/// Writes a PNG from an array of shape (channel, row, column); what went wrong where it cannot.
pub fn write_png(file: &Path, pixels: &Array3<u8>) -> std::result::Result<(), Fault> {
    let gdal = find::get().map_err(|e| Fault::of(e.to_string(), e))?;
    register(gdal);
    let quiet = Quiet::new();
    let failed = || {
        format!(
            "the picture could not be written ({})",
            quiet.explain("no reason given")
        )
    };
    let (channels, rows, cols) = pixels.dim();
    // SAFETY: C strings; a null driver is answered with a null dataset.
    let source = Unshared::open(gdal, |_| unsafe {
        let driver = (gdal.GDALGetDriverByName)(c"MEM".as_ptr());
        let (cols, rows, channels) = (cols as c_int, rows as c_int, channels as c_int);
        (gdal.GDALCreate)(driver, c"".as_ptr(), cols, rows, channels, GDT_BYTE, null())
    });
    let source = source.ok_or_else(failed)?;
    let rules = Rules::enter(gdal);
    let window = Rect::new(0, 0, cols as i64, rows as i64);
    for (i, channel) in pixels.outer_iter().enumerate() {
        if let Some(band) = source.band(i + 1, &rules) {
            let values: Vec<u8> = channel.iter().copied().collect();
            band.write(window, &values);
        }
    }
    let name = c_path(file);
    // SAFETY: the source is open, the name lives through the call.
    let made = Unshared::open(gdal, |_| unsafe {
        let driver = (gdal.GDALGetDriverByName)(c"PNG".as_ptr());
        let from = source.handle();
        (gdal.GDALCreateCopy)(driver, name.as_ptr(), from, 0, null(), None, null_mut())
    });
    let made = made.map(Unshared::close).is_some();
    if made && !quiet.failed() {
        Ok(())
    } else {
        Err(failed().into())
    }
}
