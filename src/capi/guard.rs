//! What every function of the C ABI does around its work: no panic and no null gets through.

use std::ffi::{CStr, CString, OsStr, c_char, c_int};
use std::path::Path;

use super::error::{S2SR_OK, code, remember};
use crate::error::{Error, Result};
use crate::gdal::spawn::caught;

/// Runs the work of a function: its error is remembered for the thread, its panic caught.
pub(super) fn guard(work: impl FnOnce() -> Result<()>) -> c_int {
    match caught(work) {
        Ok(()) => {
            remember("");
            S2SR_OK
        }
        Err(e) => {
            remember(&e.to_string());
            code(&e)
        }
    }
}

/// For functions that return nothing: a panic is remembered, and that is all that can be done.
pub(super) fn guard_free(work: impl FnOnce()) {
    let freed = caught(|| {
        work();
        Ok(())
    });
    if let Err(e) = freed {
        remember(&e.to_string());
    }
}

/// A text argument.
///
/// # Safety
/// `value` is null or a C string that lives during the call.
pub(super) unsafe fn text<'a>(value: *const c_char, name: &str) -> Result<&'a str> {
    if value.is_null() {
        return Err(Error::argument(format!("{name} is NULL")));
    }
    // SAFETY: not null, and a C string by the contract above.
    unsafe { CStr::from_ptr(value) }
        .to_str()
        .map_err(|e| Error::argument(format!("{name} is not text in UTF-8")).because(e))
}

/// A name of the system's, byte for byte; on Windows these are text in UTF-8.
///
/// # Safety
/// `value` is null or a C string that lives during the call.
pub(super) unsafe fn os_text<'a>(value: *const c_char, name: &str) -> Result<&'a OsStr> {
    #[cfg(unix)]
    if !value.is_null() {
        use std::os::unix::ffi::OsStrExt;
        // SAFETY: not null, and a C string by the contract above.
        return Ok(OsStr::from_bytes(
            unsafe { CStr::from_ptr(value) }.to_bytes(),
        ));
    }
    // SAFETY: by the contract above.
    unsafe { text(value, name) }.map(OsStr::new)
}

/// The name of a file.
///
/// # Safety
/// As for [`os_text`].
pub(super) unsafe fn path<'a>(value: *const c_char, name: &str) -> Result<&'a Path> {
    // SAFETY: by the contract above.
    unsafe { os_text(value, name) }.map(Path::new)
}

/// A place for a result.
///
/// # Safety
/// `value` is null or points to a writable `T`.
pub(super) unsafe fn place<'a, T>(value: *mut T, name: &str) -> Result<&'a mut T> {
    // SAFETY: by the contract above.
    unsafe { value.as_mut() }.ok_or_else(|| Error::argument(format!("{name} is NULL")))
}

/// A string for the caller to free with `s2sr_string_free`.
pub(super) fn give(text: &str) -> *mut c_char {
    crate::gdal::c_string(text).into_raw()
}

/// The name of a file, for the caller to free in the same way.
pub(super) fn give_path(path: &Path) -> *mut c_char {
    crate::gdal::c_path(path).into_raw()
}

/// Frees a string that this library returned. NULL is ignored.
///
/// # Safety
/// `string` is NULL or came from this library and was not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn s2sr_string_free(string: *mut c_char) {
    guard_free(|| {
        if !string.is_null() {
            // SAFETY: it came from `give` or `give_path`, by the contract above.
            drop(unsafe { CString::from_raw(string) });
        }
    });
}
