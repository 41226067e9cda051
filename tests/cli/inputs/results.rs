//! What can be asked for besides, and refusals that lead on.

use std::fs;
use std::path::Path;
use std::process::Command;

use ndarray::s;
use s2sr::internals::raster::radiometry::DataType;

use super::ground::Ground;
use crate::support::{Scene, done, read, refused, text, translate, write};

#[test]
fn a_result_is_what_was_asked_for() {
    let g = Ground::new();
    let (_, result) = g.run(&g.scene, &["--reflectance", "--with-native"]);
    let (_, dn) = g.run(&g.scene, &["--with-native"]);
    for (a, b) in result.bands.iter().zip(&dn.bands) {
        assert!(a.iter().zip(b).all(|(a, b)| (a * 10000.0 - b).abs() <= 1.0));
    }
    // The lower left half of the scene, as a triangle in another reference system.
    let corners = [
        [300_000.0, 5_999_400.0],
        [300_600.0, 5_999_400.0],
        [300_000.0, 6_000_000.0],
    ];
    let ring: Vec<_> = corners.iter().chain([&corners[0]]).collect();
    let crs =
        serde_json::json!({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}});
    let polygon = serde_json::json!({"type": "FeatureCollection", "crs": crs, "features": [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}]});
    let file = g.path("area.geojson");
    fs::write(&file, polygon.to_string()).unwrap();
    let (_, cut) = g.run(&g.scene, &["--cutline", text(&file), "--mask"]);
    let holes = cut.bands[0].iter().filter(|v| **v == 0.0).count();
    assert!((1700..1900).contains(&holes), "{holes} of 3600");
    assert_eq!(cut.bands[0][(59, 0)], g.plain.bands[0][(59, 0)]);
    // Windows replaces no file that is open, so each is closed.
    let masked = || {
        let mut again = s2sr::internals::gdal::Dataset::open(g.path("out.tif")).unwrap();
        assert!(again.has_mask(1).unwrap());
        let whole = s2sr::internals::raster::grid::Rect::new(0, 0, 60, 60);
        let mask = again.read_mask(1, whole).unwrap();
        mask.iter().filter(|v| **v == 0.0).count()
    };
    assert_eq!(masked(), holes);
    // Whatever number stands for a hole.
    g.run(
        &g.scene,
        &["--cutline", text(&file), "--mask", "--reflectance"],
    );
    assert_eq!(masked(), holes);
    // A window and an area are what lies in both.
    let window = ["--srcwin", "0", "40", "30", "20"];
    let (_, both) = g.run(
        &g.scene,
        &[&window[..], &["--cutline", text(&file)]].concat(),
    );
    assert_eq!((both.grid.cols, both.grid.rows), (30, 20));
    let small = polygon_file(&g, [300_100.0, 5_999_400.0, 300_200.0, 5_999_500.0]);
    let (_, both) = g.run(
        &g.scene,
        &[&window[..], &["--cutline", text(&small)]].concat(),
    );
    assert_eq!((both.grid.cols, both.grid.rows), (10, 10));
    assert_eq!(g.plain.difference(&both), 0.0);
    // The same window in degrees.
    let there = [
        "--projwin",
        "11.9442",
        "54.1120",
        "11.9488",
        "54.1093",
        "--projwin-srs",
        "EPSG:4326",
    ];
    let (_, part) = g.run(&g.scene, &there);
    assert!(part.grid.cols < 60 && part.grid.rows < 60);
    assert_eq!(g.plain.difference(&part), 0.0);
}

/// A file with a rectangle: west, south, east, north.
fn polygon_file(g: &Ground, [west, south, east, north]: [f64; 4]) -> std::path::PathBuf {
    let ring = [
        [west, south],
        [east, south],
        [east, north],
        [west, north],
        [west, south],
    ];
    let polygon = serde_json::json!({"type": "Polygon", "coordinates": [ring]});
    super::areas::file(g.path("rectangle.geojson"), &[polygon])
}

#[test]
fn the_scene_classification_comes_along() {
    let g = Ground::new();
    g.refused_with(&g.scene, &["--with-scl"], &["SCL", "with-scl"]);
    let grid = read(&g.scene.join("T33_B5.tif")).grid;
    write(
        &g.scene.join("T33_SCL_20m.tif"),
        grid,
        DataType::UInt8,
        &["SCL"],
        |_, r, c| ((r + c) % 12) as f32,
    );
    let (_, result) = g.run(&g.scene, &["--with-scl"]);
    assert_eq!(result.names.last().map(String::as_str), Some("SCL"));
    let classes = result.band("SCL");
    assert!(
        classes
            .indexed_iter()
            .all(|((r, c), v)| *v == ((r / 2 + c / 2) % 12) as f32)
    );
    // GDAL 3.11 and later keep the colours in the GeoTIFF, earlier ones beside it.
    let told = ["out.tif.aux.xml", "out.tif"].map(|file| fs::read(g.path(file)).unwrap());
    let told = String::from_utf8_lossy(&told.concat()).into_owned();
    assert!(
        told.contains("cloud shadow") && told.contains("Green"),
        "neither in the result nor beside it"
    );
}

