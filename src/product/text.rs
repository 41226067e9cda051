//! Names of files.

/// `IMG_DATA/T01_B02_10m.jp2` -> `T01_B02_10m`.
pub fn stem(name: &str) -> &str {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    file.rsplit_once('.').map_or(file, |(s, _)| s)
}
