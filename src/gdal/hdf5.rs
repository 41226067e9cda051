//! HDF5 below netCDF: it prints what it looks for and does not find on standard error, on every
//! thread that nobody told it not to.

use std::path::Path;

use super::api::Gdal;

/// Keeps HDF5 quiet on this thread, where a raster may be one of its files.
pub fn hush(gdal: &Gdal, name: &Path) {
    let name = name.to_string_lossy().to_ascii_lowercase();
    let starts = ["netcdf:", "hdf5:"].iter().any(|s| name.starts_with(s));
    let ends = [".nc", ".nc4", ".h5", ".hdf", ".hdf5", ".he5"];
    if starts || ends.iter().any(|e| name.ends_with(e)) {
        #[cfg(unix)]
        hush_thread(gdal);
        #[cfg(not(unix))]
        let _ = gdal;
    }
}

/// `H5Eset_auto2(H5E_DEFAULT, NULL, NULL)`, if this GDAL was built with HDF5.
#[cfg(unix)]
fn hush_thread(gdal: &Gdal) {
    use std::ffi::{CString, c_int, c_void};
    use std::os::unix::ffi::OsStrExt;
    type SetAuto = unsafe extern "C" fn(i64, *const c_void, *mut c_void) -> c_int;
    let Ok(file) = CString::new(gdal.file.as_os_str().as_bytes()) else {
        return;
    };
    // SAFETY: C strings; nothing is loaded that is not loaded already. What is found under this
    // name has this type since HDF5 1.10, and takes nulls for "no function".
    unsafe {
        let library = libc::dlopen(file.as_ptr(), libc::RTLD_LAZY | libc::RTLD_NOLOAD);
        if library.is_null() {
            return;
        }
        let found = libc::dlsym(library, c"H5Eset_auto2".as_ptr());
        if !found.is_null() {
            let set_auto: SetAuto = std::mem::transmute(found);
            set_auto(0, std::ptr::null(), std::ptr::null_mut());
        }
        libc::dlclose(library);
    }
}
