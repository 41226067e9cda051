//! Links, pipes, devices and names that only Unix has: what is found is a plain file or is refused,
//! and a link is followed only where the user made it.
// On Windows nobody makes such a thing without special rights.
#![cfg(unix)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, symlink};
use std::path::Path;
use std::process::Command;

use crate::failures::ground;
use crate::forms::safe;
use crate::models::{Ground, nowhere};
use crate::products::{self, image, small};
use crate::support::{done, failed, files, read, refused, s2sr, text, tiny_models};

fn make_pipe(file: &Path) {
    assert!(Command::new("mkfifo").arg(file).status().unwrap().success());
}

#[test]
fn links_lead_to_their_target_and_stay() {
    let (folder, input, models, results) = ground();
    let real = folder.path().join("real.tif");
    fs::write(&real, "the earlier result").unwrap();
    let output = results.join("out.tif");
    symlink(&real, &output).unwrap();
    done(&models, &["run", text(&input), text(&output)]);
    assert!(fs::symlink_metadata(&output).unwrap().is_symlink());
    assert_eq!(read(&real).bands.len(), 8);
    fs::remove_file(&real).unwrap();
    refused(
        &models,
        &["run", text(&input), text(&output)],
        1,
        &["out.tif", "leads nowhere"],
    );
    assert!(!real.exists());
    let pipe = results.join("pipe.tif");
    make_pipe(&pipe);
    refused(
        &models,
        &["run", text(&input), text(&pipe)],
        1,
        &["pipe.tif", "a pipe"],
    );
    assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
    assert_eq!(files(&results), ["out.tif", "pipe.tif"]);
}

#[test]
fn a_planted_link_is_not_followed() {
    let (folder, input, models, results) = ground();
    let victim = folder.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    let output = results.join("out.tif");
    // Names that could be foreseen: the lock's, and one made of the number of the process.
    symlink(&victim, results.join(".out.tif.s2sr-lock")).unwrap();
    let script = r#"cd "$1" && ln -s ../victim .out.tif.s2sr-$$-0.tif && shift && exec "$@""#;
    let mut command = Command::new("sh");
    command.env("S2SR_MODELS", &models).args([
        "-c",
        script,
        "sh",
        text(&results),
        env!("CARGO_BIN_EXE_s2sr"),
        "run",
    ]);
    let out = command
        .args([text(&input), text(&output)])
        .output()
        .unwrap();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    failed(&out, 1, &[".out.tif.s2sr-lock is in the way", "remove it"]);
    fs::remove_file(results.join(".out.tif.s2sr-lock")).unwrap();
    done(&models, &["run", text(&input), text(&output)]);
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    assert!(!fs::symlink_metadata(&output).unwrap().is_symlink());
}

#[test]
fn pipes_and_links_are_not_followed() {
    let (folder, models, results) = products::ground();
    let output = results.join("out.tif");
    let scene = small().make(folder.path());
    let product = safe(folder.path(), &scene, "L2A", None);
    // What is not needed is passed by with a sentence.
    make_pipe(&scene.join("x_B10.dat"));
    fs::write(scene.join("T33_B2.tif.md5"), "0 B2").unwrap();
    symlink("nowhere", scene.join("y_B10.tif")).unwrap();
    symlink("T33_B9.tif", scene.join("inside_B9.tif")).unwrap();
    let said = done(&models, &["run", text(&scene), text(&output)]);
    for word in [
        "x_B10.dat",
        "pipe",
        "T33_B2.tif.md5",
        "y_B10.tif",
        "nowhere",
    ] {
        assert!(said.contains(word), "{word} is not in {said}");
    }
    fs::remove_file(&output).unwrap();
    // What is needed is refused, in a folder and in a SAFE product.
    let outside = folder.path().join("outside.tif");
    fs::rename(scene.join("T33_B11.tif"), &outside).unwrap();
    symlink(&outside, scene.join("T33_B11.tif")).unwrap();
    refused(
        &models,
        &["run", text(&scene), text(&output)],
        1,
        &["T33_B11.tif", "out of the product"],
    );
    let band = image(&product, "B11");
    fs::remove_file(&band).unwrap();
    symlink(&outside, &band).unwrap();
    refused(
        &models,
        &["run", text(&product), text(&output)],
        1,
        &["T33_B11.jp2", "out of the product"],
    );
    fs::remove_file(&band).unwrap();
    make_pipe(&band);
    refused(
        &models,
        &["run", text(&product), text(&output)],
        1,
        &["T33_B11.jp2", "pipe"],
    );
    let own = folder.path().join("own.tif");
    make_pipe(&own);
    refused(
        &models,
        &["run", text(&own), text(&output)],
        1,
        &["own.tif", "pipe"],
    );
    refused(
        &models,
        &["run", "/dev/zero", text(&output)],
        1,
        &["/dev/zero", "device"],
    );
    assert!(files(&results).is_empty());
}

