//! Options as text: lines of KEY VALUE. None may panic, and one that is refused says why.
#![no_main]

use libfuzzer_sys::fuzz_target;
use s2sr::core::options::Options;

fuzz_target!(|text: &str| {
    let mut options = Options::default();
    for line in text.lines() {
        let (key, value) = line.split_once(' ').unwrap_or((line, ""));
        if let Err(e) = options.set(key, value) {
            assert!(!e.to_string().is_empty());
        }
    }
    let _ = options.check_scope("files");
    let _ = options.check_scope("arrays");
});
