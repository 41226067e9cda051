//! Where pixels lie, as programs write it down that divide an extent by its pixels.

use std::fs;

use s2sr::internals::raster::grid::Grid;
use s2sr::internals::raster::radiometry::DataType;

use super::ground::Ground;
use crate::support::{Raster, read, translate, write};

#[test]
fn corners_and_pixel_sizes_that_are_nearly_whole() {
    let g = Ground::new();
    let nearly = |grid: Grid, part: f64| Grid {
        west: grid.west + 0.0005,
        north: grid.north - 0.0005,
        gsd: grid.gsd * (1.0 + part),
        ..grid
    };
    let stack = read(&g.stack("stack.tif", |b| b.name().into(), 1));
    // The smallest step that a double can show, and what moves the last pixel by millimetres.
    for part in [f64::EPSILON, 1e-11, -1e-6] {
        let files = g.renamed("nearly", |b| format!("{}.tif", b.name()));
        for (band, file) in g.files() {
            let Raster { grid, bands, .. } = read(&file);
            write(
                &files.join(format!("{}.tif", band.name())),
                nearly(grid, part),
                DataType::UInt16,
                &[""],
                |_, r, c| bands[0][(r, c)],
            );
        }
        let one = g.path("nearly.tif");
        let names: Vec<&str> = stack.names.iter().map(String::as_str).collect();
        let pixels = |i: usize, r: usize, c: usize| stack.bands[i][(r, c)];
        let place = nearly(stack.grid, part);
        write(&one, place, DataType::UInt16, &names, pixels);
        for input in [files, one] {
            g.same(&input, &[], 0.0);
            let grid = read(&g.path("out.tif")).grid;
            let corner = (grid.west, grid.north) == (place.west, place.north);
            assert!(corner && grid.gsd == 10.0, "{grid:?}");
        }
    }
}

/// What GDAL says of a raster without a geotransform, some programs write down.
#[test]
fn a_raster_without_a_place_is_refused() {
    let g = Ground::new();
    let stack = g.stack("stack.tif", |b| b.name().into(), 1);
    let vrt = g.path("nowhere.vrt");
    translate(&stack, &vrt, &["-of", "VRT"]);
    let told = fs::read_to_string(&vrt).unwrap();
    let (before, rest) = told.split_once("<GeoTransform>").unwrap();
    let (_, after) = rest.split_once("</GeoTransform>").unwrap();
    let nowhere = "<GeoTransform>0, 1, 0, 0, 0, 1</GeoTransform>";
    fs::write(&vrt, format!("{before}{nowhere}{after}")).unwrap();
    g.refused(&vrt, &["no geotransform"]);
}
