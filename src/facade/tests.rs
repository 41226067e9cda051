//! What a program in Rust may count on.

use std::error::Error as _;
use std::io;
use std::path::Path;

use crate::{Error, Model, Options, Product};

fn none() -> Options {
    Options::default()
}

/// Writes a file into a new folder, and gives what opening it as a product ends with.
fn refused(name: &str, content: &[u8]) -> Error {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, content).unwrap();
    Product::open(&file, &none()).unwrap_err()
}

/// Whether an error came from one of a kind, which its sentence tells of once.
fn came_from<T: std::error::Error + 'static>(error: &Error) -> bool {
    let mut cause = error.source();
    while let Some(e) = cause {
        if e.is::<T>() {
            let told = error.to_string().matches(&e.to_string()).count();
            assert_eq!(told, 1, "{error}");
            return true;
        }
        cause = e.source();
    }
    false
}

#[test]
fn errors_keep_what_they_came_from() {
    let zip = refused("a.zip", b"PK\x03\x04 and no more");
    assert!(came_from::<zip::result::ZipError>(&zip), "{zip:?}");
    let mut header = tar::Header::new_ustar();
    header.set_path("a.txt").unwrap();
    header.set_size(1 << 20);
    header.set_cksum();
    let mut wrong = header.as_bytes().to_vec();
    wrong[148..154].copy_from_slice(b"000000");
    let tar = refused("a.tar", &wrong);
    assert!(came_from::<io::Error>(&tar), "{tar:?}");
    let safe = refused(
        "a.SAFE/MTD_MSIL1C.xml",
        b"<n1:Level-1C_User_Product></other>",
    );
    assert!(came_from::<quick_xml::Error>(&safe), "{safe:?}");
    let item = refused("item.json", b"{\"type\": \"Feature\", \"assets\": ");
    assert!(came_from::<serde_json::Error>(&item), "{item:?}");
    let network = Model::open(Path::new("/nowhere/a.onnx"), &none());
    let network = network.err().unwrap();
    assert!(came_from::<io::Error>(&network), "{network:?}");
}
