//! Overviews of a GeoTIFF with classes among its bands. The COG driver makes those of all bands
//! alike, by interpolation, and what lies between two classes is another one; those that are there
//! it takes as they are. So they are made here, band by band: classes and masks are picked.

use std::ffi::{CStr, CString, c_int};
use std::path::Path;
use std::ptr::{null, null_mut};

use super::api::{CE_NONE, GDAL_OF_RASTER, GDAL_OF_UPDATE, GDAL_OF_VERBOSE_ERROR, Gdal};
use super::asked::Asked;
use super::pool::worker_threads;
use super::rules::{Pixels, Rules, Unshared};
use super::strings::{StringList, c_path, c_string};

/// The side of the blocks of a COG where none is asked for.
const BLOCK: i64 = 512;

/// Whether a COG with these creation options is warped from what it is made from, whose overviews
/// do not help it then.
pub fn is_warped(creation: &[(String, String)]) -> bool {
    let warps = ["TILING_SCHEME", "TARGET_SRS", "RES", "EXTENT"];
    warps.iter().any(|key| set(creation, key).is_some())
}

/// What a creation option is set to.
fn set<'a>(creation: &'a [(String, String)], key: &str) -> Option<&'a str> {
    let mut values = creation.iter().filter(|(k, _)| k.eq_ignore_ascii_case(key));
    values.next_back().map(|(_, value)| value.as_str())
}

/// By which factors the overviews are smaller.
fn factors((cols, rows): (i64, i64), creation: &[(String, String)]) -> Vec<c_int> {
    let number = |key| set(creation, key).and_then(|value| value.parse::<i64>().ok());
    let block = number("BLOCKSIZE").unwrap_or(BLOCK).max(1);
    let size = cols.max(rows);
    let needed = (0..30).take_while(|k| size >> k > block).count() as i64;
    let count = number("OVERVIEW_COUNT").unwrap_or(needed);
    // A pixel is the smallest.
    let levels = (1..=count).take_while(|k| *k < 30 && size >> (k - 1) > 1);
    levels.map(|k| 1 << k).collect()
}

/// Adds those that the COG is to have to the file. `classes` are the bands that hold classes,
/// counted from 1. Whether it went well; GDAL has told what did not.
pub fn add(
    gdal: &'static Gdal,
    rules: &Rules,
    file: &Path,
    classes: &[usize],
    creation: &[(String, String)],
    asked: &mut Asked,
) -> bool {
    let wanted = set(creation, "OVERVIEWS").unwrap_or("AUTO");
    // IGNORE_EXISTING is as good as AUTO: there are none that the user made.
    if !["AUTO", "IGNORE_EXISTING"]
        .map(|w| w.eq_ignore_ascii_case(wanted))
        .contains(&true)
    {
        return true;
    }
    let threads = worker_threads(gdal).to_string();
    let options = StringList::pairs([("NUM_THREADS", threads.as_str())]);
    let (name, flags) = (
        c_path(file),
        GDAL_OF_RASTER | GDAL_OF_UPDATE | GDAL_OF_VERBOSE_ERROR,
    );
    // SAFETY: C strings and a list of them, which live through the call.
    let raster = Unshared::open(gdal, |_| unsafe {
        (gdal.GDALOpenEx)(name.as_ptr(), flags, null(), options.as_ptr(), null())
    });
    let Some(raster) = raster else {
        return false;
    };
    let done = fill(&raster, rules, classes, creation, asked);
    raster.close();
    done
}

fn fill(
    raster: &Unshared,
    rules: &Rules,
    classes: &[usize],
    creation: &[(String, String)],
    asked: &mut Asked,
) -> bool {
    let (gdal, handle) = (raster.gdal, raster.handle());
    // SAFETY: the handle is open.
    let (size, count) = unsafe {
        (
            (
                i64::from((gdal.GDALGetRasterXSize)(handle)),
                i64::from((gdal.GDALGetRasterYSize)(handle)),
            ),
            (gdal.GDALGetRasterCount)(handle) as usize,
        )
    };
    let factors = factors(size, creation);
    if factors.is_empty() {
        return true;
    }
    // Room for them in the file, without pixels.
    // SAFETY: the handle is open, and the factors are as many as is said.
    let made = unsafe {
        let (n, list) = (factors.len() as c_int, factors.as_ptr());
        (gdal.GDALBuildOverviews)(
            handle,
            c"NONE".as_ptr(),
            n,
            list,
            0,
            null(),
            None,
            null_mut(),
        )
    };
    if made != CE_NONE {
        return false;
    }
    // First, as the smaller ones are made from the larger with what their masks say.
    let mask = raster.has_mask(1).then(|| raster.mask(1, rules)).flatten();
    let whole = asked.share;
    if let Some(mask) = mask {
        asked.share = (whole.0, 0.0);
        if !shrink(&mask, c"NEAREST", asked) {
            return false;
        }
    }
    let way = set(creation, "OVERVIEW_RESAMPLING").or(set(creation, "RESAMPLING"));
    let numbers: CString = c_string(way.unwrap_or("CUBIC"));
    let step = whole.1 / count as f64;
    for number in 1..=count {
        let Some(band) = raster.band(number, rules) else {
            return false;
        };
        asked.share = (whole.0 + (number - 1) as f64 * step, step);
        let way = match classes.contains(&number) {
            true => c"NEAREST",
            false => numbers.as_c_str(),
        };
        if !shrink(&band, way, asked) {
            return false;
        }
    }
    true
}

/// Fills the overviews of a band, each from the next larger one, as GDAL does with all bands
/// together. Whether it went well.
fn shrink(band: &Pixels, way: &CStr, asked: &mut Asked) -> bool {
    let mut last = None;
    for smaller in band.levels() {
        let larger = last.as_ref().unwrap_or(band);
        if larger.shrink_to(&smaller, way, asked) != CE_NONE {
            return false;
        }
        // The largest is most of the work.
        asked.share = (asked.share.0 + asked.share.1, 0.0);
        last = Some(smaller);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overviews_end_where_one_block_holds_all() {
        let of = |size, pairs: &[(&str, &str)]| {
            let pair = |(k, v): &(&str, &str)| ((*k).to_owned(), (*v).to_owned());
            factors(size, &pairs.iter().map(pair).collect::<Vec<_>>())
        };
        assert!(of((512, 300), &[]).is_empty());
        assert_eq!(of((1500, 300), &[]), [2, 4]);
        assert_eq!(of((300, 10980), &[]), [2, 4, 8, 16, 32]);
        assert_eq!(of((300, 300), &[("blocksize", "128")]), [2, 4]);
        assert_eq!(of((300, 300), &[("OVERVIEW_COUNT", "1")]), [2]);
        assert_eq!(of((5, 5), &[("OVERVIEW_COUNT", "99")]), [2, 4]);
    }
}
