//! The library as a GDAL plug-in: the pixel function `s2sr` for VRTs, and the driver `S2SR`. GDAL
//! loads it from the folder in GDAL_DRIVER_PATH, where `gdal_S2SR.so` is a link to the library.
//!
//! Registering only puts names into GDAL's tables: no ONNX Runtime, no model, no thread until the
//! first pixel is asked for. Errors are raised with `CPLError`; a read that fails never yields
//! pixels.
//!
//! A process may hold several GDALs, each of which loads the plug-in. What it calls is answered
//! through its own functions, and what is kept for it (`kept`) is its own.

pub mod args;
mod between;
mod cache;
mod driver;
mod entry;
mod files;
mod folder;
mod index;
mod kept;
mod layout;
mod levels;
mod made_of;
mod names;
mod networks;
mod pixel_function;
mod pixels;
mod place;
mod planes;
mod positions;
mod scene;
mod seen;
mod source_means;
mod tiles;
mod vrt;

use std::ffi::{CStr, OsString, c_char};

use crate::error::Result;
use crate::gdal::api::{CE_FAILURE, CPLE_APP_DEFINED, Gdal};
use crate::gdal::spawn::caught;
use crate::gdal::{c_string, find, os_name, text};
pub use folder::plugin_folder;
pub use kept::forget;
pub use vrt::write_vrt;

/// Runs what a GDAL asked for. Errors and panics end here and reach the user through that GDAL.
fn guard<T>(gdal: &'static Gdal, work: impl FnOnce() -> Result<T>) -> Option<T> {
    find::with(Some(gdal), || {
        caught(work).map_err(|e| raise(gdal, &e.to_string())).ok()
    })
}

fn raise(gdal: &Gdal, message: &str) {
    // SAFETY: a format and the one C string that it takes.
    unsafe {
        (gdal.CPLError)(
            CE_FAILURE,
            CPLE_APP_DEFINED,
            c"%s".as_ptr(),
            c_string(message).as_ptr(),
        )
    };
}

/// Says something to those who set CPL_DEBUG=S2SR.
fn debug(gdal: &Gdal, message: &str) {
    let message = c_string(message);
    // SAFETY: a format and the one C string that it takes.
    unsafe { (gdal.CPLDebug)(c"S2SR".as_ptr(), c"%s".as_ptr(), message.as_ptr()) };
}

/// A configuration option of the GDAL that this thread uses.
fn config(key: &str) -> Option<String> {
    let gdal = find::known()?;
    // SAFETY: C strings; GDAL keeps the answer at least until this thread sets the option anew.
    let value = unsafe {
        text((gdal.CPLGetConfigOption)(
            c_string(key).as_ptr(),
            c"".as_ptr(),
        ))
    };
    (!value.is_empty()).then_some(value)
}

/// Text inside XML, between tags or in quotes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c => out.push(c),
        }
    }
    out
}

/// The pairs of a NULL-terminated list of `KEY=VALUE`. A value may be the name of a file, and so
/// anything.
///
/// # Safety
/// `list` is null or such a list of C strings.
unsafe fn pairs_of(list: *const *mut c_char) -> Vec<(String, OsString)> {
    let mut pairs = Vec::new();
    let mut next = list;
    // SAFETY: by the contract above; the list ends with a null.
    unsafe {
        while !next.is_null() && !(*next).is_null() {
            let item = CStr::from_ptr(*next).to_bytes();
            if let Some(at) = item.iter().position(|b| *b == b'=') {
                let key = String::from_utf8_lossy(&item[..at]).into_owned();
                pairs.push((key, os_name(item[at + 1..].to_vec())));
            }
            next = next.add(1);
        }
    }
    pairs
}
