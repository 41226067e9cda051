//! Names of files and folders.

use std::path::{Path, PathBuf};

/// Folders inside a folder of bands that hold bands, too.
pub const INNER: [&str; 3] = ["R10m", "R20m", "R60m"];

/// `IMG_DATA/T01_B02_10m.jp2` -> `T01_B02_10m`.
pub fn stem(name: &str) -> &str {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    file.rsplit_once('.').map_or(file, |(s, _)| s)
}

/// The same of a path; what is not UTF-8 is replaced, as it is no part of a band's name.
pub fn path_stem(path: &Path) -> String {
    stem(&path.file_name().unwrap_or_default().to_string_lossy()).to_owned()
}

/// The last name of a path; empty for what has none.
pub fn name_of(path: &Path) -> String {
    let name = |path: &Path| path.file_name().map(|n| n.to_string_lossy().into_owned());
    // `.` and `..` have one elsewhere.
    let whole = || name(&path.canonicalize().ok()?);
    name(path).or_else(whole).unwrap_or_default()
}

/// A folder as it is joined with names: `.` for none.
pub fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}
