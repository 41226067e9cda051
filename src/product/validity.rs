//! Which pixels of a band carry data: by a nodata value, by a mask, by what a number can be.

use crate::gdal::dataset::BandFacts;
use crate::raster::radiometry::{DataType, declared_nodata};

/// The nodata value of a raster that no metadata describe. What is not finite, or no number that a
/// reflectance can be, is invalid by itself. Integers without a declared value have Sentinel-2's,
/// 0; so have those that declare one that their type cannot hold, as -9999 among numbers without a
/// sign.
pub fn nodata(facts: &BandFacts, dtype: DataType) -> Option<f64> {
    let is_float = dtype == DataType::Float32;
    let declared = facts
        .nodata
        .filter(|n| is_float || dtype.held(*n).is_some());
    declared
        .or((!is_float).then_some(0.0))
        .and_then(declared_nodata)
}