#[test]
fn overviews_of_classes_are_classes() {
    let g = Ground::new();
    let scene = Scene {
        size: 300,
        // A hole, for the mask.
        touch: |_, r, c| (r * 3 < c).then_some(0.0),
        ..Scene::default()
    };
    let place = g.path("large");
    fs::create_dir(&place).unwrap();
    let scene = scene.make(&place);
    let (cog, plain) = (g.path("cog.tif"), g.path("plain-cog.tif"));
    let cog_of = |out: &Path, more: &[&str]| {
        let run = [
            "run",
            text(&scene),
            text(out),
            "--bands",
            "B5,B11",
            "--mask",
        ];
        let format = ["--format", "COG", "--co", "BLOCKSIZE=128"];
        done(&g.models, &[&run[..], &format, more].concat());
    };
    cog_of(&plain, &[]);
    // Neighbours are thin cirrus and water: between these, no class is meant.
    let grid = read(&scene.join("T33_B5.tif")).grid;
    let class = |r, c| if (r / 3 + c / 3) % 2 == 0 { 10.0 } else { 6.0 };
    let scl = scene.join("T33_SCL_20m.tif");
    write(&scl, grid, DataType::UInt8, &["SCL"], |_, r, c| class(r, c));
    for (more, same) in [
        (&[][..], true),
        (&["--co", "OVERVIEWS=IGNORE_EXISTING"], true),
        (&["--co", "OVERVIEW_RESAMPLING=AVERAGE"], false),
    ] {
        cog_of(&cog, &[&["--with-scl"], more].concat());
        for level in ["0", "1"] {
            let small = |from: &Path, name: &str, more: &[&str]| {
                let to = g.path(name);
                translate(from, &to, &[&["-ovr", level], more].concat());
                read(&to)
            };
            let (with, without) = (small(&cog, "a.tif", &[]), small(&plain, "b.tif", &[]));
            let size = 150_i64 >> level.parse::<u32>().unwrap();
            assert_eq!((with.grid.cols, without.grid.cols), (size, size));
            // What gdal_translate takes an overview of loses its names.
            assert!(
                with.bands[2].iter().all(|v| [6.0, 10.0].contains(v)),
                "{more:?}"
            );
            // Around the hole, which is in the upper half, versions of GDAL differ in what is valid.
            let lower = s![(size / 2) as usize.., ..];
            for band in 0..2 {
                let [with, without] = [&with, &without].map(|r| r.bands[band].slice(lower));
                assert_eq!(with == without, same, "{more:?}");
            }
            let mask = small(&cog, "a.tif", &["-b", "mask"]);
            assert!(mask.bands[0].slice(lower).iter().all(|v| *v == 255.0));
            for value in [0.0, 255.0] {
                assert!(mask.bands[0].iter().any(|v| *v == value));
            }
            let known = |v: &f32| [0.0, 255.0].contains(v);
            assert!(mask.bands[0].iter().all(known));
        }
    }
    // On another grid nothing is interpolated.
    cog_of(
        &cog,
        &["--with-scl", "--co", "TILING_SCHEME=GoogleMapsCompatible"],
    );
    let classes = read(&cog);
    let known = |v: &f32| [0.0, 6.0, 10.0].contains(v);
    assert!(classes.band("SCL").iter().all(known));
}

/// A scene classification on the grid of a band, all of one class.
fn classified(g: &Ground, name: &str, like: &str, class: f32) {
    let grid = read(&g.scene.join(format!("T33_{like}.tif"))).grid;
    let path = g.scene.join(name);
    write(&path, grid, DataType::UInt8, &["SCL"], |_, _, _| class);
}

#[test]
fn of_several_scene_classifications_that_of_the_bands_is_taken() {
    let g = Ground::new();
    let taken = |input: &Path| {
        let (said, result) = g.run(input, &["--with-scl"]);
        (said, result.band("SCL")[(0, 0)])
    };
    // Of three pixel sizes, that of ESA's.
    classified(&g, "T33_SCL_60m.tif", "B1", 6.0);
    classified(&g, "T33_SCL_20m.tif", "B5", 2.0);
    classified(&g, "T33_SCL_10m.tif", "B2", 1.0);
    let (said, class) = taken(&g.scene);
    assert_eq!(class, 2.0, "{said}");
    assert!(said.contains("SCL_20m.tif was taken") && said.contains("SCL_60m.tif"));
    assert!(!g.run(&g.scene, &[]).0.contains("SCL"));
    // The one that is named like the bands, beside one of another product.
    classified(&g, "T34_SCL_20m.tif", "B5", 4.0);
    assert_eq!(taken(&g.scene).1, 2.0);
    // Two that nothing tells apart; a pattern does.
    classified(&g, "T33_SCL.tiff", "B5", 3.0);
    let words = ["T33_SCL.tiff, T33_SCL_20m.tif", "several", "with-scl"];
    g.refused_with(&g.scene, &["--with-scl"], &words);
    assert_eq!(taken(&g.scene.join("*.tif")).1, 2.0);
}

