//! Which file on disk a name of GDAL's stands for.

use std::path::{Path, PathBuf};

use super::strings::{name as bytes_of, os_name};
use super::vsi;

/// The file on disk that a name of GDAL's leads to: the archive for what is in one.
pub fn real_file(name: &Path) -> Option<PathBuf> {
    let file = |name: &Path| name.ancestors().find(|p| p.is_file()).map(PathBuf::from);
    if !vsi::is_virtual(name) {
        return file(name);
    }
    let bytes = bytes_of(name);
    let rest = vsi::inside(&bytes);
    let bare = rest.iter().copied().filter(|b| !matches!(b, b'{' | b'}'));
    let named = |bytes: Vec<u8>| file(Path::new(&os_name(bytes)));
    named(rest.to_vec()).or_else(|| named(bare.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_found_around_what_is_in_them() {
        let folder = tempfile::tempdir().unwrap();
        let zip = folder.path().join("a.zip");
        std::fs::write(&zip, "").unwrap();
        let text = zip.to_str().unwrap();
        for name in [
            text.to_owned(),
            format!("/vsizip/{text}/B5.tif"),
            format!("/vsizip/{{{text}}}/x/B5.tif"),
            format!("/vsigzip/{text}"),
        ] {
            assert_eq!(
                real_file(Path::new(&name)).as_deref(),
                Some(zip.as_path()),
                "{name}"
            );
        }
        assert_eq!(
            real_file(Path::new("/vsicurl/http://127.0.0.1/a.tif")),
            None
        );
    }
}
