//! What lies beside bands and may tell their offset: JSON or XML. What is accepted names a
//! processing baseline.
#![no_main]

use libfuzzer_sys::fuzz_target;
use s2sr::internals::product::offsets;

fuzz_target!(|text: &str| {
    if let Some((_, baseline)) = offsets::parse(text) {
        offsets::is_since_0400(&baseline);
    }
});
