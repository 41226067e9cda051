//! The committed header is the one that the source makes. `S2SR_WRITE_HEADER=1 cargo test --test
//! header` renews it.

use std::path::Path;

#[test]
fn the_header_is_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).unwrap();
    let builder = cbindgen::Builder::new()
        .with_config(config)
        .with_src(root.join("src/capi/mod.rs"));
    let mut made = Vec::new();
    builder.generate().unwrap().write(&mut made);
    // What Rust calls safety is a contract to C.
    let made = String::from_utf8(made)
        .unwrap()
        .replace(" * # Safety", " * Contract:");
    let file = root.join("include/s2sr.h");
    if std::env::var_os("S2SR_WRITE_HEADER").is_some() {
        std::fs::write(&file, &made).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap();
    assert!(
        committed == made,
        "include/s2sr.h is not what the source makes; renew it with S2SR_WRITE_HEADER=1 cargo test --test header"
    );
}
