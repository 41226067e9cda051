//! Damaged products: checksums of manifests and archives tell.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use md5::{Digest, Md5};
use sha3::Sha3_256;

use crate::forms::safe;
use crate::support::{Scene, done, files, refused, text, tiny_models, zip};

/// A folder for everything, the tiny networks, and a folder for results.
pub fn ground() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let results = folder.path().join("results");
    fs::create_dir(&results).unwrap();
    (folder, models, results)
}

pub fn small() -> Scene {
    Scene {
        size: 60,
        ..Scene::default()
    }
}

/// The images of a SAFE product.
fn images(product: &Path) -> Vec<PathBuf> {
    let folder = product.join("GRANULE/T33UUP/IMG_DATA");
    files(&folder)
        .into_iter()
        .filter(|f| f.ends_with(".jp2"))
        .map(|f| folder.join(f))
        .collect()
}

pub fn image(product: &Path, band: &str) -> PathBuf {
    product.join(format!("GRANULE/T33UUP/IMG_DATA/T33_{band}.jp2"))
}

/// Writes the manifest of a product as ESA does, with MD5 or SHA3.
fn write_manifest(product: &Path, sha3: bool) {
    let mut list = String::new();
    for file in images(product)
        .into_iter()
        .chain([product.join("MTD_MSIL2A.xml")])
    {
        let bytes = fs::read(&file).unwrap();
        let hex = |sum: &[u8]| sum.iter().map(|b| format!("{b:02X}")).collect::<String>();
        let (name, sum) = if sha3 {
            ("SHA3-256", hex(&Sha3_256::digest(&bytes)))
        } else {
            ("MD5", hex(&Md5::digest(&bytes)).to_lowercase())
        };
        let (href, size) = (file.strip_prefix(product).unwrap().display(), bytes.len());
        write!(
            list,
            r#"<dataObject><byteStream mimeType="x" size="{size}"><fileLocation locatorType="URL" href="./{href}"/><checksum checksumName="{name}">{sum}</checksum></byteStream></dataObject>"#
        )
        .unwrap();
    }
    let text = format!(
        r#"<xfdu:XFDU xmlns:xfdu="urn:ccsds:schema:xfdu:1"><dataObjectSection>{list}</dataObjectSection></xfdu:XFDU>"#
    );
    fs::write(product.join("manifest.safe"), text).unwrap();
}

/// Changes one byte in the middle.
fn damage(file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 0x10;
    fs::write(file, bytes).unwrap();
}

fn verified(models: &Path, arguments: &[&str]) -> serde_json::Value {
    let report: serde_json::Value =
        serde_json::from_str(&done(models, &[&["run", "--json"], arguments].concat())).unwrap();
    report["verified"].clone()
}

#[test]
fn a_damaged_image_is_noticed_by_the_manifest() {
    let (folder, models, results) = ground();
    let output = results.join("out.tif");
    for sha3 in [false, true] {
        let place = folder.path().join(format!("{sha3}"));
        let product = safe(&place, &small().make(&place), "L2A", None);
        write_manifest(&product, sha3);
        assert_eq!(
            verified(&models, &[text(&product), text(&output)])["files"],
            12
        );
        fs::remove_file(&output).unwrap();
        damage(&image(&product, "B11"));
        refused(
            &models,
            &["run", text(&product), text(&output)],
            1,
            &["T33_B11.jp2"],
        );
        assert!(files(&results).is_empty());
    }
}

#[test]
fn what_was_not_held_against_checksums_is_said() {
    let (folder, models, results) = ground();
    let output = results.join("out.tif");
    let scene = small().make(folder.path());
    let skipped = |arguments: &[&str]| {
        verified(&models, arguments)["skipped"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(skipped(&[text(&scene), text(&output)]).contains("without checksums"));
    let product = safe(folder.path(), &scene, "L2A", None);
    write_manifest(&product, false);
    assert!(skipped(&[text(&product), text(&output), "--no-verify"]).contains("no-verify"));
    // Images that were all made anew are not those that the manifest is about.
    let manifest = fs::read_to_string(product.join("manifest.safe")).unwrap();
    fs::write(
        product.join("manifest.safe"),
        manifest
            .replace("size=\"", "size=\"9")
            .replace("\"MD5\">", "\"MD5\">0"),
    )
    .unwrap();
    assert!(skipped(&[text(&product), text(&output)]).contains("other images"));
    // A large file and a small window.
    fs::copy(scene.join("T33_B2.tif"), image(&product, "B2")).unwrap();
    fs::OpenOptions::new()
        .write(true)
        .open(image(&product, "B2"))
        .unwrap()
        .set_len(6 << 20)
        .unwrap();
    write_manifest(&product, false);
    assert!(
        skipped(&[
            text(&product),
            text(&output),
            "--srcwin",
            "0",
            "0",
            "6",
            "6"
        ])
        .contains("too small")
    );
}

#[test]
fn a_damaged_archive_is_noticed_by_its_own_checksums() {
    let (folder, models, results) = ground();
    let product = safe(folder.path(), &small().make(folder.path()), "L2A", None);
    let archive = folder.path().join("product.zip");
    zip(&product, &archive);
    let output = results.join("out.tif");
    assert_eq!(
        verified(&models, &[text(&archive), text(&output)])["files"],
        12
    );
    fs::remove_file(&output).unwrap();
    // The image is damaged, and packed under the checksum of the whole one.
    let whole = fs::read(&archive).unwrap();
    let crc = |bytes: &[u8]| crc32fast::hash(bytes).to_le_bytes();
    let before = crc(&fs::read(image(&product, "B11")).unwrap());
    damage(&image(&product, "B11"));
    zip(&product, &archive);
    let (mut bytes, after) = (
        fs::read(&archive).unwrap(),
        crc(&fs::read(image(&product, "B11")).unwrap()),
    );
    for at in 0..bytes.len() - 4 {
        if bytes[at..at + 4] == after {
            bytes[at..at + 4].copy_from_slice(&before);
        }
    }
    fs::write(&archive, bytes).unwrap();
    refused(
        &models,
        &["run", text(&archive), text(&output)],
        1,
        &["T33_B11.jp2"],
    );
    // Cut short, and no archive at all.
    for (bytes, word) in [
        (&whole[..whole.len() / 2], "cut short"),
        (b"<html>", "web page"),
    ] {
        fs::write(&archive, bytes).unwrap();
        refused(
            &models,
            &["run", text(&archive), text(&output)],
            1,
            &["product.zip", word],
        );
    }
    // Locked: the flag in each header says so.
    let mut locked = whole;
    for at in 0..locked.len() - 10 {
        match &locked[at..at + 4] {
            b"PK\x01\x02" => locked[at + 8] |= 1,
            b"PK\x03\x04" => locked[at + 6] |= 1,
            _ => {}
        }
    }
    fs::write(&archive, locked).unwrap();
    refused(
        &models,
        &["run", text(&archive), text(&output)],
        1,
        &["product.zip", "password"],
    );
    assert!(files(&results).is_empty());
}

#[test]
fn an_archive_of_bands_is_a_product() {
    let (folder, models, results) = ground();
    let scene = small().make(folder.path());
    let archive = folder.path().join("bands.zip");
    zip(&scene, &archive);
    assert_eq!(
        verified(&models, &[text(&archive), text(&results.join("out.tif"))])["files"],
        12
    );
}
