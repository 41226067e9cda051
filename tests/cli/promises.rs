//! Names of outputs that promise something else than what would be made.

use std::fs;

use crate::failures::ground;
use crate::support::{done, files, refused, s2sr, text};

#[test]
fn a_vrt_does_not_take_the_name_of_a_geotiff() {
    let (_folder, input, models, results) = ground();
    let result = results.join("out.tif");
    fs::write(&result, "an earlier result").unwrap();
    let words = ["out.tif", "is a VRT", "call it .vrt"];
    refused(&models, &["vrt", text(&input), text(&result)], 1, &words);
    assert_eq!(fs::read_to_string(&result).unwrap(), "an earlier result");
}

#[test]
fn a_result_does_not_take_the_name_of_another_format() {
    let (_folder, input, models, results) = ground();
    for name in ["out.jp2", "out.asc", "out.SHP", "out.vrt"] {
        let output = results.join(name);
        let words = [name, "is a GeoTIFF", "call it .tif"];
        refused(&models, &["run", text(&input), text(&output)], 1, &words);
    }
    assert!(files(&results).is_empty());
}

#[test]
fn a_preview_says_by_its_name_what_it_is() {
    let (_folder, input, models, results) = ground();
    let output = results.join("out.tif");
    for name in ["look.jpg", "look", "look.html"] {
        let look = results.join(name);
        let run = ["run", text(&input), text(&output), "--preview", text(&look)];
        refused(&models, &run, 1, &[name, ".png or .tif"]);
    }
    assert!(files(&results).is_empty());
    let look = results.join("look.PNG");
    let run = ["run", text(&input), text(&output), "--preview", text(&look)];
    done(&models, &run);
    assert!(fs::read(&look).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn standard_output_is_no_result() {
    let (_folder, input, models, results) = ground();
    for command in ["run", "vrt"] {
        let mut command_line = s2sr(&models);
        let out = command_line
            .args([command, text(&input), "-"])
            .current_dir(&results)
            .output();
        let out = out.unwrap();
        let said = String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(1), "{said}");
        assert!(said.contains("standard output"), "{said}");
    }
    assert!(files(&results).is_empty());
}

#[test]
fn what_gdal_says_names_the_file_that_was_asked_for() {
    let (_folder, input, models, results) = ground();
    let output = results.join("out.tif");
    let run = ["run", text(&input), text(&output), "--bands", "B5"];
    let out = s2sr(&models)
        .args(run)
        .args(["--co", "PHOTOMETRIC=RGB"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(said.contains("out.tif: PHOTOMETRIC"), "{said}");
    assert!(!said.contains(".s2sr-"), "{said}");
}
