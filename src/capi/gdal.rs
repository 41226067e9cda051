//! What there is for GDAL users.

use std::ffi::{c_char, c_int};

use super::guard::{give_path, guard, path, place};
use super::options::{options, s2sr_options};
use crate::gdal_plugin;

/// Writes a VRT file that GDAL super-resolves as it is read, by the pixel function s2sr of the
/// plug-in gdal_S2SR.so. It covers the whole product: options of windows and formats are refused.
///
/// # Safety
/// `input` and `output` are C strings, `options` is NULL or came from s2sr_options_new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn s2sr_write_vrt(
    input: *const c_char,
    output: *const c_char,
    options: *const s2sr_options,
) -> c_int {
    // SAFETY: by the contract above; nulls are caught.
    guard(|| unsafe {
        gdal_plugin::write_vrt(
            path(input, "input")?,
            path(output, "output")?,
            &self::options(options)?,
        )
    })
}

/// Forgets what the GDAL plug-in keeps in this process between reads: opened products, computed
/// tiles, networks. What is being used is kept by those who use it, and everything is opened or
/// computed again when it is asked for. With GDAL's configuration option S2SR_CACHEMAX=0 the same
/// happens whenever the last dataset of the plug-in is closed.
#[unsafe(no_mangle)]
pub extern "C" fn s2sr_forget() -> c_int {
    guard(|| {
        gdal_plugin::forget();
        Ok(())
    })
}

/// The folder to put in GDAL_DRIVER_PATH; it holds gdal_S2SR.so. Free with s2sr_string_free.
///
/// # Safety
/// `folder` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn s2sr_gdal_plugins(folder: *mut *mut c_char) -> c_int {
    guard(|| {
        // SAFETY: by the contract above; null is caught.
        let folder = unsafe { place(folder, "folder") }?;
        *folder = give_path(&gdal_plugin::plugin_folder()?);
        Ok(())
    })
}
