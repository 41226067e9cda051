//! Where results go: whole and together or not at all, never over what is read.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::failures::ground;
use crate::forms::safe;
use crate::killed::{long, wait_for};
use crate::support::{Scene, done, failed, files, read, refused, s2sr, text, tiny_models, zip};

/// Waits until a run has begun to write.
pub fn wait_for_work(results: &Path) {
    wait_for(|| {
        files(results)
            .iter()
            .any(|n| n.contains(".s2sr-") && !n.ends_with("lock"))
    });
}

#[test]
fn nothing_that_is_read_is_written() {
    let (folder, input, models, results) = ground();
    let band = input.join("T33_B5.tif");
    let before = fs::read(&band).unwrap();
    let hard = results.join("hard.tif");
    fs::hard_link(&band, &hard).unwrap();
    let soft = results.join("soft.tif");
    #[cfg(unix)]
    std::os::unix::fs::symlink(&band, &soft).unwrap();
    #[cfg(not(unix))]
    fs::hard_link(&band, &soft).unwrap();
    let roundabout = input.join("../scene/T33_B5.tif");
    let out = results.join("out.tif");
    for output in [
        &band,
        &hard,
        &soft,
        &roundabout,
        &models.join("dummy-t2x.onnx"),
        &models.join("index.json"),
    ] {
        refused(
            &models,
            &["run", text(&input), text(output)],
            1,
            &[text(output), "another name"],
        );
        refused(
            &models,
            &["run", text(&input), text(&out), "--preview", text(output)],
            1,
            &[text(output), "another name"],
        );
        refused(
            &models,
            &["vrt", text(&input), text(output)],
            1,
            &[text(output), "another name"],
        );
        refused(
            &models,
            &["evaluate", text(&input), "--html", text(output)],
            1,
            &[text(output), "another name"],
        );
    }
    // A new name that would be a band of the product from then on.
    let new = input.join("T33_B10.tif");
    refused(
        &models,
        &["run", text(&input), text(&new)],
        1,
        &["T33_B10.tif", "band B10"],
    );
    // New names that would be read with a band from then on.
    for ending in ["tif.ovr", "tif.msk", "tif.msk.ovr", "tif.aux.xml", "tfw"] {
        let new = input.join(format!("T33_B5.{ending}"));
        refused(
            &models,
            &["run", text(&input), text(&new)],
            1,
            &[ending, "part of", "T33_B5.tif", "another name"],
        );
    }
    // The source of a VRT.
    let elsewhere = folder.path().join("elsewhere.tif");
    fs::rename(&band, &elsewhere).unwrap();
    let vrt = folder.path().join("T33_B5.vrt");
    assert!(
        Command::new("gdal_translate")
            .args(["-q", "-of", "VRT"])
            .args([&elsewhere, &vrt])
            .status()
            .unwrap()
            .success()
    );
    refused(
        &models,
        &["run", text(&vrt), text(&elsewhere), "--model", "tiny-x2"],
        1,
        &["elsewhere.tif", "another name"],
    );
    assert_eq!(fs::read(&elsewhere).unwrap(), before);
    assert_eq!(files(&results), ["hard.tif", "soft.tif"]);
}

#[test]
fn nothing_is_written_into_a_safe_product() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let scene = Scene {
        bands: vec![
            "B2", "B3", "B4", "B8", "B5", "B6", "B7", "B8A", "B11", "B12",
        ],
        ..Scene::default()
    };
    let product = safe(
        folder.path(),
        &scene.make(folder.path()),
        "L2A",
        Some(-1000),
    );
    let image = product.join("GRANULE/T33UUP/IMG_DATA/T33_B5.jp2");
    for output in [
        &image,
        &product.join("MTD_MSIL2A.xml"),
        &product.join("GRANULE/new.tif"),
    ] {
        refused(
            &models,
            &["run", text(&product), text(output)],
            1,
            &[text(output)],
        );
    }
    let archive = folder.path().join("P.zip");
    zip(&product, &archive);
    refused(
        &models,
        &["run", text(&archive), text(&archive)],
        1,
        &["P.zip", "another name"],
    );
    refused(
        &models,
        &[
            "run",
            &format!("/vsizip/{}", text(&archive)),
            text(&archive),
        ],
        1,
        &["P.zip", "another name"],
    );
    done(&models, &["info", text(&archive)]);
}

#[test]
fn two_runs_onto_one_output() {
    let (_folder, input, models, results) = ground();
    // A name that a result and a VRT may both have.
    let output = results.join("out");
    let first = long(&models, &input, &output)
        .arg("--quiet")
        .spawn()
        .unwrap();
    wait_for_work(&results);
    refused(
        &models,
        &["run", text(&input), text(&output)],
        1,
        &["out", "another run"],
    );
    refused(
        &models,
        &["vrt", text(&input), text(&output)],
        1,
        &["out", "another run"],
    );
    assert!(first.wait_with_output().unwrap().status.success());
    assert_eq!(files(&results), ["out"]);
    assert_eq!(read(&output).grid.gsd, 5.0);
    // All at once: whoever is not refused has written it, and it is whole.
    let start = || {
        let mut command = s2sr(&models);
        command
            .args(["run", text(&input), text(&output), "--quiet"])
            .stderr(Stdio::piped())
            .stdout(Stdio::piped());
        command.spawn().unwrap()
    };
    let runs: Vec<Child> = (0..4).map(|_| start()).collect();
    let ends: Vec<_> = runs
        .into_iter()
        .map(|r| r.wait_with_output().unwrap())
        .collect();
    assert!(ends.iter().any(|e| e.status.success()));
    ends.iter()
        .filter(|e| !e.status.success())
        .for_each(|e| failed(e, 1, &["another run"]));
    assert_eq!(read(&output).grid.gsd, 10.0);
    assert_eq!(files(&results), ["out"]);
}

