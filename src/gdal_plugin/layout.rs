//! The structures that the driver's C++ side and ours agree on, as they stand in its driver.h; and
//! what the pointers in them point to.

use std::ffi::{CString, OsStr, OsString, c_char, c_int, c_void};
use std::path::Path;
use std::ptr::null;

use crate::gdal::c_path;
use crate::gdal::writer::Classes;

/// What is said of a band: `s2sr_driver_band`.
#[repr(C)]
pub struct Band {
    pub name: *const c_char,
    pub metadata: *const *const c_char,
    pub scale: f64,
    pub offset: f64,
    pub class_names: *const *const c_char,
    pub class_colours: *const u8,
    pub class_count: c_int,
}

/// What is said of a raster: `s2sr_driver_raster`.
#[repr(C)]
pub struct Raster {
    pub cols: c_int,
    pub rows: c_int,
    pub kind: c_int,
    pub block_cols: c_int,
    pub block_rows: c_int,
    pub levels: c_int,
    pub band_count: c_int,
    pub bands: *const Band,
    pub has_mask: c_int,
    pub has_nodata: c_int,
    pub nodata: f64,
    pub transform: [f64; 6],
    pub crs: *const c_char,
    pub metadata: *const *const c_char,
    pub subdatasets: *const *const c_char,
    pub file: *const c_char,
    pub part: *const c_char,
    pub made_of: *const c_char,
}

/// What the C++ side calls: `s2sr_driver_calls`.
#[repr(C)]
pub struct Calls {
    pub layout: c_int,
    pub context: *mut c_void,
    pub open: unsafe extern "C" fn(*mut c_void, *const c_char, *mut *mut c_char) -> *const Raster,
    pub read: unsafe extern "C" fn(
        *const Raster,
        c_int,
        c_int,
        c_int,
        c_int,
        c_int,
        c_int,
        *mut c_void,
        c_int,
    ) -> c_int,
    pub release: unsafe extern "C" fn(*const Raster) -> c_int,
    pub close: unsafe extern "C" fn(*const Raster),
    pub open_options: *const c_char,
}

/// Raised with every change of these structures; S2SR_DRIVER_LAYOUT of driver.h.
pub const LAYOUT: c_int = 3;

/// Strings and lists that C code looks at.
#[derive(Default)]
pub struct Kept {
    strings: Vec<CString>,
    lists: Vec<Vec<*const c_char>>,
    /// The bands.
    pub bands: Vec<Band>,
    colours: Vec<Vec<u8>>,
}

impl Kept {
    /// A string.
    pub fn text(&mut self, text: impl AsRef<Path>) -> *const c_char {
        self.strings.push(c_path(text.as_ref()));
        self.strings.last().map_or(null(), |s| s.as_ptr())
    }

    /// Red, green and blue of each class.
    pub fn colours(&mut self, classes: &Classes) -> *const u8 {
        let colours = classes.iter().flat_map(|(_, colour)| *colour).collect();
        self.colours.push(colours);
        self.colours.last().map_or(null(), |c| c.as_ptr())
    }

    /// A list of `KEY=VALUE`, which ends with a null.
    pub fn list<'a>(
        &mut self,
        pairs: impl Iterator<Item = (&'a str, impl AsRef<OsStr>)>,
    ) -> *const *const c_char {
        self.names(pairs.map(|(key, value)| {
            let mut pair = OsString::from(key);
            pair.push("=");
            pair.push(value);
            pair
        }))
    }

    /// A list of strings, which ends with a null.
    pub fn names(&mut self, names: impl Iterator<Item = OsString>) -> *const *const c_char {
        let mut list: Vec<_> = names.map(|name| self.text(&name)).collect();
        list.push(null());
        self.lists.push(list);
        self.lists.last().map_or(null(), |l| l.as_ptr())
    }
}
