//! Whatever goes wrong: one clear sentence, no output half written, nothing lost.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{
    LOSSLESS, Scene, done, failed, files, refused, s2sr, text, tiny_models, translate,
};

/// A scene, the tiny networks, and a folder for results that has to stay as it is.
pub fn ground() -> (tempfile::TempDir, PathBuf, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let input = Scene::default().make(folder.path());
    let models = tiny_models(folder.path());
    let results = folder.path().join("results");
    fs::create_dir(&results).unwrap();
    (folder, input, models, results)
}

#[test]
fn inputs_that_are_no_products() {
    let (folder, input, models, results) = ground();
    let output = results.join("out.tif");
    let out = text(&output);
    refused(
        &models,
        &["run", "/no/such/product", out],
        1,
        &["/no/such/product", "no such file"],
    );
    refused(
        &models,
        &["run", text(&models), out],
        1,
        &["no band of Sentinel-2", "_B02.tif"],
    );
    fs::write(folder.path().join("empty.tif"), "").unwrap();
    refused(
        &models,
        &["run", text(&folder.path().join("empty.tif")), out],
        1,
        &["empty.tif", "empty"],
    );
    fs::write(folder.path().join("text.tif"), "not a raster").unwrap();
    refused(
        &models,
        &["run", text(&folder.path().join("text.tif")), out],
        1,
        &["text.tif", "GDAL cannot open"],
    );
    fs::write(folder.path().join("MTD_MSIL1C.xml"), "<half").unwrap();
    refused(
        &models,
        &["run", text(&folder.path().join("MTD_MSIL1C.xml")), out],
        1,
        &["MTD_MSIL1C.xml", "XML"],
    );
    fs::write(input.join("T33_B5.tif"), "").unwrap();
    refused(
        &models,
        &["run", text(&input), out],
        1,
        &["T33_B5.tif", "empty"],
    );
    assert!(files(&results).is_empty());
}

#[test]
fn a_band_of_another_format_says_what_to_do_and_that_does() {
    let (_folder, input, models, results) = ground();
    let (tif, img) = (input.join("T33_B11.tif"), input.join("T33_B11.img"));
    translate(&tif, &img, &["-of", "HFA"]);
    fs::remove_file(&tif).unwrap();
    let output = results.join("out.tif");
    let advice = "gdal_translate T33_B11.img T33_B11.tif";
    refused(
        &models,
        &["run", text(&input), text(&output)],
        1,
        &["B11", "T33_B11.img", advice],
    );
    let made = Command::new("gdal_translate")
        .args(["-q", "T33_B11.img", "T33_B11.tif"])
        .current_dir(&input)
        .status();
    assert!(made.unwrap().success());
    done(&models, &["run", text(&input), text(&output)]);
}

#[test]
fn a_band_that_was_cut_short() {
    let (_folder, input, models, results) = ground();
    let band = input.join("T33_B8.tif");
    let bytes = fs::read(&band).unwrap();
    fs::write(&band, &bytes[..bytes.len() * 3 / 5]).unwrap();
    refused(
        &models,
        &["run", text(&input), text(&results.join("out.tif"))],
        1,
        &["T33_B8.tif"],
    );
    // The same for JPEG 2000, whose decoder is more forgiving.
    fs::write(&band, &bytes).unwrap();
    let jp2 = input.join("T33_B8.jp2");
    translate(&band, &jp2, &LOSSLESS);
    fs::remove_file(&band).unwrap();
    let bytes = fs::read(&jp2).unwrap();
    fs::write(&jp2, &bytes[..bytes.len() / 2]).unwrap();
    refused(
        &models,
        &["run", text(&input), text(&results.join("out.tif"))],
        1,
        &["T33_B8.jp2", "cut short"],
    );
    assert!(files(&results).is_empty());
}

#[test]
fn options_that_make_no_sense() {
    let (_folder, input, models, results) = ground();
    let output = results.join("out.tif");
    let with = |extra: &[&str], words: &[&str]| {
        refused(
            &models,
            &[&["run", text(&input), text(&output)], extra].concat(),
            2,
            words,
        )
    };
    with(&["--to", "7"], &["to", "10|5"]);
    with(&["--bands", "B5,B99"], &["B99", "B8A"]);
    with(&["--bands", "B10"], &["B10", "noisy"]);
    refused(
        &models,
        &["run", text(&input), text(&output), "--model", "giant"],
        1,
        &["'giant'", "tiny", "tiny-t2x"],
    );
    // What this product has not, another may have.
    let without = |window: &[&str], words: &[&str]| {
        let run = ["run", text(&input), text(&output)];
        refused(&models, &[&run, window].concat(), 1, words);
    };
    without(
        &["--srcwin", "100", "0", "21", "5"],
        &["srcwin", "120 x 120"],
    );
    without(&["--srcwin", "0", "0", "0", "5"], &["srcwin"]);
    without(
        &["--projwin", "0", "10", "10", "0"],
        &["projwin", "does not touch", "EPSG:4326"],
    );
    assert!(files(&results).is_empty());
}

