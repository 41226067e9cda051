//! Expected errors: a band of their own for each that is super-resolved, and nothing else changed.

use ndarray::s;
use s2sr::internals::raster::radiometry::DataType;

use crate::numbers::faulty;
use crate::support::{Scene, done, read, refused, text, tiny_models};

const BANDS: [&str; 6] = ["B5", "B6", "B7", "B8A", "B11", "B12"];

#[test]
fn each_band_gets_its_expected_error_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    // A corner without data, and numbers that carry an offset.
    let input = Scene {
        offset: 1000.0,
        touch: |band, r, c| {
            let k = if ["B2", "B3", "B4", "B8"].contains(&band) {
                1
            } else {
                2
            };
            (k * (r + c) < 40).then_some(0.0)
        },
        ..Scene::default()
    }
    .make(folder.path());
    let produce = |name: &str, extra: &[&str]| {
        let output = folder.path().join(name);
        let common = [
            "run",
            text(&input),
            text(&output),
            "--model",
            "sure",
            "--offset",
            "-1000",
        ];
        done(&models, &[&common, extra].concat());
        read(&output)
    };
    let plain = produce("plain.tif", &[]);
    let sure = produce("sure.tif", &["--uncertainty"]);
    assert_eq!(plain.names, BANDS);
    let errors: Vec<String> = BANDS.map(|b| format!("{b}_uncertainty")).into();
    assert_eq!(sure.names, [plain.names.clone(), errors].concat());
    assert_eq!(plain.bands, sure.bands[..6], "the bands themselves changed");
    for (band, name) in plain.bands.iter().zip(BANDS) {
        let error = sure.band(&format!("{name}_uncertainty"));
        let holes = |v: &f32| *v == 0.0;
        assert_eq!(band.map(holes), error.map(holes), "{name}: holes differ");
        // All of a 20 m pixel have the same: 10 DN and a hundredth of the mean of 3 x 3 of those,
        // which the offset is no part of.
        for (r, c) in (2..band.nrows() - 3).step_by(2).flat_map(|r| {
            let columns = (2..band.ncols() - 3).step_by(2);
            columns.map(move |c| (r, c))
        }) {
            let around = band.slice(s![r - 2..r + 4, c - 2..c + 4]);
            if around.iter().any(holes) {
                continue;
            }
            let about = 10.0 + 0.01 * (around.mean().unwrap() - 1000.0);
            for e in error.slice(s![r..r + 2, c..c + 2]) {
                assert_eq!(*e, error[(r, c)], "{name}");
                assert!(
                    (e - about).abs() < 4.0,
                    "{name}: {e} where about {about} is right"
                );
            }
        }
    }
    // Any tile, any window, and what else may be asked along.
    let parts = produce("parts.tif", &["--uncertainty", "--tile", "60"]);
    assert!(sure.difference(&parts) <= 1.0);
    let window = ["--uncertainty", "--srcwin", "31", "17", "40", "50"];
    assert!(sure.difference(&produce("window.tif", &window)) <= 1.0);
    let some = produce(
        "some.tif",
        &["--uncertainty", "--bands", "B2,B11", "--quality", "best"],
    );
    assert_eq!(some.names, ["B2", "B11", "B11_uncertainty"]);
    let reflectance = produce("reflectance.tif", &["--uncertainty", "--reflectance"]);
    let (dn, share) = (
        sure.band("B5_uncertainty"),
        reflectance.band("B5_uncertainty"),
    );
    assert!((share[(90, 90)] * 10_000.0 - dn[(90, 90)]).abs() < 1.0);
}

#[test]
fn an_expected_error_that_is_no_number_is_an_error_where_the_pixel_counts() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let (sigma, output) = (faulty("sigma"), folder.path().join("out.tif"));
    let valid = Scene {
        touch: |band, r, c| (band == "B5" && (r, c) == (20, 30)).then_some(30000.0),
        ..Scene::default()
    };
    let input = valid.make(folder.path());
    let run = ["run", text(&input), text(&output), "--model", text(&sigma)];
    let asked = [&run[..], &["--uncertainty"]].concat();
    for window in [&[][..], &["--srcwin", "61", "41", "1", "1"]] {
        let words = ["faulty-sigma", "B5", "not numbers"];
        refused(&models, &[&asked, window].concat(), 1, &words);
    }
    done(&models, &run);
    // Where the pixel carries no data it does not matter.
    let hole = Scene {
        touch: |band, r, c| match band {
            "B5" if (r, c) == (20, 30) => Some(30000.0),
            "B2" if (36..46).contains(&r) && (56..66).contains(&c) => Some(0.0),
            _ => None,
        },
        ..Scene::default()
    };
    hole.make(folder.path());
    done(&models, &asked);
    let holes = |name: &str| {
        read(&output)
            .band(name)
            .iter()
            .filter(|v| **v == 0.0)
            .count()
    };
    assert_eq!((holes("B5"), holes("B5_uncertainty")), (100, 100));
}

#[test]
fn a_full_offset_product_says_what_its_errors_mean() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let input = Scene {
        dtype: DataType::Int16,
        ..Scene::default()
    }
    .make(folder.path());
    let output = folder.path().join("out.tif");
    let asked = [
        "--model",
        "sure",
        "--uncertainty",
        "--offset",
        "-1000",
        "--bands",
        "B5",
    ];
    done(
        &models,
        &[&["run", text(&input), text(&output)][..], &asked].concat(),
    );
    let dataset = s2sr::internals::gdal::Dataset::open(text(&output)).unwrap();
    let facts = [1, 2].map(|i| dataset.band_facts(i).unwrap());
    assert_eq!((facts[0].scale, facts[1].scale), (Some(1e-4), Some(1e-4)));
    assert_eq!((facts[0].offset, facts[1].offset), (Some(-0.1), Some(0.0)));
}

#[test]
fn networks_without_expected_errors_are_refused_and_those_with_named() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let input = Scene::default().make(folder.path());
    let output = folder.path().join("out.tif");
    let run = ["run", text(&input), text(&output), "--uncertainty"];
    for (asked, name) in [
        (&["--bands", "B5"][..], "dummy-t2x"),
        (
            &["--model", "sure", "--to", "5", "--bands", "B5"],
            "dummy-x2",
        ),
    ] {
        let words = [name, "gives no expected errors", "sure-t2x"];
        refused(&models, &[&run, asked].concat(), 2, &words);
    }
    let native = ["--model", "sure", "--bands", "B2"];
    refused(
        &models,
        &[&run[..], &native].concat(),
        1,
        &["leave out uncertainty"],
    );
    assert!(!output.exists());
}

#[test]
fn a_result_with_expected_errors_is_an_input_too() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let input = Scene::default().make(folder.path());
    let (first, second) = (
        folder.path().join("first.tif"),
        folder.path().join("second.tif"),
    );
    let sure = ["--model", "sure", "--uncertainty", "--with-native"];
    done(
        &models,
        &[&["run", text(&input), text(&first)][..], &sure].concat(),
    );
    done(
        &models,
        &[
            "run",
            text(&first),
            text(&second),
            "--to",
            "5",
            "--bands",
            "B5",
        ],
    );
    assert_eq!(read(&second).names, ["B5"]);
}
