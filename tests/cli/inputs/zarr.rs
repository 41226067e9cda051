//! Zarr stores.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::ground::Ground;
use super::products::pack;
use crate::support::{copy, read};

#[test]
fn eopf_zarr() {
    let g = Ground::new();
    if !s2sr::internals::gdal::has_driver("Zarr") {
        g.refused(&zarr(&g), &["EOPF Zarr", "GDAL"]);
        return;
    }
    let store = zarr(&g);
    g.same(&store, &[], 1000.0);
    pack(&g.path("store"), "zip", &store);
    g.same(&g.path("store.zip"), &[], 1000.0);
    let part = store.join("measurements/reflectance/r20m");
    for part in [part.join("b05"), part.join("b05/.zarray"), part] {
        let said = g.same(&part, &[], 1000.0);
        assert!(said.contains("around what was given"), "{said}");
    }
    #[cfg(unix)]
    linked_chunk(&g, &store);
}

/// The attributes of all arrays of bands, or what describes them, changed.
fn change(store: &Path, file: &str, with: impl Fn(&mut Value)) {
    for gsd in [10, 20, 60] {
        let group = store.join(format!("measurements/reflectance/r{gsd}m"));
        for array in fs::read_dir(group).unwrap().flatten() {
            let file = array.path().join(file);
            let Ok(text) = fs::read_to_string(&file) else {
                continue;
            };
            let mut value = serde_json::from_str(&text).unwrap();
            with(&mut value);
            fs::write(&file, value.to_string()).unwrap();
        }
    }
}

#[test]
fn scales_of_zarr_as_others_write_them() {
    if !s2sr::internals::gdal::has_driver("Zarr") {
        return;
    }
    let g = Ground::new();
    let store = zarr(&g);
    let scaled = |scale: Value, offset: Value| {
        change(&store, ".zattrs", |a| {
            (a["scale_factor"], a["add_offset"]) = (scale.clone(), offset.clone());
        });
    };
    scaled(json!("0.0001"), json!("-0.1"));
    g.same(&store, &[], 1000.0);
    scaled(json!([0.0001]), json!([-0.1]));
    g.same(&store, &[], 1000.0);
    // What no scale can be says nothing, and 1 is that of plain DN.
    for scale in [json!(1), json!(0), json!(-0.0001)] {
        scaled(scale, json!(0));
        let said = g.same(&store, &["--offset", "-1000"], 1000.0);
        assert!(!said.contains("no reflectance"), "{said}");
        assert!(g.run(&store, &[]).0.contains("0 was assumed"));
    }
    scaled(json!(0.0001), json!(-1000));
    g.refused(&store, &["-10000000 DN", "--offset"]);
    g.same(&store, &["--offset", "-1000"], 1000.0);
    // Reflectance in floats that kept the scale of DN.
    scaled(json!(0.0001), json!(-0.1));
    change(&store, ".zarray", |a| a["dtype"] = json!("<f4"));
    for (band, file) in g.files() {
        let number = band.name()[1..].to_lowercase();
        let array = format!("measurements/reflectance/r{}m/b{number:0>2}", band.gsd());
        let pixels = read(&file).bands.remove(0);
        let pixels = pixels.iter().flat_map(|v| (v / 10000.0).to_le_bytes());
        fs::write(store.join(array).join("0.0"), pixels.collect::<Vec<u8>>()).unwrap();
    }
    let (said, result) = g.run(&store, &[]);
    assert!(said.contains("are reflectance, not DN"), "{said}");
    let pairs = result
        .bands
        .iter()
        .flatten()
        .zip(g.plain.bands.iter().flatten());
    let worst = pairs
        .map(|(a, b)| (a * 10000.0 - b).abs())
        .fold(0.0, f32::max);
    assert!(worst < 2.0, "off by {worst}");
}

