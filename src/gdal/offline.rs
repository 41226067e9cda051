//! Keeps GDAL from asking servers for what stands in a file: GeoJSON may give the address of its
//! coordinate reference system.

use std::cell::Cell;
use std::ffi::{c_char, c_void};
use std::rc::Rc;

use super::api::{CPLHTTPFetchCallbackFunc, CSLConstList, GDALProgressFunc, Gdal};

/// More bytes than the structure that GDAL is answered with has in any version.
const ANSWER: usize = 1024;

/// While one of these lives, nothing is fetched for what GDAL finds in a file on this thread, which
/// it cannot leave. What lies on a server by its own name (`/vsicurl/`) is opened all the same.
pub struct Offline(Rc<Asked>);

struct Asked {
    gdal: &'static Gdal,
    any: Cell<bool>,
}

impl Offline {
    /// Begins.
    pub fn begin(gdal: &'static Gdal) -> Self {
        let asked = Rc::new(Asked {
            gdal,
            any: Cell::new(false),
        });
        const REFUSE: CPLHTTPFetchCallbackFunc = Some(refuse);
        // SAFETY: what the pointer leads to lives until this thread takes the function back.
        unsafe {
            (gdal.CPLHTTPPushFetchCallback)(REFUSE, Rc::as_ptr(&asked).cast_mut().cast());
        }
        Self(asked)
    }

    /// Whether anything was to be fetched.
    pub fn was_asked(&self) -> bool {
        self.0.any.get()
    }
}

impl Drop for Offline {
    fn drop(&mut self) {
        // SAFETY: takes back what `begin` gave on this thread.
        unsafe { (self.0.gdal.CPLHTTPPopFetchCallback)() };
    }
}

/// Answers that nothing came. No answer at all would have GDAL ask the server.
unsafe extern "C" fn refuse(
    _address: *const c_char,
    _options: CSLConstList,
    _progress: GDALProgressFunc,
    _progress_data: *mut c_void,
    _write: *const c_void,
    _write_data: *mut c_void,
    asked: *mut c_void,
) -> *mut c_void {
    // SAFETY: what `begin` gave lives as long as this may be called.
    let asked = unsafe { &*asked.cast::<Asked>() };
    asked.any.set(true);
    // SAFETY: zeros are an answer without content, which GDAL frees.
    unsafe { (asked.gdal.VSICalloc)(1, ANSWER) }
}
