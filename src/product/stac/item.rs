//! What a STAC item says.

use std::path::Path;

use serde_json::Value;

use super::asset::{Asset, alternates, band_names, one_asset};
use crate::error::Fault;
use crate::product::offsets::{self, Beside};
use crate::raster::names::{self, Name, Place};
use crate::raster::radiometry::{Radiometry, declared_nodata};
use crate::text::{shown, shown_path};

/// The assets that are scene classifications, the preferred first.
const CLASSES: [&str; 5] = ["scl", "SCL", "SCL_20m", "scl-jp2", "SCL_60m"];
/// So many items of a list are named.
const LISTED: usize = 8;

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
    /// Where the scene classification is: of several places the first is meant.
    pub classes: Vec<String>,
}

impl Item {
    /// What it says of the numbers of one of its assets; `None` where it says nothing.
    pub fn radiometry(&self, asset: &Asset) -> Option<Radiometry> {
        let scale = asset.scale.filter(|s| *s > 0.0)?;
        let told = asset.offset.map(|o| o / scale);
        let by_baseline = || {
            let since = self.baseline.as_deref().is_some_and(offsets::is_since_0400);
            if since { offsets::SINCE_0400 } else { 0.0 }
        };
        let add_offset = if self.offset_applied == Some(true) {
            0.0
        } else {
            told.unwrap_or_else(by_baseline)
        };
        Some(Radiometry {
            quantification: 1.0 / scale,
            add_offset,
            nodata: asset.nodata.or(Some(0.0)).and_then(declared_nodata),
        })
    }

    /// What it says of the offset of rasters whose scale it does not say; `None` where that is
    /// nothing. It lies in `file`.
    pub fn beside(&self, file: &Path) -> Option<Beside> {
        let taken_off = (self.offset_applied == Some(true)).then(|| {
            self.doubt().unwrap_or_else(|| {
                format!(
                    "{} says that the additive offset was taken off the pixels, so it is 0; \
                     --offset sets another",
                    shown_path(file)
                )
            })
        });
        let tells = self.baseline.is_some() || taken_off.is_some();
        tells.then(|| Beside {
            file: file.to_owned(),
            name: Some(self.id.clone()),
            baseline: self.baseline.clone(),
            taken_off,
        })
    }

    /// What is said of Earth Search's first collection, which is known to say of some pixels that
    /// they have an offset which they have not.
    pub fn doubt(&self) -> Option<String> {
        let applied = self
            .offset_applied
            .filter(|_| self.collection == "sentinel-2-l2a")?;
        Some(format!(
            "Earth Search's collection sentinel-2-l2a does not tell reliably whether the offset was \
             taken off the pixels; here it says {}; compare with another date and set --offset 0 or \
             --offset -1000, or take the collection sentinel-2-c1-l2a",
            if applied {
                "that it was, so 0 was taken"
            } else {
                "that it was not, so its own was taken"
            }
        ))
    }
}

/// Reads an item. A list of items is taken for its only one.
pub fn parse(text: &str) -> std::result::Result<Item, Fault> {
    let value: Value = serde_json::from_str(text)
        .map_err(|e| Fault::of(format!("it is no JSON ({e}); fetch it again"), e))?;
    Ok(the_only(&value)?)
}

/// The item that a JSON is, or lists alone.
fn the_only(value: &Value) -> std::result::Result<Item, String> {
    match list(value) {
        Some([only]) if only["assets"].is_object() => return item(only),
        Some(several) if several.len() > 1 => {
            let ids: Vec<String> = several.iter().take(LISTED).map(address).collect();
            return Err(format!(
                "it lists {} items; give one of them: {}",
                several.len(),
                ids.join(", ")
            ));
        }
        Some(_) => {
            return Err(
                "it is a list with no STAC item in it; give the address or file of one item".into(),
            );
        }
        None => {}
    }
    match value["type"].as_str() {
        Some("Feature") if value["assets"].is_object() => item(value),
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

/// What a search answers, or a bare list, lists.
fn list(value: &Value) -> Option<&[Value]> {
    match value["type"].as_str() {
        Some("FeatureCollection") => Some(value["features"].as_array().map_or(&[], Vec::as_slice)),
        _ => value.as_array().map(Vec::as_slice),
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
        "sentinel:processing_baseline",
        "processing:version",
    ]
    .iter()
    .find_map(|key| text(key))
    .or_else(|| offsets::baseline_in(&text("s2:product_uri").unwrap_or_default()))
    .or_else(|| offsets::baseline_in(&text("sentinel:product_id").unwrap_or_default()))
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
        let is_stack = |names: &[String]| names.iter().filter_map(|n| names::parse(n)).count() > 3;
        let mut stacks = names.iter().filter(|(_, _, names)| is_stack(names));
        let stack = stacks.find_map(|(_, asset, _)| asset["href"].as_str());
        return Err(match stack {
            Some(file) => format!(
                "its bands are in one file, so give that one, with --band-names where its bands \
                 have no names: {}",
                shown(file)
            ),
            None => {
                "none of its assets is a band of Sentinel-2; give the item of a Sentinel-2 scene"
                    .into()
            }
        });
    }
    let classes = CLASSES.iter().map(|key| &value["assets"][key]);
    let classes = classes.flat_map(|asset| {
        let href = asset["href"].as_str().map(str::to_owned);
        href.into_iter().chain(alternates(asset))
    });
    Ok(Item {
        collection,
        baseline,
        level: level.map(str::to_owned),
        platform: text("platform"),
        // Earth Search, and its first version, which the items of sentinel-cogs are of.
        offset_applied: ["earthsearch", "sentinel"]
            .iter()
            .find_map(|who| properties[format!("{who}:boa_offset_applied")].as_bool()),
        assets,
        classes: classes.collect(),
        id,
    })
}
