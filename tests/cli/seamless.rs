//! The result does not depend on tile size, threads or window: the same pixel comes out within 1
//! DN.

use std::path::Path;

use crate::support::{Scene, done, read, text, tiny_models};
use crate::writer::{Model, int, ints, node, string};

/// The whole at once, and then the same in other ways.
fn compare(models: &Path, scene: Scene, common: &[&str], ways: &[&[&str]]) {
    let folder = tempfile::tempdir().unwrap();
    let input = scene.make(folder.path());
    let produce = |name: &str, extra: &[&str]| {
        let output = folder.path().join(name);
        done(
            models,
            &[&["run", text(&input), text(&output)], common, extra].concat(),
        );
        read(&output)
    };
    let whole = produce("whole.tif", &["--tile", "6000", "--threads", "1"]);
    for (i, way) in ways.iter().enumerate() {
        let part = produce(&format!("{i}.tif"), way);
        let difference = whole.difference(&part);
        assert!(difference <= 1.0, "{common:?} {way:?}: {difference} DN");
    }
}

const WAYS: [&[&str]; 6] = [
    &["--tile", "60", "--threads", "2"],
    &["--tile", "37"],
    &["--srcwin", "13", "29", "40", "31", "--tile", "17"],
    &["--srcwin", "119", "0", "1", "120"],
    &["--srcwin", "0", "77", "120", "1"],
    &["--srcwin", "60", "60", "1", "1"],
];

/// Diagonal nodata as at the edge of a swath, and a few lost pixels.
fn swath(band: &str, r: usize, c: usize) -> Option<f32> {
    let k = match band {
        "B2" | "B3" | "B4" | "B8" => 1,
        "B1" | "B9" => 6,
        _ => 2,
    };
    let (r, c) = (r * k, c * k);
    (r + 2 * c < 70 || (r == 80 && c == 90)).then_some(0.0)
}

#[test]
fn ten_metres() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    compare(&models, Scene::default(), &["--with-native"], &WAYS);
    compare(
        &models,
        Scene::default(),
        &["--quality", "best"],
        &WAYS[1..3],
    );
}

#[test]
fn ten_metres_at_the_edge_of_a_swath() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    compare(
        &models,
        Scene {
            touch: swath,
            ..Scene::default()
        },
        &["--with-native"],
        &WAYS,
    );
}

#[test]
fn five_metres_through_two_networks() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    compare(&models, Scene::default(), &["--to", "5"], &WAYS);
    compare(
        &models,
        Scene {
            touch: swath,
            ..Scene::default()
        },
        &["--to", "5"],
        &WAYS,
    );
}

#[test]
fn grids_that_do_not_nest() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let scene = Scene {
        shifts: [(10.0, 0.0), (0.0, 0.0), (0.0, -20.0)],
        ..Scene::default()
    };
    compare(
        &models,
        scene,
        &[],
        &[
            &["--tile", "24"],
            &["--srcwin", "7", "5", "50", "41", "--tile", "19"],
        ],
    );
}

#[test]
fn the_networks_that_are_shipped() {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let ways: [&[&str]; 2] = [
        &["--tile", "66"],
        &["--srcwin", "31", "42", "50", "29", "--tile", "40"],
    ];
    compare(
        &models,
        Scene {
            touch: swath,
            ..Scene::default()
        },
        &[],
        &ways,
    );
    compare(
        &models,
        Scene::default(),
        &["--to", "5", "--bands", "B4,B5"],
        &ways[1..],
    );
    compare(
        &models,
        Scene::default(),
        &["--model", "dsen2", "--bands", "B1,B11"],
        &ways[1..],
    );
}

/// What it gives depends on where its blocks of four begin.
#[test]
fn a_network_with_a_coarser_level_inside() {
    let folder = tempfile::tempdir().unwrap();
    let port = |gsd: usize| {
        format!(
            r#"[{{"name":"{}","gsd":{gsd},"bands":["B5"]}}]"#,
            ["y", "x"][gsd / 20]
        )
    };
    let side = || int("blocksize", 4);
    let model = Model::of([
        node(
            "AveragePool",
            &["x"],
            "p",
            &[ints("kernel_shape", &[4; 2]), ints("strides", &[4; 2])],
        ),
        node("Concat", &["p"; 16], "q", &[int("axis", 1)]),
        node(
            "DepthToSpace",
            &["q"],
            "z",
            &[side(), string("mode", "CRD")],
        ),
    ])
    .with("s2sr.kind", "fusion")
    .with("s2sr.inputs", &port(20))
    .with("s2sr.outputs", &port(10))
    .with("s2sr.halo", "3")
    .with("s2sr.multiple", "4");
    let file = folder.path().join("blocks.onnx");
    std::fs::write(&file, model.bytes()).unwrap();
    let ways: [&[&str]; 4] = [
        &["--tile", "8"],
        &["--tile", "7", "--threads", "2"],
        &["--srcwin", "13", "29", "20", "17", "--tile", "5"],
        &["--srcwin", "59", "59", "1", "1"],
    ];
    // 59 pixels are no whole number of blocks.
    for size in [120, 118] {
        let scene = Scene {
            size,
            bands: vec!["B5"],
            touch: swath,
            ..Scene::default()
        };
        let ways = if size == 120 { &ways[..] } else { &ways[..3] };
        compare(folder.path(), scene, &["--model", text(&file)], ways);
    }
}
