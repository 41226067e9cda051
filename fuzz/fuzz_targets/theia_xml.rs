//! The metadata file of a Theia product. What is accepted has a usable scale.
#![no_main]

use libfuzzer_sys::fuzz_target;
use s2sr::internals::product::theia;

fuzz_target!(|text: &str| match theia::parse(text) {
    Ok(metadata) => {
        let r = metadata.radiometry;
        assert!((1.0..=1e6).contains(&r.quantification) && r.add_offset == 0.0);
        assert!(r.nodata.is_some_and(f64::is_finite));
    }
    Err(why) => assert!(!why.what.is_empty()),
});
