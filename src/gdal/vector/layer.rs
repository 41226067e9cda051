//! The polygons of a layer. A feature that GDAL cannot read looks like the end of the layer or like
//! one without a geometry, so what GDAL says is listened to.

use std::ffi::c_int;
use std::path::Path;
use std::ptr::null;

use super::super::api::{Gdal, OGRGeometryH, OGRLayerH, WKB_CURVE_POLYGON, WKB_LINE_STRING};
use super::super::transform::MOST_CORNERS;
use super::super::{Quiet, crs};
use super::opened::Opened;
use super::wrong::{damaged, too_many};
use crate::error::Result;
use crate::memory::{push, room};
use crate::raster::polygon::Polygon;

/// The largest angle, in degrees, that a side has in the place of a curve.
const STEP: f64 = 0.5;

/// The longest ring with curves: each of its points may become half a circle.
const MOST_CURVED: usize = 20_000;

/// A layer of an open file.
pub struct Layer<'a> {
    handle: OGRLayerH,
    file: &'a Opened<'a>,
}

/// All of a file.
pub fn layers<'a>(file: &'a Opened) -> impl Iterator<Item = Result<Layer<'a>>> {
    let gdal = file.gdal;
    // SAFETY: the dataset is open.
    let count = unsafe { (gdal.GDALDatasetGetLayerCount)(file.handle) };
    (0..count).map(move |number| {
        let quiet = Quiet::new();
        // SAFETY: the number is one of the dataset's layers, which live as long as it is open.
        let handle = unsafe { (gdal.GDALDatasetGetLayer)(file.handle, number) };
        if handle.is_null() {
            return Err(damaged(file.path, &quiet.explain("a layer is missing")));
        }
        Ok(Layer { handle, file })
    })
}

/// What a layer holds.
pub struct Found {
    pub polygons: Vec<Polygon>,
    /// The coordinate reference system as well-known text, if it says one.
    pub system: Option<String>,
}

impl Layer<'_> {
    /// Reads it. `corners` is how many there are in the layers before.
    pub fn polygons(&self, corners: usize) -> Result<Found> {
        let (file, gdal) = (self.file, self.file.gdal);
        // Asked first, as what is wrong with it is no damage to the polygons.
        let system = self.system();
        let quiet = Quiet::new();
        let mut reading = Reading {
            gdal,
            path: file.path,
            quiet: &quiet,
            polygons: Vec::new(),
            corners,
        };
        let mut features = 0_i64;
        loop {
            // SAFETY: the layer is one of an open dataset; a feature is destroyed, and its geometry
            // is not used after it.
            unsafe {
                let feature = (gdal.OGR_L_GetNextFeature)(self.handle);
                if feature.is_null() {
                    break;
                }
                features += 1;
                let geometry = (gdal.OGR_F_GetGeometryRef)(feature);
                let done = reading.collect(geometry);
                (gdal.OGR_F_Destroy)(feature);
                done?;
            }
        }
        if quiet.failed() {
            return Err(damaged(file.path, &quiet.explain("no reason given")));
        }
        // A file that ends between two features looks whole to GDAL. Other formats count what was
        // deleted, too.
        // SAFETY: the layer is one of an open dataset.
        let told = || unsafe { (gdal.OGR_L_GetFeatureCount)(self.handle, 0) };
        if file.format == "FlatGeobuf" && features < told() {
            let why = format!("it has {features} of {} features", told());
            return Err(damaged(file.path, &why));
        }
        let Reading { polygons, .. } = reading;
        Ok(Found { polygons, system })
    }

    fn system(&self) -> Option<String> {
        let (gdal, _quiet) = (self.file.gdal, Quiet::new());
        // SAFETY: the layer is one of an open dataset, and keeps its system.
        let told = unsafe { crs::wkt(gdal, (gdal.OGR_L_GetSpatialRef)(self.handle)) };
        (!told.is_empty()).then_some(told)
    }
}

/// What was read up to now.
struct Reading<'a> {
    gdal: &'static Gdal,
    path: &'a Path,
    quiet: &'a Quiet,
    polygons: Vec<Polygon>,
    corners: usize,
}

impl Reading<'_> {
    /// Collects a polygon, or all in a collection; lines that are of no polygon enclose nothing.
    ///
    /// # Safety
    /// `geometry` is null or a geometry that lives during the call.
    unsafe fn collect(&mut self, geometry: OGRGeometryH) -> Result<()> {
        if geometry.is_null() {
            return Ok(());
        }
        let gdal = self.gdal;
        // SAFETY: by the contract above; numbers are within the counts that GDAL gives.
        unsafe {
            let kind = (gdal.OGR_G_GetGeometryType)(geometry);
            let encloses = (gdal.OGR_GT_IsSubClassOf)(kind, WKB_CURVE_POLYGON) != 0;
            let mut rings = Vec::new();
            for number in 0..(gdal.OGR_G_GetGeometryCount)(geometry) {
                let part = (gdal.OGR_G_GetGeometryRef)(geometry, number);
                if encloses {
                    push(&mut rings, self.ring(part)?)?;
                } else {
                    self.collect(part)?;
                }
            }
            if encloses {
                push(&mut self.polygons, rings)?;
            }
        }
        Ok(())
    }

    /// The corners of a ring; of one with curves, those of straight sides in their place.
    ///
    /// # Safety
    /// `ring` is a geometry that lives during the call.
    unsafe fn ring(&mut self, ring: OGRGeometryH) -> Result<Vec<(f64, f64)>> {
        let gdal = self.gdal;
        // SAFETY: by the contract above; what is made here is destroyed here.
        unsafe {
            let kind = (gdal.OGR_GT_Flatten)((gdal.OGR_G_GetGeometryType)(ring));
            if kind == WKB_LINE_STRING {
                return self.line(ring);
            }
            if (gdal.OGR_G_GetPointCount)(ring) as usize > MOST_CURVED {
                return Err(too_many(self.path));
            }
            let straight = (gdal.OGR_G_GetLinearGeometry)(ring, STEP, null());
            if straight.is_null() {
                let why = self.quiet.explain("a curve leads nowhere");
                return Err(damaged(self.path, &why));
            }
            let corners = self.line(straight);
            (gdal.OGR_G_DestroyGeometry)(straight);
            corners
        }
    }

    /// # Safety
    /// `line` is a line that lives during the call.
    unsafe fn line(&mut self, line: OGRGeometryH) -> Result<Vec<(f64, f64)>> {
        let gdal = self.gdal;
        // SAFETY: by the contract above.
        let count: c_int = unsafe { (gdal.OGR_G_GetPointCount)(line) };
        self.corners += usize::try_from(count).unwrap_or_default();
        if self.corners > MOST_CORNERS {
            return Err(too_many(self.path));
        }
        let mut corners = room(usize::try_from(count).unwrap_or_default())?;
        // SAFETY: as above; numbers are within the count that GDAL gives.
        let corner = |i| unsafe { ((gdal.OGR_G_GetX)(line, i), (gdal.OGR_G_GetY)(line, i)) };
        corners.extend((0..count).map(corner));
        Ok(corners)
    }
}
