//! The files that areas come in: what counts of them, that damaged ones are refused, and that nothing
//! is written beside them. GDAL's programs for them are not where Windows' tests run.
#![cfg(not(windows))]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::areas::{file, polygon, valid};
use super::ground::Ground;
use crate::server::Server;
use crate::support::{UTM, done, files, text};

/// Columns of the scene, each a polygon: so much of them is in a file that so much of the area is.
fn ogr2ogr(arguments: &[&str]) {
    let made = Command::new("ogr2ogr").arg("-q").args(arguments).status();
    assert!(made.unwrap().success(), "{arguments:?}");
}

pub fn columns(g: &Ground, name: &str) -> PathBuf {
    let column = |i: u32| {
        let west = f64::from(i);
        let (x0, x1) = (300_000.0 + 10.0 * west, 300_010.0 + 10.0 * west);
        let south: Vec<_> = (0..20)
            .map(|k| [x0 + 0.5 * f64::from(k), 5_999_400.0])
            .collect();
        let rest = [[x1, 5_999_400.0], [x1, 6e6], [x0, 6e6], [x0, 5_999_400.0]];
        let ring = [&south[..], &rest].concat();
        serde_json::json!({"type": "Polygon", "coordinates": [ring]})
    };
    let all: Vec<_> = (0..60).map(column).collect();
    let plain = file(g.path("columns.geojson"), &all);
    let folder = g.path(name.rsplit_once('.').unwrap().1);
    fs::create_dir_all(&folder).unwrap();
    let to = folder.join(name);
    // Sequences of GeoJSON and KML are in degrees, and GML has a schema beside it.
    let degrees = name.ends_with("geojsons") || name.ends_with("kml");
    let system: &[&str] = if degrees {
        &["-t_srs", "EPSG:4326"]
    } else {
        &[]
    };
    ogr2ogr(&[&[text(&to), text(&plain)], system].concat());
    let _ = fs::remove_file(to.with_extension("xsd"));
    to
}

fn formats() -> [&'static str; 9] {
    [
        "a.geojson",
        "a.geojsons",
        "a.gpkg",
        "a.fgb",
        "a.shp",
        "a.gml",
        "a.kml",
        "a.tab",
        "a.mif",
    ]
}

#[test]
fn a_damaged_file_is_refused() {
    let g = Ground::new();
    for name in formats() {
        let path = columns(&g, name);
        let cutline = ["--cutline", text(&path)];
        let whole = valid(&g.run(&g.scene, &cutline).1);
        assert!((3540..=3600).contains(&whole), "{name}: {whole}");
        // MapInfo's shapes are in a file of their own.
        let shapes = match name {
            "a.tab" => path.with_extension("map"),
            _ => path.clone(),
        };
        let bytes = fs::read(&shapes).unwrap();
        // A MIF that ends between two polygons looks whole: it does not say how many there are.
        let parts = if name == "a.mif" {
            &[0.6][..]
        } else {
            &[0.6, 0.85]
        };
        for part in parts {
            let size = (bytes.len() as f64 * part) as usize;
            fs::write(&shapes, &bytes[..size]).unwrap();
            g.refused_with(&g.scene, &cutline, &[name]);
        }
    }
}

#[test]
fn a_sequence_that_ends_within_a_record_is_refused() {
    let g = Ground::new();
    // Its records begin with a mark, and may have many lines.
    let path = columns(&g, "a.geojsons");
    let lines = fs::read_to_string(&path).unwrap();
    assert!(lines.starts_with('\u{1e}'));
    let (bare, long) = (
        lines.replace('\u{1e}', ""),
        lines.replace(", \"geometry\"", ",\n\"geometry\""),
    );
    let cutline = ["--cutline", text(&path)];
    for whole in [lines, bare, long] {
        fs::write(&path, &whole).unwrap();
        g.run(&g.scene, &cutline);
        // Without the end of the last line it is whole, too.
        fs::write(&path, whole.trim_end()).unwrap();
        g.run(&g.scene, &cutline);
        // Within the last list of corners GDAL makes a polygon of those that are there.
        let corners = whole.rfind('[').unwrap();
        for end in [corners + 5, corners, corners - 40, corners - 300] {
            fs::write(&path, &whole[..end]).unwrap();
            g.refused_with(&g.scene, &cutline, &["damaged or cut short", "again"]);
        }
    }
}

