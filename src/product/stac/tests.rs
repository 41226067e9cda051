use serde_json::{Value, json};

use super::item::parse;

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
        (item.level.as_deref(), item.classes.as_slice()),
        (Some("L2A"), &["https://x.org/SCL.tif".to_owned()][..])
    );
    assert!((item.radiometry(&item.assets[0]).unwrap().add_offset + 1000.0).abs() < 1e-6);
    let list = json!({"type": "FeatureCollection", "features": [earth_search("c", true)]});
    let item = parse(&list.to_string()).unwrap();
    assert_eq!(item.radiometry(&item.assets[0]).unwrap().add_offset, 0.0);
}

/// What lies beside a band may list that band as its own.
#[test]
fn an_asset_that_says_that_it_is_no_band_is_none() {
    let mut item = earth_search("sentinel-2-c1-l2a", false);
    for key in ["rededge1_std", "quality_B05", "B05_mask"] {
        item["assets"][key] = item["assets"]["rededge1"].clone();
    }
    let item = parse(&item.to_string()).unwrap();
    let bands: Vec<&str> = item.assets.iter().map(|a| a.band.name()).collect();
    assert_eq!(bands, ["B4", "B4", "B5"]);
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
    let item = parse(
        &json!({"type": "Feature", "id": "x", "properties": {"s2:processing_baseline": "04.00"},
        "assets": {"B02": {"href": "b.tif"}, "SCL": {"href": "s.tif"}, "AOT": {"href": "a.tif"}}})
        .to_string(),
    )
    .unwrap();
    assert_eq!(
        (item.assets.len(), item.radiometry(&item.assets[0])),
        (1, None)
    );
}

#[test]
fn what_is_no_item_is_said() {
    let said = |value: Value| parse(&value.to_string()).unwrap_err().what;
    assert!(said(json!({"detail": "Unauthorized"})).contains("Unauthorized"));
    assert!(said(json!({"type": "Collection"})).contains("collection"));
    assert!(said(json!([1])).contains("no STAC item"));
    let two = json!({"type": "FeatureCollection", "features": [earth_search("c", true), {"id": "second"}]});
    assert!(said(two).contains("S2A_31UFU_20230101_0_L2A, second"));
    assert!(parse("{").unwrap_err().what.contains("no JSON"));
}
