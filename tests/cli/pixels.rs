//! Radiometry, nodata, names and grids of what is written.

use std::fs;
use std::path::Path;

use s2sr::internals::gdal::Dataset;
use s2sr::internals::raster::grid::Grid;
use s2sr::internals::raster::radiometry::DataType;

use crate::support::{Scene, done, read, text, tiny_models, translate, write};

#[test]
fn the_result_lies_exactly_on_the_source() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let input = Scene::default().make(folder.path());
    let output = folder.path().join("out.tif");
    done(&models, &["run", text(&input), text(&output)]);
    let made = read(&output);
    assert_eq!(
        made.grid,
        Grid {
            west: 300_000.0,
            north: 6_000_000.0,
            gsd: 10.0,
            cols: 120,
            rows: 120
        }
    );
    assert_eq!(
        made.names,
        ["B1", "B5", "B6", "B7", "B8A", "B9", "B11", "B12"]
    );
    let dataset = Dataset::open(text(&output)).unwrap();
    assert!(dataset.crs().contains("UTM zone 33N"));
    assert!(dataset.metadata("S2SR_MODEL").unwrap().contains("dummy"));
    let facts = dataset.band_facts(2).unwrap();
    assert_eq!(
        (facts.dtype, facts.nodata, facts.scale),
        (Some(DataType::UInt16), Some(0.0), Some(1e-4))
    );

    let fine = folder.path().join("fine.tif");
    done(
        &models,
        &[
            "run",
            text(&input),
            text(&fine),
            "--to",
            "5",
            "--srcwin",
            "10",
            "20",
            "30",
            "40",
        ],
    );
    let made = read(&fine);
    assert_eq!(
        made.grid,
        Grid {
            west: 300_100.0,
            north: 5_999_800.0,
            gsd: 5.0,
            cols: 60,
            rows: 80
        }
    );
    assert_eq!(made.names.len(), 12);
}

#[test]
fn the_shipped_networks_keep_the_level_of_every_band() {
    let folder = tempfile::tempdir().unwrap();
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let input = Scene::default().make(folder.path());
    let output = folder.path().join("out.tif");
    done(&models, &["run", text(&input), text(&output)]);
    let made = read(&output);
    for name in ["B5", "B12", "B9"] {
        let source = read(&input.join(format!("T33_{name}.tif"))).bands[0]
            .mean()
            .unwrap();
        let level = made.band(name).mean().unwrap();
        assert!(
            (level - source).abs() < 0.01 * source,
            "{name}: {level} from {source}"
        );
    }
}

#[test]
fn native_bands_are_copied_bit_by_bit() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let input = Scene {
        touch: |b, r, _| (b == "B3" && r == 7).then_some(65535.0),
        ..Scene::default()
    }
    .make(folder.path());
    let output = folder.path().join("out.tif");
    done(
        &models,
        &["run", text(&input), text(&output), "--with-native"],
    );
    let made = read(&output);
    assert_eq!(made.names.len(), 12);
    assert_eq!(made.band("B3"), &read(&input.join("T33_B3.tif")).bands[0]);
}

#[test]
fn an_invalid_pixel_makes_invalid_what_it_covers_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let holes = |b: &str, r: usize, c: usize| {
        ((b == "B5" && (r, c) == (20, 30)) || (b == "B2" && (r, c) == (90, 91))).then_some(0.0)
    };
    let input = Scene {
        touch: holes,
        ..Scene::default()
    }
    .make(folder.path());
    let output = folder.path().join("out.tif");
    done(&models, &["run", text(&input), text(&output)]);
    let made = read(&output);
    let empty: Vec<(usize, usize)> = made
        .band("B11")
        .indexed_iter()
        .filter(|(_, v)| **v == 0.0)
        .map(|(p, _)| p)
        .collect();
    assert_eq!(empty, [(40, 60), (40, 61), (41, 60), (41, 61), (90, 91)]);
    // Around the hole, values stay where they would be without it.
    let whole = folder.path().join("whole");
    fs::create_dir(&whole).unwrap();
    let input = Scene::default().make(&whole);
    let other = folder.path().join("other.tif");
    done(&models, &["run", text(&input), text(&other)]);
    let other = read(&other);
    for p in [(39, 60), (42, 61), (40, 59), (41, 62)] {
        let (a, b) = (made.band("B11")[p], other.band("B11")[p]);
        assert!(
            (a - b).abs() < 0.2 * b,
            "{a} beside the hole, {b} without it"
        );
    }
}

