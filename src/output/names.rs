//! How the files of a run are named, and those of our own beside them.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// What GDAL keeps beside a raster, and beside its mask and its overviews. It describes pixels that
/// are gone once the raster is replaced.
pub(super) const SIDECARS: [&str; 5] = [".aux.xml", ".ovr", ".msk", ".msk.ovr", ".ovr.ovr"];

/// Endings of files that say where the raster or the outline of the same name lies or what it is;
/// GDAL reads them with it.
pub(super) const ENDINGS: [&str; 15] = [
    "tfw", "tifw", "tiffw", "wld", "j2w", "jp2w", "prj", "tab", "aux", "imd", "rpb", "shx", "dbf",
    "cpg", "qix",
];

/// Longer names, in bytes, are shortened in those of our own, which must not become longer than a
/// name may be.
pub(super) const LONG: usize = 100;

/// The name of a file while it is being written, without its extension.
pub(super) const STEM: &str = "result";

/// How the names of our own beside a file of this name begin.
pub(super) fn mark(name: &OsStr) -> OsString {
    let mut mark = OsString::from(".");
    if name.len() <= LONG {
        mark.push(name);
    } else {
        let sum: String = Sha256::digest(name.as_encoded_bytes())
            .iter()
            .take(16)
            .map(|b| format!("{b:02x}"))
            .collect();
        mark.push(sum);
    }
    mark.push(".s2sr-");
    mark
}

pub(super) fn parent(path: &Path) -> PathBuf {
    path.parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
        .into()
}

pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Whether another program has a file open in a way that keeps it from being replaced, as Windows
/// allows it.
pub(super) fn is_held(path: &Path) -> bool {
    #[cfg(windows)]
    {
        use std::os::windows::fs::OpenOptionsExt;
        use windows_sys::Win32::Foundation::ERROR_SHARING_VIOLATION;
        use windows_sys::Win32::Storage::FileSystem::DELETE;
        let opened = std::fs::OpenOptions::new().access_mode(DELETE).open(path);
        return opened.is_err_and(|e| e.raw_os_error() == Some(ERROR_SHARING_VIOLATION as i32));
    }
    #[cfg(not(windows))]
    {
        let _ = path;
        false
    }
}

/// Gives a file another name, that of an earlier one, too. Windows refuses that while anybody looks
/// at the earlier one, if only for a moment: a virus scanner, a search index, a run that is about
/// to be refused. So it is tried again there, for a second.
pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(windows)]
    for _ in 0..20 {
        use windows_sys::Win32::Foundation::{ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION};
        const PASSING: [u32; 2] = [ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION];
        let passing = |e: &io::Error| {
            e.raw_os_error()
                .is_some_and(|n| PASSING.contains(&(n as u32)))
        };
        match std::fs::rename(from, to) {
            Err(e) if passing(&e) => std::thread::sleep(std::time::Duration::from_millis(50)),
            done => return done,
        }
    }
    std::fs::rename(from, to)
}

/// Not every file system can do this, and none loses a finished file for want of it.
pub(super) fn sync_folder(folder: &Path) {
    #[cfg(unix)]
    let _ = std::fs::File::open(folder).and_then(|f| f.sync_all());
    #[cfg(not(unix))]
    let _ = folder;
}
