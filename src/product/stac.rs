//! STAC items: a JSON file that says where the bands of one scene lie, on a server or beside it, and
//! what their numbers mean. The assets are read where they are.

use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use super::assemble::{Findings, assemble};
use super::bounds::Bounds;
use super::choice::finest_copies;
use super::offsets::{self, Beside};
use super::{Candidate, ClassFile, Product, given};
use crate::error::{Error, Result};
use crate::gdal::vsi;
use crate::options::Options;
use crate::raster::band::Band;
use crate::raster::names::{self, Name, Place};
use crate::raster::radiometry::Radiometry;
use crate::text::shown;

/// So many items of a list are named.
const LISTED: usize = 8;

/// One band of an item.
#[derive(Clone, Debug, PartialEq)]
pub struct Asset {
    /// Which band.
    pub band: Band,
    /// Where it is, as the item says it.
    pub href: String,
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

/// What an item says.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Its identifier.
    pub id: String,
    /// The collection that it is of.
    pub collection: String,
    /// Processing baseline.
    pub baseline: Option<String>,
    /// `L1C`, `L2A`.
    pub level: Option<String>,
    /// Spacecraft.
    pub platform: Option<String>,
    /// What Earth Search says of the offset: whether it was taken off the pixels.
    pub offset_applied: Option<bool>,
    /// Its bands; some several times.
    pub assets: Vec<Asset>,
    /// Where the scene classification is.
    pub classes: Option<String>,
}

/// Reads an item. A list of items is taken for its only one.
pub fn parse(text: &str) -> std::result::Result<Item, String> {
    let value: Value =
        serde_json::from_str(text).map_err(|e| format!("it is no JSON ({e}); fetch it again"))?;
    match value["type"].as_str() {
        Some("Feature") if value["assets"].is_object() => item(&value),
        Some("FeatureCollection") => match value["features"].as_array().map(Vec::as_slice) {
            Some([only]) if only["assets"].is_object() => item(only),
            Some(several) if several.len() > 1 => {
                let ids: Vec<String> = several.iter().take(LISTED).map(address).collect();
                Err(format!(
                    "it lists {} items; give one of them: {}",
                    several.len(),
                    ids.join(", ")
                ))
            }
            _ => {
                Err("it is a list without STAC items; give the address or file of one item".into())
            }
        },
        Some("Collection" | "Catalog") => Err(
            "it is a STAC collection or catalog; give the address or file of one item of it".into(),
        ),
        _ => {
            let keys = ["detail", "message", "description", "error"];
            let said = keys.iter().find_map(|k| value[k].as_str());
            Err(match said {
                Some(said) => format!("it is no STAC item but a server's answer: {}", shown(said)),
                None => {
                    "it is JSON, but no STAC item; give a product or the item of one scene".into()
                }
            })
        }
    }
}

/// Where an item is by itself, or its identifier.
fn address(item: &Value) -> String {
    let links = item["links"].as_array().into_iter().flatten();
    let own = links
        .filter(|l| l["rel"] == "self")
        .find_map(|l| l["href"].as_str());
    shown(own.or(item["id"].as_str()).unwrap_or("one without a name"))
}

