//! macOS.

use std::ffi::{CStr, OsStr, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::Loaded;
use super::unix::loaded;
pub use super::unix::{again, open, program};

/// Every library of this process, the program first.
// The functions are the system's own; libc only means to leave them to another crate.
#[allow(deprecated)]
pub fn all() -> Vec<Loaded> {
    // SAFETY: a plain call.
    let count = unsafe { libc::_dyld_image_count() };
    let image = |number: u32| {
        // SAFETY: null when there is no such image any more, else a C string that the loader keeps.
        let name = unsafe {
            let name = libc::_dyld_get_image_name(number);
            if name.is_null() {
                return None;
            }
            CStr::from_ptr(name)
        };
        let file = Path::new(OsStr::from_bytes(name.to_bytes())).to_owned();
        Some(Loaded {
            library: loaded(&file)?,
            file,
        })
    };
    (0..count).filter_map(image).collect()
}

/// The file that an address was loaded from.
pub fn file_of(address: *const c_void) -> Option<PathBuf> {
    // SAFETY: an all-zero Dl_info is valid; dladdr fills it with a string that the loader keeps,
    // for any address, or answers 0.
    let name = unsafe {
        let mut info: libc::Dl_info = std::mem::zeroed();
        if libc::dladdr(address, &mut info) == 0 || info.dli_fname.is_null() {
            return None;
        }
        CStr::from_ptr(info.dli_fname).to_bytes()
    };
    let file = PathBuf::from(OsStr::from_bytes(name));
    // A program may have been found through PATH, and the loader then knows no more than its name.
    if file.exists() {
        Some(file)
    } else {
        std::env::current_exe().ok()
    }
}
