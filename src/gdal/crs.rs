//! Coordinate reference systems, as well-known text.

use std::ptr::{null, null_mut};

use super::api::{Gdal, OAMS_TRADITIONAL_GIS_ORDER, OGRERR_NONE, OGRSpatialReferenceH};
use super::{Quiet, c_string, find, register, text};
use crate::text::shown;

/// A reference that GDAL understood.
pub struct Reference {
    pub(super) handle: OGRSpatialReferenceH,
    pub(super) gdal: &'static Gdal,
}

impl Reference {
    /// From well-known text.
    pub fn from_wkt(crs: &str) -> Option<Self> {
        let gdal = find::get().ok()?;
        let _quiet = Quiet::new();
        // SAFETY: a C string.
        Self::of(gdal, unsafe {
            (gdal.OSRNewSpatialReference)(c_string(crs).as_ptr())
        })
    }

    /// From well-known text, an EPSG code or anything else that GDAL's programs take, with x before
    /// y whatever its authority says. Whoever listens to GDAL hears what is wrong with it.
    pub fn from_user_input(gdal: &'static Gdal, crs: &str) -> Option<Self> {
        register(gdal);
        let name = c_string(crs);
        // SAFETY: null makes an empty one; a C string.
        unsafe {
            let reference = Self::of(gdal, (gdal.OSRNewSpatialReference)(null()))?;
            let known = (gdal.OSRSetFromUserInput)(reference.handle, name.as_ptr());
            (gdal.OSRSetAxisMappingStrategy)(reference.handle, OAMS_TRADITIONAL_GIS_ORDER);
            (known == OGRERR_NONE).then_some(reference)
        }
    }

    /// One that was made for this alone.
    fn of(gdal: &'static Gdal, handle: OGRSpatialReferenceH) -> Option<Self> {
        (!handle.is_null()).then_some(Self { handle, gdal })
    }

    /// As well-known text; empty for one that has none.
    pub fn text(&self) -> String {
        // SAFETY: the reference lives.
        unsafe { wkt(self.gdal, self.handle) }
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        // SAFETY: made in here, and nobody else's.
        unsafe { (self.gdal.OSRRelease)(self.handle) };
    }
}

/// A reference system that GDAL keeps, as well-known text; empty for null.
///
/// # Safety
/// `crs` is null or a reference system that lives during the call.
pub(super) unsafe fn wkt(gdal: &Gdal, crs: OGRSpatialReferenceH) -> String {
    if crs.is_null() {
        return String::new();
    }
    let mut wkt = null_mut();
    // SAFETY: by the contract above; the text is GDAL's and is freed here.
    unsafe {
        (gdal.OSRExportToWkt)(crs, &mut wkt);
        let told = text(wkt);
        (gdal.VSIFree)(wkt.cast());
        told
    }
}

/// The coordinate reference system of an EPSG code as well-known text; `None` for no such code.
pub fn crs_of_epsg(code: u32) -> Option<String> {
    let _quiet = Quiet::new();
    let crs = Reference::from_user_input(find::get().ok()?, &format!("EPSG:{code}"))?;
    Some(crs.text()).filter(|text| !text.is_empty())
}

/// Whether two coordinate reference systems, as well-known text, are the same.
pub fn same_crs(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let _quiet = Quiet::new();
    let (Some(a), Some(b)) = (Reference::from_wkt(a), Reference::from_wkt(b)) else {
        return false;
    };
    // SAFETY: both references live.
    unsafe { (a.gdal.OSRIsSame)(a.handle, b.handle) != 0 }
}

/// Whether a coordinate reference system, as well-known text, is projected and counts in m.
pub fn is_in_metres(crs: &str) -> bool {
    let _quiet = Quiet::new();
    let Some(crs) = Reference::from_wkt(crs) else {
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
    let crs = Reference::from_wkt(crs)?;
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
    let Some(crs) = Reference::from_wkt(crs) else {
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
