//! A STAC item, or what is taken for one. What is accepted names bands, each with finite numbers, and
//! an item on a server or in an archive no file of this machine.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use s2sr::internals::gdal::vsi::is_address;
use s2sr::internals::product::bounds::Bounds;
use s2sr::internals::product::stac::{self, place::Places};

fuzz_target!(|text: &str| match stac::parse(text) {
    Ok(item) => {
        assert!(!item.assets.is_empty());
        for asset in &item.assets {
            let numbers = [asset.scale, asset.offset, asset.nodata, asset.gsd];
            assert!(numbers.iter().flatten().all(|n| n.is_finite()));
            for folder in ["/vsicurl/http://host/items/a", "/vsizip/{/data/a.zip}/item"] {
                let folder = Path::new(folder);
                let bounds = Bounds::of(folder);
                let Ok(places) = Places::of(folder, &bounds, &asset.href, &asset.alternates) else {
                    continue;
                };
                for file in places.usable {
                    let inside = || bounds.refusal(&file).is_none();
                    assert!(is_address(&file) || inside(), "{}", file.display());
                }
            }
        }
    }
    Err(why) => assert!(!why.what.is_empty()),
});