#[test]
fn a_file_that_ends_between_two_polygons_is_refused() {
    let g = Ground::new();
    let path = columns(&g, "a.fgb");
    let bytes = fs::read(&path).unwrap();
    // The last polygon is as long as its size, in the four bytes before it, says.
    let start = (4..bytes.len() - 4).rev().find(|at| {
        let size = u32::from_le_bytes(bytes[at - 4..*at].try_into().unwrap());
        size > 100 && at + size as usize == bytes.len()
    });
    fs::write(&path, &bytes[..start.unwrap() - 4]).unwrap();
    let words = ["a.fgb", "damaged or cut short", "59 of 60"];
    g.refused_with(&g.scene, &["--cutline", text(&path)], &words);
}

#[test]
fn a_polygon_that_cannot_be_read_is_no_hole_in_the_area() {
    let g = Ground::new();
    let bad = serde_json::json!({"type": "Polygon"});
    let area = file(g.path("area.geojson"), &[polygon(10.0, 40.0), bad]);
    let words = ["area.geojson", "damaged or cut short", "coordinates"];
    g.refused_with(&g.scene, &["--cutline", text(&area)], &words);
    // What is no polygon, or nothing, is no damage.
    let point = serde_json::json!({"type": "Point", "coordinates": [300_000.0, 5_999_500.0]});
    let others = [polygon(10.0, 40.0), serde_json::Value::Null, point];
    let area = file(g.path("area.geojson"), &others);
    let (_, cut) = g.run(&g.scene, &["--cutline", text(&area)]);
    assert_eq!(valid(&cut), 900);
}

/// The files of a folder, and what is in them.
fn state(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let read = |name: String| {
        let bytes = fs::read(folder.join(&name)).unwrap();
        (name, bytes)
    };
    files(folder).into_iter().map(read).collect()
}

#[test]
fn nothing_is_written_beside_a_file() {
    let g = Ground::new();
    for name in formats() {
        let path = columns(&g, name);
        let folder = path.parent().unwrap();
        let before = state(folder);
        g.run(&g.scene, &["--cutline", text(&path)]);
        assert!(state(folder) == before, "{name}: {:?}", files(folder));
        // Files that are plain may be named by virtual rasters.
        let vrt = g.path("out.vrt");
        let made = ["vrt", text(&g.scene), text(&vrt), "--cutline", text(&path)];
        if name.ends_with("gml") {
            let words = ["a.gml", "cannot be opened"];
            crate::support::refused(&g.models, &made, 1, &words);
        } else {
            done(&g.models, &made);
        }
        assert!(state(folder) == before, "{name}: {:?}", files(folder));
    }
}

#[test]
fn formats_that_write_beside_their_files_are_refused() {
    let g = Ground::new();
    let cadastres = [
        (
            "VFK",
            "a.vfk",
            "&HVERZE;\"2.9\"\r\n&HVYTVORENO;\"01.01.2010 00:00:00\"\r\n&HPUVOD;\"ISKN\"\r\n\
             &HCODEPAGE;\"WE8ISO8859P2\"\r\n&BSOBR;ID N30;STAV_DAT N2;SOURADNICE_Y N10.2\r\n\
             &DSOBR;1;0;600000.0\r\n&K\r\n",
            &["VFK", "convert it"][..],
        ),
        (
            "NAS",
            "a.xml",
            r#"<?xml version="1.0"?>
<enthaelt xmlns:gml="http://www.opengis.net/gml/3.2" a="NAS-Operationen.xsd">
<gml:featureMember><A gml:id="a"><position><gml:Polygon><gml:exterior><gml:LinearRing><gml:posList>
0 0 1 0 1 1 0 0</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></position></A>
</gml:featureMember></enthaelt>"#,
            &[], // newer versions of GDAL open it as GML, which has no reference system here
        ),
    ];
    for (format, name, content, words) in cadastres {
        let known = Command::new("ogrinfo").arg("--formats").output().unwrap();
        let start = format!("  {format} -");
        if !String::from_utf8_lossy(&known.stdout).contains(&start) {
            continue;
        }
        let folder = g.path(format);
        fs::create_dir(&folder).unwrap();
        let path = folder.join(name);
        fs::write(&path, content).unwrap();
        let words = [&[name], words].concat();
        g.refused_with(&g.scene, &["--cutline", text(&path)], &words);
        assert_eq!(files(&folder), [name]);
    }
}