#[test]
fn nan_in_floats_does_not_spread() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let holes = |b: &str, r: usize, c: usize| (b == "B8" && (r, c) == (50, 60)).then_some(f32::NAN);
    let input = Scene {
        touch: holes,
        dtype: DataType::Float32,
        ..Scene::default()
    }
    .make(folder.path());
    let output = folder.path().join("out.tif");
    done(&models, &["run", text(&input), text(&output)]);
    for band in &read(&output).bands {
        let empty: Vec<_> = band
            .indexed_iter()
            .filter(|(_, v)| v.is_nan())
            .map(|(p, _)| p)
            .collect();
        assert_eq!(empty, [(50, 60)]);
    }
}

#[test]
fn tiles_without_data_stay_empty_and_data_never_becomes_nodata() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    // West of column 60 (at 10 m) nothing; east of it, DN so small that the network's answers fall
    // below 1.
    let half = |b: &str, _: usize, c: usize| {
        let k = if ["B2", "B3", "B4", "B8"].contains(&b) {
            1
        } else if ["B1", "B9"].contains(&b) {
            6
        } else {
            2
        };
        Some(if c * k < 60 { 0.0 } else { 1.0 })
    };
    let input = Scene {
        touch: half,
        ..Scene::default()
    }
    .make(folder.path());
    let output = folder.path().join("out.tif");
    done(
        &models,
        &["run", text(&input), text(&output), "--tile", "30"],
    );
    for band in &read(&output).bands {
        assert!(
            band.indexed_iter()
                .all(|((_, c), v)| if c < 60 { *v == 0.0 } else { *v >= 1.0 })
        );
    }
}

#[test]
fn a_stack_at_10_m_gives_what_its_native_bands_give() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let scene = Scene::default();
    let input = scene.make(folder.path());
    let natives: Vec<_> = scene
        .bands
        .iter()
        .map(|b| read(&input.join(format!("T33_{b}.tif"))).bands.remove(0))
        .collect();
    let stack = folder.path().join("stack.tif");
    let grid = Grid {
        west: 300_000.0,
        north: 6_000_000.0,
        gsd: 10.0,
        cols: 120,
        rows: 120,
    };
    write(&stack, grid, DataType::UInt16, &scene.bands, |i, r, c| {
        let k = 120 / natives[i].nrows();
        natives[i][(r / k, c / k)]
    });
    let (a, b) = (folder.path().join("a.tif"), folder.path().join("b.tif"));
    let same = |input: &Path, stack: &Path| {
        done(&models, &["run", text(input), text(&a)]);
        let said = done(&models, &["run", text(stack), text(&b)]);
        assert!(said.contains("block means"), "{said}");
        assert_eq!(read(&a).difference(&read(&b)), 0.0);
        said
    };
    same(&input, &stack);
    // In southern zones the northings of 60 m pixels are no multiples of 60 m.
    let moved = |crs: &str, folder: &Path| {
        let place = [
            "-a_srs", crs, "-a_ullr", "300000", "5900020", "301200", "5898820",
        ];
        fs::create_dir(folder).unwrap();
        for band in &scene.bands {
            let name = format!("T33_{band}.tif");
            translate(&input.join(&name), &folder.join(&name), &place);
        }
        let moved = folder.with_extension("tif");
        translate(&stack, &moved, &place);
        moved
    };
    let south = folder.path().join("south");
    let said = same(&south, &moved("EPSG:32733", &south));
    assert!(!said.contains("none of UTM's"), "{said}");
    // In other systems nobody knows where they lie.
    let other = folder.path().join("other");
    let said = done(
        &models,
        &["run", text(&moved("EPSG:3857", &other)), text(&b)],
    );
    assert!(said.contains("none of UTM's"), "{said}");
}