#[test]
fn a_model_that_was_altered_or_is_none() {
    let (folder, input, models, results) = ground();
    let output = results.join("out.tif");
    let mut bytes = fs::read(models.join("dummy-t2x.onnx")).unwrap();
    let own = folder.path().join("own.onnx");
    fs::write(&own, &bytes).unwrap();
    done(
        &models,
        &["run", text(&input), text(&output), "--model", text(&own)],
    );
    fs::remove_file(&output).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    fs::write(models.join("dummy-t2x.onnx"), &bytes).unwrap();
    refused(
        &models,
        &["run", text(&input), text(&output)],
        1,
        &["dummy-t2x.onnx", "sha256"],
    );
    fs::write(&own, "nothing").unwrap();
    refused(
        &models,
        &["run", text(&input), text(&output), "--model", text(&own)],
        1,
        &["own.onnx", "contract"],
    );
    refused(
        Path::new("/no/such/folder"),
        &["run", text(&input), text(&output)],
        1,
        &["index.json", "/no/such/folder", "S2SR_MODELS"],
    );
    assert!(files(&results).is_empty());
}

#[test]
fn no_onnx_runtime() {
    let (folder, input, models, results) = ground();
    let output = results.join("out.tif");
    let with = |library: &Path| {
        s2sr(&models)
            .env("ORT_DYLIB_PATH", library)
            .args(["run", text(&input), text(&output)])
            .output()
            .unwrap()
    };
    failed(
        &with(Path::new("/no/such/lib.so")),
        1,
        &["ONNX Runtime", "/no/such/lib.so", "ORT_DYLIB_PATH"],
    );
    let fake = folder.path().join("fake.so");
    fs::write(&fake, "no library").unwrap();
    failed(&with(&fake), 1, &["ONNX Runtime", "fake.so"]);
    // What needs no network works without it.
    let info = s2sr(&models)
        .env("ORT_DYLIB_PATH", "/no/such/lib.so")
        .args(["info", text(&input)])
        .output()
        .unwrap();
    assert!(info.status.success());
    assert!(files(&results).is_empty());
}

#[test]
fn cuda_where_there_is_none() {
    if Path::new("/dev/nvidiactl").exists() {
        return;
    }
    let (_folder, input, models, results) = ground();
    let output = results.join("out.tif");
    refused(
        &models,
        &["run", text(&input), text(&output), "--device", "cuda"],
        1,
        &["CUDA", "cpu"],
    );
    assert!(files(&results).is_empty());
    done(
        &models,
        &["run", text(&input), text(&output), "--device", "auto"],
    );
}

#[test]
fn places_that_cannot_be_written() {
    let (_folder, input, models, results) = ground();
    refused(
        &models,
        &["run", text(&input), text(&results.join("no/out.tif"))],
        1,
        &["does not exist"],
    );
    refused(
        &models,
        &["run", text(&input), "/proc/out.tif"],
        1,
        &["/proc/out.tif"],
    );
    let stack = input.join("T33_B5.tif");
    refused(
        &models,
        &["run", text(&stack), text(&stack)],
        1,
        &["T33_B5.tif", "is the input"],
    );
    let lost = results.join("no/look.png");
    refused(
        &models,
        &[
            "run",
            text(&input),
            text(&results.join("out.tif")),
            "--preview",
            text(&lost),
        ],
        1,
        &["no/look.png", "does not exist"],
    );
    assert!(files(&results).is_empty());
}

#[test]
fn without_gdal_files_say_what_to_install_and_the_rest_works() {
    let (_folder, input, models, results) = ground();
    let output = results.join("out.tif");
    let words = [
        "no GDAL",
        "/no/such/libgdal.so",
        "install GDAL",
        "S2SR_GDAL",
    ];
    let run = ["run", text(&input), text(&output), "--quiet"];
    let without = |arguments: &[&str]| {
        let mut command = s2sr(&models);
        command.env("S2SR_GDAL", "/no/such/libgdal.so");
        command.args(arguments).output().unwrap()
    };
    failed(&without(&run), 1, &words);
    let option = [run.as_slice(), &["--gdal", "/no/such/libgdal.so"]].concat();
    refused(&models, &option, 1, &words);
    // A library that is no GDAL is told apart.
    let library = if cfg!(windows) {
        "kernel32.dll"
    } else {
        "libc.so.6"
    };
    let other = ["info", text(&input), "--gdal", library];
    let lacks = format!("{library} has no CPLDebug");
    refused(&models, &other, 1, &["no GDAL", &lacks]);
    assert!(without(&["models"]).status.success());
    assert!(files(&results).is_empty());
}
