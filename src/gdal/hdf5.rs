//! HDF5 below netCDF: it prints what it looks for and does not find on standard error, on every
//! thread that nobody told it not to.

use std::ffi::{c_int, c_void};
use std::path::Path;

/// Keeps HDF5 quiet on this thread, where a raster may be one of its files.
pub fn hush(name: &Path) {
    let name = name.to_string_lossy().to_ascii_lowercase();
    let starts = ["netcdf:", "hdf5:"].iter().any(|s| name.starts_with(s));
    let ends = [".nc", ".nc4", ".h5", ".hdf", ".hdf5", ".he5"];
    if starts || ends.iter().any(|e| name.ends_with(e)) {
        #[cfg(unix)]
        hush_thread();
    }
}

/// `H5Eset_auto2(H5E_DEFAULT, NULL, NULL)`, if this process has HDF5.
#[cfg(unix)]
fn hush_thread() {
    type SetAuto = unsafe extern "C" fn(i64, *const c_void, *mut c_void) -> c_int;
    // SAFETY: a C string; what is found under this name has this type since HDF5 1.10, and takes
    // nulls for "no function".
    unsafe {
        let found = libc::dlsym(libc::RTLD_DEFAULT, c"H5Eset_auto2".as_ptr());
        if !found.is_null() {
            let set_auto: SetAuto = std::mem::transmute(found);
            set_auto(0, std::ptr::null(), std::ptr::null_mut());
        }
    }
}
