//! The forms that a product comes in, and what each says of itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ndarray::s;
use s2sr::internals::gdal::Dataset;
use s2sr::internals::raster::band::Band;
use s2sr::internals::raster::grid::Rect;

use crate::support::{LOSSLESS, Scene, done, read, refused, text, tiny_models, translate, zip};

/// A SAFE product around the bands of a scene: metadata as ESA writes it, images as lossless JPEG
/// 2000.
pub fn safe(folder: &Path, scene: &Path, level: &str, offset: Option<i32>) -> PathBuf {
    let root = folder.join(format!(
        "S2A_MSI{level}_20230101T000000_N0509_R001_T33UUP_20230101T000000.SAFE"
    ));
    let images = root.join("GRANULE/T33UUP/IMG_DATA");
    fs::create_dir_all(&images).unwrap();
    let mut list = String::new();
    for entry in fs::read_dir(scene).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let image = images.join(name.replace(".tif", ".jp2"));
        translate(&scene.join(&name), &image, &LOSSLESS);
        list += &format!(
            "<IMAGE_FILE>GRANULE/T33UUP/IMG_DATA/{}</IMAGE_FILE>",
            name.trim_end_matches(".tif")
        );
    }
    let tag = if level == "L1C" {
        "RADIO_ADD_OFFSET"
    } else {
        "BOA_ADD_OFFSET"
    };
    let (mut offsets, mut spectra) = (String::new(), String::new());
    for (id, band) in [
        "B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B9", "B10", "B11", "B12",
    ]
    .iter()
    .enumerate()
    {
        offsets += &offset.map_or(String::new(), |o| {
            format!("<{tag} band_id=\"{id}\">{o}</{tag}>")
        });
        spectra += &format!("<Spectral_Information bandId=\"{id}\" physicalBand=\"{band}\"/>");
    }
    let xml = format!(
        "<Product><PRODUCT_URI>P.SAFE</PRODUCT_URI><PROCESSING_LEVEL>Level-{}</PROCESSING_LEVEL><PROCESSING_BASELINE>05.09</PROCESSING_BASELINE>
        <SPACECRAFT_NAME>Sentinel-2A</SPACECRAFT_NAME><Granule granuleIdentifier=\"S2A_OPER_MSI_T33UUP_N05.09\">{list}</Granule><QUANTIFICATION_VALUE>10000</QUANTIFICATION_VALUE>{offsets}{spectra}</Product>",
        level.trim_start_matches('L')
    );
    fs::write(root.join(format!("MTD_MSI{level}.xml")), xml).unwrap();
    root
}

#[test]
fn the_offset_of_the_metadata_is_removed_before_and_put_back_after() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let (plain, shifted) = (folder.path().join("plain"), folder.path().join("shifted"));
    let before = Scene::default().make(&plain);
    let since = safe(
        &shifted,
        &Scene {
            offset: 1000.0,
            ..Scene::default()
        }
        .make(&shifted),
        "L2A",
        Some(-1000),
    );
    let (a, b) = (folder.path().join("a.tif"), folder.path().join("b.tif"));
    done(&models, &["run", text(&before), text(&a)]);
    done(&models, &["run", text(&since), text(&b)]);
    let (a, b) = (read(&a), read(&b));
    for (x, y) in a.bands.iter().zip(&b.bands) {
        assert!(x.iter().zip(y).all(|(x, y)| (x + 1000.0 - y).abs() <= 1.0));
    }
}

#[test]
fn folder_zip_and_metadata_file_are_the_same_product() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let product = safe(
        folder.path(),
        &Scene {
            size: 60,
            ..Scene::default()
        }
        .make(folder.path()),
        "L1C",
        None,
    );
    let archive = folder.path().join("product.zip");
    zip(&product, &archive);
    let outputs = [
        product.clone(),
        archive,
        product.join("MTD_MSIL1C.xml"),
        product.join("GRANULE/T33UUP/IMG_DATA"),
    ]
    .map(|input| {
        let output = folder.path().join("out.tif");
        done(&models, &["run", text(&input), text(&output)]);
        read(&output).bands
    });
    assert!(outputs.iter().all(|o| *o == outputs[0]));
    let info: serde_json::Value =
        serde_json::from_str(&done(&models, &["info", text(&product), "--json"])).unwrap();
    assert_eq!(
        (
            info["level"].as_str(),
            info["baseline"].as_str(),
            info["bands"].as_array().map(Vec::len)
        ),
        (Some("L1C"), Some("05.09"), Some(12))
    );
}

#[test]
fn the_finest_copy_of_a_band_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let input = Scene::default().make(folder.path());
    let a = folder.path().join("a.tif");
    done(&models, &["run", text(&input), text(&a)]);
    // As in an R20m folder: B2 again at 20 m, and B5 again at 60 m.
    for (band, gsd) in [("B2", "20"), ("B5", "60")] {
        let copy = input.join(format!("T33_{band}_{gsd}m.tif"));
        let made = Command::new("gdal_translate")
            .args(["-q", "-r", "average", "-tr", gsd, gsd])
            .args([input.join(format!("T33_{band}.tif")), copy])
            .status();
        assert!(made.unwrap().success());
    }
    let b = folder.path().join("b.tif");
    done(&models, &["run", text(&input), text(&b)]);
    assert_eq!(read(&a).difference(&read(&b)), 0.0);
}

