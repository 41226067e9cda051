//! Linux and other systems with ELF files.

use std::ffi::{CStr, OsStr, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use libloading::os::unix::Library as Handle;

use super::Loaded;
pub use super::unix::{again, file_of, loaded, open};

/// Every library of this process, the program first.
pub fn all() -> Vec<Loaded> {
    let program = Loaded {
        library: Handle::this().into(),
        file: std::env::current_exe().unwrap_or_default(),
    };
    let mut files: Vec<PathBuf> = Vec::new();
    // SAFETY: `note` is called during this call only, with the list that it takes.
    unsafe { libc::dl_iterate_phdr(Some(note), (&raw mut files).cast()) };
    // Opened once the loader's lock is free again.
    let opened = files
        .into_iter()
        .filter_map(|file| loaded(&file).map(|library| Loaded { library, file }));
    [program].into_iter().chain(opened).collect()
}

unsafe extern "C" fn note(
    info: *mut libc::dl_phdr_info,
    _size: usize,
    files: *mut c_void,
) -> c_int {
    // SAFETY: the loader gives a valid structure whose name is null or a C string, and the list is
    // that of `all`.
    let (name, files) = unsafe {
        let name = (*info).dlpi_name;
        if name.is_null() {
            return 0;
        }
        (CStr::from_ptr(name), &mut *files.cast::<Vec<PathBuf>>())
    };
    // The program has no name.
    if !name.is_empty() {
        files.push(PathBuf::from(OsStr::from_bytes(name.to_bytes())));
    }
    0
}
