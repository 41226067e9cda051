//! The attributes of an array of an EOPF Zarr store. What is taken from them is finite.
#![no_main]

use libfuzzer_sys::fuzz_target;
use s2sr::internals::product::zarr::Attributes;

fuzz_target!(|text: &str| {
    if let Ok(value) = serde_json::from_str(text) {
        let attributes = Attributes::of(&value);
        let numbers = [attributes.scale, attributes.offset, attributes.fill];
        assert!(numbers.iter().flatten().all(|n| n.is_finite()));
        if let Some(place) = attributes.place {
            assert!(place.iter().all(|n| n.is_finite()));
        }
        if let Some(r) = attributes.radiometry() {
            assert!(r.quantification > 0.0);
        }
    }
});
