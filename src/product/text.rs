//! Names of files.

use std::path::Path;

/// `IMG_DATA/T01_B02_10m.jp2` -> `T01_B02_10m`.
pub fn stem(name: &str) -> &str {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    file.rsplit_once('.').map_or(file, |(s, _)| s)
}

/// The same of a path; what is not UTF-8 is replaced, as it is no part of a band's name.
pub fn path_stem(path: &Path) -> String {
    stem(&path.file_name().unwrap_or_default().to_string_lossy()).to_owned()
}
