//! GDAL, as far as this crate needs it: found at run time, never linked. All unsafe code that talks
//! to GDAL's raster side is in this folder.

pub mod api;
mod asked;
mod blocks;
mod child;
pub mod cog;
pub mod context;
pub mod crs;
pub mod dataset;
pub mod errors;
mod files;
pub mod find;
mod hdf5;
mod listed;
mod offline;
pub mod open;
mod overviews;
pub mod png;
pub mod pool;
mod read;
mod real;
pub mod rules;
pub mod spawn;
mod strings;
pub mod tar;
pub mod tasks;
pub mod transform;
pub mod vector;
pub mod vsi;
pub mod writer;

use crate::fork::section;
use crate::locks::lock;
pub use api::Gdal;
pub use dataset::Dataset;
pub use errors::Quiet;
pub use real::real_file;
pub use strings::{StringList, c_path, c_string, name, os_name, text};

/// Registers GDAL's drivers, when something is about to be opened: once, and again where the host
/// program has ended all of them (GDALDestroyDriverManager).
pub fn register(gdal: &Gdal) {
    // Asked here so that a child of fork() later on is known for one.
    child::forked();
    let _section = section();
    // Held meanwhile: who comes second waits for the drivers.
    let mut registered = lock(&gdal.registered);
    // SAFETY: both may be called at any time, also where the host program registered drivers
    // before.
    unsafe {
        if !*registered || (gdal.GDALGetDriverCount)() == 0 {
            (gdal.GDALAllRegister)();
        }
    }
    *registered = true;
}

/// Whether this thread's GDAL has a driver.
pub fn has_driver(name: &str) -> bool {
    let Ok(gdal) = find::get() else {
        return false;
    };
    register(gdal);
    // SAFETY: a C string.
    !unsafe { (gdal.GDALGetDriverByName)(c_string(name).as_ptr()) }.is_null()
}

/// What a program of ours asks of its GDAL. The block cache is small: what is decoded and needed
/// again is kept elsewhere. What GDAL says on threads that it started itself, such as those that
/// compress, stays off standard error.
fn limit(gdal: &Gdal) {
    const BYTES: i64 = 128 << 20;
    // SAFETY: plain calls; the first only reads the configuration, and the handler is GDAL's own.
    unsafe {
        let own = (gdal.CPLGetConfigOption)(c"GDAL_CACHEMAX".as_ptr(), std::ptr::null());
        if text(own).is_empty() {
            (gdal.GDALSetCacheMax64)(BYTES);
        }
        (gdal.CPLSetErrorHandler)(Some(gdal.CPLQuietErrorHandler));
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

/// Begins to listen for signals, but leaves that of a terminal that hangs up ignored where it was
/// when the program started: nohup(1) asks for that. For programs of our own only.
pub fn keeping_nohup<T>(listen: impl FnOnce() -> T) -> T {
    // SAFETY: all zero is a valid value of the structure, which the system fills in.
    #[cfg(unix)]
    let ignored = unsafe {
        let mut now: libc::sigaction = std::mem::zeroed();
        libc::sigaction(libc::SIGHUP, std::ptr::null(), &raw mut now) == 0
            && now.sa_sigaction == libc::SIG_IGN
    };
    let listening = listen();
    // SAFETY: to ignore a signal is always allowed.
    #[cfg(unix)]
    if ignored {
        unsafe { libc::signal(libc::SIGHUP, libc::SIG_IGN) };
    }
    listening
}

/// Ends the process without the tidying that GDAL does at its end, which may wait for a thread that
/// is stuck.
pub fn exit_at_once(status: i32) -> ! {
    // SAFETY: no code of this process runs any more.
    unsafe { libc::_exit(status) }
}
