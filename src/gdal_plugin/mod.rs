//! The library as a GDAL plug-in: the pixel function `s2sr` for VRTs, and the driver `S2SR`. GDAL
//! loads it from the folder in GDAL_DRIVER_PATH, where `gdal_S2SR.so` is a link to the library.
//!
//! Registering only puts names into GDAL's tables: no ONNX Runtime, no model, no thread until the
//! first pixel is asked for. Errors are raised with `CPLError`; a read that fails never yields
//! pixels.

pub mod args;
mod cache;
mod driver;
mod folder;
mod levels;
mod pixel_function;
mod pixels;
mod process;
mod scene;
mod seen;
mod vrt;

use crate::error::Result;
use crate::gdal::spawn::caught;
use crate::gdal::{c_string, text};
pub use folder::plugin_folder;
pub use scene::forget;
pub use vrt::write_vrt;

/// What GDAL calls when it loads `gdal_S2SR.so`.
#[unsafe(no_mangle)]
pub extern "C" fn GDALRegister_S2SR() {
    guard(|| {
        pixel_function::register();
        driver::register();
        Ok(())
    });
}

/// Runs what GDAL asked for. Errors and panics end here and reach the user through GDAL.
fn guard<T>(work: impl FnOnce() -> Result<T>) -> Option<T> {
    caught(work).map_err(|e| raise(&e.to_string())).ok()
}

fn raise(message: &str) {
    const APPLICATION_DEFINED: i32 = 1; // CPLE_AppDefined of cpl_error.h, a macro
    // SAFETY: a format and the one C string that it takes.
    unsafe {
        gdal_sys::CPLError(
            gdal_sys::CPLErr::CE_Failure,
            APPLICATION_DEFINED,
            c"%s".as_ptr(),
            c_string(message).as_ptr(),
        )
    };
}

/// Says something to those who set CPL_DEBUG=S2SR.
fn debug(message: &str) {
    // SAFETY: a format and the one C string that it takes.
    unsafe { gdal_sys::CPLDebug(c"S2SR".as_ptr(), c"%s".as_ptr(), c_string(message).as_ptr()) };
}

/// A configuration option of GDAL.
fn config(key: &str) -> Option<String> {
    // SAFETY: C strings; GDAL keeps the answer at least until this thread sets the option anew.
    let value = unsafe {
        text(gdal_sys::CPLGetConfigOption(
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

/// The pairs of a NULL-terminated list of `KEY=VALUE`.
///
/// # Safety
/// `list` is null or such a list of C strings.
unsafe fn pairs_of(list: *const *mut std::ffi::c_char) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut next = list;
    // SAFETY: by the contract above; the list ends with a null.
    unsafe {
        while !next.is_null() && !(*next).is_null() {
            let item = text(*next);
            pairs.extend(
                item.split_once('=')
                    .map(|(k, v)| (k.to_owned(), v.to_owned())),
            );
            next = next.add(1);
        }
    }
    pairs
}