#[test]
fn zarr_that_is_not_whole() {
    if !s2sr::internals::gdal::has_driver("Zarr") {
        return;
    }
    let g = Ground::new();
    let store = zarr(&g);
    let b05 = store.join("measurements/reflectance/r20m/b05");
    // Half of its rows in a file of their own, which is not there.
    let about = fs::read_to_string(b05.join(".zarray")).unwrap();
    let mut halved: Value = serde_json::from_str(&about).unwrap();
    halved["chunks"][0] = json!(halved["shape"][0].as_i64().unwrap() / 2);
    fs::write(b05.join(".zarray"), halved.to_string()).unwrap();
    let pixels = fs::read(b05.join("0.0")).unwrap();
    fs::write(b05.join("0.0"), &pixels[..pixels.len() / 2]).unwrap();
    let (said, result) = g.run(&store, &[]);
    assert!(said.contains("some chunks of B5 are not there"), "{said}");
    assert_eq!(result.band("B5")[(59, 0)], 0.0);
    fs::remove_file(b05.join("0.0")).unwrap();
    g.refused(&store, &["b05 is not there"]);
    fs::remove_dir_all(&b05).unwrap();
    g.refused(&store, &["B5"]);
    fs::write(store.join(".zmetadata"), "{\"metadata\": {").unwrap();
    g.refused(&store, &[".zmetadata", "no JSON", "fetch"]);
    for file in [".zmetadata", ".zgroup", ".zattrs"] {
        let _ = fs::remove_file(store.join(file));
    }
    g.refused(&store, &["metadata of its root", "fetch"]);
}

/// A cube as xarray writes it, with a band of its own for each variable.
#[test]
fn a_cube_in_zarr() {
    if !s2sr::internals::gdal::has_driver("Zarr") {
        return;
    }
    let g = Ground::new();
    let cube = g.path("cube.zarr");
    let array = |name: &str, about: Value, attributes: Value, bytes: Vec<u8>| {
        let folder = cube.join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(".zarray"), about.to_string()).unwrap();
        fs::write(folder.join(".zattrs"), attributes.to_string()).unwrap();
        let dimensions = about["shape"].as_array().unwrap().len();
        let chunk = vec!["0"; dimensions.max(1)].join(".");
        fs::write(folder.join(chunk), bytes).unwrap();
    };
    let about = |shape: &[usize], kind: &str| {
        json!({"zarr_format": 2, "shape": shape, "chunks": shape, "dtype": kind, "order": "C",
            "compressor": null, "fill_value": 0, "filters": null})
    };
    let mut grid = g.plain.grid;
    for (band, file) in g.files() {
        let raster = read(&file);
        let k = band.gsd() as usize / 10;
        let pixel = |at: usize| raster.bands[0][(at / 60 / k, at % 60 / k)] as u16;
        let bytes = (0..3600).flat_map(|at| pixel(at).to_le_bytes()).collect();
        let dimensions = json!({"_ARRAY_DIMENSIONS": ["time", "y", "x"], "grid_mapping": "crs"});
        array(
            &format!("{band}"),
            about(&[1, 60, 60], "<u2"),
            dimensions,
            bytes,
        );
        grid = if k == 1 { raster.grid } else { grid };
    }
    for (name, from, step) in [("x", grid.west + 5.0, 10.0), ("y", grid.north - 5.0, -10.0)] {
        let bytes = (0..60)
            .flat_map(|i| (from + step * f64::from(i)).to_le_bytes())
            .collect();
        array(
            name,
            about(&[60], "<f8"),
            json!({"_ARRAY_DIMENSIONS": [name]}),
            bytes,
        );
    }
    let time = json!({"_ARRAY_DIMENSIONS": ["time"]});
    array("time", about(&[1], "<f8"), time, vec![0; 8]);
    fs::write(cube.join(".zgroup"), "{\"zarr_format\": 2}").unwrap();
    g.refused(&cube, &["coordinate reference system"]);
    let crs = gdal_crs(&g.scene.join("T33_B5.tif"));
    let none = json!({"_ARRAY_DIMENSIONS": [], "crs_wkt": crs});
    array("crs", about(&[], "<i8"), none, vec![0; 8]);
    g.same(&cube, &[], 0.0);
    pack(&g.path("cube"), "zip", &cube);
    g.same(&g.path("cube.zip"), &[], 0.0);
    // What xarray writes with an encoding of the user's does not name the grid mapping.
    fs::rename(cube.join("crs"), cube.join("spatial_ref")).unwrap();
    for (band, _) in g.files() {
        let attributes = cube.join(format!("{band}/.zattrs"));
        let bare = json!({"_ARRAY_DIMENSIONS": ["time", "y", "x"]});
        fs::write(attributes, bare.to_string()).unwrap();
    }
    g.same(&cube, &[], 0.0);
    // What lies beside a band is not taken for it, nor is a composite where the band is there.
    let other = cube.join("B2");
    for name in ["B05_qa", "B05_std", "A_B05_count", "B05_median"] {
        copy(&other, &cube.join(name));
    }
    g.same(&cube, &[], 0.0);
    fs::rename(cube.join("B5"), cube.join("B05_min")).unwrap();
    g.refused(&cube, &["B5 more than once", "B05_median", "B05_min"]);
    fs::remove_dir_all(cube.join("B05_median")).unwrap();
    g.same(&cube, &[], 0.0);
    fs::remove_dir_all(cube.join("B05_min")).unwrap();
    g.refused(&cube, &["B5"]);
}

