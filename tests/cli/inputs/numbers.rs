//! What numbers mean: units, offsets, pixels without data.

use std::fs;
use std::path::Path;
use std::process::Command;

use s2sr::internals::raster::radiometry::DataType;

use super::ground::{Ground, small};
use crate::forms::safe;
use crate::support::{Scene, read, translate, write};

#[test]
fn eight_bits_are_said_to_be_a_picture_and_an_unknown_offset_to_be_unknown() {
    let g = Ground::new();
    let folder = g.path("bytes");
    fs::create_dir(&folder).unwrap();
    for (band, file) in g.files() {
        let arguments = ["-ot", "Byte", "-scale", "0", "10000", "0", "255"];
        translate(&file, &folder.join(format!("{band}.tif")), &arguments);
    }
    assert!(g.run(&folder, &[]).0.contains("picture"));
    let scaled = g.path("scaled");
    fs::create_dir(&scaled).unwrap();
    for (band, _) in g.files() {
        let name = format!("{band}.tif");
        let arguments = ["-a_scale", "0.004", "-a_nodata", "0"];
        translate(&folder.join(&name), &scaled.join(&name), &arguments);
    }
    assert!(g.run(&scaled, &[]).0.contains("picture"));
    let (said, _) = g.run(&g.scene, &[]);
    assert!(
        said.contains("0 was assumed") && said.contains("--offset"),
        "{said}"
    );
    assert!(!g.run(&g.scene, &["--offset", "0"]).0.contains("offset"));
}

#[test]
fn an_offset_without_a_scale_is_one_of_reflectance() {
    let g = Ground::new();
    let since = Scene {
        offset: 1000.0,
        ..small()
    };
    let scene = since.make(&g.path("shifted"));
    let declared = g.path("declared");
    fs::create_dir(&declared).unwrap();
    for name in crate::support::files(&scene) {
        let to = declared.join(&name);
        translate(&scene.join(&name), &to, &["-a_offset", "-0.1"]);
    }
    let said = g.same(&declared, &[], 1000.0);
    assert!(
        said.contains("no scale") && said.contains("--offset"),
        "{said}"
    );
}

#[test]
fn pixels_without_data_cost_what_they_cover() {
    let g = Ground::new();
    let holes = |folder: &Path, value: f32| {
        fs::create_dir(folder).unwrap();
        for (band, file) in g.files() {
            let raster = read(&file);
            let name = format!("{band}.tif");
            write(
                &folder.join(name),
                raster.grid,
                DataType::Float32,
                &[band.name()],
                |_, r, c| {
                    if r < 1 && c < 1 {
                        value
                    } else {
                        raster.bands[0][(r, c)]
                    }
                },
            );
        }
    };
    for (name, value) in [
        ("spike", 1e30),
        ("lowest", f32::MIN),
        ("undeclared", -9999.0),
    ] {
        let folder = g.path(name);
        holes(&folder, value);
        let (said, result) = g.run(&folder, &[]);
        assert!(said.contains("no reflectance can be"), "{said}");
        // What a 60 m pixel covers at 10 m.
        let lost = result
            .bands
            .iter()
            .map(|b| b.iter().filter(|v| v.is_nan()).count());
        assert!(
            lost.clone().all(|n| n == 36 || n == 4),
            "{:?}",
            lost.collect::<Vec<_>>()
        );
    }
    // A mask says the same without a value.
    let folder = g.path("masked");
    fs::create_dir(&folder).unwrap();
    for (band, file) in g.files() {
        let bare = g.path("bare.tif");
        translate(&file, &bare, &["-ot", "Float32", "-a_nodata", "none"]);
        let mask = g.path("mask.tif");
        let raster = read(&file);
        write(&mask, raster.grid, DataType::UInt8, &["mask"], |_, r, c| {
            if r < 1 && c < 1 { 0.0 } else { 255.0 }
        });
        let both = g.path("both.vrt");
        let mut build = Command::new("gdalbuildvrt");
        let made = build
            .args(["-q", "-separate"])
            .args([&both, &bare, &mask])
            .status();
        assert!(made.unwrap().success());
        let to = folder.join(format!("{band}.tif"));
        let internal = [
            "--config",
            "GDAL_TIFF_INTERNAL_MASK",
            "YES",
            "-a_nodata",
            "none",
        ];
        translate(
            &both,
            &to,
            &[&["-b", "1", "-mask", "2"], &internal[..]].concat(),
        );
    }
    let (_, result) = g.run(&folder, &[]);
    let lost: Vec<usize> = result
        .bands
        .iter()
        .map(|b| b.iter().filter(|v| v.is_nan()).count())
        .collect();
    assert!(lost.iter().all(|n| *n == 36 || *n == 4), "{lost:?}");
}

#[test]
fn negative_numbers_without_a_sign_are_told_of() {
    let g = Ground::new();
    let folder = g.renamed("wrapped", |b| format!("{b}.tif"));
    let (band, file) = &g.files()[4];
    let raster = read(file);
    write(
        &folder.join(format!("{band}.tif")),
        raster.grid,
        DataType::UInt16,
        &[band.name()],
        |_, r, c| {
            if r == 3 {
                64536.0
            } else {
                raster.bands[0][(r, c)]
            }
        },
    );
    let (said, _) = g.run(&folder, &[]);
    assert!(said.contains("without a sign"), "{said}");
}

