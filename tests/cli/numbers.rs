//! Numbers that mean something else: nodata, NaN, what no reflectance can be, saturation. In
//! results and in scores.

use std::fs;
use std::path::{Path, PathBuf};

use s2sr::internals::raster::radiometry::DataType;

use crate::support::{Raster, Scene, done, files, read, refused, text, tiny_models};

/// Declares another nodata value for a band of a scene. By a Python script, which other systems
/// would not run by its name.
#[cfg(unix)]
fn declare(scene: &Path, band: &str, nodata: &str) {
    let file = scene.join(format!("T33_{band}.tif"));
    let made = std::process::Command::new("gdal_edit.py")
        .args(["-a_nodata", nodata, text(&file)])
        .status();
    assert!(made.unwrap().success());
}

#[cfg(unix)]
fn declared(file: &Path, bands: usize) -> Vec<f64> {
    let dataset = s2sr::internals::gdal::Dataset::open(text(file)).unwrap();
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

#[cfg(unix)]
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

#[cfg(unix)]
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
pub fn faulty(kind: &str) -> PathBuf {
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
