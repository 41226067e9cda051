//! Planning as a table: what is in a product and asked for, and what becomes of it. Neither files
//! nor networks are there, only what is said of them.

mod windows;

use std::path::PathBuf;
use std::sync::Arc;

use super::{Maker, plan};
use crate::job::Job;
use crate::model::contract::{Kind, Port, Sigma};
use crate::model::{Choice, Contract, ModelFile};
use crate::options::Options;
use crate::product::{BandFile, Product};
use crate::raster::band::Band;
use crate::raster::grid::Grid;
use crate::raster::radiometry::{DataType, Radiometry};

const TEN: &[&str] = &["B2", "B3", "B4", "B8"];
const TWENTY: &[&str] = &["B5", "B6", "B7", "B8A", "B11", "B12"];
const SIXTY: &[&str] = &["B1", "B9"];

/// Bands of a product, options, and what is expected.
type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], &'a str);

fn bands(names: &[&str]) -> Vec<Band> {
    names.iter().filter_map(|n| Band::parse(n)).collect()
}

fn port(bands: Vec<Band>, gsd: u32, factor: i64) -> Port {
    Port {
        name: gsd.to_string(),
        bands,
        gsd,
        factor,
    }
}

fn model(name: &str, kind: Kind, inputs: Vec<Port>, output: Port) -> Arc<ModelFile> {
    Arc::new(ModelFile::nowhere(Contract {
        name: name.into(),
        version: "1".into(),
        kind,
        inputs,
        outputs: vec![output],
        sigma: name.contains("sure").then(|| Sigma {
            name: "sigma".into(),
            side: 2,
        }),
        divisor: 2000.0,
        halo: 4,
        multiple: 1,
    }))
}

fn t2x() -> Arc<ModelFile> {
    let inputs = vec![port(bands(TEN), 10, 1), port(bands(TWENTY), 20, 1)];
    model("t2x", Kind::Fusion, inputs, port(bands(TWENTY), 10, 1))
}

fn s6x() -> Arc<ModelFile> {
    let inputs = vec![
        port(bands(TEN), 10, 1),
        port(bands(TWENTY), 20, 1),
        port(bands(SIXTY), 60, 1),
    ];
    model("s6x", Kind::Fusion, inputs, port(bands(SIXTY), 10, 1))
}

fn single(factor: i64) -> Arc<ModelFile> {
    let (any, larger) = (port(Vec::new(), 0, 1), port(Vec::new(), 0, factor));
    model(&format!("x{factor}"), Kind::SingleBand, vec![any], larger)
}

fn family() -> Choice {
    Choice {
        fusions: vec![t2x(), s6x()],
        singles: vec![single(2)],
        one: false,
    }
}

/// A product of 1200 m with these bands, each on its own grid.
fn product(names: &[&str]) -> Product {
    let file = |band: Band| BandFile {
        band,
        file: PathBuf::from(format!("{}.tif", band.name())),
        named: false,
        index: 1,
        grid: Grid {
            west: 300_000.0,
            north: 6_000_000.0,
            gsd: f64::from(band.gsd()),
            cols: 1200 / i64::from(band.gsd()),
            rows: 1200 / i64::from(band.gsd()),
        },
        block: 1,
        first: (0, 0),
        radiometry: Radiometry {
            quantification: 10000.0,
            add_offset: -1000.0,
            nodata: Some(0.0),
        },
        dtype: DataType::UInt16,
        wavelength: band.wavelength(),
        rasters: Arc::default(),
        masked: false,
        documented: true,
    };
    let mut names = bands(names);
    names.sort();
    Product {
        bands: names.into_iter().map(file).collect(),
        ..Product::nameless()
    }
}

fn planned(names: &[&str], choice: &Choice, set: &[(&str, &str)]) -> Result<Job, String> {
    let mut options = Options::default();
    for (key, value) in set {
        options.set(key, value).unwrap();
    }
    plan(Arc::new(product(names)), choice, &options).map_err(|e| e.to_string())
}

