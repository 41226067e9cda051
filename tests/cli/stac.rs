//! STAC items whose assets lie on a server, or beside the item.

use std::fs;

use serde_json::{Value, json};

use crate::server::Server;
use crate::support::{Scene, done, read, refused, text, tiny_models};

fn item(collection: &str, href: impl Fn(&str) -> String, raster: Value) -> Value {
    let mut assets = serde_json::Map::new();
    let words = [
        ("coastal", "B1", 60),
        ("blue", "B2", 10),
        ("green", "B3", 10),
        ("red", "B4", 10),
        ("rededge1", "B5", 20),
        ("rededge2", "B6", 20),
        ("rededge3", "B7", 20),
        ("nir", "B8", 10),
        ("nir08", "B8A", 20),
        ("nir09", "B9", 60),
        ("swir16", "B11", 20),
        ("swir22", "B12", 20),
    ];
    for (word, band, gsd) in words {
        let asset = json!({"href": href(band), "type": "image/tiff; application=geotiff", "gsd": gsd, "eo:bands": [{"name": word}], "raster:bands": [raster]});
        assets.insert(word.into(), asset);
    }
    json!({"type": "Feature", "stac_version": "1.0.0", "id": "S2A_T33UUP_20230101_0_L2A", "collection": collection,
        "properties": {"platform": "sentinel-2a", "s2:processing_baseline": "05.09", "earthsearch:boa_offset_applied": false}, "assets": assets})
}

#[test]
fn an_item_on_a_server_is_read_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let shifted = Scene {
        size: 60,
        offset: 1000.0,
        ..Scene::default()
    };
    let scene = shifted.make(folder.path());
    let server = Server::start(folder.path());
    let out = folder.path().join("out.tif");
    let plain = folder.path().join("plain.tif");
    done(
        &models,
        &["run", text(&scene), text(&plain), "--offset", "-1000"],
    );
    let declared = json!({"scale": 0.0001, "offset": -0.1, "nodata": 0});
    let remote = |band: &str| format!("{}/scene/T33_{band}.tif", server.address);
    let beside = |band: &str| format!("./scene/T33_{band}.tif");
    for (name, value, words) in [
        (
            "remote.json",
            item("sentinel-2-c1-l2a", remote, declared.clone()),
            vec![],
        ),
        (
            "beside.json",
            item("sentinel-2-c1-l2a", beside, declared.clone()),
            vec![],
        ),
        (
            "doubtful.json",
            item("sentinel-2-l2a", beside, declared),
            vec!["reliably", "--offset"],
        ),
        (
            "baseline.json",
            item("sentinel-2-l2a-pc", beside, json!({})),
            vec!["05.09", "-1000"],
        ),
    ] {
        let file = folder.path().join(name);
        fs::write(&file, value.to_string()).unwrap();
        let address = format!("{}/{name}", server.address);
        for input in [text(&file), &address] {
            let _ = fs::remove_file(&out);
            let said = done(&models, &["run", input, text(&out)]);
            for word in &words {
                assert!(said.contains(word), "{word} is not in: {said}");
            }
            assert_eq!(read(&plain).difference(&read(&out)), 0.0, "{input}: {said}");
        }
    }
    let gone = format!("{}/gone.json", server.address);
    refused(
        &models,
        &["run", &gone, text(&out)],
        1,
        &["gone.json", "address"],
    );
    fs::write(
        folder.path().join("out.json"),
        item("c", |b| format!("/etc/{b}.tif"), json!({})).to_string(),
    )
    .unwrap();
    refused(
        &models,
        &["run", text(&folder.path().join("out.json")), text(&out)],
        1,
        &["/etc/"],
    );
    // From the server's root on it would be a path of this machine.
    let climbs = |b: &str| format!("{}{}/T33_{b}.tif", "../".repeat(20), text(&scene));
    fs::write(
        folder.path().join("up.json"),
        item("c", climbs, json!({})).to_string(),
    )
    .unwrap();
    let up = format!("{}/up.json", server.address);
    refused(
        &models,
        &["run", &up, text(&out)],
        1,
        &["out of the product"],
    );
}

