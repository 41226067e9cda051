//! What a product is called, by the path that it is given by alone: it need not be there, so that a
//! program that sends products to other machines can name their results.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::pattern::Pattern;
use super::{container, endings, inside, offsets, safe, text, theia, zarr};
use crate::gdal::vsi;

/// Endings of what is told by its content, or lies in two pieces side by side.
const OTHERS: [&str; 6] = ["dim", "data", "xml", "json", "geojson", "vrt"];
/// What parts of SAFE products are called in all of them, besides metadata.
const PARTS: [&str; 4] = ["GRANULE", "IMG_DATA", "manifest.safe", "INSPIRE.xml"];

/// The name of a product; `None` where what is given has none. A part whose name says nothing, such
/// as a SAFE's metadata, is called after what it lies in; what a pattern chooses in a folder after
/// both, as several dates of one folder may be wanted.
pub fn called(given: &Path) -> Option<OsString> {
    let path = whole(given)?;
    let name = path.file_name()?;
    let above = || called(path.parent()?);
    let text = name.to_string_lossy();
    if let Some(product) = theia::product_of(&text) {
        return Some(product.into());
    }
    if is_part(name) {
        return above().or_else(|| Some(without_form(name)));
    }
    match Pattern::new(name) {
        Some(_) => {
            let mut product = above()?;
            for word in words(&without_form(name)) {
                product.push("_");
                product.push(word);
            }
            Some(product)
        }
        None => Some(without_form(name)),
    }
}

/// A path that ends in a name; an address without its query.
fn whole(given: &Path) -> Option<PathBuf> {
    let path = vsi::resolved(given);
    if vsi::is_virtual(&path) {
        let name = path.to_str().filter(|_| vsi::is_remote(&path));
        let address = name.and_then(|name| Some(name.split_once('?')?.0.into()));
        return Some(address.unwrap_or(path));
    }
    let path = std::path::absolute(path).ok()?;
    match path.file_name() {
        Some(_) => Some(path),
        None => path.canonicalize().ok(),
    }
}

fn is_part(name: &OsStr) -> bool {
    let text = name.to_string_lossy();
    let mut parts = PARTS
        .iter()
        .chain(&text::INNER)
        .chain(&safe::OTHERS)
        .chain(&offsets::FILES);
    parts.any(|part| text.eq_ignore_ascii_case(part))
        || text.starts_with("MTD_") && text.ends_with(".xml")
        || safe::is_metadata(Path::new(name))
        || zarr::is_part(&text)
}

/// A name without the endings that say a form.
fn without_form(name: &OsStr) -> OsString {
    let mut name = Path::new(name);
    while let (Some(ending), Some(rest)) = (name.extension(), name.file_stem()) {
        if !is_form(&ending.to_string_lossy()) {
            break;
        }
        name = Path::new(rest);
    }
    name.into()
}

fn is_form(ending: &str) -> bool {
    let ending = ending.to_ascii_lowercase();
    let mut told = OTHERS.iter().chain(&container::ENDINGS);
    let mut dotted = inside::ARCHIVES.iter().chain(&inside::FOLDERS);
    told.any(|own| *own == ending)
        || dotted.any(|own| own.to_ascii_lowercase().rsplit('.').next() == Some(&ending))
        || endings::is_raster(&format!("x.{ending}"))
}

/// What a pattern says in letters: `*_20200131*` says `20200131`.
fn words(pattern: &OsStr) -> Vec<String> {
    let pattern = pattern.to_string_lossy();
    let words = pattern.split(['*', '?']);
    let words = words.map(|w| w.trim_matches(|c: char| !c.is_alphanumeric()).to_owned());
    words.filter(|w| !w.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_called_by_its_own_name_in_all_of_its_forms() {
        let here = std::env::current_dir().unwrap();
        let here = here.file_name().unwrap().to_str().unwrap();
        let store = "https://x.org/a/S2.zarr";
        for (given, name) in [
            ("a/S2B_X.SAFE", "S2B_X"),
            ("a/S2B_X.SAFE/", "S2B_X"),
            ("a/S2B_X.SAFE.zip", "S2B_X"),
            ("v1.2.tar.gz", "v1.2"),
            ("v1.2", "v1.2"),
            ("a.gz", "a"),
            ("b.tif", "b"),
            ("b.JP2", "b"),
            ("x.dim", "x"),
            ("x.data", "x"),
            ("x.nc", "x"),
            ("x.img", "x"),
            ("x.h5", "x"),
            ("x.vrt", "x"),
            ("x.geojson", "x"),
            // A part that every product has stands for the product, or for the tile that it is of.
            ("S2B_X.SAFE/MTD_MSIL2A.xml", "S2B_X"),
            ("S2B_X.SAFE/manifest.safe", "S2B_X"),
            ("S2B_X.SAFE/GRANULE", "S2B_X"),
            ("S2B_X.SAFE/GRANULE/T33/IMG_DATA/R10m", "T33"),
            ("S2B_X.SAFE/GRANULE/T33/MTD_TL.xml", "T33"),
            ("S2A_X.SAFE/S2A_OPER_MTD_SAFL1C_PDMC_1.xml", "S2A_X"),
            ("S2A_X.SAFE.zip/S2A_X.SAFE", "S2A_X"),
            (
                "x/SENTINEL2A_T31_C_V2-2_MTD_ALL.xml",
                "SENTINEL2A_T31_C_V2-2",
            ),
            ("x.zarr/zarr.json", "x"),
            ("x.zarr/measurements/reflectance/r10m", "x"),
            ("aws/2020_0/tileInfo.json", "2020_0"),
            // Some of a folder's or a file's.
            ("scenes/*20200131*", "scenes_20200131"),
            ("scenes/*_2020013?*.tif", "scenes_2020013"),
            ("scenes/T33*-b.*", "scenes_T33_b"),
            ("scenes/*", "scenes"),
            ("cube.nc/*2020-01-31*", "cube_2020-01-31"),
            ("all.zip/*20200131*", "all_20200131"),
            // Addresses.
            ("https://x.org/a/S2B.json?token=a/b*c", "S2B"),
            (&format!("{store}/"), "S2"),
            (&format!("{store}/.zmetadata"), "S2"),
            ("s3://x/a/S2B_*.SAFE", "a_S2B"),
            ("/vsizip/{/a/b.zip}/c.SAFE", "c"),
            // From here.
            (".", here),
            ("*20200131*", &format!("{here}_20200131")),
            ("MTD_MSIL2A.xml", here),
        ] {
            let called = called(Path::new(given)).unwrap();
            assert_eq!(called.to_string_lossy(), name, "{given}");
        }
        assert!(called(Path::new("/")).is_none());
    }
}