/// The bands of a plan by how they are made: `copy`, `fused`, `enlarged`, `both`.
fn told(job: &Job) -> String {
    let one = |o: &crate::job::Output| {
        let how = match o.maker {
            Maker::Copy(_) => "copy",
            Maker::Fused(..) => "fused",
            Maker::Error(..) => "error",
            Maker::Enlarged(..) => "enlarged",
            Maker::FusedEnlarged(..) => "both",
        };
        format!("{} {how}", o.band)
    };
    job.outputs.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn whole() -> Vec<&'static str> {
    [SIXTY, TEN, TWENTY, &["B10"]].concat()
}

#[test]
fn what_becomes_of_each_band() {
    let no_sixty = [TEN, TWENTY].concat();
    let fused = "B5 fused, B6 fused, B7 fused, B8A fused, B11 fused, B12 fused";
    let cases: &[Case] = &[
        // Native bands are not copied along unasked, and nothing is made of B10.
        (
            &whole(),
            &[],
            "B1 fused, B5 fused, B6 fused, B7 fused, B8A fused, B9 fused, B11 fused, B12 fused",
        ),
        (&no_sixty, &[], fused),
        (&no_sixty, &[("bands", "B11,B5")], "B5 fused, B11 fused"),
        (&no_sixty, &[("bands", "B2,B5")], "B2 copy, B5 fused"),
        (
            &no_sixty,
            &[("bands", "B5"), ("with-native", "yes")],
            "B2 copy, B3 copy, B4 copy, B5 fused, B8 copy",
        ),
        (
            &no_sixty,
            &[("to", "5"), ("bands", "B2,B5")],
            "B2 enlarged, B5 both",
        ),
        (
            TEN,
            &[("to", "5")],
            "B2 enlarged, B3 enlarged, B4 enlarged, B8 enlarged",
        ),
    ];
    for (names, set, expected) in cases {
        let job = planned(names, &family(), set).unwrap_or_else(|e| panic!("{set:?}: {e}"));
        assert_eq!(told(&job), *expected, "{names:?} {set:?}");
        assert_eq!(job.scale, if set.contains(&("to", "5")) { 2 } else { 1 });
    }
}

#[test]
fn one_network_makes_what_it_makes() {
    let one = |fusions, singles| Choice {
        fusions,
        singles,
        one: true,
    };
    let job = planned(&whole(), &one(vec![s6x()], vec![single(2)]), &[]).unwrap();
    assert_eq!(told(&job), "B1 fused, B9 fused");
    // Alone, a single-band network goes as far as its factor leads from the finest bands.
    let job = planned(&[TEN, TWENTY].concat(), &one(vec![], vec![single(4)]), &[]).unwrap();
    assert_eq!(
        told(&job),
        "B2 enlarged, B3 enlarged, B4 enlarged, B8 enlarged"
    );
    assert_eq!(job.scale, 4);
    // B10 is too noisy for any.
    let job = planned(&["B1", "B10"], &one(vec![], vec![single(6)]), &[]).unwrap();
    assert_eq!(told(&job), "B1 enlarged");
}

#[test]
fn beside_a_fusion_no_band_is_enlarged_that_is_coarser_than_what_it_gives() {
    let choice = Choice {
        fusions: vec![s6x()],
        singles: vec![single(2), single(4)],
        one: false,
    };
    let job = planned(&whole(), &choice, &[("to", "5")]).unwrap();
    assert_eq!(
        told(&job),
        "B1 both, B2 enlarged, B3 enlarged, B4 enlarged, B8 enlarged, B9 both"
    );
}

