//! Reflectance or DN: what tells it where little of a raster has data, or not all bands agree.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use s2sr::internals::raster::grid::Grid;
use s2sr::internals::raster::radiometry::DataType;

use super::ground::Ground;
use crate::support::{done, read, text, translate, write};

/// The scene as reflectance in a much larger raster, of 10 and 20 m bands; `fill` elsewhere.
fn in_large(g: &Ground, name: &str, fill: f32) -> PathBuf {
    let folder = g.path(name);
    fs::create_dir(&folder).unwrap();
    for (band, file) in g.files() {
        let gsd = i64::from(band.gsd());
        if gsd == 60 {
            continue;
        }
        let small = read(&file);
        let (first, n) = ((3000 / gsd) as usize, 10200 / gsd);
        let grid = Grid {
            cols: n,
            rows: n,
            ..small.grid
        };
        let value = |r: usize, c: usize| {
            let at = (r.checked_sub(first), c.checked_sub(first));
            let (Some(r), Some(c)) = at else {
                return fill;
            };
            small.bands[0].get((r, c)).map_or(fill, |v| v / 10000.0)
        };
        let to = folder.join(format!("x_{band}.tif"));
        write(&to, grid, DataType::Float32, &[band.name()], |_, r, c| {
            value(r, c)
        });
    }
    folder
}

/// The unit that numbers tell does not hang on where they lie, nor on what fills the rest.
#[test]
fn reflectance_in_a_part_of_a_raster_is_recognised() {
    let g = Ground::new();
    for (name, fill) in [
        ("nan", f32::NAN),
        ("zero", 0.0),
        ("9999", 9999.0),
        ("12345", 12345.0),
        ("255", 255.0),
    ] {
        let folder = in_large(&g, name, fill);
        let (said, result) = g.run(&folder, &["--srcwin", "310", "310", "20", "20"]);
        assert!(said.contains("reflectance, not DN"), "{name}: {said}");
        let highest = result.bands.iter().flatten().fold(0.0, |a, b| b.max(a));
        assert!((0.05..1.0).contains(&highest), "{name}: {highest}: {said}");
    }
    let nothing = g.path("nothing");
    fs::create_dir(&nothing).unwrap();
    for (band, file) in g.files() {
        let to = nothing.join(format!("x_{band}.tif"));
        let grid = read(&file).grid;
        write(&to, grid, DataType::Float32, &[band.name()], |_, _, _| {
            f32::NAN
        });
    }
    let said = done(&g.models, &["info", text(&nothing)]);
    assert!(
        said.contains("no pixel with data") && said.contains("--quantification"),
        "{said}"
    );
}

#[test]
fn bands_in_different_units_are_refused() {
    let g = Ground::new();
    let folder = g.path("mixed");
    fs::create_dir(&folder).unwrap();
    for (band, file) in g.files() {
        let raster = read(&file);
        let unit = if band.name() == "B9" { 1.0 } else { 10000.0 };
        let to = folder.join(format!("x_{band}.tif"));
        write(
            &to,
            raster.grid,
            DataType::Float32,
            &[band.name()],
            |_, r, c| raster.bands[0][(r, c)] / unit,
        );
    }
    g.refused(&folder, &["x_B9.tif", "B9 around", "--quantification"]);
    g.run(&folder, &["--quantification", "1"]);
}