#[test]
fn what_a_product_lacks_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let lacking = |bands: &[&'static str]| {
        let place = folder.path().join(bands.join("-"));
        Scene {
            bands: Scene::default()
                .bands
                .into_iter()
                .filter(|b| !bands.contains(b))
                .collect(),
            ..Scene::default()
        }
        .make(&place)
    };
    let output = folder.path().join("out.tif");
    // Without the 60 m bands the 20 m bands are still made.
    let said = done(&models, &["run", text(&lacking(&["B1"])), text(&output)]);
    assert!(said.contains("B9") && said.contains("B1"), "{said}");
    assert_eq!(read(&output).names.len(), 6);
    refused(
        &models,
        &["run", text(&lacking(&["B12"])), text(&output)],
        1,
        &["B12", "needs"],
    );
    refused(
        &models,
        &[
            "run",
            text(&lacking(&["B1"])),
            text(&output),
            "--bands",
            "B9",
        ],
        1,
        &["B9", "B1"],
    );
    refused(
        &models,
        &[
            "run",
            text(&lacking(&["B11"])),
            text(&output),
            "--bands",
            "B11",
        ],
        1,
        &["no band B11", "B12"],
    );
}

#[test]
fn evaluating_gives_scores_beside_bicubic() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let input = Scene {
        size: 240,
        ..Scene::default()
    }
    .make(folder.path());
    let said = done(&models, &["evaluate", text(&input)]);
    assert!(said.contains("bicubic") && said.contains("ERGAS"), "{said}");
    let json: serde_json::Value =
        serde_json::from_str(&done(&models, &["evaluate", text(&input), "--json"])).unwrap();
    let table = json["tables"]
        .as_array()
        .unwrap()
        .iter()
        .find(|t| t["model"].as_str().unwrap().contains("t2x"))
        .unwrap();
    assert_eq!(table["task"], "40 m -> 20 m");
    // The tiny network is bicubic and a little noise: their scores lie close together.
    let (net, bicubic) = (
        table["result"]["sre"].as_f64().unwrap(),
        table["bicubic"]["sre"].as_f64().unwrap(),
    );
    assert!(
        (net - bicubic).abs() < 10.0 && bicubic > 5.0,
        "{net} {bicubic}"
    );
}

#[test]
fn the_preview_is_a_picture() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let input = Scene::default().make(folder.path());
    let (output, picture) = (folder.path().join("out.tif"), folder.path().join("out.png"));
    done(
        &models,
        &[
            "run",
            text(&input),
            text(&output),
            "--preview",
            text(&picture),
        ],
    );
    // Two squares of 120 pixels of the result, each drawn five times as large, and a gap.
    assert_eq!(read_png(&picture), (2 * 600 + 4, 600));
}

/// In whatever unit the result is, and whatever part of it has no data.
#[test]
fn both_sides_of_the_preview_have_the_unit_and_the_stretch_of_the_result() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let (output, picture) = (folder.path().join("out.tif"), folder.path().join("out.png"));
    let draw = |input: &Path, options: &[&str]| {
        let files = [
            "run",
            text(input),
            text(&output),
            "--preview",
            text(&picture),
        ];
        done(&models, &[&files, options].concat());
        let mut picture = Dataset::open(&picture).unwrap();
        let (cols, rows) = picture.size();
        picture.read(1, Rect::new(0, 0, cols, rows)).unwrap()
    };
    let whole = Scene::default().make(folder.path());
    let dn = draw(&whole, &[]);
    let reflectance = draw(&whole, &["--reflectance"]);
    let off = (&dn - &reflectance).fold(0.0, |most: f32, v| most.max(v.abs()));
    assert!(off <= 1.0, "{off} of 255");
    // A third of it is a hole, which is black on both sides; the rest is as rich as without it.
    let holed = Scene {
        touch: |band, row, _| {
            let gsd = Band::parse(band).unwrap().gsd() as usize;
            (row * gsd < 400).then_some(0.0)
        },
        ..Scene::default()
    };
    let holed = draw(&holed.make(folder.path()), &[]);
    let rest = holed.slice(s![220.., 604..]);
    let dark = rest.iter().filter(|v| **v < 40.0).count();
    assert!(dark * 20 > rest.len(), "{dark} of {} pixels", rest.len());
    assert!(
        holed
            .slice(s![..180, ..])
            .iter()
            .all(|v| *v == 0.0 || *v == 255.0)
    );
}

fn read_png(path: &Path) -> (u32, u32) {
    let bytes = fs::read(path).unwrap();
    assert_eq!(&bytes[1..4], b"PNG");
    let number = |i: usize| u32::from_be_bytes(bytes[i..i + 4].try_into().unwrap());
    (number(16), number(20))
}
