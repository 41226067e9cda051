//! A cloud-optimised GeoTIFF, made from a plain one.

use std::ffi::{c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null;

use super::Quiet;
use super::api::{GDAL_OF_RASTER, GDAL_OF_VERBOSE_ERROR, Gdal};
use super::pool::worker_threads;
use super::rules::{Rules, Unshared};
use super::strings::{StringList, c_path};
use crate::error::{Error, Result};
use crate::output::Draft;

/// Makes the result of what was written to the draft's scratch file.
pub fn make_cog(
    gdal: &'static Gdal,
    draft: &Draft,
    creation: &[(String, String)],
    progress: &mut dyn FnMut(f64) -> bool,
) -> Result<()> {
    let (quiet, _rules) = (Quiet::new(), Rules::enter(gdal));
    let threads = worker_threads(gdal).to_string();
    let defaults = [
        ("COMPRESS", "DEFLATE"),
        ("LEVEL", "1"),
        ("PREDICTOR", "YES"),
        ("BIGTIFF", "IF_SAFER"),
        ("NUM_THREADS", threads.as_str()),
    ];
    let set = |key: &str| creation.iter().any(|(k, _)| k.eq_ignore_ascii_case(key));
    let kept = defaults
        .into_iter()
        .filter(|(k, _)| !(set(k) || matches!(*k, "PREDICTOR" | "LEVEL") && set("COMPRESS")));
    let options =
        StringList::pairs(kept.chain(creation.iter().map(|(k, v)| (k.as_str(), v.as_str()))));
    let (from, to) = (c_path(&draft.scratch()), c_path(&draft.file()));
    let failed = |why: String| {
        Err(draft.error(format!(
            "the cloud-optimised file could not be written ({why})"
        )))
    };
    let mut asked = Asked {
        progress,
        cancelled: false,
    };
    // SAFETY: C strings; a null driver is asked for nothing.
    let driver = unsafe { (gdal.GDALGetDriverByName)(c"COG".as_ptr()) };
    if driver.is_null() {
        return failed("this GDAL has no COG driver".into());
    }
    let flags = GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR;
    // SAFETY: as above.
    let source = Unshared::open(gdal, |_| unsafe {
        (gdal.GDALOpenEx)(from.as_ptr(), flags, null(), null(), null())
    });
    let Some(source) = source else {
        return failed(quiet.explain("its pixels cannot be opened again"));
    };
    let data = (&raw mut asked).cast();
    // SAFETY: the source is open; names, options and what GDAL's progress is handed live through
    // the call.
    let copy = Unshared::open(gdal, |_| unsafe {
        let (to, from, options) = (to.as_ptr(), source.handle(), options.as_ptr());
        (gdal.GDALCreateCopy)(driver, to, from, 0, options, Some(ask), data)
    });
    let made = copy.map(Unshared::close).is_some();
    drop(source);
    match made && !quiet.failed() {
        _ if asked.cancelled => Err(Error::Cancelled),
        false => failed(quiet.explain("no reason given")),
        true => Ok(()),
    }
}

/// A progress function on its way through GDAL, and whether it cancelled.
struct Asked<'a> {
    progress: &'a mut dyn FnMut(f64) -> bool,
    cancelled: bool,
}

unsafe extern "C" fn ask(fraction: f64, _: *const c_char, data: *mut c_void) -> c_int {
    // SAFETY: `make_cog` hands over an `Asked` of its own, and GDAL calls this on the same thread.
    let asked = unsafe { &mut *data.cast::<Asked>() };
    // A panic must not travel through GDAL.
    let go_on = catch_unwind(AssertUnwindSafe(|| {
        !asked.cancelled && (asked.progress)(fraction)
    }))
    .unwrap_or(false);
    asked.cancelled = !go_on;
    c_int::from(go_on)
}
