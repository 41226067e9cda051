//! The coordinate reference system that a GeoJSON file names. Where GDAL does not know the name, it
//! takes longitudes and latitudes instead, mostly without a word.

use std::io::BufReader;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::super::crs::crs_name;
use super::super::vsi::File;
use crate::error::{Error, Result};
use crate::text::shown;

/// What GDAL takes in the place of a name that it does not know.
const INSTEAD: [&str; 2] = ["EPSG:4326", "OGC:CRS84"];

/// What stands in the names of that system, whoever wrote them.
const OWN: [&str; 6] = ["4326", "4979", "CRS84", "WGS84", "OGC84", "OGC1384"];

#[derive(Deserialize)]
struct Told {
    crs: Option<Value>,
}

/// Refuses a file of GeoJSON that names another system than the one that GDAL took, which is given
/// as well-known text.
pub fn refuse_unknown(path: &Path, taken: &str) -> Result<()> {
    if !INSTEAD.contains(&crs_name(taken).as_str()) {
        return Ok(());
    }
    match name(path) {
        Some(name) if !is_own(&name) => Err(Error::input(
            path,
            format!(
                "its coordinate reference system, '{}', is none that GDAL knows; name it by its \
                 EPSG code, as in EPSG:32633",
                shown(&name)
            ),
        )),
        _ => Ok(()),
    }
}

/// The name or the code in the member `crs`. What is no JSON is for GDAL to judge.
fn name(path: &Path) -> Option<String> {
    let file = BufReader::new(File::open(path).ok()?);
    let told: Told = serde_json::from_reader(file).ok()?;
    let properties = &told.crs?["properties"];
    let name = [&properties["name"], &properties["code"]];
    name.into_iter().find_map(|name| match name {
        Value::String(text) => Some(text.clone()),
        Value::Number(code) => Some(code.to_string()),
        _ => None,
    })
}

fn is_own(name: &str) -> bool {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    let letters = letters.collect::<String>().to_uppercase();
    OWN.iter().any(|own| letters.contains(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longitudes_and_latitudes_have_many_names() {
        for name in [
            "EPSG:4326",
            "urn:ogc:def:crs:OGC:1.3:CRS84",
            "urn:ogc:def:crs:OGC::CRS84",
            "http://www.opengis.net/def/crs/EPSG/0/4326",
            "+proj=longlat +datum=WGS84 +no_defs",
            "GEOGCS[\"WGS 84\"]",
            "4326",
        ] {
            assert!(is_own(name), "{name}");
        }
        assert!(!is_own("EPSG:99999") && !is_own("mine grid"));
    }
}
