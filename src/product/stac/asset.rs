//! One band of a STAC item.

use serde_json::Value;

use crate::raster::band::Band;
use crate::raster::names;

/// One band of an item.
#[derive(Clone, Debug, PartialEq)]
pub struct Asset {
    /// Which band.
    pub band: Band,
    /// Where it is, as the item says it.
    pub href: String,
    /// Where it is, too.
    pub alternates: Vec<String>,
    /// Its ground sample distance in m, as far as it is said.
    pub gsd: Option<f64>,
    /// Whether it is JPEG 2000, of which a server has to read more.
    pub jpeg: bool,
    /// Slope and intercept from DN to reflectance, nodata.
    pub scale: Option<f64>,
    /// The intercept.
    pub offset: Option<f64>,
    /// The DN without data.
    pub nodata: Option<f64>,
}

/// The names of the bands in an asset; its key where it names none, or says that it is none.
pub fn band_names(key: &str, asset: &Value) -> Vec<String> {
    let listed = ["eo:bands", "bands"]
        .iter()
        .find_map(|k| asset[k].as_array().filter(|b| !b.is_empty()));
    let Some(listed) = listed.filter(|_| !names::denies(key)) else {
        return vec![key.to_owned()];
    };
    let name = |band: &Value| {
        let known = |key: &str| {
            let name = band[key].as_str()?;
            names::parse(name).map(|_| name.to_owned())
        };
        known("name")
            .or_else(|| known("eo:common_name"))
            .or_else(|| known("common_name"))
            .unwrap_or_else(|| key.to_owned())
    };
    listed.iter().map(name).collect()
}

/// Where an asset is, too, by the Alternate Assets extension.
pub fn alternates(asset: &Value) -> Vec<String> {
    let places = asset["alternate"].as_object().into_iter().flatten();
    let hrefs = places.filter_map(|(_, place)| place["href"].as_str());
    hrefs.map(str::to_owned).collect()
}

/// What an asset says; `None` where it is a picture or metadata.
pub fn one_asset(band: Band, key: &str, asset: &Value) -> Option<Asset> {
    let kind = asset["type"].as_str().unwrap_or_default();
    let is_picture = asset["roles"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|r| matches!(r.as_str(), Some("thumbnail" | "overview" | "metadata")));
    if is_picture || kind.contains("xml") || kind.contains("json") {
        return None;
    }
    let raster = &asset["raster:bands"][0];
    let inner = &asset["bands"][0];
    let number = |places: &[&Value]| {
        let mut numbers = places.iter().filter_map(|v| v.as_f64());
        numbers.find(|v| v.is_finite())
    };
    let by_key = || {
        [10.0, 20.0, 60.0]
            .into_iter()
            .find(|gsd| key.ends_with(&format!("_{gsd}m")))
    };
    let gsd = number(&[
        &asset["gsd"],
        &raster["spatial_resolution"],
        &asset["raster:spatial_resolution"],
        &inner["gsd"],
        &asset["proj:transform"][0],
    ]);
    Some(Asset {
        band,
        href: asset["href"].as_str()?.to_owned(),
        alternates: alternates(asset),
        gsd: gsd.or_else(by_key),
        jpeg: kind.contains("jp2") || kind.contains("jpeg2000") || key.ends_with("-jp2"),
        scale: number(&[
            &raster["scale"],
            &asset["raster:scale"],
            &inner["raster:scale"],
        ]),
        offset: number(&[
            &raster["offset"],
            &asset["raster:offset"],
            &inner["raster:offset"],
        ]),
        nodata: number(&[&raster["nodata"], &asset["nodata"], &inner["nodata"]]),
    })
}
