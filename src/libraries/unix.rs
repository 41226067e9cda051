//! What all systems with dlopen() and dladdr() share.

use std::ffi::{OsStr, c_void};
use std::path::Path;

use libloading::Library;
use libloading::os::unix::{Library as Handle, RTLD_LAZY, RTLD_LOCAL};

/// Loads a library.
///
/// # Safety
/// What it runs while it is loaded has to be trusted.
pub unsafe fn open(name: &OsStr) -> Result<Library, libloading::Error> {
    // SAFETY: by the contract above.
    unsafe { Handle::open(Some(name), RTLD_LAZY | RTLD_LOCAL) }.map(Into::into)
}

/// The library of this name, if it is loaded.
pub(super) fn loaded(file: &Path) -> Option<Library> {
    // SAFETY: nothing is loaded, so nothing runs.
    let found = unsafe { Handle::open(Some(file), RTLD_LAZY | libc::RTLD_NOLOAD) };
    found.ok().map(Into::into)
}

/// The loaded library of this file, which holds the address.
pub fn again(_: *const c_void, file: &Path) -> Option<Library> {
    loaded(file)
}

/// The program itself, with what it was linked with.
pub fn program() -> Option<Library> {
    Some(Handle::this().into())
}
