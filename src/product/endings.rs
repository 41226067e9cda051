//! What the endings of file names tell: rasters, what describes them, what only lies beside them.

use super::text::stem;

/// File names that lie beside rasters and are none.
const NOT_RASTERS: [&str; 27] = [
    "xml", "txt", "json", "csv", "md", "html", "ovr", "aux", "msk", "zip", "tfw", "tifw", "j2w",
    "pgw", "jgw", "wld", "prj", "hdr", "qml", "tar", "gz", "geojson", "gml", "kml", "pdf", "py",
    "safe",
];
/// File names that say that it is a raster: one that is none is damaged.
const RASTERS: [&str; 4] = ["tif", "tiff", "jp2", "j2k"];
/// What lies beside rasters, or is one that is not there yet.
const COMPANIONS: [&str; 13] = [
    "md5",
    "sha256",
    "part",
    "crdownload",
    "partial",
    "aria2",
    "tmp",
    "bak",
    "old",
    "orig",
    "lock",
    "qgz",
    "qgs",
];
/// What a raster's name may also end with.
const OTHER_RASTERS: [&str; 6] = ["img", "png", "jpg", "jpeg", "dat", "bsq"];

/// Whether a file of this name may be a raster, if it is one: not by what its name says that it is.
pub fn may_be_raster(name: &str) -> bool {
    !name.starts_with('.') && !NOT_RASTERS.contains(&extension(name).as_str())
}

/// What a name ends with, in lower case.
fn extension(name: &str) -> String {
    name.rsplit_once('.')
        .map_or("", |(_, e)| e)
        .to_ascii_lowercase()
}

/// Whether a file's name is that of one that lies beside a raster: `B02.md5`, `B02.tif.asc`,
/// `B02.tif~`, `B02.tif:Zone.Identifier`.
pub fn is_companion(name: &str) -> bool {
    let ending = extension(name);
    let base = name.split(':').next().unwrap_or(name);
    let of_raster = is_raster(base) && base != name || is_raster(stem(name));
    COMPANIONS.contains(&ending.as_str()) || ending.ends_with('~') || of_raster && !is_raster(name)
}

/// Whether a file's name is that of a raster.
pub fn is_raster(name: &str) -> bool {
    let ending = extension(name);
    RASTERS.contains(&ending.as_str()) || OTHER_RASTERS.contains(&ending.as_str())
}

/// Whether a file's name says that it is a raster: one that is none is damaged.
pub fn says_raster(name: &str) -> bool {
    RASTERS.contains(&extension(name).as_str())
}
