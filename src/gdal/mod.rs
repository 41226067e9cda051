//! GDAL, as far as this crate needs it. All unsafe code that talks to GDAL's raster side is in this
//! folder.

pub mod dataset;
pub mod errors;
mod hdf5;
pub mod png;
pub mod pool;
pub mod spawn;
pub mod tar;
pub mod tasks;
pub mod threads;
pub mod vector;
pub mod vsi;
pub mod writer;

use std::ffi::{CStr, CString, OsStr, OsString, c_char};
use std::path::Path;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::fork::section;
pub use dataset::Dataset;
pub use errors::Quiet;

/// Registers GDAL's drivers, once and only when something is about to be opened.
pub fn register() {
    static ONCE: Once = Once::new();
    // Asked here so that a child of fork() later on is known for one.
    threads::forked();
    let _section = section();
    // SAFETY: GDALAllRegister may be called at any time, also where the host program called it
    // before.
    ONCE.call_once(|| unsafe { gdal_sys::GDALAllRegister() });
}

/// Keeps GDAL's block cache small, unless the user set GDAL_CACHEMAX. For programs of our own only:
/// the cache is the whole process's. A row of JPEG 2000 blocks of every band fits, so that none is
/// decoded twice.
pub fn limit_cache() {
    const BYTES: i64 = 384 << 20;
    // SAFETY: plain calls; the first only reads the configuration.
    unsafe {
        if text(gdal_sys::CPLGetConfigOption(
            c"GDAL_CACHEMAX".as_ptr(),
            std::ptr::null(),
        ))
        .is_empty()
        {
            gdal_sys::GDALSetCacheMax64(BYTES);
        }
    }
}

/// Lets a file that grows beyond the system's limit (`ulimit -f`) be a write that fails instead of
/// the end of the process. For programs of our own only.
pub fn outlive_long_files() {
    // SAFETY: to ignore a signal is always allowed.
    #[cfg(unix)]
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}

/// Whether this program keeps GDAL's own threads quiet.
static HUSHED: AtomicBool = AtomicBool::new(false);

/// Keeps what GDAL says on threads that GDAL started itself, such as those that decode, off
/// standard error. For programs of our own only: the handler is the whole process's. What goes
/// wrong there is found out by [`Dataset`].
pub fn hush_workers() {
    HUSHED.store(true, Ordering::Relaxed);
    // SAFETY: the handler is GDAL's own and takes any message.
    unsafe { gdal_sys::CPLSetErrorHandler(Some(gdal_sys::CPLQuietErrorHandler)) };
}

/// Closes a dataset; null is ignored.
///
/// # Safety
/// The handle is null, or open and nobody else's.
pub unsafe fn close(handle: gdal_sys::GDALDatasetH) {
    // GDAL 3.7 and later answer with an error code, which the error handler has heard already.
    #[allow(clippy::let_unit_value)]
    // SAFETY: by the contract above.
    let _ = unsafe { gdal_sys::GDALClose(handle) };
}

/// A C string; what follows a NUL byte is cut off.
pub fn c_string(text: &str) -> CString {
    CString::new(text.split('\0').next().unwrap_or_default()).unwrap_or_default()
}

/// Ends the process without the tidying that GDAL does at its end, which may wait for a thread that
/// is stuck.
pub fn exit_at_once(status: i32) -> ! {
    // SAFETY: no code of this process runs any more.
    unsafe { libc::_exit(status) }
}

/// The name of a file as GDAL takes it.
pub fn c_path(path: &Path) -> CString {
    let bytes = vsi::name(path);
    CString::new(bytes.split(|b| *b == 0).next().unwrap_or_default()).unwrap_or_default()
}

/// The name of a file from the bytes that GDAL or an archive has for it.
pub fn os_name(bytes: Vec<u8>) -> OsString {
    #[cfg(unix)]
    return std::os::unix::ffi::OsStringExt::from_vec(bytes);
    #[cfg(not(unix))]
    String::from_utf8_lossy(&bytes).into_owned().into()
}

/// The name of a file that GDAL points to; empty for null.
///
/// # Safety
/// `name` is null or a C string that lives during the call.
unsafe fn os_text(name: *const c_char) -> OsString {
    if name.is_null() {
        return OsString::new();
    }
    // SAFETY: not null, and a C string by the contract above.
    os_name(unsafe { CStr::from_ptr(name) }.to_bytes().to_vec())
}

/// The text that GDAL points to; empty for null.
///
/// # Safety
/// `text` is null or a C string that lives during the call.
pub unsafe fn text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: not null, and a C string by the contract above.
    unsafe { CStr::from_ptr(text) }
        .to_string_lossy()
        .into_owned()
}

/// The texts of a list that GDAL gives away.
///
/// # Safety
/// `list` is null or a NULL-terminated list of C strings, and nobody else's.
pub(crate) unsafe fn take_list(list: *mut *mut c_char) -> Vec<OsString> {
    let mut texts = Vec::new();
    let mut next = list;
    // SAFETY: by the contract above; the list ends with a null.
    unsafe {
        while !next.is_null() && !(*next).is_null() {
            texts.push(os_text(*next));
            next = next.add(1);
        }
        gdal_sys::CSLDestroy(list);
    }
    texts
}

/// A NULL-terminated list of C strings, as GDAL takes options and metadata.
pub struct StringList {
    pointers: Vec<*mut c_char>,
    _strings: Vec<CString>,
}

impl StringList {
    /// `KEY=VALUE` for each pair.
    pub fn pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self::new(
            pairs
                .into_iter()
                .map(|(k, v)| c_string(&format!("{k}={v}")))
                .collect(),
        )
    }

    /// Each name as it is.
    pub fn names<'a>(names: impl IntoIterator<Item = &'a OsStr>) -> Self {
        Self::new(
            names
                .into_iter()
                .map(|name| c_path(Path::new(name)))
                .collect(),
        )
    }

    fn new(strings: Vec<CString>) -> Self {
        let pointers = strings
            .iter()
            .map(|s| s.as_ptr().cast_mut())
            .chain([std::ptr::null_mut()])
            .collect();
        Self {
            pointers,
            _strings: strings,
        }
    }

    /// The list, valid as long as `self`.
    pub fn as_ptr(&mut self) -> *mut *mut c_char {
        self.pointers.as_mut_ptr()
    }
}