#[test]
fn result_and_preview_come_together_or_not_at_all() {
    let (_folder, input, models, results) = ground();
    let (output, picture) = (results.join("out.tif"), results.join("look.png"));
    fs::write(&output, "the earlier result").unwrap();
    fs::write(results.join("out.tif.aux.xml"), "its statistics").unwrap();
    let mut command = long(&models, &input, &output);
    let child = command
        .args(["--quiet", "--preview", text(&picture)])
        .spawn()
        .unwrap();
    wait_for_work(&results);
    fs::create_dir(&picture).unwrap();
    failed(&child.wait_with_output().unwrap(), 1, &["look.png"]);
    assert_eq!(fs::read_to_string(&output).unwrap(), "the earlier result");
    assert_eq!(files(&results), ["look.png", "out.tif", "out.tif.aux.xml"]);
    // The other way round: the picture could be had, the result not.
    fs::remove_dir(&picture).unwrap();
    fs::write(&picture, "the earlier picture").unwrap();
    fs::remove_file(&output).unwrap();
    let child = long(&models, &input, &output)
        .args(["--quiet", "--preview", text(&picture)])
        .spawn()
        .unwrap();
    wait_for_work(&results);
    fs::create_dir(&output).unwrap();
    failed(&child.wait_with_output().unwrap(), 1, &["out.tif"]);
    assert_eq!(fs::read_to_string(&picture).unwrap(), "the earlier picture");
    assert_eq!(files(&results), ["look.png", "out.tif", "out.tif.aux.xml"]);
    // And both; what was beside the earlier result goes with it, what belongs to the new one comes
    // with it.
    fs::remove_dir(&output).unwrap();
    for ending in ["ovr", "ovr.ovr", "msk", "msk.ovr"] {
        fs::write(results.join(format!("out.tif.{ending}")), "of it").unwrap();
    }
    done(
        &models,
        &[
            "run",
            text(&input),
            text(&output),
            "--preview",
            text(&picture),
            "--co",
            "TFW=YES",
        ],
    );
    assert_eq!(files(&results), ["look.png", "out.tfw", "out.tif"]);
    assert!(fs::read(&picture).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn paths_with_spaces_and_accents_and_longer_than_260_characters() {
    let (folder, input, models, _results) = ground();
    let mut deep = folder.path().join("Übersicht der Flächen");
    while text(&deep).len() < 300 {
        deep = deep.join("noch ein Ordner, für Šárka und 衛星");
    }
    fs::create_dir_all(&deep).unwrap();
    let place = |name: &str| deep.join(name);
    fs::rename(&input, place("scène d'été")).unwrap();
    fs::rename(&models, place("modèles")).unwrap();
    let (input, models) = (place("scène d'été"), place("modèles"));
    let archive = place("scène.zip");
    zip(&input, &archive);
    let outputs = ["aus dem Ordner.tif", "aus dem Archiv.tif"].map(place);
    for (input, output) in [&input, &archive].into_iter().zip(&outputs) {
        done(&models, &["run", text(input), text(output)]);
    }
    assert_eq!(read(&outputs[0]).difference(&read(&outputs[1])), 0.0);
    let vrt = place("virtuell.vrt");
    done(&models, &["vrt", text(&input), text(&vrt)]);
    assert!(fs::read_to_string(&vrt).unwrap().contains("scène d"));
}

#[test]
fn names_as_long_as_names_can_be() {
    let (_folder, input, models, results) = ground();
    for (format, extension) in [("GTiff", ".tif"), ("COG", ".tif"), ("GTiff", "")] {
        let name = format!("{}{extension}", "ä".repeat((255 - extension.len()) / 2));
        let output = results.join(&name);
        assert!(output.file_name().unwrap().len() >= 254);
        done(
            &models,
            &["run", text(&input), text(&output), "--format", format],
        );
        assert_eq!(files(&results), [name]);
        fs::remove_file(&output).unwrap();
    }
}

#[test]
fn creation_options_that_the_format_does_not_have_are_refused() {
    let (_folder, input, models, results) = ground();
    let out = results.join("out.tif");
    for (format, option, word) in [
        ("GTiff", "COMPRESS=EVIL", "EVIL"),
        ("GTiff", "NOSUCH=1", "NOSUCH"),
        ("GTiff", "ZLEVEL=99", "ZLEVEL"),
        ("GTiff", "BLOCKXSIZE=1e308", "1e308"),
        ("COG", "COMPRESS=EVIL", "EVIL"),
    ] {
        let run = ["run", text(&input), text(&out), "--format", format, "--co"];
        let arguments = [&run[..], &[option]].concat();
        refused(&models, &arguments, 2, &[word, "gdalinfo --format"]);
        assert!(files(&results).is_empty());
    }
    // Nor those that would cut pixels off without a word.
    let twelve = ["--co", "NBITS=12", "--co", "PREDICTOR=1"];
    let arguments = [&["run", text(&input), text(&out)][..], &twelve].concat();
    refused(&models, &arguments, 2, &["NBITS=12", "cut off"]);
    assert!(files(&results).is_empty());
}

#[test]
fn bands_that_are_only_copied_need_no_network() {
    let (_folder, input, models, results) = ground();
    let output = results.join("out.tif");
    let run = ["run", text(&input), text(&output), "--bands", "B2"];
    let said = done(&models, &run);
    assert!(said.contains("no network was needed"), "{said}");
    let told = done(&models, &[&run[..], &["--json"]].concat());
    assert!(told.contains(r#""onnxruntime_seconds": 0.0"#), "{told}");
}
