//! What lies beside rasters and says what their numbers mean: the `.dim` file that SNAP writes, or
//! the STAC item that they were fetched by. What is heard can be reckoned with.
#![no_main]

use libfuzzer_sys::fuzz_target;
use s2sr::internals::product::{stac, told};

fuzz_target!(|text: &str| {
    let of_item = stac::parse(text).map(|item| told::item_numbers(&item));
    let of_item = of_item.unwrap_or_default();
    for numbers in told::snap_numbers(text).into_values().chain(of_item.into_values()) {
        assert!(numbers.scale.is_none_or(|s| s > 0.0));
        assert!(numbers.offset.is_none_or(|o| !o.is_nan()));
        assert!(numbers.nodata.is_none_or(f64::is_finite));
    }
});
