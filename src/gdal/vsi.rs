//! Small files and folders through GDAL's virtual file system, which reads inside zip archives too.

use std::ffi::c_char;

use super::{Quiet, c_string, text};
use crate::core::error::{Error, Result};

/// The names in a folder; empty when it is none.
pub fn list(folder: &str) -> Vec<String> {
    let _quiet = Quiet::new();
    let mut names = Vec::new();
    // SAFETY: VSIReadDir gives null or a NULL-terminated list that CSLDestroy frees.
    unsafe {
        let head = gdal_sys::VSIReadDir(c_string(folder).as_ptr());
        let mut next: *mut *mut c_char = head;
        while !next.is_null() && !(*next).is_null() {
            names.push(text(*next));
            next = next.add(1);
        }
        gdal_sys::CSLDestroy(head);
    }
    names.retain(|n| n != "." && n != "..");
    names.sort();
    names
}

/// The size of a file in bytes; `None` when there is none.
pub fn size(path: &str) -> Option<u64> {
    let _quiet = Quiet::new();
    // SAFETY: the file is closed again; null is answered for folders and for what is not there.
    unsafe {
        let file = gdal_sys::VSIFOpenL(c_string(path).as_ptr(), c"rb".as_ptr());
        if file.is_null() {
            return None;
        }
        let whole = gdal_sys::VSIFSeekL(file, 0, libc::SEEK_END) == 0;
        let size = gdal_sys::VSIFTellL(file);
        gdal_sys::VSIFCloseL(file);
        whole.then_some(size)
    }
}

/// A whole text file of at most 64 MiB.
pub fn read_text(path: &str) -> Result<String> {
    const LIMIT: usize = 64 << 20;
    let quiet = Quiet::new();
    let mut bytes = vec![0u8; size(path).unwrap_or(0).min(LIMIT as u64) as usize];
    // SAFETY: the buffer holds as many bytes as are asked for; the file is closed again.
    let read = unsafe {
        let file = gdal_sys::VSIFOpenL(c_string(path).as_ptr(), c"rb".as_ptr());
        if file.is_null() {
            return Err(Error::input(path, format!("it cannot be read ({})", quiet.explain("no such file"))));
        }
        let read = gdal_sys::VSIFReadL(bytes.as_mut_ptr().cast(), 1, bytes.len(), file);
        gdal_sys::VSIFCloseL(file);
        read
    };
    bytes.truncate(read);
    String::from_utf8(bytes).map_err(|_| Error::input(path, "it is not text in UTF-8; fetch the product again"))
}
