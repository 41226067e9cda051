//! Polygons from vector files.

use std::ffi::{OsStr, c_int};
use std::path::Path;
use std::ptr::{null, null_mut};

use super::api::{GDAL_OF_VECTOR, GDAL_OF_VERBOSE_ERROR, GDALDatasetH, Gdal};
use super::api::{OGRGeometryH, OGRLayerH, WKB_CURVE_POLYGON, WKB_LINE_STRING};
use super::strings::StringList;
use super::transform::{Goal, MOST_CORNERS, Way};
use super::{Quiet, c_path, find, register};
use crate::error::{Error, Result};
use crate::raster::polygon::{Area, Polygon};

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

/// The largest angle, in degrees, that a side has in the place of a curve.
const STEP: f64 = 0.5;

/// The longest ring with curves: each of its points may become half a circle.
const MOST_CURVED: usize = 20_000;

/// An open dataset.
struct Opened {
    handle: GDALDatasetH,
    gdal: &'static Gdal,
}

impl Drop for Opened {
    fn drop(&mut self) {
        // SAFETY: opened by `polygons` and nobody else's.
        unsafe { (self.gdal.GDALClose)(self.handle) };
    }
}

/// The polygons of all layers of a vector file, each layer brought from its own coordinate
/// reference system to the goal. `plain`: only a file on this machine, in a format that leads
/// nowhere else.
pub fn polygons(path: &Path, goal: &Goal, plain: bool) -> Result<Area> {
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
    let flags = GDAL_OF_VECTOR | GDAL_OF_VERBOSE_ERROR;
    let formats = StringList::names(PLAIN.iter().map(OsStr::new));
    let formats = if plain { formats.as_ptr() } else { null() };
    let name = c_path(path);
    // SAFETY: a C string and lists that are null or NULL-terminated.
    let handle = unsafe { (gdal.GDALOpenEx)(name.as_ptr(), flags, formats, null(), null()) };
    if handle.is_null() {
        return Err(Error::input(
            path,
            format!(
                "it cannot be opened as a file with polygons ({}); give one in GeoJSON, \
                 GeoPackage or the like",
                quiet.explain("no reason given")
            ),
        ));
    }
    let dataset = Opened { handle, gdal };
    let (mut area, mut corners) = (Area::default(), 0);
    // SAFETY: the dataset is open.
    for number in 0..unsafe { (gdal.GDALDatasetGetLayerCount)(handle) } {
        // SAFETY: the number is one of the dataset's layers, which live as long as it is open.
        let (mut found, system) = unsafe {
            let layer = (gdal.GDALDatasetGetLayer)(handle, number);
            (layer_polygons(gdal, layer), layer_system(gdal, layer))
        };
        if found.polygons.is_empty() {
            continue;
        }
        let system = system.ok_or_else(|| {
            Error::input(
                path,
                "it does not say its coordinate reference system; set one, or give it as GeoJSON",
            )
        })?;
        let way = Way::new(&system, goal)?;
        for line in found.polygons.iter_mut().flatten() {
            if !found.too_many {
                *line = way.bring(line)?;
                corners += line.len();
            }
            if found.too_many || corners > MOST_CORNERS {
                return Err(Error::input(
                    path,
                    format!(
                        "its polygons have more than {MOST_CORNERS} corners; give a file with the \
                         polygon of the area alone, or a simpler one"
                    ),
                ));
            }
        }
        area.0.append(&mut found.polygons);
    }
    drop(dataset);
    if corners == 0 {
        return Err(Error::input(
            path,
            "it has no polygon; give a file with the polygon of the area",
        ));
    }
    Ok(area)
}

/// What a layer holds.
#[derive(Default)]
struct Found {
    polygons: Vec<Polygon>,
    corners: usize,
    /// Whether it has more corners than are read.
    too_many: bool,
}

/// # Safety
/// `layer` is null or a layer of an open dataset.
unsafe fn layer_polygons(gdal: &Gdal, layer: OGRLayerH) -> Found {
    let mut found = Found::default();
    // SAFETY: by the contract above; a feature is destroyed, and its geometry is not used after it.
    unsafe {
        while !layer.is_null() && !found.too_many {
            let feature = (gdal.OGR_L_GetNextFeature)(layer);
            if feature.is_null() {
                break;
            }
            found.collect(gdal, (gdal.OGR_F_GetGeometryRef)(feature));
            (gdal.OGR_F_Destroy)(feature);
        }
    }
    found
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

impl Found {
    /// Collects a polygon, or all in a collection; lines that are of no polygon enclose nothing.
    ///
    /// # Safety
    /// `geometry` is null or a geometry that lives during the call.
    unsafe fn collect(&mut self, gdal: &Gdal, geometry: OGRGeometryH) {
        if geometry.is_null() {
            return;
        }
        // SAFETY: by the contract above; numbers are within the counts that GDAL gives.
        unsafe {
            let kind = (gdal.OGR_G_GetGeometryType)(geometry);
            let parts = 0..(gdal.OGR_G_GetGeometryCount)(geometry);
            let parts = parts.map(|i| (gdal.OGR_G_GetGeometryRef)(geometry, i));
            if (gdal.OGR_GT_IsSubClassOf)(kind, WKB_CURVE_POLYGON) != 0 {
                let rings = parts.map(|ring| self.ring(gdal, ring)).collect();
                self.polygons.push(rings);
            } else {
                parts.for_each(|part| self.collect(gdal, part));
            }
        }
    }

    /// The corners of a ring; of one with curves, those of straight sides in their place.
    ///
    /// # Safety
    /// `ring` is a geometry that lives during the call.
    unsafe fn ring(&mut self, gdal: &Gdal, ring: OGRGeometryH) -> Vec<(f64, f64)> {
        // SAFETY: by the contract above; what is made here is destroyed here.
        unsafe {
            let kind = (gdal.OGR_GT_Flatten)((gdal.OGR_G_GetGeometryType)(ring));
            if kind == WKB_LINE_STRING {
                return self.corners(gdal, ring);
            }
            if (gdal.OGR_G_GetPointCount)(ring) as usize > MOST_CURVED {
                self.too_many = true;
                return Vec::new();
            }
            let straight = (gdal.OGR_G_GetLinearGeometry)(ring, STEP, null());
            let corners = self.corners(gdal, straight);
            (gdal.OGR_G_DestroyGeometry)(straight);
            corners
        }
    }

    /// # Safety
    /// `line` is null or a line that lives during the call.
    unsafe fn corners(&mut self, gdal: &Gdal, line: OGRGeometryH) -> Vec<(f64, f64)> {
        if line.is_null() {
            return Vec::new();
        }
        // SAFETY: by the contract above; numbers are within the count that GDAL gives.
        unsafe {
            let count: c_int = (gdal.OGR_G_GetPointCount)(line);
            self.corners += usize::try_from(count).unwrap_or_default();
            self.too_many |= self.corners > MOST_CORNERS;
            if self.too_many {
                return Vec::new();
            }
            let corner = |i| ((gdal.OGR_G_GetX)(line, i), (gdal.OGR_G_GetY)(line, i));
            (0..count).map(corner).collect()
        }
    }
}
