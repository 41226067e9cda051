//! macOS.

use std::ffi::{CStr, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::Loaded;
pub use super::unix::{again, file_of, loaded, open};

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
