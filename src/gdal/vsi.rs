//! Small files and folders through GDAL's virtual file system, which reads inside zip archives too.

use super::{Quiet, c_string, take_list};
use crate::core::error::{Error, Result};

/// The names in a folder; empty when it is none.
pub fn list(folder: &str) -> Vec<String> {
    let _quiet = Quiet::new();
    // SAFETY: VSIReadDir gives a list of its own.
    let mut names = unsafe { take_list(gdal_sys::VSIReadDir(c_string(folder).as_ptr())) };
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

/// The size of a file and the second of its last change, as far as GDAL knows; `None` when there is none.
pub fn stat(path: &str) -> Option<(u64, i64)> {
    // What GDAL calls VSIStatBufL.
    #[cfg(not(target_os = "linux"))]
    use libc::stat as Stat;
    #[cfg(target_os = "linux")]
    use libc::stat64 as Stat;
    let _quiet = Quiet::new();
    // SAFETY: all zero is a valid value of the structure, which is GDAL's own and is filled in when 0 is answered.
    unsafe {
        let mut stat: Stat = std::mem::zeroed();
        let found = gdal_sys::VSIStatL(c_string(path).as_ptr(), (&raw mut stat).cast()) == 0;
        found.then_some((stat.st_size as u64, stat.st_mtime))
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