/// Arrays in Python are held to the same cases (`python/tests/test_units.py`).
#[test]
fn what_is_declared_and_given_means_what_it_means_in_the_common_cases() {
    let g = Ground::new();
    let cases = include_str!("../../data/units.json");
    let cases: Value = serde_json::from_str(cases).unwrap();
    let band = g.scene.join("T33_B5.tif");
    for (i, case) in cases["declared"].as_array().unwrap().iter().enumerate() {
        let file = g.path(&format!("case{i}_B5.tif"));
        let most = if case["numbers"] == "dn" {
            "10000"
        } else {
            "1"
        };
        let kind = match case["dtype"].as_str().unwrap() {
            "uint16" => "UInt16",
            _ => "Float32",
        };
        let scaled = ["-ot", kind, "-scale", "0", "10000", "0", most];
        let mut arguments = scaled.map(str::to_owned).to_vec();
        let text_of = |v: &Value| v.as_f64().map(|v| v.to_string());
        let nodata = text_of(&case["declared"]["nodata"]);
        arguments.extend(["-a_nodata".into(), nodata.unwrap_or("none".into())]);
        for key in ["scale", "offset"] {
            let declared = text_of(&case["declared"][key]);
            arguments.extend(declared.into_iter().flat_map(|v| [format!("-a_{key}"), v]));
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        translate(&band, &file, &arguments);
        let mut info = vec!["info".to_owned(), text(&file).into(), "--json".into()];
        for (key, value) in case["given"].as_object().unwrap() {
            info.extend([format!("--{key}"), text_of(value).unwrap()]);
        }
        let info: Vec<&str> = info.iter().map(String::as_str).collect();
        let said = done(&g.models, &info);
        let told: Value = serde_json::from_str(&said).unwrap();
        let told = &told["bands"][0];
        let near = |key: &str, wanted: &str| {
            let (a, b) = (told[key].as_f64().unwrap(), case[wanted].as_f64().unwrap());
            assert!(
                (a - b).abs() < 1e-6,
                "{}: {key} is {a}: {said}",
                case["what"]
            );
        };
        near("quantification", "quantification");
        near("offset", "add_offset");
        let nodata = (told["nodata"].as_f64(), case["nodata"].as_f64());
        assert_eq!(nodata.0, nodata.1, "{}: {said}", case["what"]);
    }
}

#[test]
fn reflectance_in_floats_is_recognised_and_kept() {
    let g = Ground::new();
    for (name, scale) in [("plain_floats", None), ("scale_1", Some("1"))] {
        let folder = g.path(name);
        fs::create_dir(&folder).unwrap();
        for (band, file) in g.files() {
            let to = folder.join(format!("x_{band}.tif"));
            let mut arguments = vec!["-ot", "Float32", "-scale", "0", "10000", "0", "1"];
            arguments.extend(scale.iter().flat_map(|s| ["-a_scale", s, "-a_offset", "0"]));
            arguments.extend(["-a_nodata", "none"]);
            translate(&file, &to, &arguments);
        }
        let (said, result) = g.run(&folder, &[]);
        assert!(said.contains("reflectance, not DN"), "{said}");
        assert!(!said.contains("--offset"), "{said}");
        for (a, b) in result.bands.iter().zip(&g.plain.bands) {
            assert!(a.iter().zip(b).all(|(a, b)| (a * 10000.0 - b).abs() <= 2.0));
        }
    }
    // What the user says counts more than what the numbers look like.
    let (said, result) = g.run(&g.path("plain_floats"), &["--quantification", "10000"]);
    assert!(!said.contains("reflectance, not DN"), "{said}");
    assert!(result.bands[0].iter().all(|v| *v < 1.0));
}

#[test]
fn raw_bands_of_copernicus_browser_are_reflectance_stretched_to_their_type() {
    let g = Ground::new();
    let folder = g.path("Browser_images");
    fs::create_dir(&folder).unwrap();
    for (band, file) in g.files() {
        let name = format!("2026-11-20-00_00_2026-11-20-23_59_Sentinel-2_L2A_{band}_(Raw).tiff");
        let stretched = ["-ot", "UInt16", "-scale", "0", "10000", "0", "65535"];
        translate(&file, &folder.join(name), &stretched);
    }
    let (said, result) = g.run(&folder, &[]);
    assert!(said.contains("Copernicus Browser"), "{said}");
    assert!(!said.contains("--offset"), "{said}");
    for (a, b) in result.bands.iter().zip(&g.plain.bands) {
        assert!(a.iter().zip(b).all(|(a, b)| (a / 6.5535 - b).abs() <= 2.0));
    }
}

/// The scene's upper half is 0 there, with another nodata value, in DN or in reflectance.
fn half_empty(g: &Ground, name: &str, dtype: DataType, nodata: &str) -> PathBuf {
    let folder = g.path(name);
    fs::create_dir(&folder).unwrap();
    let unit = if dtype == DataType::Float32 { 1e4 } else { 1.0 };
    for (band, file) in g.files() {
        let raster = read(&file);
        let empty = raster.grid.rows as usize / 2;
        let (plain, declared) = (g.path("plain.tif"), folder.join(format!("{band}.tif")));
        write(&plain, raster.grid, dtype, &[band.name()], |_, r, c| {
            let value = raster.bands[0][(r, c)] / unit;
            if r < empty { 0.0 } else { value }
        });
        translate(&plain, &declared, &["-a_nodata", nodata]);
    }
    folder
}

#[test]
fn zeros_are_told_of_where_nothing_says_that_they_are_no_data() {
    let g = Ground::new();
    for (name, dtype, nodata) in [
        ("floats", DataType::Float32, "none"),
        ("integers", DataType::UInt16, "65535"),
    ] {
        let folder = half_empty(&g, name, dtype, nodata);
        let (said, _) = g.run(&folder, &[]);
        let is_told = said.contains("50 %") && said.contains("--nodata 0");
        assert!(is_told, "{name}: {said}");
        let (said, result) = g.run(&folder, &["--nodata", "0"]);
        assert!(!said.contains("--nodata"), "{name}: {said}");
        let b5 = &result.bands[result.names.iter().position(|n| n == "B5").unwrap()];
        assert!(b5[(0, 0)].is_nan() || b5[(0, 0)] == 0.0, "{name}");
    }
    let declared = half_empty(&g, "declared", DataType::UInt16, "0");
    assert!(!g.run(&declared, &[]).0.contains("--nodata"));
    assert!(!g.run(&g.scene, &[]).0.contains("--nodata"));
}
