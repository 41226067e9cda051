//! A folder whose files have any names: each line is a file, its first character says what is in it
//! and the rest is its name. The folder lies in GDAL's memory. What is accepted has each band once,
//! from a file of the folder that names it. To open rasters takes long under the sanitizer, so only
//! every sixteenth length of text has some.
#![no_main]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::path::Path;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use libloading::Library;
use s2sr::Options;
use s2sr::internals::product::Product;
use s2sr::internals::raster::names;

const FOLDER: &str = "/vsimem/product";

fuzz_target!(|text: &str| {
    memory();
    let rasters = text.len().is_multiple_of(16);
    for line in text.lines().take(8) {
        let mut characters = line.chars();
        let contents: &[u8] = match characters.next() {
            Some('1') if rasters => include_bytes!("../data/10m.tif"),
            Some('2') if rasters => include_bytes!("../data/20m.tif"),
            Some('6') if rasters => include_bytes!("../data/60m.tif"),
            Some('<') => include_bytes!("../corpus/product_xml/l2a"),
            Some('0') => b"",
            Some(_) => b"no raster",
            None => continue,
        };
        put(characters.as_str(), contents);
    }
    match Product::open(Path::new(FOLDER), &Options::default()) {
        Ok(product) => {
            assert!(
                !product.bands.is_empty()
                    && product
                        .bands
                        .windows(2)
                        .all(|two| two[0].band < two[1].band)
            );
            for band in &product.bands {
                let file = Path::new(&band.file);
                assert!(file.starts_with(FOLDER), "{}", file.display());
                let stem = file.file_stem().unwrap_or_default().to_string_lossy();
                assert!(names::parse(band.band.name()).is_some(), "{stem}");
            }
        }
        Err(e) => assert!(!e.to_string().is_empty()),
    }
    let folder = c_string(FOLDER);
    // SAFETY: a C string; every file below it was closed.
    unsafe { (memory().remove)(folder.as_ptr()) };
});

/// GDAL's functions for files in memory, which s2sr itself has no use for.
struct Memory {
    make: unsafe extern "C" fn(*const c_char, *const u8, u64, c_int) -> *mut c_void,
    close: unsafe extern "C" fn(*mut c_void) -> c_int,
    remove: unsafe extern "C" fn(*const c_char) -> c_int,
    /// Kept, as the functions are its own.
    _library: Library,
}

fn memory() -> &'static Memory {
    static MEMORY: OnceLock<Memory> = OnceLock::new();
    MEMORY.get_or_init(|| {
        let gdal = s2sr::internals::gdal::find::get().unwrap();
        // SAFETY: it is loaded already; the functions have these signatures.
        unsafe {
            let library = Library::new(&gdal.file).unwrap();
            leave_out_drivers(&library);
            Memory {
                make: *library.get(b"VSIFileFromMemBuffer").unwrap(),
                close: *library.get(b"VSIFCloseL").unwrap(),
                remove: *library.get(b"VSIRmdirRecursive").unwrap(),
                _library: library,
            }
        }
    })
}

/// Has GDAL forget the formats that no file here has: asking every driver takes most of the time.
///
/// # Safety
/// `library` is GDAL, and no other thread uses it.
unsafe fn leave_out_drivers(library: &Library) {
    type Handle = *mut c_void;
    type Text = *const c_char;
    // SAFETY: the functions have these signatures; GDAL's strings are C strings.
    unsafe {
        let register: unsafe extern "C" fn() = *library.get(b"GDALAllRegister").unwrap();
        let count: unsafe extern "C" fn() -> c_int = *library.get(b"GDALGetDriverCount").unwrap();
        let driver: unsafe extern "C" fn(c_int) -> Handle = *library.get(b"GDALGetDriver").unwrap();
        let name: unsafe extern "C" fn(Handle) -> Text =
            *library.get(b"GDALGetDriverShortName").unwrap();
        let set: unsafe extern "C" fn(Text, Text) = *library.get(b"CPLSetConfigOption").unwrap();
        register();
        let mut left_out = Vec::new();
        for i in 0..count() {
            let name = CStr::from_ptr(name(driver(i)))
                .to_string_lossy()
                .into_owned();
            if !["GTiff", "JP2OpenJPEG", "PNG", "JPEG", "ENVI"].contains(&&*name) {
                left_out.push(name);
            }
        }
        set(
            c"GDAL_SKIP".as_ptr(),
            c_string(&left_out.join(",")).as_ptr(),
        );
        register();
    }
}

/// A file in GDAL's memory, which lasts as long as `contents` does: for ever.
fn put(name: &str, contents: &'static [u8]) {
    let path = c_string(&format!("{FOLDER}/{name}"));
    const KEEPS_OWNERSHIP: c_int = 0;
    let (data, length) = (contents.as_ptr(), contents.len() as u64);
    // SAFETY: GDAL does not write to a file that is opened for reading, and does not free what it
    // does not own.
    unsafe {
        let file = (memory().make)(path.as_ptr(), data, length, KEEPS_OWNERSHIP);
        if !file.is_null() {
            (memory().close)(file);
        }
    }
}

fn c_string(text: &str) -> CString {
    CString::new(text.replace('\0', "")).unwrap_or_default()
}
