//! Where this library's own file is, and what is looked for around it: the networks and ONNX Runtime.

use std::env;
use std::ffi::c_void;
use std::path::{Path, PathBuf};

use crate::gdal;

/// The file this code was loaded from: the shared library, or the program it is linked into.
#[allow(unsafe_code)]
pub fn own_file() -> Option<PathBuf> {
    // SAFETY: an all-zero Dl_info is valid; dladdr fills it for the address of a function of this library.
    let name = unsafe {
        let mut info: libc::Dl_info = std::mem::zeroed();
        let found = libc::dladdr(own_file as *const c_void, &mut info);
        if found == 0 || info.dli_fname.is_null() { String::new() } else { gdal::text(info.dli_fname) }
    };
    // A program may have been found through PATH, and dladdr then gives no more than its name.
    Path::new(&name).canonicalize().or_else(|_| env::current_exe()).ok()
}

/// The folders around the library's own file where `below` is looked for, nearest first: an installed prefix or the
/// build tree.
fn around(below: &[&str]) -> Vec<PathBuf> {
    let file = own_file().unwrap_or_default();
    let ancestors = file.ancestors().skip(1).take(4).filter(|p| !p.as_os_str().is_empty() && p.parent().is_some());
    ancestors.flat_map(|folder| below.iter().map(|b| folder.join(b))).collect()
}

/// The places where a folder of networks may be: option, environment, around the library, the system.
pub fn model_folders(option: Option<&Path>) -> Vec<PathBuf> {
    if let Some(folder) = option {
        return vec![folder.into()];
    }
    if let Some(folder) = env::var_os("S2SR_MODELS").filter(|v| !v.is_empty()) {
        return vec![folder.into()];
    }
    let system = ["/usr/local/share/s2sr/models", "/usr/share/s2sr/models"].map(PathBuf::from);
    around(&["models", "share/s2sr/models"]).into_iter().chain(system).collect()
}

/// The places where ONNX Runtime may be, in the same order. The last one leaves the search to the system's loader.
pub fn onnxruntime_files(option: Option<&Path>) -> Vec<PathBuf> {
    if let Some(file) = option {
        return vec![file.into()];
    }
    if let Some(file) = env::var_os("ORT_DYLIB_PATH").filter(|v| !v.is_empty()) {
        return vec![file.into()];
    }
    let around = around(&["vendor/onnxruntime/libonnxruntime.so", "lib/s2sr/libonnxruntime.so", "s2sr/libonnxruntime.so"]);
    around.into_iter().chain([PathBuf::from("libonnxruntime.so")]).collect()
}

/// The places where GDAL's plug-in may be.
pub fn plugin_folders() -> Vec<PathBuf> {
    around(&["gdalplugins", "lib/s2sr/gdalplugins", "s2sr/gdalplugins"])
}