fn item(value: &Value) -> std::result::Result<Item, String> {
    let properties = &value["properties"];
    let text = |key: &str| properties[key].as_str().map(str::to_owned);
    let id = value["id"].as_str().unwrap_or_default().to_owned();
    let baseline = [
        "s2:processing_baseline",
        "earthsearch:processing_baseline",
        "processing:version",
    ]
    .iter()
    .find_map(|key| text(key))
    .or_else(|| offsets::baseline_in(&text("s2:product_uri").unwrap_or_default()))
    .or_else(|| offsets::baseline_in(&id));
    let collection = value["collection"].as_str().unwrap_or_default().to_owned();
    let kinds = [
        text("s2:product_type"),
        text("product:type"),
        Some(collection.clone()),
        Some(id.clone()),
    ];
    let level = ["L1C", "L2A"]
        .into_iter()
        .find(|l| kinds.iter().flatten().any(|k| k.to_uppercase().contains(l)));
    let empty = serde_json::Map::new();
    let assets = value["assets"].as_object().unwrap_or(&empty);
    let names: Vec<(&String, &Value, Vec<String>)> = assets
        .iter()
        .map(|(key, asset)| (key, asset, band_names(key, asset)))
        .collect();
    let texts: Vec<&str> = names
        .iter()
        .map(|(_, _, names)| match names.as_slice() {
            [one] => one.as_str(),
            _ => "",
        })
        .collect();
    let found = names::read(&texts, Place::Description);
    let assets: Vec<Asset> = names
        .iter()
        .zip(found)
        .filter_map(|((key, asset, _), name)| match name {
            Name::One(band, _) => one_asset(band, key, asset),
            _ => None,
        })
        .collect();
    if assets.is_empty() {
        return Err(
            "none of its assets is a band of Sentinel-2; give the item of a Sentinel-2 scene"
                .into(),
        );
    }
    let classes = ["scl", "SCL", "SCL_20m"]
        .iter()
        .find_map(|k| value["assets"][k]["href"].as_str());
    Ok(Item {
        collection,
        baseline,
        level: level.map(str::to_owned),
        platform: text("platform"),
        offset_applied: properties["earthsearch:boa_offset_applied"].as_bool(),
        assets,
        classes: classes.map(str::to_owned),
        id,
    })
}

