//! Linux and other systems with ELF files.

use std::ffi::{CStr, OsStr, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use super::Loaded;
use super::unix::loaded;
pub use super::unix::{again, open, program};

/// Every library of this process, the program first.
pub fn all() -> Vec<Loaded> {
    let program = program().map(|library| Loaded {
        library,
        file: std::env::current_exe().unwrap_or_default(),
    });
    let mut files = Vec::new();
    each(|name, _| files.extend(name));
    // Opened once the loader's lock is free again.
    let opened = files
        .into_iter()
        .filter_map(|file| loaded(&file).map(|library| Loaded { library, file }));
    program.into_iter().chain(opened).collect()
}

/// The file that an address was loaded from. dladdr() would tell as well, but looks at every name
/// in a library, and GDAL has fifty thousand.
pub fn file_of(address: *const c_void) -> Option<PathBuf> {
    let mut found = None;
    each(|name, info| {
        let count = if info.dlpi_phdr.is_null() {
            0
        } else {
            info.dlpi_phnum
        };
        for i in 0..usize::from(count) {
            // SAFETY: the loader gives so many headers, which live as long as it tells of them.
            let part = unsafe { &*info.dlpi_phdr.add(i) };
            let from = (info.dlpi_addr as usize).wrapping_add(part.p_vaddr as usize);
            let inside = (address as usize).wrapping_sub(from) < part.p_memsz as usize;
            if part.p_type == libc::PT_LOAD && inside && found.is_none() {
                found = Some(name.clone());
            }
        }
    });
    // The program has no name there.
    found?.or_else(|| std::env::current_exe().ok())
}

/// Shows every library, with its file; the program has none.
fn each(mut look: impl FnMut(Option<PathBuf>, &libc::dl_phdr_info)) {
    let mut look: Look = &mut look;
    // SAFETY: `show` is called during this call only, with what it takes.
    unsafe { libc::dl_iterate_phdr(Some(show), (&raw mut look).cast()) };
}

type Look<'a> = &'a mut dyn FnMut(Option<PathBuf>, &libc::dl_phdr_info);

unsafe extern "C" fn show(info: *mut libc::dl_phdr_info, _size: usize, look: *mut c_void) -> c_int {
    // SAFETY: the loader gives a valid structure whose name is null or a C string, and the function
    // is that of `each`.
    unsafe {
        let name = (*info).dlpi_name;
        let name = if name.is_null() {
            c""
        } else {
            CStr::from_ptr(name)
        };
        let file = (!name.is_empty()).then(|| OsStr::from_bytes(name.to_bytes()).into());
        (*look.cast::<Look>())(file, &*info);
    }
    0
}
