//! Coordinate reference systems, as well-known text.

use std::ptr::{null, null_mut};

use super::api::{Gdal, OGRERR_NONE, OGRSpatialReferenceH};
use super::{Quiet, c_string, find, text};
use crate::text::shown;

/// A reference that GDAL understood.
struct Reference {
    handle: OGRSpatialReferenceH,
    gdal: &'static Gdal,
}

impl Reference {
    /// As well-known text.
    fn text(&self) -> String {
        let mut wkt = null_mut();
        // SAFETY: the reference lives; the text is GDAL's and is freed here.
        unsafe {
            (self.gdal.OSRExportToWkt)(self.handle, &mut wkt);
            let told = text(wkt);
            (self.gdal.VSIFree)(wkt.cast());
            told
        }
    }

    fn new(crs: &str) -> Option<Self> {
        let gdal = find::get().ok()?;
        let _quiet = Quiet::new();
        // SAFETY: a C string.
        let handle = unsafe { (gdal.OSRNewSpatialReference)(c_string(crs).as_ptr()) };
        (!handle.is_null()).then_some(Self { handle, gdal })
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        // SAFETY: made in `new`, and nobody else's.
        unsafe { (self.gdal.OSRRelease)(self.handle) };
    }
}

/// The coordinate reference system of an EPSG code as well-known text; `None` for no such code.
pub fn crs_of_epsg(code: u32) -> Option<String> {
    let _quiet = Quiet::new();
    let code = i32::try_from(code).ok()?;
    let crs = Reference::new("")?;
    // SAFETY: the reference lives.
    let known = unsafe { (crs.gdal.OSRImportFromEPSG)(crs.handle, code) } == OGRERR_NONE;
    known.then(|| crs.text()).filter(|text| !text.is_empty())
}

/// Whether two coordinate reference systems, as well-known text, are the same.
pub fn same_crs(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let _quiet = Quiet::new();
    let (Some(a), Some(b)) = (Reference::new(a), Reference::new(b)) else {
        return false;
    };
    // SAFETY: both references live.
    unsafe { (a.gdal.OSRIsSame)(a.handle, b.handle) != 0 }
}

/// Whether a coordinate reference system, as well-known text, is projected and counts in m.
pub fn is_in_metres(crs: &str) -> bool {
    let _quiet = Quiet::new();
    let Some(crs) = Reference::new(crs) else {
        return false;
    };
    // SAFETY: the reference lives; the name of its units is not asked for.
    unsafe {
        (crs.gdal.OSRIsProjected)(crs.handle) != 0
            && ((crs.gdal.OSRGetLinearUnits)(crs.handle, null_mut()) - 1.0).abs() < 1e-9
    }
}

/// The northing of the equator in a coordinate reference system of UTM's, as well-known text: that
/// of southern zones begins with 10,000,000 m there. 0 for all others.
pub fn equator(crs: &str) -> f64 {
    match utm_zone(crs) {
        Some(Hemisphere::South) => 1e7,
        _ => 0.0,
    }
}

/// Whether a coordinate reference system, as well-known text, is one of UTM's.
pub fn is_utm(crs: &str) -> bool {
    utm_zone(crs).is_some()
}

enum Hemisphere {
    North,
    South,
}

/// Of which half of the Earth a zone of UTM is.
fn utm_zone(crs: &str) -> Option<Hemisphere> {
    let _quiet = Quiet::new();
    let crs = Reference::new(crs)?;
    let mut north = 0;
    // SAFETY: the reference lives; the answer is one number.
    match unsafe { (crs.gdal.OSRGetUTMZone)(crs.handle, &raw mut north) } {
        0 => None,
        _ if north == 0 => Some(Hemisphere::South),
        _ => Some(Hemisphere::North),
    }
}

/// A short name for a coordinate reference system given as well-known text: `EPSG:32618`, or its
/// title.
pub fn crs_name(crs: &str) -> String {
    let _quiet = Quiet::new();
    let Some(crs) = Reference::new(crs) else {
        return String::new();
    };
    // SAFETY: the reference lives, and owns the strings it answers with.
    let (authority, code, name) = unsafe {
        (
            text((crs.gdal.OSRGetAuthorityName)(crs.handle, null())),
            text((crs.gdal.OSRGetAuthorityCode)(crs.handle, null())),
            text((crs.gdal.OSRGetName)(crs.handle)),
        )
    };
    if code.is_empty() {
        shown(&name)
    } else {
        shown(&format!("{authority}:{code}"))
    }
}
