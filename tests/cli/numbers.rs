//! Numbers that mean something else: nodata, NaN, what no reflectance can be, saturation. In
//! results and in scores.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use s2sr::gdal::Dataset;
use s2sr::raster::radiometry::DataType;
use serde_json::Value;

use crate::support::{Raster, Scene, done, files, read, refused, text, tiny_models};

/// Declares another nodata value for a band of a scene.
fn declare(scene: &Path, band: &str, nodata: &str) {
    let file = scene.join(format!("T33_{band}.tif"));
    let made = Command::new("gdal_edit.py")
        .args(["-a_nodata", nodata, text(&file)])
        .status();
    assert!(made.unwrap().success());
}

fn declared(file: &Path, bands: usize) -> Vec<f64> {
    let dataset = Dataset::open(text(file)).unwrap();
    (1..=bands)
        .map(|i| dataset.band_facts(i).unwrap().nodata.unwrap())
        .collect()
}

fn places(raster: &Raster, band: &str, is: impl Fn(f32) -> bool) -> Vec<(usize, usize)> {
    raster
        .band(band)
        .indexed_iter()
        .filter(|(_, v)| is(**v))
        .map(|(p, _)| p)
        .collect()
}

#[test]
fn one_nodata_for_bands_that_declare_different_ones() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let touch = |b: &str, r: usize, c: usize| match (b, r, c) {
        ("B5", 20, 30) => Some(0.0),
        ("B11", 5, 6) | ("B3", 80, 81) => Some(65535.0),
        // Data, which the result's nodata must not swallow.
        ("B11", 40, 41) | ("B3", 70, 71) => Some(0.0),
        _ => None,
    };
    let input = Scene {
        touch,
        ..Scene::default()
    }
    .make(folder.path());
    declare(&input, "B11", "65535");
    declare(&input, "B3", "65535");
    let output = folder.path().join("out.tif");
    let block = |r: usize, c: usize| vec![(r, c), (r, c + 1), (r + 1, c), (r + 1, c + 1)];
    let holes = [block(10, 12), block(40, 60), vec![(80, 81)]].concat();
    for tile in ["768", "30"] {
        let said = done(
            &models,
            &[
                "run",
                text(&input),
                text(&output),
                "--with-native",
                "--tile",
                tile,
            ],
        );
        assert!(
            said.contains("different nodata") && said.contains("65535") && said.contains("B11"),
            "{said}"
        );
        let made = read(&output);
        assert_eq!(
            declared(&output, made.bands.len()),
            vec![0.0; made.bands.len()]
        );
        for band in ["B5", "B11", "B12"] {
            assert_eq!(places(&made, band, |v| v == 0.0), holes, "{band}");
        }
        assert_eq!(places(&made, "B3", |v| v == 0.0), [(80, 81)]);
        assert_eq!(
            (made.band("B3")[(70, 71)], made.band("B3")[(70, 72)]),
            (1.0, read(&input.join("T33_B3.tif")).bands[0][(70, 72)])
        );
    }
    // What all bands of the result share is kept.
    let said = done(
        &models,
        &["run", text(&input), text(&output), "--bands", "B3,B11"],
    );
    assert!(!said.contains("nodata"), "{said}");
    let made = read(&output);
    assert_eq!(declared(&output, 2), [65535.0; 2]);
    assert_eq!(
        (
            places(&made, "B11", |v| v == 65535.0),
            places(&made, "B3", |v| v == 65535.0)
        ),
        (holes, vec![(80, 81)])
    );
}

#[test]
fn a_nodata_value_that_the_type_cannot_hold() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let input = Scene::default().make(folder.path());
    for band in Scene::default().bands {
        declare(&input, band, "-9999");
    }
    let output = folder.path().join("out.tif");
    let said = done(&models, &["run", text(&input), text(&output)]);
    assert!(said.contains("-9999") && said.contains("UInt16"), "{said}");
    assert_eq!(declared(&output, 8), [0.0; 8]);
    assert!(read(&output).bands.iter().flatten().all(|v| *v > 0.0));
}

