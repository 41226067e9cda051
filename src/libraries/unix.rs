//! What all systems with dlopen() and dladdr() share.

use std::ffi::{CStr, OsStr, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use libloading::Library;
use libloading::os::unix::{Library as Handle, RTLD_LAZY, RTLD_LOCAL, RTLD_NOW};

/// Loads a library.
///
/// # Safety
/// What it runs while it is loaded has to be trusted.
pub unsafe fn open(name: &OsStr) -> Result<Library, libloading::Error> {
    // SAFETY: by the contract above.
    unsafe { Handle::open(Some(name), RTLD_NOW | RTLD_LOCAL) }.map(Into::into)
}

/// The library of this name, if it is loaded.
pub fn loaded(file: &Path) -> Option<Library> {
    // SAFETY: nothing is loaded, so nothing runs.
    let found = unsafe { Handle::open(Some(file), RTLD_LAZY | libc::RTLD_NOLOAD) };
    found.ok().map(Into::into)
}

/// The loaded library that holds an address, and its file.
pub fn again(address: *const c_void) -> Option<(Library, PathBuf)> {
    let file = file_of(address)?;
    // The program itself cannot be opened by its name.
    let library = loaded(&file).or_else(|| {
        let own = std::env::current_exe().ok()?;
        super::same_file(&own, &file).then(|| Handle::this().into())
    });
    Some((library?, file))
}

/// The file that an address was loaded from.
pub fn file_of(address: *const c_void) -> Option<PathBuf> {
    // SAFETY: an all-zero Dl_info is valid; dladdr fills it with a string that the loader keeps, for
    // any address, or answers 0.
    let name = unsafe {
        let mut info: libc::Dl_info = std::mem::zeroed();
        if libc::dladdr(address, &mut info) == 0 || info.dli_fname.is_null() {
            return None;
        }
        CStr::from_ptr(info.dli_fname).to_bytes()
    };
    let file = PathBuf::from(OsStr::from_bytes(name));
    // A program may have been found through PATH, and dladdr then gives no more than its name.
    if file.exists() {
        Some(file)
    } else {
        std::env::current_exe().ok()
    }
}
