//! Areas with an outline of their own: what lies in any polygon of the file, whatever kind of file
//! and polygon it is.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::ground::{Ground, small};
use crate::support::{Raster, Scene, read, run, text};

/// A square from so many to so many pixels of the scene, from the south-western corner.
fn square(from: f64, to: f64) -> Vec<[f64; 2]> {
    let at = |x: f64, y: f64| [300_000.0 + 10.0 * x, 5_999_400.0 + 10.0 * y];
    vec![
        at(from, from),
        at(to, from),
        at(to, to),
        at(from, to),
        at(from, from),
    ]
}

/// A file with these geometries.
pub fn file(path: PathBuf, geometries: &[Value]) -> PathBuf {
    let crs = json!({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}});
    let feature = |g| json!({"type": "Feature", "properties": {"name": "field"}, "geometry": g});
    let features: Vec<Value> = geometries.iter().map(feature).collect();
    let all = json!({"type": "FeatureCollection", "crs": crs, "features": features});
    fs::write(&path, all.to_string()).unwrap();
    path
}

pub fn polygon(from: f64, to: f64) -> Value {
    json!({"type": "Polygon", "coordinates": [square(from, to)]})
}

/// How many pixels have data.
pub fn valid(result: &Raster) -> usize {
    result.bands[0].iter().filter(|v| **v != 0.0).count()
}

#[test]
fn polygons_that_overlap_are_one_area() {
    let g = Ground::new();
    let cut = |geometries: &[Value]| {
        let file = file(g.path("area.geojson"), geometries);
        valid(&g.run(&g.scene, &["--cutline", text(&file)]).1)
    };
    let (field, pit) = (polygon(10.0, 40.0), polygon(20.0, 30.0));
    assert_eq!(cut(&[field.clone(), pit]), 900);
    assert_eq!(cut(&[field.clone(), field.clone()]), 900);
    assert_eq!(cut(&[field.clone(), polygon(30.0, 50.0)]), 900 + 400 - 100);
    let both = json!([[square(10.0, 40.0)], [square(30.0, 50.0)]]);
    assert_eq!(
        cut(&[json!({"type": "MultiPolygon", "coordinates": both})]),
        1200
    );
    let ring = json!([square(10.0, 40.0), square(20.0, 30.0)]);
    assert_eq!(cut(&[json!({"type": "Polygon", "coordinates": ring})]), 800);
    let all = json!({"type": "GeometryCollection", "geometries": [
        {"type": "Point", "coordinates": [0.0, 0.0]}, field, polygon(45.0, 50.0)]});
    assert_eq!(cut(&[all]), 925);
}

#[test]
fn classes_end_at_the_outline() {
    let g = Ground::new();
    let grid = read(&g.scene.join("T33_B5.tif")).grid;
    let scl = g.scene.join("T33_SCL_20m.tif");
    crate::support::write(
        &scl,
        grid,
        s2sr::internals::raster::radiometry::DataType::UInt8,
        &["SCL"],
        |_, _, _| 4.0,
    );
    let ring = json!([square(10.0, 40.0), square(20.0, 30.0)]);
    let area = json!({"type": "Polygon", "coordinates": ring});
    let file = file(g.path("area.geojson"), &[area]);
    let (_, cut) = g.run(&g.scene, &["--cutline", text(&file), "--with-scl"]);
    let classes = cut.band("SCL");
    assert_eq!(classes.iter().filter(|v| **v == 4.0).count(), 800);
    assert!(
        classes
            .iter()
            .zip(&cut.bands[0])
            .all(|(c, v)| (*c == 0.0) == (*v == 0.0))
    );
}

/// Two products, of which the area touches the second alone.
fn apart(g: &Ground) -> (PathBuf, PathBuf) {
    let far = Scene {
        shifts: [(60_000.0, 0.0); 3],
        ..small()
    };
    let place = g.path("far");
    fs::create_dir(&place).unwrap();
    let (from, far) = (far.make(&place), g.path("away"));
    fs::rename(from, &far).unwrap();
    let results = g.path("results");
    fs::create_dir(&results).unwrap();
    (far, results)
}

