//! Virtual rasters of files with several pixel sizes: what they say of the bands counts, also where
//! these are read from the files themselves.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::ground::{Ground, small};
use crate::support::{Scene, done, text, translate};

/// A virtual raster of the bands in a folder, at 10 m.
fn separate(g: &Ground, name: &str, scene: &Path, options: &[&str]) -> PathBuf {
    let to = g.path(name);
    let files = crate::support::files(scene);
    let mut build = Command::new("gdalbuildvrt");
    build.args(["-q", "-separate", "-resolution", "highest"]);
    let build = build.args(options).arg(&to);
    let made = build.args(files.iter().map(|f| scene.join(f))).status();
    assert!(made.unwrap().success());
    to
}

/// How often `info` says so of a band.
fn count(g: &Ground, input: &Path, what: &str) -> usize {
    let info = done(&g.models, &["info", text(input), "--json"]);
    info.matches(what).count()
}

#[test]
fn scale_and_offset_of_a_virtual_raster_are_those_of_all_its_bands() {
    let g = Ground::new();
    let since = Scene {
        offset: 1000.0,
        ..small()
    };
    let scene = since.make(&g.path("shifted"));
    let vrt = separate(&g, "scaled.vrt", &scene, &[]);
    let plain = fs::read_to_string(&vrt).unwrap();
    let declared = "<Offset>-0.1</Offset><Scale>0.0001</Scale><ComplexSource>";
    let told = plain.replace("<ComplexSource>", declared);
    assert_eq!(told.matches(declared).count(), 12, "{plain}");
    fs::write(&vrt, told).unwrap();
    let said = g.same(&vrt, &[], 1000.0);
    assert!(said.contains("own pixel sizes"), "{said}");
}

#[test]
fn nodata_of_a_virtual_raster_is_that_of_all_its_bands() {
    let g = Ground::new();
    let fill = ["-srcnodata", "1", "-vrtnodata", "1"];
    let vrt = separate(&g, "filled.vrt", &g.scene, &fill);
    let info = [r#""nodata": 1.0"#, r#""averaged": 1,"#];
    assert_eq!(info.map(|what| count(&g, &vrt, what)), [12, 12]);
    // Pixels that the virtual raster fills with something else cannot be told in the file.
    let other = separate(
        &g,
        "other.vrt",
        &g.scene,
        &["-srcnodata", "1", "-vrtnodata", "2"],
    );
    let info = [r#""nodata": 2.0"#, r#""averaged": 1,"#];
    assert_eq!(info.map(|what| count(&g, &other, what)), [12, 4]);
}

#[test]
fn the_reference_system_of_a_virtual_raster_is_that_of_all_its_bands() {
    let g = Ground::new();
    let vrt = separate(&g, "placed.vrt", &g.scene, &["-a_srs", "EPSG:32634"]);
    let said = g.same(&vrt, &[], 0.0);
    assert!(said.contains("own pixel sizes"), "{said}");
}

#[test]
fn a_part_of_a_file_is_not_the_whole() {
    let g = Ground::new();
    let vrt = g.path("part_B5.vrt");
    let part = ["-srcwin", "0", "0", "15", "15", "-outsize", "30", "30"];
    let file = g.scene.join("T33_B5.tif");
    translate(&file, &vrt, &[&["-of", "VRT"], &part[..]].concat());
    assert_eq!(count(&g, &vrt, r#""cols": 15,"#), 1);
}

#[test]
fn what_a_function_makes_of_a_file_is_not_the_file() {
    let g = Ground::new();
    let vrt = separate(&g, "derived.vrt", &g.scene, &[]);
    let plain = fs::read_to_string(&vrt).unwrap();
    let start = "<VRTRasterBand ";
    let sqrt = r#"<VRTRasterBand subClass="VRTDerivedRasterBand" "#;
    let told = plain.replacen(start, sqrt, 1).replacen(
        "<ComplexSource>",
        "<PixelFunctionType>sqrt</PixelFunctionType><ComplexSource>",
        1,
    );
    assert_ne!(plain, told);
    fs::write(&vrt, told).unwrap();
    // The first is B1.
    assert_eq!(count(&g, &vrt, r#""averaged": 6,"#), 1);
    assert_eq!(count(&g, &vrt, r#""averaged": 1,"#), 11);
}

/// Nobody may ever write into a pipe.
#[cfg(unix)]
#[test]
fn a_virtual_raster_of_a_pipe_is_refused() {
    let g = Ground::new();
    let vrt = separate(&g, "piped.vrt", &g.scene, &[]);
    let band = g.scene.join("T33_B5.tif");
    fs::remove_file(&band).unwrap();
    assert!(
        Command::new("mkfifo")
            .arg(&band)
            .status()
            .unwrap()
            .success()
    );
    g.refused_with(&vrt, &[], &["T33_B5.tif", "a pipe"]);
}
