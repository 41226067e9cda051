//! Polygons from vector files, and coordinates from one reference system to another.

use std::ffi::{OsStr, c_int};
use std::path::Path;
use std::ptr::{null, null_mut};

use super::api::{GDAL_OF_VECTOR, GDAL_OF_VERBOSE_ERROR, Gdal, OAMS_TRADITIONAL_GIS_ORDER};
use super::api::{OGRERR_NONE, OGRGeometryH, OGRLayerH, OGRSpatialReferenceH, WKB_POLYGON};
use super::strings::StringList;
use super::{Quiet, c_path, c_string, find, register};
use crate::error::{Error, Result};
use crate::raster::polygon::Area;

/// GDAL's names of the formats that are files with polygons, and lead nowhere else.
const PLAIN: [&str; 9] = [
    "GeoJSON",
    "GeoJSONSeq",
    "TopoJSON",
    "GPKG",
    "FlatGeobuf",
    "ESRI Shapefile",
    "GML",
    "KML",
    "MapInfo File",
];

/// No area that anybody draws has more corners.
const MOST_CORNERS: usize = 1_000_000;

/// A coordinate reference system, with x before y whatever its authority says.
struct Reference {
    handle: OGRSpatialReferenceH,
    gdal: &'static Gdal,
}

impl Reference {
    /// From well-known text, an EPSG code or anything else that GDAL's programs take.
    fn new(gdal: &'static Gdal, text: &str) -> Option<Self> {
        let text = c_string(text);
        // SAFETY: the reference is made here and is released when dropped.
        unsafe {
            let r = (gdal.OSRNewSpatialReference)(null());
            let known = (gdal.OSRSetFromUserInput)(r, text.as_ptr()) == OGRERR_NONE;
            (gdal.OSRSetAxisMappingStrategy)(r, OAMS_TRADITIONAL_GIS_ORDER);
            let reference = Self { handle: r, gdal };
            known.then_some(reference)
        }
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        // SAFETY: made by `new` and nobody else's.
        unsafe { (self.gdal.OSRRelease)(self.handle) };
    }
}

/// The window (west, north, east, south) in one reference system that covers one in another; `to`
/// is well-known text, `from` anything that GDAL's programs take.
pub fn window(bounds: [f64; 4], from: &str, to: &str) -> Result<[f64; 4]> {
    let [west, north, east, south] = bounds;
    // Straight edges are not straight in another system.
    let edge = (0..=20).flat_map(|i| {
        let t = f64::from(i) / 20.0;
        let (x, y) = (west + t * (east - west), south + t * (north - south));
        [(x, north), (x, south), (west, y), (east, y)]
    });
    let mut area = Area(vec![vec![edge.collect()]]);
    transform(&mut area, from, to)?;
    area.bounds()
        .ok_or_else(|| Error::internal("a window without corners"))
}

fn transform(area: &mut Area, from: &str, to: &str) -> Result<()> {
    let gdal = find::get()?;
    register(gdal);
    let quiet = Quiet::new();
    let unknown = |quiet: &Quiet| {
        Error::option(format!(
            "the coordinate reference system '{from}' is none that leads to the product's ({}); \
             give one as EPSG:4326",
            quiet.explain("no reason given")
        ))
    };
    let (Some(source), Some(target)) = (Reference::new(gdal, from), Reference::new(gdal, to))
    else {
        return Err(unknown(&quiet));
    };
    // SAFETY: both references live through the calls; the transformation is made and released here,
    // and the coordinates are as many as it is told.
    unsafe {
        let way = (gdal.OCTNewCoordinateTransformation)(source.handle, target.handle);
        if way.is_null() {
            return Err(unknown(&quiet));
        }
        let mut done = true;
        for corner in area.0.iter_mut().flatten().flatten() {
            let (x, y) = (&raw mut corner.0, &raw mut corner.1);
            done &= (gdal.OCTTransform)(way, 1, x, y, null_mut()) != 0;
        }
        (gdal.OCTDestroyCoordinateTransformation)(way);
        let finite = area
            .0
            .iter()
            .flatten()
            .flatten()
            .all(|c| c.0.is_finite() && c.1.is_finite());
        if done && finite {
            Ok(())
        } else {
            Err(Error::option(format!(
                "the area cannot be brought from '{from}' to the product's coordinates ({}); \
                 give one near the product",
                quiet.explain("no reason given")
            )))
        }
    }
}