#[test]
fn an_area_without_the_middle_of_a_pixel_gives_no_empty_result() {
    let g = Ground::new();
    let slim = polygon(30.3, 30.45);
    // On both sides of the product.
    let around = [polygon(-40.0, -10.0), polygon(70.0, 90.0)];
    for geometries in [&around[..], std::slice::from_ref(&slim)] {
        let area = file(g.path("area.geojson"), geometries);
        let cutline = ["--cutline", text(&area)];
        g.refused_with(&g.scene, &cutline, &["area.geojson", "no pixel", "60 x 60"]);
        let finer = [&cutline[..], &["--to", "5", "--bands", "B2"]].concat();
        g.refused_with(&g.scene, &finer, &["no pixel"]);
    }
    // With a field more, they do no harm.
    let fields = [slim, polygon(10.0, 40.0)];
    let area = file(g.path("area.geojson"), &[&fields[..], &around[..]].concat());
    let (_, cut) = g.run(&g.scene, &["--cutline", text(&area)]);
    assert_eq!(valid(&cut), 900);
}

#[test]
fn a_product_that_the_area_does_not_touch_fails_alone() {
    let g = Ground::new();
    let (far, results) = apart(&g);
    let file = file(g.path("area.geojson"), &[polygon(10.0, 40.0)]);
    let west = ["--projwin", "300100", "5999800", "300300", "5999500"];
    let pixels = ["--srcwin", "0", "0", "61", "1"];
    for (options, done) in [
        (&["--cutline", text(&file)][..], 1),
        (&west, 1),
        (&pixels, 0),
    ] {
        let products = ["run", text(&far), text(&g.scene), text(&results), "--json"];
        let out = run(&g.models, &[&products[..], options].concat());
        assert_eq!(out.status.code(), Some(1), "{options:?}");
        let told: Value = serde_json::from_slice(&out.stdout).unwrap();
        let states = |state: &str| {
            let all = told.as_array().unwrap().iter();
            all.filter(|p| p["state"] == state).count()
        };
        assert_eq!(
            (states("done"), states("failed")),
            (done, 2 - done),
            "{options:?}"
        );
        let said = String::from_utf8_lossy(&out.stderr);
        assert!(said.contains("away: "), "{said}");
    }
    // What is wrong for all stops at once.
    let wrong = ["--projwin", "0", "1", "1", "0", "--projwin-srs", "nothing"];
    let products = ["run", text(&far), text(&g.scene), text(&results)];
    for wrong in [&wrong[..], &["--projwin-srs", "EPSG:4326"]] {
        let out = run(&g.models, &[&products[..], wrong].concat());
        assert_eq!(out.status.code(), Some(2));
        assert!(out.stdout.is_empty());
    }
}

#[test]
fn a_reference_system_that_gdal_does_not_know_is_not_taken_for_another() {
    let g = Ground::new();
    // Around the scene, where it is taken for degrees.
    let around = json!([[
        [11.8, 54.0],
        [12.1, 54.0],
        [12.1, 54.2],
        [11.8, 54.2],
        [11.8, 54.0]
    ]]);
    let around = json!({"type": "Polygon", "coordinates": around});
    let path = file(g.path("area.geojson"), &[around]);
    let known = fs::read_to_string(&path).unwrap();
    let named = |name| known.replace("urn:ogc:def:crs:EPSG::32633", name);
    let cutline = ["--cutline", text(&path)];
    for name in ["urn:ogc:def:crs:EPSG::99999", "mine grid", "EPSG:0"] {
        fs::write(&path, named(name)).unwrap();
        g.refused_with(&g.scene, &cutline, &["area.geojson", name, "EPSG code"]);
    }
    for name in ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"] {
        fs::write(&path, named(name)).unwrap();
        assert_eq!(valid(&g.run(&g.scene, &cutline).1), 3600);
    }
    // Without a name they are degrees, and the sentence shows what was taken for that.
    let plain = json!({"type": "Polygon", "coordinates": [square(10.0, 40.0)]});
    fs::write(&path, plain.to_string()).unwrap();
    let words = ["300100 5999500 in EPSG:4326", "coordinate reference system"];
    g.refused_with(&g.scene, &cutline, &words);
}
