//! A STAC item, or what is taken for one. What is accepted names bands, each with finite numbers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use s2sr::internals::product::stac;

fuzz_target!(|text: &str| match stac::parse(text) {
    Ok(item) => {
        assert!(!item.assets.is_empty());
        for asset in &item.assets {
            let numbers = [asset.scale, asset.offset, asset.nodata, asset.gsd];
            assert!(numbers.iter().flatten().all(|n| n.is_finite()));
        }
    }
    Err(why) => assert!(!why.what.is_empty()),
});
