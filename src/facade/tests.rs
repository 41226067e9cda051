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

/// The files of the names that the crate gives away.
const GIVEN_AWAY: [&str; 8] = [
    include_str!("../error.rs"),
    include_str!("mod.rs"),
    include_str!("model.rs"),
    include_str!("product.rs"),
    include_str!("../options/mod.rs"),
    include_str!("../options/builder.rs"),
    include_str!("../tasks/report.rs"),
    include_str!("../tasks/watch.rs"),
];

/// The names that `lib.rs` gives away, the hidden `internals` left out.
fn names() -> Vec<&'static str> {
    let lib = include_str!("../lib.rs");
    let (open, _) = lib.split_once("pub mod internals").unwrap();
    let given = open.lines().filter_map(|l| l.strip_prefix("pub use "));
    let names = given.flat_map(|l| l.trim_end_matches("};").rsplit(['{', ',', ' ']));
    names
        .filter(|n| !n.is_empty() && !n.contains("::"))
        .collect()
}

/// The lines of a file that begin with `start`, after which the name ends, each with the comments
/// and attributes before it.
fn items<'a>(file: &'a str, start: &str) -> Vec<(&'a str, String)> {
    let lines: Vec<&str> = file.lines().collect();
    let is_item = |line: &str| {
        let rest = line.strip_prefix(start);
        rest.is_some_and(|r| !r.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    };
    let before = |at: usize| {
        let above = lines[..at].iter().rev();
        let own = above.take_while(|l| l.trim_start().starts_with(['/', '#']));
        own.map(|l| format!("{l}\n")).collect()
    };
    (0..lines.len())
        .filter(|&at| is_item(lines[at]))
        .map(|at| (lines[at], before(at)))
        .collect()
}

#[test]
fn all_that_is_given_away_has_an_example() {
    let mut bare = Vec::new();
    let mut look = |(line, docs): (&str, String)| {
        if !docs.contains("```") && !docs.contains("doc(hidden)") {
            bare.push(line.trim().to_owned());
        }
    };
    for name in names() {
        let kinds = ["struct", "enum", "type", "fn"].map(|kind| format!("pub {kind} {name}"));
        let found = |file| kinds.iter().flat_map(move |kind| items(file, kind));
        let found: Vec<_> = GIVEN_AWAY.into_iter().flat_map(found).collect();
        assert_eq!(found.len(), 1, "{name} is in none of the files, or in two");
        found.into_iter().for_each(&mut look);
        for file in GIVEN_AWAY {
            let begin = format!("\nimpl {name} {{\n");
            let methods = file.split(&begin).skip(1);
            let methods = methods.filter_map(|rest| rest.split("\n}\n").next());
            methods
                .flat_map(|body| items(body, "    pub fn"))
                .for_each(&mut look);
        }
    }
    assert!(bare.is_empty(), "without an example: {bare:#?}");
}