#[test]
fn a_band_in_another_pixel_size_than_the_network_takes_is_refused() {
    let mut coarse = product(&[TEN, TWENTY].concat());
    for band in &mut coarse.bands {
        band.grid.gsd = 20.0;
        (band.grid.cols, band.grid.rows) = (60, 60);
    }
    let mut options = Options::default();
    options.set("bands", "B5").unwrap();
    let planned = plan(Arc::new(coarse), &family(), &options);
    let why = planned.err().map(|e| e.to_string()).unwrap_or_default();
    assert!(
        why.contains("t2x needs B2 at 10 m, the product has it at 20 m"),
        "{why}"
    );
}

#[test]
fn errors_come_after_the_bands() {
    let sure = model(
        "sure",
        Kind::Fusion,
        vec![port(bands(TEN), 10, 1), port(bands(TWENTY), 20, 1)],
        port(bands(TWENTY), 10, 1),
    );
    let with = |fusion: Arc<ModelFile>| Choice {
        fusions: vec![fusion],
        singles: vec![single(2)],
        one: false,
    };
    let asked = |choice: &Choice, set: &[(&str, &str)]| {
        let set = [set, &[("uncertainty", "yes")]].concat();
        planned(&[TEN, TWENTY].concat(), choice, &set)
    };
    let job = asked(&with(sure.clone()), &[("bands", "B2,B12,B5")]).unwrap();
    assert!(job.outputs.iter().all(|o| o.radiometry.add_offset
        == match o.maker {
            Maker::Error(..) => 0.0,
            _ => -1000.0,
        }));
    assert_eq!(
        told(&job),
        "B2 copy, B5 fused, B12 fused, B5 error, B12 error"
    );
    assert_eq!(job.names()[3..], ["B5_uncertainty", "B12_uncertainty"]);
    for (choice, set, why) in [
        (with(t2x()), ("bands", "B5"), "t2x gives no expected errors"),
        (with(sure.clone()), ("to", "5"), "gives no expected errors"),
        (
            with(sure),
            ("bands", "B2"),
            "no band of the result is super-resolved",
        ),
    ] {
        let said = asked(&choice, &[set]).err().unwrap_or_default();
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn what_cannot_be_made_says_why() {
    let no_b8 = [&TEN[..3], TWENTY].concat();
    let cases: &[Case] = &[
        (&no_b8, &[], "t2x needs B8, which the product does not have"),
        (
            TEN,
            &[("bands", "B5")],
            "it has no band B5; it has B2, B3, B4, B8",
        ),
        (TEN, &[], "becomes sharper at 10 m"),
    ];
    for (names, set, expected) in cases {
        let why = planned(names, &family(), set).err().unwrap_or_default();
        assert!(why.contains(expected), "{names:?} {set:?}: {why}");
    }
    // What is possible is made all the same, and the rest is told.
    let job = planned(&[TEN, TWENTY, &["B1"]].concat(), &family(), &[]).unwrap();
    assert!(
        job.notes.iter().any(|n| n.contains("left out B1")),
        "{:?}",
        job.notes
    );
    assert!(!told(&job).contains("B1 "));
}

#[test]
fn the_result_is_worked_on_where_all_grids_nest() {
    let mut product = product(&[TEN, TWENTY].concat());
    for band in &mut product.bands {
        if band.band.gsd() == 10 {
            // As crops are: the 10 m bands start one pixel farther east and south.
            band.grid.west += 10.0;
            band.grid.north -= 10.0;
        }
    }
    let product = Arc::new(product);
    let job = plan(product.clone(), &family(), &Options::default()).unwrap();
    assert_eq!((job.whole.x, job.whole.y), (1, 1));
    assert_eq!((job.whole.w, job.whole.h), (118, 118));
    assert!(
        job.notes.iter().any(|n| n.contains("common window")),
        "{:?}",
        job.notes
    );
    // What is copied covers more, and is cut to what all bands of the result cover.
    let mut options = Options::default();
    options.set("bands", "B2,B5").unwrap();
    let both = plan(product, &family(), &options).unwrap();
    assert_eq!(both.whole, job.whole);
}