fn options_name_files_that_are_not_utf_8(models: &Path, product: &Path, results: &Path) {
    let odd = |name: &[u8]| results.join(OsStr::from_bytes(name));
    let [output, picture, page] = [b"\xe9.tif" as &[u8], b"\xe9.png", b"\xe9.html"].map(odd);
    let (network, outline, networks) = (odd(b"\xe9.onnx"), odd(b"\xe9.geojson"), odd(b"n\xe9"));
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    fs::copy(data.join("dummy-t2x.onnx"), &network).unwrap();
    fs::create_dir(&networks).unwrap();
    for file in fs::read_dir(models).unwrap().map(Result::unwrap) {
        fs::copy(file.path(), networks.join(file.file_name())).unwrap();
    }
    let ring = "[[10,40],[18,40],[18,60],[10,60],[10,40]]";
    let polygon = format!("{{\"type\":\"Polygon\",\"coordinates\":[{ring}]}}");
    fs::write(&outline, polygon).unwrap();
    let done = |command: &mut Command| {
        let out = command.output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.success(), "{command:?}: {said}");
    };
    let mut run = s2sr(models);
    run.arg("run").arg("--model").arg(&network).arg("--preview");
    run.arg(&picture).arg("--cutline").arg(&outline);
    done(run.arg(product).arg(&output));
    let mut evaluate = s2sr(models);
    evaluate.arg("evaluate").arg("--html").arg(&page);
    done(evaluate.arg("--models").arg(&networks).arg(product));
    assert!(output.exists() && picture.exists() && page.exists());
    // Several products: each result has the name of its own, letter by letter.
    let (folder, other) = (odd(b"all"), odd(b"caf\xe8"));
    fs::create_dir(&folder).unwrap();
    std::os::unix::fs::symlink(product, &other).unwrap();
    done(
        s2sr(models)
            .arg("run")
            .arg(product)
            .arg(&other)
            .arg(&folder),
    );
    let made = |name: &[u8]| folder.join(OsStr::from_bytes(name)).exists();
    assert!(made(b"caf\xe9_10m.tif") && made(b"caf\xe8_10m.tif"));
    fs::remove_file(other).unwrap();
    for folder in [folder, networks] {
        fs::remove_dir_all(folder).unwrap();
    }
    for file in [output, picture, page, network, outline] {
        fs::remove_file(file).unwrap();
    }
}

#[test]
fn names_that_are_not_utf_8_work_and_names_with_control_characters_are_escaped() {
    let (folder, models, results) = products::ground();
    let scene = small().make(folder.path());
    let (odd, output) = (
        folder.path().join(OsStr::from_bytes(b"caf\xe9")),
        results.join("out.tif"),
    );
    fs::rename(&scene, &odd).unwrap();
    fs::rename(
        odd.join("T33_B11.tif"),
        odd.join(OsStr::from_bytes(b"\xff_B11.tif")),
    )
    .unwrap();
    let out = s2sr(&models)
        .arg("run")
        .arg(&odd)
        .arg(&output)
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    assert!(
        s2sr(&models)
            .arg("info")
            .arg(&odd)
            .arg("--json")
            .status()
            .unwrap()
            .success()
    );
    fs::remove_file(&output).unwrap();
    options_name_files_that_are_not_utf_8(&models, &odd, &results);
    let out = s2sr(&models)
        .arg("run")
        .arg(&odd)
        .arg(results.join("\u{1b}[2J.tif"))
        .output()
        .unwrap();
    assert!(
        String::from_utf8_lossy(&out.stdout).contains("\\u{1b}[2J.tif"),
        "{out:?}"
    );
    fs::remove_file(results.join("\u{1b}[2J.tif")).unwrap();
    fs::write(odd.join("\u{1b}[2J\n\u{202e}_B12.tif"), "").unwrap();
    fs::remove_file(odd.join("T33_B12.tif")).unwrap();
    let out = s2sr(&models)
        .arg("run")
        .arg(&odd)
        .arg(&output)
        .output()
        .unwrap();
    failed(&out, 1, &["\\u{1b}[2J\\n\\u{202e}_B12.tif"]);
    assert!(files(&results).is_empty());
}

#[test]
fn a_model_is_a_plain_file() {
    let ground = Ground::new();
    let pipe = ground.folder.path().join("pipe.onnx");
    make_pipe(&pipe);
    let device = ground.folder.path().join("device.onnx");
    symlink("/dev/zero", &device).unwrap();
    let folder = ground.folder.path().join("folder.onnx");
    fs::create_dir(&folder).unwrap();
    let large = ground.folder.path().join("large.onnx");
    fs::File::create(&large).unwrap().set_len(1 << 40).unwrap();
    for (file, word) in [
        (&pipe, "a named pipe"),
        (&device, "a device"),
        (&folder, "a folder"),
        (&large, "larger than"),
    ] {
        ground.refused(nowhere(), text(file), &[text(file), word]);
    }
}

#[test]
fn an_index_is_a_plain_file() {
    let ground = Ground::new();
    let models = ground.folder.path().join("models");
    fs::create_dir(&models).unwrap();
    let index = models.join("index.json");
    make_pipe(&index);
    ground.refused(&models, "tiny", &["index.json", "a named pipe"]);
    fs::remove_file(&index).unwrap();
    symlink("/dev/zero", &index).unwrap();
    ground.refused(&models, "tiny", &["index.json", "a device"]);
}

#[test]
fn a_link_in_the_folder_of_models_stays_in_it() {
    let ground = Ground::new();
    let models = tiny_models(ground.folder.path());
    let network = models.join("dummy-x2.onnx");
    let outside = ground.folder.path().join("outside.onnx");
    fs::copy(&network, &outside).unwrap();
    fs::remove_file(&network).unwrap();
    symlink(&outside, &network).unwrap();
    ground.refused(
        &models,
        "tiny-x2",
        &["dummy-x2.onnx", "link out of the folder"],
    );
    // A link inside the folder is as good as a file.
    fs::remove_file(&network).unwrap();
    fs::rename(&outside, models.join("real.onnx")).unwrap();
    symlink("real.onnx", &network).unwrap();
    assert!(ground.run(&models, "tiny-x2").status.success());
}