#[test]
fn nothing_that_stands_in_a_file_is_fetched() {
    let g = Ground::new();
    let server = Server::start(g.folder.path());
    fs::write(g.path("system.wkt"), UTM).unwrap();
    let area = file(g.path("area.geojson"), &[polygon(10.0, 40.0)]);
    let plain = fs::read_to_string(&area).unwrap();
    let name = r#"{"name":"urn:ogc:def:crs:EPSG::32633"},"type":"name""#;
    let address = format!("{}/system.wkt", server.address);
    let link = format!(r#"{{"href":"{address}","type":"ogcwkt"}},"type":"link""#);
    let told = plain.replace(name, &link);
    assert_ne!(plain, told);
    fs::write(&area, told).unwrap();
    let cutline = ["--cutline", text(&area)];
    g.refused_with(&g.scene, &cutline, &["area.geojson", "from a server"]);
    assert_eq!(server.sent(), 0);
}

#[test]
fn an_area_around_everything_is_the_whole_product() {
    let g = Ground::new();
    for far in [1e9, 1e15, 1e20] {
        let corners = [
            [-far, -far],
            [far, -far],
            [far, far],
            [-far, far],
            [-far, -far],
        ];
        let all = serde_json::json!({"type": "Polygon", "coordinates": [corners]});
        let area = file(g.path("area.geojson"), &[all]);
        let (_, cut) = g.run(&g.scene, &["--cutline", text(&area)]);
        assert_eq!(valid(&cut), 3600, "{far}");
        assert_eq!(cut.grid, g.plain.grid, "{far}");
    }
    // Everything but the product.
    let beside = [
        [1e20, 0.0],
        [1e20, 1e20],
        [1e6, 1e20],
        [1e6, 0.0],
        [1e20, 0.0],
    ];
    let other = serde_json::json!({"type": "Polygon", "coordinates": [beside]});
    let area = file(g.path("area.geojson"), &[other]);
    let cutline = ["--cutline", text(&area)];
    g.refused_with(&g.scene, &cutline, &["does not touch the product"]);
}

#[test]
fn all_layers_count_each_in_its_own_system() {
    let g = Ground::new();
    let (a, b) = (
        file(g.path("a.geojson"), &[polygon(10.0, 20.0)]),
        file(g.path("b.geojson"), &[polygon(30.0, 40.0)]),
    );
    let both = g.path("both.gpkg");
    ogr2ogr(&[text(&both), text(&a), "-nln", "a"]);
    ogr2ogr(&[
        "-update",
        text(&both),
        text(&b),
        "-nln",
        "b",
        "-t_srs",
        "EPSG:4326",
    ]);
    let (_, cut) = g.run(&g.scene, &["--cutline", text(&both)]);
    assert_eq!(cut.grid.cols, 30);
    let count = valid(&cut);
    assert!((198..=202).contains(&count), "{count}");
}

#[test]
fn curves_count_as_what_they_enclose() {
    let g = Ground::new();
    let circle = "CURVEPOLYGON(CIRCULARSTRING(300100 5999700,300300 5999900,300500 5999700,\
                  300300 5999500,300100 5999700))";
    let small = "POLYGON((300500 5999900,300600 5999900,300600 6000000,300500 6000000,\
                 300500 5999900))";
    fs::write(
        g.path("c.csv"),
        format!("id,WKT\n1,\"{circle}\"\n2,\"{small}\"\n"),
    )
    .unwrap();
    let (csv, file) = (g.path("c.csv"), g.path("c.gpkg"));
    let system = ["-a_srs", "EPSG:32633", "-nlt", "GEOMETRY"];
    ogr2ogr(&[&[text(&file), text(&csv)], &system[..]].concat());
    let (_, cut) = g.run(&g.scene, &["--cutline", text(&file)]);
    let expected = std::f64::consts::PI * 400.0 + 100.0;
    let count = valid(&cut);
    assert!(
        (count as f64 - expected).abs() < 10.0,
        "{count} of {expected}"
    );
}
