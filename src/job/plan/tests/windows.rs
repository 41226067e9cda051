//! Jobs as they are asked for: the part of the product, and what comes along.

use std::sync::Arc;

use super::{TEN, TWENTY, family, product};
use crate::job::Job;
use crate::options::Options;
use crate::raster::grid::Rect;

fn asked(set: &[(&str, &str)]) -> Result<Job, String> {
    let mut options = Options::default();
    for (key, value) in set {
        options.set(key, value).unwrap();
    }
    let product = Arc::new(product(&[TEN, TWENTY].concat()));
    Job::with_networks(product, &family(), &options).map_err(|e| e.to_string())
}

#[test]
fn a_window_is_the_pixels_that_it_touches() {
    for (window, [x, y, w, h]) in [
        ("300000 6000000 301200 5998800", [0, 0, 120, 120]),
        ("300014 5999986 300016 5999984", [1, 1, 1, 1]),
        ("300009 5999971 300051 5999939", [0, 2, 6, 5]),
        // A thousandth of a pixel forgives how numbers are written down.
        (
            "300009.995 5999970.005 300050.005 5999939.995",
            [1, 3, 4, 3],
        ),
        // What lies outside is left out.
        ("299000 6009000 300015 5999995", [0, 0, 2, 1]),
    ] {
        let job = asked(&[("projwin", window)]).unwrap();
        assert_eq!(job.window, Rect::new(x, y, w, h), "{window}");
    }
    let beside = asked(&[("projwin", "299000 6000000 300000 5999000")]);
    assert!(
        beside
            .err()
            .unwrap_or_default()
            .contains("does not touch the product")
    );
}

#[test]
fn a_product_without_classes_gives_none() {
    let why = asked(&[("with-scl", "yes")]).err().unwrap_or_default();
    assert!(
        why.contains("no scene classification") && why.contains("leave out with-scl"),
        "{why}"
    );
}
