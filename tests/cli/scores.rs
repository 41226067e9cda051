//! Scores of products with holes, NaN and saturation: those of the clean part.

use std::path::Path;

use s2sr::internals::raster::radiometry::DataType;
use serde_json::Value;

use crate::numbers::faulty;
use crate::support::{Scene, done, refused, text, tiny_models};

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
fn the_page_shows_what_the_tables_say_and_appears_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let scene = Scene {
        size: 720,
        ..Scene::default()
    };
    let input = scene.make(folder.path());
    let page = folder.path().join("page.html");
    let told = done(&models, &["evaluate", text(&input), "--html", text(&page)]);
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(told.contains("40 m -> 20 m") && html.contains("40 m -&gt; 20 m"));
    for part in [
        "<svg",
        "data:image/png;base64,",
        "bicubic",
        "pixels of each band count",
        "contains modified Copernicus Sentinel data",
        "</html>",
    ] {
        assert!(html.contains(part), "{part}");
    }
    let band = input.join("T33_B5.tif");
    refused(
        &models,
        &["evaluate", text(&input), "--html", text(&band)],
        1,
        &["which is read"],
    );
    let none = folder.path().join("none/page.html");
    refused(
        &models,
        &["evaluate", text(&input), "--html", text(&none)],
        1,
        &["create it first"],
    );
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