/// The names of the bands in an asset; its key where it names none.
fn band_names(key: &str, asset: &Value) -> Vec<String> {
    let listed = ["eo:bands", "bands"]
        .iter()
        .find_map(|k| asset[k].as_array().filter(|b| !b.is_empty()));
    let Some(listed) = listed else {
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

fn one_asset(band: Band, key: &str, asset: &Value) -> Option<Asset> {
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

/// Opens the item in the file or at the address `path`.
pub fn open(path: &Path, options: &Options) -> Result<Product> {
    options.refuse_band_names(path, "a STAC item")?;
    let bad = |what: String| Error::input(path, what);
    let item = parse(&vsi::read_text(path)?).map_err(bad)?;
    let folder = given::folder_of(path);
    let bounds = Bounds::of(&folder);
    let mut candidates = Vec::new();
    let mut missing = Vec::new();
    let mut assets = item.assets.clone();
    // Of two copies the first one is taken.
    assets.sort_by_key(|a| a.jpeg);
    for asset in assets {
        let file = resolve(&folder, &asset.href).map_err(bad)?;
        if let Some(why) = bounds.refusal(&file).filter(|_| !vsi::is_virtual(&file)) {
            missing.push((asset.band, file, why));
            continue;
        }
        let radiometry = radiometry(&asset, &item);
        if let Some(what) = radiometry.as_ref().and_then(Radiometry::implausible) {
            return Err(bad(format!(
                "{what} in the item; correct it, or set --quantification and --offset"
            )));
        }
        let gsd = asset.gsd.map_or(asset.band.gsd(), |g| g.round() as u32);
        let candidate = Candidate {
            radiometry,
            ..Candidate::new(asset.band, file)
        };
        candidates.push((gsd, candidate));
    }
    let candidates = finest_copies(candidates);
    missing.retain(|(band, ..)| candidates.iter().all(|c| c.band != *band));
    if let (true, Some((_, file, why))) = (candidates.is_empty(), missing.first()) {
        return Err(Error::input(file, *why));
    }
    let beside = item.baseline.clone().map(|baseline| Beside {
        file: path.to_owned(),
        name: Some(item.id.clone()),
        baseline,
    });
    let findings = Findings {
        candidates,
        listed: true,
        forgiving: true,
        beside,
        ..Findings::new(path, item.id.clone())
    };
    let mut product = assemble(findings, options)?;
    for (band, file, why) in missing {
        let what = format!("{}: {why}", file.display());
        product.notes.push(format!("passed by {what}"));
        product.lacking.push((band, what));
    }
    product.classes = item
        .classes
        .as_ref()
        .and_then(|href| resolve(&folder, href).ok())
        .filter(|file| vsi::is_virtual(file) || bounds.refusal(file).is_none())
        .map(ClassFile::found);
    product.notes.extend(about_offset(&item, options));
    product.level = item.level;
    product.baseline = item.baseline;
    product.spacecraft = item.platform;
    product.files.push(path.to_owned());
    Ok(product)
}

/// What the item says of an asset's numbers; `None` where it says nothing.
fn radiometry(asset: &Asset, item: &Item) -> Option<Radiometry> {
    let scale = asset.scale.filter(|s| *s > 0.0)?;
    let told = asset.offset.map(|o| o / scale);
    let by_baseline = || {
        let since = item.baseline.as_deref().is_some_and(offsets::is_since_0400);
        if since { offsets::SINCE_0400 } else { 0.0 }
    };
    let add_offset = if item.offset_applied == Some(true) {
        0.0
    } else {
        told.unwrap_or_else(by_baseline)
    };
    Some(Radiometry {
        quantification: 1.0 / scale,
        add_offset,
        nodata: asset.nodata.or(Some(0.0)),
    })
}

/// Earth Search's first collection is known to say of some pixels that they have an offset which
/// they have not.
fn about_offset(item: &Item, options: &Options) -> Option<String> {
    let doubtful = item.offset_applied.is_some() && item.collection == "sentinel-2-l2a";
    (doubtful && options.offset.is_none()).then(|| {
        format!(
            "Earth Search's collection sentinel-2-l2a does not tell reliably whether the offset was taken off the pixels; here it says {}; compare with another date and set --offset 0 or --offset -1000, or take the collection sentinel-2-c1-l2a",
            if item.offset_applied == Some(true) { "that it was, so 0 was taken" } else { "that it was not, so its own was taken" }
        )
    })
}

/// Where an asset is: `href` as an item in `folder` says it.
fn resolve(folder: &Path, href: &str) -> std::result::Result<PathBuf, String> {
    let remote_item = vsi::is_remote(folder);
    let file = vsi::resolved(Path::new(href));
    if vsi::is_virtual(&file) {
        return match vsi::is_remote(&file) && !href.starts_with("/vsizip") {
            true => Ok(file),
            false => Err(format!(
                "its asset {href} is no file and no address; correct the item"
            )),
        };
    }
    let local_name = href.starts_with('/') || href.starts_with("file:");
    if remote_item && local_name {
        let host = folder.to_string_lossy();
        let end = host
            .match_indices('/')
            .nth(4)
            .map_or(host.len(), |(i, _)| i);
        return match href.strip_prefix("file:") {
            Some(_) => Err(format!(
                "its asset {href} is a file of this machine, which an item from elsewhere may not name"
            )),
            None => Ok(PathBuf::from(format!("{}{href}", &host[..end]))),
        };
    }
    if local_name {
        return Ok(file);
    }
    let mut place = folder.to_owned();
    for part in Path::new(href).components() {
        match part {
            Component::ParentDir => {
                place.pop();
            }
            Component::Normal(name) => place.push(name),
            _ => {}
        }
    }
    Ok(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn earth_search(collection: &str, applied: bool) -> Value {
        let asset = |name: &str, gsd: u32, kind: &str| {
            json!({"href": format!("https://x.org/{name}.tif"), "type": kind, "eo:bands": [{"name": name}],
                "gsd": gsd, "raster:bands": [{"nodata": 0, "scale": 0.0001, "offset": -0.1}]})
        };
        json!({"type": "Feature", "stac_version": "1.0.0", "id": "S2A_31UFU_20230101_0_L2A", "collection": collection,
        "properties": {"platform": "sentinel-2a", "s2:processing_baseline": "05.09", "earthsearch:boa_offset_applied": applied},
        "assets": {
            "red": asset("red", 10, "image/tiff"), "red-jp2": asset("red", 10, "image/jp2"),
            "rededge1": asset("rededge1", 20, "image/tiff"),
            "visual": {"href": "v.tif", "eo:bands": [{"name": "red"}, {"name": "green"}, {"name": "blue"}]},
            "scl": {"href": "https://x.org/SCL.tif"}, "thumbnail": {"href": "t.jpg", "roles": ["thumbnail"]}
        }})
    }

    #[test]
    fn an_item_of_earth_search() {
        let item = parse(&earth_search("sentinel-2-c1-l2a", false).to_string()).unwrap();
        let bands: Vec<&str> = item.assets.iter().map(|a| a.band.name()).collect();
        assert_eq!(bands, ["B4", "B4", "B5"]);
        assert_eq!(
            (item.level.as_deref(), item.classes.as_deref()),
            (Some("L2A"), Some("https://x.org/SCL.tif"))
        );
        assert!((radiometry(&item.assets[0], &item).unwrap().add_offset + 1000.0).abs() < 1e-6);
        let list = json!({"type": "FeatureCollection", "features": [earth_search("c", true)]});
        let item = parse(&list.to_string()).unwrap();
        assert_eq!(radiometry(&item.assets[0], &item).unwrap().add_offset, 0.0);
    }

    #[test]
    fn items_of_copernicus_and_the_planetary_computer() {
        let item = parse(&json!({"type": "Feature", "id": "S2A_MSIL2A_20230101T000000_N0509_R1_T33UUP_x", "properties": {}, "assets": {
            "B02_10m": {"href": "s3://eodata/a.jp2", "bands": [{"name": "B02", "eo:common_name": "blue"}], "raster:scale": 0.0001, "raster:offset": -0.1, "nodata": 0},
            "B02_20m": {"href": "s3://eodata/b.jp2", "bands": [{"name": "B02"}], "raster:scale": 0.0001}, "TCI_10m": {"href": "t", "bands": [{"name": "B04"}, {"name": "B03"}]}
        }}).to_string()).unwrap();
        assert_eq!(
            item.assets.iter().map(|a| a.gsd).collect::<Vec<_>>(),
            [Some(10.0), Some(20.0)]
        );
        assert_eq!(item.baseline.as_deref(), Some("05.09"));
        let item = parse(&json!({"type": "Feature", "id": "x", "properties": {"s2:processing_baseline": "04.00"},
            "assets": {"B02": {"href": "b.tif"}, "SCL": {"href": "s.tif"}, "AOT": {"href": "a.tif"}}}).to_string()).unwrap();
        assert_eq!(
            (item.assets.len(), radiometry(&item.assets[0], &item)),
            (1, None)
        );
    }

    #[test]
    fn what_is_no_item_is_said() {
        let said = |value: Value| parse(&value.to_string()).unwrap_err();
        assert!(said(json!({"detail": "Unauthorized"})).contains("Unauthorized"));
        assert!(said(json!({"type": "Collection"})).contains("collection"));
        assert!(said(json!([1])).contains("no STAC item"));
        let two = json!({"type": "FeatureCollection", "features": [earth_search("c", true), {"id": "second"}]});
        assert!(said(two).contains("S2A_31UFU_20230101_0_L2A, second"));
        assert!(parse("{").unwrap_err().contains("no JSON"));
    }

    #[test]
    fn assets_are_where_the_item_says() {
        let at = |folder: &str, href: &str| {
            resolve(Path::new(folder), href).map(|p| p.display().to_string())
        };
        assert_eq!(at("/data/i", "./B02.tif").unwrap(), "/data/i/B02.tif");
        assert_eq!(at("/data/i", "../B02.tif").unwrap(), "/data/B02.tif");
        assert_eq!(
            at("/data/i", "https://x/B02.tif?s=1").unwrap(),
            "/vsicurl/https://x/B02.tif?s=1"
        );
        assert_eq!(
            at("/vsicurl/http://h:1/c/i", "B02.tif").unwrap(),
            "/vsicurl/http://h:1/c/i/B02.tif"
        );
        assert_eq!(
            at("/vsicurl/http://h:1/c/i", "/d/B02.tif").unwrap(),
            "/vsicurl/http://h:1/d/B02.tif"
        );
        assert!(at("/vsicurl/http://h:1/c/i", "file:///etc/passwd").is_err());
        assert!(at("/data/i", "/vsizip//x.zip/a").is_err());
    }
}
