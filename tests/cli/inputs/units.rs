//! Reflectance or DN: what tells it where little of a raster has data, or not all bands agree.

use std::fs;
use std::path::PathBuf;

use s2sr::internals::raster::grid::Grid;
use s2sr::internals::raster::radiometry::DataType;

use super::ground::Ground;
use crate::support::{done, read, text, write};

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