#[test]
fn a_number_that_no_reflectance_can_be_costs_the_pixel_that_it_covers() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let touch = |b: &str, r: usize, c: usize| match (b, r, c) {
        ("B8", 50, 60) => Some(1e30),
        ("B8", 10, 11) => Some(f32::MIN),
        ("B8", 90, 13) => Some(f32::INFINITY),
        // Saturated, and below zero: data.
        ("B8", 70, 70) => Some(65535.0),
        ("B8", 71, 20) => Some(-900.0),
        _ => None,
    };
    let input = Scene {
        touch,
        dtype: DataType::Float32,
        ..Scene::default()
    }
    .make(folder.path());
    let output = folder.path().join("out.tif");
    done(
        &models,
        &["run", text(&input), text(&output), "--with-native"],
    );
    let made = read(&output);
    for band in ["B5", "B11", "B8"] {
        assert_eq!(
            places(&made, band, f32::is_nan),
            [(10, 11), (50, 60), (90, 13)],
            "{band}"
        );
        assert!(
            made.band(band).iter().all(|v| v.is_nan() || v.abs() <= 1e5),
            "{band}"
        );
    }
}

/// A network that gives no number where DN reach 20000.
fn faulty(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/faulty-{kind}.onnx"))
}

#[test]
fn what_a_network_gives_and_is_no_number_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let results = folder.path().join("results");
    fs::create_dir(&results).unwrap();
    let output = results.join("out.tif");
    let bright = |b: &str, r: usize, c: usize| (b == "B5" && (r, c) == (20, 30)).then_some(30000.0);
    let input = Scene {
        touch: bright,
        ..Scene::default()
    }
    .make(folder.path());
    for kind in ["nan", "inf"] {
        let (model, name) = (faulty(kind), format!("faulty-{kind}"));
        let ways: [&[&str]; 5] = [
            &[],
            &["--tile", "17"],
            &["--quality", "best"],
            &["--to", "5"],
            &["--srcwin", "60", "40", "1", "1"],
        ];
        for way in ways {
            let run = ["run", text(&input), text(&output), "--model", text(&model)];
            refused(
                &models,
                &[&run, way].concat(),
                1,
                &[&name, "B5", "not numbers", "another model"],
            );
        }
        assert!(files(&results).is_empty());
        // Away from it nothing is wrong.
        for way in [
            ["--bands", "B6"],
            ["--projwin", "300000 6000000 300400 5999600"],
        ] {
            let window: Vec<&str> = way.iter().flat_map(|w| w.split(' ')).collect();
            done(
                &models,
                &[
                    &["run", text(&input), text(&output), "--model", text(&model)],
                    &window[..],
                ]
                .concat(),
            );
        }
        fs::remove_file(&output).unwrap();
    }
}

#[test]
fn what_a_network_gives_for_an_invalid_pixel_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let touch = |b: &str, r: usize, c: usize| match b {
        "B5" if (r, c) == (20, 30) => Some(30000.0),
        "B2" if (36..46).contains(&r) && (56..66).contains(&c) => Some(0.0),
        _ => None,
    };
    let input = Scene {
        touch,
        ..Scene::default()
    }
    .make(folder.path());
    let output = folder.path().join("out.tif");
    for to in ["10", "5"] {
        done(
            &models,
            &[
                "run",
                text(&input),
                text(&output),
                "--model",
                text(&faulty("nan")),
                "--bands",
                "B5",
                "--to",
                to,
            ],
        );
        let k = 10 / to.parse::<usize>().unwrap();
        assert_eq!(
            places(&read(&output), "B5", |v| v == 0.0).len(),
            100 * k * k
        );
    }
}

/// The scores of a scene by task.
fn tables(models: &Path, scene: &Scene) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let input = scene.make(folder.path());
    let json: Value =
        serde_json::from_str(&done(models, &["evaluate", text(&input), "--json"])).unwrap();
    assert_eq!(
        json["notes"].as_array().unwrap().len(),
        0,
        "{}",
        json["notes"]
    );
    json["tables"].as_array().unwrap().clone()
}

