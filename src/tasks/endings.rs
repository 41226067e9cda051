//! What the ending of a file's name promises of it.

use std::path::Path;

use crate::error::Result;
use crate::output::Target;

/// Endings of formats that hold rasters or outlines.
const KNOWN: [&str; 28] = [
    "tif", "tiff", "vrt", "jp2", "j2k", "png", "jpg", "jpeg", "webp", "gif", "bmp", "img", "nc",
    "h5", "hdf", "zarr", "gpkg", "dat", "ecw", "zip", "asc", "pdf", "mbtiles", "kmz", "kml", "shp",
    "json", "geojson",
];

/// The endings of a GeoTIFF.
pub const GEOTIFF: [&str; 2] = ["tif", "tiff"];

/// Whether a name is that of a GeoTIFF.
pub fn is_geotiff(name: &Path) -> bool {
    GEOTIFF.contains(&ending(name).as_str())
}

/// Refuses a name that promises another format than what is made, `a GeoTIFF`, whose endings are
/// `own`.
pub fn refuse_other(target: &Target, name: &Path, made: &str, own: &[&str]) -> Result<()> {
    let ending = ending(name);
    if own.contains(&ending.as_str()) || !KNOWN.contains(&ending.as_str()) {
        return Ok(());
    }
    Err(target.error(format!(
        "the result is {made}, and .{ending} is the ending of another format; call it .{} and \
         convert it with gdal_translate",
        own[0]
    )))
}

/// Refuses a name that does not say what a preview is to be.
pub fn refuse_no_picture(target: &Target, name: &Path) -> Result<()> {
    if is_geotiff(name) || ending(name) == "png" {
        return Ok(());
    }
    Err(target.error("the preview is a PNG or a GeoTIFF; call it .png or .tif"))
}

fn ending(file: &Path) -> String {
    let ending = file.extension().unwrap_or_default();
    ending.to_string_lossy().to_lowercase()
}
