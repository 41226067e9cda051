//! The main metadata file of a product. What is accepted names images inside the product and a
//! usable scale.
#![no_main]

use libfuzzer_sys::fuzz_target;
use s2sr::internals::product::safe_metadata;

fuzz_target!(|xml: &str| {
    if let Ok(metadata) = safe_metadata::parse(xml) {
        assert!(metadata.quantification > 0.0 && metadata.quantification.is_finite());
        assert!(!metadata.tiles.is_empty());
        let images = || metadata.tiles.iter().flat_map(|t| &t.images);
        assert!(images().next().is_some());
        assert!(images().all(|i| !i.starts_with('/') && !i.split('/').any(|part| part == "..")));
        assert!(metadata.offsets.values().all(|o| o.is_finite()));
    }
});
