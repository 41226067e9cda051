//! Metadata that lie beside rasters and say what their numbers mean.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::ground::{Ground, small};
use crate::support::{Scene, done, text, translate};

/// The scene with 1000 added to each DN, as products of baseline 04.00 have it.
fn shifted(g: &Ground) -> std::path::PathBuf {
    let since = Scene {
        offset: 1000.0,
        ..small()
    };
    since.make(&g.path("shifted"))
}

#[test]
fn the_item_that_rasters_were_fetched_by() {
    let g = Ground::new();
    let scene = shifted(&g);
    let item = |raster: serde_json::Value| {
        let asset = |(band, _): &(_, _)| {
            let href = format!("https://x.org/a/T33_{band}.tif?sig=1");
            let asset = json!({"href": href, "type": "image/tiff",
                "eo:bands": [{"name": format!("{band}")}], "raster:bands": [raster]});
            (format!("{band}"), asset)
        };
        let assets: serde_json::Map<_, _> = g.files().iter().map(asset).collect();
        json!({"type": "Feature", "id": "S2A_T33UUP_20230101", "collection": "c",
            "properties": {"s2:processing_baseline": "05.09"}, "assets": assets})
    };
    let file = scene.join("S2A_T33UUP_20230101.json");
    fs::write(
        &file,
        item(json!({"scale": 1e-4, "offset": -0.1, "nodata": 0})).to_string(),
    )
    .unwrap();
    let said = g.same(&scene, &[], 1000.0);
    assert!(said.contains("S2A_T33UUP_20230101.json"), "{said}");
    let one = g.run(&scene.join("T33_B2.tif"), &["--to", "5"]).0;
    assert!(one.contains("S2A_T33UUP_20230101.json"), "{one}");
    // One that says the baseline alone.
    fs::write(&file, item(json!({})).to_string()).unwrap();
    let said = g.same(&scene, &[], 1000.0);
    assert!(said.contains("05.09") && said.contains("-1000"), "{said}");
    // The first version of Earth Search.
    let first = item(json!({})).to_string();
    let first = first.replace("s2:processing_baseline", "sentinel:processing_baseline");
    fs::write(&file, first).unwrap();
    g.same(&scene, &[], 1000.0);
    // One of other rasters says nothing of these.
    let other = item(json!({"scale": 1e-4, "offset": -0.1}));
    fs::write(&file, other.to_string().replace("T33_", "T34_")).unwrap();
    assert!(g.run(&scene, &[]).0.contains("0 was assumed"));
}

/// The item says so whether or not it says a scale, and whichever way it is given.
#[test]
fn an_offset_that_was_taken_off_is_none() {
    let g = Ground::new();
    let folder = g.renamed("taken_off", |b| format!("T33_{b}.tif"));
    let file = folder.join("item.json");
    for (collection, baseline, who) in [
        ("sentinel-2-l2a", Some("05.09"), "earthsearch"),
        ("sentinel-s2-l2a-cogs", Some("05.09"), "sentinel"),
        ("c", Some("05.09"), "earthsearch"),
        ("c", None, "earthsearch"),
    ] {
        let asset = |(band, _): &(_, _)| {
            let scaled = ["B2", "B3"].contains(&format!("{band}").as_str());
            let scale = json!({"scale": 1e-4, "offset": -0.1, "nodata": 0});
            let raster = if scaled { scale } else { json!({}) };
            let asset = json!({"href": format!("./T33_{band}.tif"), "type": "image/tiff",
                "eo:bands": [{"name": format!("{band}")}], "raster:bands": [raster]});
            (format!("{band}"), asset)
        };
        let assets: serde_json::Map<_, _> = g.files().iter().map(asset).collect();
        let item = json!({"type": "Feature", "id": "x", "collection": collection,
            "properties": {"s2:processing_baseline": baseline,
                "earthsearch:boa_offset_applied": true}, "assets": assets});
        let item = item.to_string().replace("earthsearch", who);
        fs::write(&file, item).unwrap();
        for input in [&file, &folder] {
            let (said, _) = g.run(input, &["--with-native"]);
            let about: Vec<&str> = said.lines().filter(|l| l.contains("--offset")).collect();
            assert_eq!(about.len(), 1, "{said}");
            assert!(about[0].contains("0 was taken") || about[0].contains("it is 0"));
            let info = done(&g.models, &["info", text(input), "--json"]);
            assert_eq!(info.matches("\"offset\": 0.0").count(), 12, "{info}");
        }
    }
}

#[test]
fn what_snap_writes_beside_its_images() {
    let g = Ground::new();
    let data = g.path("product.data");
    fs::create_dir(&data).unwrap();
    let mut bands = String::new();
    for file in crate::support::files(&shifted(&g)) {
        let band = file.trim_start_matches("T33_").trim_end_matches(".tif");
        let from = g.path("shifted").join("scene").join(&file);
        translate(&from, &data.join(format!("{band}.img")), &["-of", "ENVI"]);
        bands += &format!(
            "<Spectral_Band_Info><BAND_NAME>{band}</BAND_NAME><SCALING_FACTOR>1.0E-4\
             </SCALING_FACTOR><SCALING_OFFSET>-0.1</SCALING_OFFSET></Spectral_Band_Info>"
        );
    }
    for name in crate::support::files(&data) {
        if name.ends_with(".aux.xml") {
            fs::remove_file(data.join(name)).unwrap();
        }
    }
    let dim = g.path("product.dim");
    let xml = format!("<Dimap_Document>{bands}</Dimap_Document>");
    fs::write(&dim, xml).unwrap();
    for input in [&dim, &data] {
        let said = g.same(Path::new(text(input)), &[], 1000.0);
        assert!(
            said.contains("product.dim says") && !said.contains("--offset"),
            "{said}"
        );
    }
}
