//! A cloud-optimised GeoTIFF, made from a plain one.

use std::ptr::null;

use super::api::{GDAL_OF_INTERNAL, GDAL_OF_RASTER, GDAL_OF_VERBOSE_ERROR, Gdal};
use super::asked::{Asked, ask};
use super::pool::worker_threads;
use super::rules::{Rules, Unshared};
use super::strings::{StringList, c_path};
use super::{Quiet, overviews};
use crate::error::{Error, Result};
use crate::output::Draft;

/// The share of the work that overviews have, where they are made beforehand.
const OVERVIEWS: f64 = 0.4;

/// Makes the result of what was written to the draft's scratch file, of which the bands `classes`
/// (from 1) hold classes.
pub fn make_cog(
    gdal: &'static Gdal,
    draft: &Draft,
    creation: &[(String, String)],
    classes: &[usize],
    progress: &mut dyn FnMut(f64) -> bool,
) -> Result<()> {
    let (quiet, rules) = (Quiet::new(), Rules::enter(gdal));
    let threads = worker_threads(gdal).to_string();
    let defaults = [
        ("COMPRESS", "DEFLATE"),
        ("LEVEL", "1"),
        ("PREDICTOR", "YES"),
        ("BIGTIFF", "IF_SAFER"),
        ("NUM_THREADS", threads.as_str()),
        // What lies between two classes is another one.
        ("WARP_RESAMPLING", "NEAREST"),
        ("OVERVIEW_RESAMPLING", "NEAREST"),
    ];
    let warped = overviews::is_warped(creation);
    let beforehand = !classes.is_empty() && !warped;
    let set = |key: &str| creation.iter().any(|(k, _)| k.eq_ignore_ascii_case(key));
    let kept = defaults.into_iter().filter(|(k, _)| match *k {
        key if set(key) => false,
        "PREDICTOR" | "LEVEL" => !set("COMPRESS"),
        "WARP_RESAMPLING" | "OVERVIEW_RESAMPLING" => {
            warped && !classes.is_empty() && !set("RESAMPLING")
        }
        _ => true,
    });
    let given = creation.iter().map(|(k, v)| (k.as_str(), v.as_str()));
    let ignores = |(k, v): &(&str, &str)| {
        k.eq_ignore_ascii_case("OVERVIEWS") && v.eq_ignore_ascii_case("IGNORE_EXISTING")
    };
    let given = given.filter(|pair| !(beforehand && ignores(pair)));
    let options = StringList::pairs(kept.chain(given));
    let (from, to) = (c_path(&draft.scratch()), c_path(&draft.file()));
    let failed = |why: String| {
        Err(draft.error(format!(
            "the cloud-optimised file could not be written ({})",
            draft.told(&why)
        )))
    };
    let mut asked = Asked::new(progress);
    if beforehand {
        asked.share = (0.0, OVERVIEWS);
        let done = overviews::add(
            gdal,
            &rules,
            &draft.scratch(),
            classes,
            creation,
            &mut asked,
        );
        if asked.cancelled {
            return Err(Error::Cancelled);
        }
        if !done || quiet.failed() {
            return failed(quiet.explain("no overviews could be made"));
        }
        asked.share = (OVERVIEWS, 1.0 - OVERVIEWS);
    }
    // SAFETY: C strings; a null driver is asked for nothing.
    let driver = unsafe { (gdal.GDALGetDriverByName)(c"COG".as_ptr()) };
    if driver.is_null() {
        return failed("this GDAL has no COG driver".into());
    }
    let flags = GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR | GDAL_OF_INTERNAL;
    // SAFETY: as above.
    let source = Unshared::open(gdal, |_| unsafe {
        (gdal.GDALOpenEx)(from.as_ptr(), flags, null(), null(), null())
    });
    let Some(source) = source else {
        return failed(quiet.explain("its pixels cannot be opened again"));
    };
    let data = asked.data();
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