fn gdal_crs(file: &Path) -> String {
    let told = std::process::Command::new("gdalsrsinfo")
        .args(["-o", "wkt1"])
        .arg(file)
        .output();
    String::from_utf8(told.unwrap().stdout)
        .unwrap()
        .trim()
        .to_owned()
}

/// What a store holds is in it.
#[cfg(unix)]
fn linked_chunk(g: &Ground, store: &Path) {
    let chunk = store.join("measurements/reflectance/r20m/b05/0.0");
    let outside = g.path("outside");
    fs::rename(&chunk, &outside).unwrap();
    std::os::unix::fs::symlink(&outside, &chunk).unwrap();
    g.refused(store, &["0.0", "plain file"]);
}

/// The scene as an EOPF Zarr store, with an offset.
fn zarr(g: &Ground) -> PathBuf {
    let store = g.path("S2A_MSIL2A_20230101.zarr");
    for (band, file) in g.files() {
        let gsd = band.gsd();
        let raster = read(&file);
        let number = band.name()[1..].to_lowercase();
        let name = format!("b{number:0>2}");
        let array = store.join(format!("measurements/reflectance/r{gsd}m/{name}"));
        fs::create_dir_all(&array).unwrap();
        let (rows, cols) = raster.bands[0].dim();
        let about = json!({"zarr_format": 2, "shape": [rows, cols], "chunks": [rows, cols], "dtype": "<u2",
            "compressor": null, "fill_value": 0, "order": "C", "filters": null});
        let attributes = json!({"scale_factor": 0.0001, "add_offset": -0.1, "fill_value": 0, "proj:epsg": 32633,
            "proj:transform": [gsd, 0, raster.grid.west, 0, -i64::from(gsd), raster.grid.north, 0, 0, 1]});
        fs::write(array.join(".zarray"), about.to_string()).unwrap();
        fs::write(array.join(".zattrs"), attributes.to_string()).unwrap();
        let pixels: Vec<u8> = raster.bands[0]
            .iter()
            .flat_map(|v| (*v as u16 + 1000).to_le_bytes())
            .collect();
        fs::write(array.join("0.0"), pixels).unwrap();
    }
    for group in [
        "",
        "measurements",
        "measurements/reflectance",
        "measurements/reflectance/r10m",
        "measurements/reflectance/r20m",
        "measurements/reflectance/r60m",
    ] {
        fs::write(store.join(group).join(".zgroup"), "{\"zarr_format\": 2}").unwrap();
    }
    let about = json!({"stac_discovery": {"properties": {"product:type": "S02MSIL2A", "eopf:baseline": "05.11"}}});
    fs::write(store.join(".zattrs"), about.to_string()).unwrap();
    store
}