/// Pixels of a band that lie within a square of the scene, in m from its corner.
fn square(band: &str, r: usize, c: usize, from: usize, to: usize) -> bool {
    let gsd = match band {
        "B2" | "B3" | "B4" | "B8" => 10,
        "B1" | "B9" => 60,
        _ => 20,
    };
    (from..to).contains(&(r * gsd)) && (from..to).contains(&(c * gsd))
}

#[test]
fn scores_are_those_of_the_clean_part() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let size = 720;
    type Touch = fn(&str, usize, usize) -> Option<f32>;
    let strange: Touch = |b, r, c| match (b, r, c) {
        ("B5" | "B8" | "B9", 60, 70) => Some(f32::NAN),
        ("B6" | "B4" | "B1", 61, 70) => Some(-1e30),
        _ => None,
    };
    let corner: Touch = |b, r, c| square(b, r, c, 0, 900).then_some(0.0);
    let cloud: Touch = |b, r, c| square(b, r, c, 3000, 3480).then_some(65535.0);
    let clean = tables(
        &models,
        &Scene {
            size,
            ..Scene::default()
        },
    );
    for (what, dtype, touch) in [
        ("NaN and -1e30 in floats", DataType::Float32, strange),
        ("a corner without data", DataType::UInt16, corner),
        ("a saturated cloud", DataType::UInt16, cloud),
        ("a saturated cloud in floats", DataType::Float32, cloud),
    ] {
        let got = tables(
            &models,
            &Scene {
                size,
                dtype,
                touch,
                ..Scene::default()
            },
        );
        assert_eq!(got.len(), clean.len());
        for (got, clean) in got.iter().zip(&clean) {
            assert_eq!(got["task"], clean["task"]);
            for method in ["result", "bicubic"] {
                let sre = |t: &Value| t[method]["sre"].as_f64().unwrap();
                assert!(
                    (sre(got) - sre(clean)).abs() < 0.1,
                    "{what}, {}, {method}: {} dB, {} dB without it",
                    got["task"],
                    sre(got),
                    sre(clean)
                );
            }
            assert!(
                (got["consistency"].as_f64().unwrap() / clean["consistency"].as_f64().unwrap()
                    - 1.0)
                    .abs()
                    < 0.05
            );
            let share = |t: &Value| t["share"].as_f64().unwrap();
            assert!(
                share(got) > 0.4 && share(got) < share(clean),
                "{what}: {}",
                got["share"]
            );
            assert!(got["pixels"].as_u64() <= clean["pixels"].as_u64());
        }
    }
}

#[test]
fn where_nothing_can_be_scored_there_is_no_score() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let cloud = |b: &str, _: usize, _: usize| (b == "B5").then_some(65535.0);
    let input = Scene {
        touch: cloud,
        size: 240,
        ..Scene::default()
    }
    .make(folder.path());
    // The 10 m bands alone are clean.
    let said = done(&models, &["evaluate", text(&input)]);
    assert!(
        said.contains("20 m -> 10 m")
            && said.contains("dummy-t2x was not scored: no pixel is left"),
        "{said}"
    );
    assert!(said.contains("pixels of each band count"), "{said}");
    let other = folder.path().join("clouds");
    let input = Scene {
        touch: |_, _, _| Some(65535.0),
        size: 240,
        ..Scene::default()
    }
    .make(&other);
    refused(
        &models,
        &["evaluate", text(&input)],
        1,
        &["no pixel is left", "saturated"],
    );
    let bright = |b: &str, r: usize, c: usize| {
        (b == "B5" && (60..66).contains(&r) && (60..66).contains(&c)).then_some(59000.0)
    };
    let other = folder.path().join("other");
    let input = Scene {
        touch: bright,
        size: 240,
        ..Scene::default()
    }
    .make(&other);
    refused(
        &models,
        &["evaluate", text(&input), "--model", text(&faulty("nan"))],
        1,
        &["faulty-nan", "not numbers"],
    );
}
