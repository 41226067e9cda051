//! A tar archive, the bytes behind the first one, which says whether it is packed with gzip. None may
//! panic or take memory that it does not fill.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use s2sr::internals::gdal::tar;

static FILE: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("s2sr-fuzz-{}.tar", std::process::id())));

fuzz_target!(|bytes: &[u8]| {
    let Some((first, bytes)) = bytes.split_first() else {
        return;
    };
    std::fs::write(&*FILE, bytes).expect("a place for the archive");
    if let Err(e) = tar::open(&FILE, first % 2 == 1) {
        assert!(!e.to_string().is_empty());
    }
});