#[test]
fn rows_from_south_to_north_are_turned() {
    let g = Ground::new();
    let folder = g.path("turned");
    fs::create_dir(&folder).unwrap();
    for (band, file) in g.files() {
        let raster = read(&file);
        let (grid, rows) = (raster.grid, raster.grid.rows as usize);
        let upside_down = g.path("upside.tif");
        write(
            &upside_down,
            grid,
            DataType::UInt16,
            &[band.name()],
            |_, r, c| raster.bands[0][(rows - 1 - r, c)],
        );
        let (east, south) = (
            grid.west + grid.cols as f64 * grid.gsd,
            grid.north - grid.rows as f64 * grid.gsd,
        );
        let corners = [grid.west, south, east, grid.north].map(|v| v.to_string());
        let mut arguments = vec!["-a_ullr"];
        arguments.extend(corners.iter().map(String::as_str));
        translate(
            &upside_down,
            &folder.join(format!("{band}.tif")),
            &arguments,
        );
    }
    g.same(&folder, &[], 0.0);
}

#[test]
fn the_offset_is_read_from_what_lies_above_or_beside() {
    let g = Ground::new();
    let shifted = g.path("shifted");
    let since = Scene {
        offset: 1000.0,
        ..small()
    };
    let scene = since.make(&shifted);
    let product = safe(&shifted, &scene, "L2A", Some(-1000));
    for part in [
        "GRANULE",
        "GRANULE/T33UUP/IMG_DATA",
        "GRANULE/T33UUP/IMG_DATA/T33_B5.jp2",
        "manifest.safe",
        "GRANULE/T33UUP/MTD_TL.xml",
    ] {
        let part = product.join(part);
        if !part.exists() {
            fs::write(&part, "<tile/>").unwrap();
        }
        let said = g.same(&part, &[], 1000.0);
        assert!(said.contains("product around"), "{said}");
        if part.extension().is_some_and(|e| e != "jp2") {
            fs::remove_file(part).unwrap();
        }
    }
    let id = "S2A_MSIL2A_20220126T021941_N0400_R003_T52SFA_20220126T041941";
    fs::write(
        scene.join("productInfo.json"),
        format!("{{\"name\": \"{id}\"}}"),
    )
    .unwrap();
    assert!(g.same(&scene, &[], 1000.0).contains("04.00"));
    fs::remove_file(scene.join("productInfo.json")).unwrap();
    g.same(&scene, &["--offset", "-1000"], 1000.0);
    // A baseline that has an offset, and metadata that give none.
    let xml = product.join("MTD_MSIL2A.xml");
    let told = fs::read_to_string(&xml).unwrap();
    let start = told.find("<BOA_ADD_OFFSET").unwrap();
    let end = told.rfind("</BOA_ADD_OFFSET>").unwrap() + "</BOA_ADD_OFFSET>".len();
    fs::write(&xml, format!("{}{}", &told[..start], &told[end..])).unwrap();
    let (said, _) = g.run(&product, &[]);
    assert!(
        said.contains("0 was assumed") && said.contains("--offset"),
        "{said}"
    );
}

#[test]
fn a_nodata_value_that_the_type_cannot_hold_is_none() {
    let g = Ground::new();
    let folder = g.path("declared");
    fs::create_dir(&folder).unwrap();
    for (band, file) in g.files() {
        let raster = read(&file);
        let bare = g.path("bare.tif");
        write(
            &bare,
            raster.grid,
            DataType::UInt16,
            &[band.name()],
            |_, r, c| {
                if r < 1 && c < 1 {
                    0.0
                } else {
                    raster.bands[0][(r, c)]
                }
            },
        );
        let to = folder.join(format!("{band}.tif"));
        translate(&bare, &to, &["-of", "VRT", "-a_nodata", "none"]);
        let text = fs::read_to_string(&to).unwrap();
        let declared = text.replace(
            "<ColorInterp>",
            "<NoDataValue>-9999</NoDataValue><ColorInterp>",
        );
        assert_ne!(text, declared);
        fs::write(&to, declared).unwrap();
        let tif = folder.join(format!("T33_{band}.tif"));
        translate(&to, &tif, &[]);
        fs::remove_file(&to).unwrap();
    }
    let (said, result) = g.run(&folder, &[]);
    for band in &result.bands {
        assert_eq!(band[(0, 0)], 0.0, "{said}");
        // What surrounds the hole was not taken for dark ground.
        assert!(band.iter().filter(|v| **v == 0.0).count() <= 36, "{said}");
    }
}

#[test]
fn an_alpha_band_beside_many_others_is_a_mask() {
    let g = Ground::new();
    let all: Vec<_> = g.files().into_iter().map(|(band, _)| band).collect();
    let stack = g.stack("stack.tif", |band| band.name().into(), 1);
    let bare = read(&stack);
    let n = all.len();
    let names: Vec<&str> = all.iter().map(|b| b.name()).chain(["alpha"]).collect();
    let plain = g.path("with_alpha.tif");
    write(&plain, bare.grid, DataType::UInt16, &names, |i, r, c| {
        let is_hole = r < 6 && c < 6;
        if i == n {
            f32::from(u8::from(!is_hole))
        } else {
            bare.bands[i][(r, c)]
        }
    });
    let alpha = g.path("alpha.tif");
    let band = format!("{}", n + 1);
    translate(
        &plain,
        &alpha,
        &[
            "-a_nodata",
            "none",
            &format!("-colorinterp_{band}"),
            "alpha",
        ],
    );
    let (said, result) = g.run(&alpha, &[]);
    for band in &result.bands {
        let holes = band.iter().filter(|v| **v == 0.0).count();
        assert_eq!((holes, band[(5, 5)]), (36, 0.0), "{said}");
    }
}