#[test]
fn a_scene_classification_of_another_date_is_not_taken() {
    let g = Ground::new();
    let dated = g.renamed("dated", |band| format!("T33UUP_20200101_{band}.tif"));
    classified(&g, "T33_SCL.tif", "B5", 2.0);
    let classes = g.scene.join("T33_SCL.tif");
    fs::copy(&classes, dated.join("T33UUP_20200111_SCL.tif")).unwrap();
    let words = ["other tiles or dates", "20200111_SCL.tif", "with-scl"];
    g.refused_with(&dated, &["--with-scl"], &words);
    fs::copy(&classes, dated.join("SCL.tif")).unwrap();
    let (said, _) = g.run(&dated, &["--with-scl"]);
    assert!(said.contains("SCL.tif was taken, left out: T33UUP_20200111_SCL.tif"));
}

#[test]
fn a_picture_on_the_map() {
    let g = Ground::new();
    let picture = g.path("look.tif");
    g.run(&g.scene, &["--preview", text(&picture)]);
    let shown = read(&picture);
    assert_eq!((shown.grid, shown.bands.len()), (g.plain.grid, 3));
    assert!(
        shown
            .bands
            .iter()
            .all(|b| b.iter().all(|v| (1.0..=255.0).contains(v)))
    );
    let wrong = ["run", text(&g.scene), "x.jp2"];
    refused(&g.models, &wrong, 1, &["x.jp2", "GeoTIFF", ".tif"]);
}

#[test]
fn refusals_lead_on() {
    let g = Ground::new();
    let ten = g.path("ten");
    fs::create_dir(&ten).unwrap();
    for (band, file) in g.files() {
        if band.gsd() == 10 {
            fs::copy(file, ten.join(format!("{band}.tif"))).unwrap();
        }
    }
    g.refused(&ten, &["--to 5"]);
    let warped = g.path("warped");
    fs::create_dir(&warped).unwrap();
    for (band, file) in g.files() {
        let mut warp = Command::new("gdalwarp");
        let to = warped.join(format!("{band}.tif"));
        let made = warp
            .args(["-q", "-t_srs", "EPSG:4326"])
            .args([&file, &to])
            .status();
        assert!(made.unwrap().success());
    }
    g.refused(&warped, &["EPSG:4326", "UTM", "gdalwarp"]);
    let coarse = g.path("coarse");
    fs::create_dir(&coarse).unwrap();
    for (band, file) in g.files() {
        let to = coarse.join(format!("{band}.tif"));
        translate(&file, &to, &["-tr", "15", "15"]);
    }
    g.refused(&coarse, &["15 m", "before it was warped"]);
    let twenty = g.renamed("twenty", |band| format!("{band}.tif"));
    for band in ["B2", "B3", "B4", "B8"] {
        fs::remove_file(twenty.join(format!("{band}.tif"))).unwrap();
    }
    g.refused(&twenty, &["needs B2", "give it with all its bands"]);
    let landsat = g.renamed("landsat", |b| {
        format!("LC09_L2SP_015033_20240101_SR_{b}.TIF")
    });
    g.refused(&landsat, &["Landsat"]);
    let page = g.renamed("page", |band| format!("{band}.tif"));
    fs::write(page.join("B8.tif"), "<!DOCTYPE html><html>Log in</html>").unwrap();
    g.refused(&page, &["B8.tif", "web page", "fetch it again"]);
    for name in ["none", "S2A_MSIL2A.SAFE"] {
        fs::create_dir(g.path(name)).unwrap();
        g.refused(&g.path(name), &["it is empty", "fetch the product again"]);
    }
    fs::create_dir(g.path("S2A_MSIL2A.SAFE/HTML")).unwrap();
    g.refused(
        &g.path("S2A_MSIL2A.SAFE"),
        &["MTD_MSIL2A.xml", "fetch it again"],
    );
    let line = r#"{"type": "LineString", "coordinates": [[15.0, 54.1], [15.1, 54.2]]}"#;
    fs::write(g.path("line.geojson"), line).unwrap();
    let cutline = g.path("line.geojson");
    g.refused_with(
        &g.scene,
        &["--cutline", text(&cutline)],
        &["line.geojson", "polygon"],
    );
    let message = g.path("answer.json");
    fs::write(&message, r#"{"detail": "Unauthorized"}"#).unwrap();
    g.refused(&message, &["Unauthorized"]);
}

#[test]
fn windows_with_sides_exchanged_are_refused() {
    let g = Ground::new();
    let degrees = ["--projwin-srs", "EPSG:4326"];
    let metres = ["--projwin-srs", "EPSG:32633"];
    let exchanged = ["--projwin", "300300", "5999800", "300100", "5999500"];
    let upside = ["--projwin", "11.9442", "54.1093", "11.9488", "54.1120"];
    for options in [
        exchanged.to_vec(),
        [&exchanged[..], &metres].concat(),
        [&upside[..], &degrees].concat(),
    ] {
        let out = g.path("out.tif");
        let arguments = [&["run", text(&g.scene), text(&out)], &options[..]].concat();
        refused(&g.models, &arguments, 2, &["projwin", "exchanged"]);
    }
}