#[test]
fn of_a_window_only_the_blocks_around_it_are_fetched() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let large = Scene {
        size: 3600,
        ..Scene::default()
    };
    let scene = large.make(folder.path());
    // Tiled and not compressed, so that what is fetched can be told from how large it is.
    let assets = folder.path().join("assets");
    fs::create_dir(&assets).unwrap();
    let mut total = 0;
    for name in crate::support::files(&scene) {
        let to = assets.join(&name);
        let mut translate = std::process::Command::new("gdal_translate");
        let tiled = [
            "-q",
            "-co",
            "TILED=YES",
            "-co",
            "BLOCKXSIZE=256",
            "-co",
            "BLOCKYSIZE=256",
        ];
        assert!(
            translate
                .args(tiled)
                .args([&scene.join(&name), &to])
                .status()
                .unwrap()
                .success()
        );
        total += fs::metadata(to).unwrap().len();
    }
    let server = Server::start(folder.path());
    let href = |band: &str| format!("{}/assets/T33_{band}.tif", server.address);
    let file = folder.path().join("item.json");
    fs::write(
        &file,
        item(
            "c",
            href,
            json!({"scale": 0.0001, "offset": 0, "nodata": 0}),
        )
        .to_string(),
    )
    .unwrap();
    let out = folder.path().join("out.tif");
    done(
        &models,
        &[
            "run",
            text(&file),
            text(&out),
            "--srcwin",
            "1600",
            "1600",
            "512",
            "512",
        ],
    );
    let sent = server.sent();
    assert!(sent * 10 < total, "{sent} of {total} bytes were fetched");
}

#[test]
fn an_asset_that_cannot_be_opened_is_read_from_its_alternates() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let small = Scene {
        size: 60,
        ..Scene::default()
    };
    let scene = small.make(folder.path());
    fs::copy(scene.join("T33_B5.tif"), folder.path().join("SCL.tif")).unwrap();
    let server = Server::start(folder.path());
    let address = &server.address;
    let (out, plain) = (folder.path().join("out.tif"), folder.path().join("p.tif"));
    done(&models, &["run", text(&scene), text(&plain)]);
    let there = |band: &str| format!("./scene/T33_{band}.tif");
    let gone = |band: &str| format!("./gone/{band}.tif");
    let far = |band: &str| format!("{address}/scene/T33_{band}.tif");
    let refused_there = |band: &str| format!("{address}/gone/{band}.tif");
    let outside = |band: &str| format!("/nowhere/{band}.tif");
    type Place<'a> = &'a dyn Fn(&str) -> String;
    let cases: [(Place, Place, Option<&str>); 5] = [
        (&gone, &there, Some("gone")),
        (&refused_there, &there, Some("gone")),
        (&gone, &far, Some("gone")),
        (&outside, &there, Some("nowhere")),
        (&there, &gone, None),
    ];
    for (href, alternate, told) in cases {
        let declared = json!({"scale": 0.0001, "offset": 0, "nodata": 0});
        let mut value = item("c", href, declared);
        for (_, asset) in value["assets"].as_object_mut().unwrap() {
            let own = asset["href"].as_str().unwrap();
            let band = own.rsplit(['/', '_']).next().unwrap();
            let other = alternate(band.trim_end_matches(".tif"));
            asset["alternate"] = json!({"local": {"href": other}, "odd": 3, "none": {}});
        }
        value["assets"]["scl"] =
            json!({"href": "./gone.tif", "alternate": {"local": {"href": "./SCL.tif"}}});
        let file = folder.path().join("item.json");
        fs::write(&file, value.to_string()).unwrap();
        let said = done(&models, &["run", text(&file), text(&out), "--with-scl"]);
        let classes = "the scene classification was read from";
        assert!(said.contains(classes) && said.contains("SCL.tif"), "{said}");
        match told {
            Some(word) => {
                let note = said.lines().find(|l| l.contains("alternate places"));
                assert!(note.is_some_and(|l| l.contains(word)), "{said}");
            }
            None => assert!(!said.contains("alternate places"), "{said}"),
        }
        let (plain, result) = (read(&plain), read(&out));
        assert_eq!(result.bands.len(), plain.bands.len() + 1, "{said}");
        let same = plain.bands.iter().zip(&result.bands).all(|(a, b)| a == b);
        assert!(same, "{said}");
        fs::remove_file(&out).unwrap();
    }
}