/// The polygons of a vector file's first layer, in the coordinate reference system `crs`
/// (well-known text). `plain`: only a file on this machine, in a format that leads nowhere else.
pub fn polygons(path: &Path, crs: &str, plain: bool) -> Result<Area> {
    if plain && !path.is_file() {
        return Err(Error::input(
            path,
            "it is no file on this machine, which is all that a VRT or a dataset name may give \
             as cutline",
        ));
    }
    if path.metadata().is_ok_and(|m| !m.is_file() && !m.is_dir()) {
        return Err(Error::input(
            path,
            "it is a pipe, a device or a socket; give a file with the polygon of the area",
        ));
    }
    let gdal = find::get()?;
    register(gdal);
    let quiet = Quiet::new();
    let mut area = Area::default();
    // SAFETY: the dataset is opened and closed here; features are destroyed, and what belongs to
    // them or to the layer is not used after them.
    let system = unsafe {
        let flags = GDAL_OF_VECTOR | GDAL_OF_VERBOSE_ERROR;
        let formats = StringList::names(PLAIN.iter().map(OsStr::new));
        let formats = if plain { formats.as_ptr() } else { null() };
        let name = c_path(path);
        let dataset = (gdal.GDALOpenEx)(name.as_ptr(), flags, formats, null(), null());
        if dataset.is_null() {
            return Err(Error::input(
                path,
                format!(
                    "it cannot be opened as a file with polygons ({}); give one in GeoJSON, \
                     GeoPackage or the like",
                    quiet.explain("no reason given")
                ),
            ));
        }
        let layer = (gdal.GDALDatasetGetLayer)(dataset, 0);
        let system = layer_system(gdal, layer);
        while !layer.is_null() && area.0.len() < MOST_CORNERS {
            let feature = (gdal.OGR_L_GetNextFeature)(layer);
            if feature.is_null() {
                break;
            }
            collect(gdal, (gdal.OGR_F_GetGeometryRef)(feature), &mut area);
            (gdal.OGR_F_Destroy)(feature);
        }
        (gdal.GDALClose)(dataset);
        system
    };
    let corners: usize = area.0.iter().flatten().map(Vec::len).sum();
    if corners == 0 || corners > MOST_CORNERS {
        return Err(Error::input(
            path,
            format!(
                "its first layer has {corners} corners of polygons; give a file with the polygon \
                 of the area, of at most {MOST_CORNERS} corners"
            ),
        ));
    }
    let system = system.ok_or_else(|| {
        Error::input(
            path,
            "it does not say its coordinate reference system; set one, or give it as GeoJSON",
        )
    })?;
    transform(&mut area, &system, crs)?;
    Ok(area)
}

/// # Safety
/// `layer` is null or a layer of an open dataset.
unsafe fn layer_system(gdal: &Gdal, layer: OGRLayerH) -> Option<String> {
    let mut text = null_mut();
    // SAFETY: by the contract above; the text is GDAL's and is freed here.
    unsafe {
        let system = if layer.is_null() {
            null_mut()
        } else {
            (gdal.OGR_L_GetSpatialRef)(layer)
        };
        if system.is_null() {
            return None;
        }
        (gdal.OSRExportToWkt)(system, &mut text);
        let told = super::text(text);
        (gdal.VSIFree)(text.cast());
        (!told.is_empty()).then_some(told)
    }
}

/// Collects a polygon, or all in a collection; lines that are of no polygon enclose nothing.
///
/// # Safety
/// `geometry` is null or a geometry that lives during the call.
unsafe fn collect(gdal: &Gdal, geometry: OGRGeometryH, area: &mut Area) {
    if geometry.is_null() {
        return;
    }
    // SAFETY: by the contract above; numbers are within the counts that GDAL gives.
    unsafe {
        // Without the bits for height and measure.
        let kind = (gdal.OGR_GT_Flatten)((gdal.OGR_G_GetGeometryType)(geometry));
        let parts = 0..(gdal.OGR_G_GetGeometryCount)(geometry);
        let parts = parts.map(|i| (gdal.OGR_G_GetGeometryRef)(geometry, i));
        if kind == WKB_POLYGON {
            area.0.push(parts.map(|ring| corners(gdal, ring)).collect());
        } else {
            parts.for_each(|part| collect(gdal, part, area));
        }
    }
}

/// The corners of a ring.
///
/// # Safety
/// `ring` is a geometry that lives during the call.
unsafe fn corners(gdal: &Gdal, ring: OGRGeometryH) -> Vec<(f64, f64)> {
    // SAFETY: by the contract above; numbers are within the count that GDAL gives.
    unsafe {
        let count: c_int = (gdal.OGR_G_GetPointCount)(ring);
        let corner = |i| ((gdal.OGR_G_GetX)(ring, i), (gdal.OGR_G_GetY)(ring, i));
        (0..count).map(corner).collect()
    }
}
