//! The file that this code was loaded from: the shared library, or the program it is linked into.

#![allow(unsafe_code)]

use std::env;
use std::path::PathBuf;

/// Its path, links followed.
pub fn own_file() -> Option<PathBuf> {
    // A program may have been found through PATH, and the loader then knows no more than its name.
    loaded_from()
        .and_then(|file| dunce::canonicalize(file).ok())
        .or_else(|| env::current_exe().ok())
}

#[cfg(unix)]
fn loaded_from() -> Option<PathBuf> {
    use std::ffi::{CStr, OsStr, c_void};
    use std::os::unix::ffi::OsStrExt;
    // SAFETY: an all-zero Dl_info is valid; dladdr fills it for the address of a function of this
    // library, with a name that lives as long as the library is loaded.
    unsafe {
        let mut info: libc::Dl_info = std::mem::zeroed();
        let found = libc::dladdr(own_file as *const c_void, &mut info);
        if found == 0 || info.dli_fname.is_null() {
            return None;
        }
        let name = CStr::from_ptr(info.dli_fname).to_bytes();
        Some(OsStr::from_bytes(name).into())
    }
}

#[cfg(windows)]
fn loaded_from() -> Option<PathBuf> {
    use std::ffi::OsString;
    use std::os::windows::ffi::OsStringExt;
    use windows_sys::Win32::System::LibraryLoader::{
        GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
        GetModuleFileNameW, GetModuleHandleExW,
    };
    /// As long as a name can be, with its end.
    const LONGEST: usize = 1 << 15;
    let mut module = std::ptr::null_mut();
    let mut name = vec![0; LONGEST];
    // SAFETY: the address is that of a function of this library, which stays loaded; the buffer
    // holds as many characters as are said.
    let length = unsafe {
        let flags =
            GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
        if GetModuleHandleExW(flags, own_file as *const u16, &mut module) == 0 {
            return None;
        }
        GetModuleFileNameW(module, name.as_mut_ptr(), LONGEST as u32) as usize
    };
    (0 < length && length < LONGEST).then(|| OsString::from_wide(&name[..length]).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_the_program_that_runs() {
        let program = dunce::canonicalize(env::current_exe().unwrap()).unwrap();
        assert_eq!(own_file(), Some(program));
    }
}
