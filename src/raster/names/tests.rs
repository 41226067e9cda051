//! Names as they are met, and what they stand for.

use super::*;

fn names(texts: &[&str], place: Place) -> Vec<String> {
    let name = |n: &Name| match n {
        Name::Nothing => "-".to_owned(),
        Name::One(band, _) => band.name().to_owned(),
        Name::Several(bands) => format!("{bands:?}"),
    };
    read(texts, place).iter().map(name).collect()
}

#[test]
fn one_name_however_it_is_spelt() {
    for (text, band) in [
        ("B02", "B2"),
        ("b2", "B2"),
        ("8A", "B8A"),
        ("05", "B5"),
        ("band05", "B5"),
        ("Band 8A", "B8A"),
        ("rededge2", "B6"),
        ("red_edge_2", "B6"),
        ("nir08", "B8A"),
        ("NIR", "B8"),
        ("swir22", "B12"),
        ("coastal", "B1"),
    ] {
        assert_eq!(parse(text).map(Band::name), Some(band), "{text}");
    }
    for text in ["", "B77", "red edge", "nir red", "SCL", "13"] {
        assert_eq!(parse(text), None, "{text}");
    }
}

#[test]
fn numbers_in_file_names_and_descriptions() {
    let file = |t| names(&[t], Place::File).remove(0);
    assert_eq!(file("T46RER_20210908T042701_B8A_20m"), "B8A");
    assert_eq!(file("s2_B02"), "B2");
    assert_eq!(file("ga_s2am_ard_18SVG_2020-01-01_final_band8a"), "B8A");
    assert_eq!(file("SENTINEL2A_20200101_FRE_B11"), "B11");
    assert_eq!(file("8A"), "B8A");
    assert_eq!((&*file("B-02"), &*file("site_b_02")), ("B2", "-"));
    assert_eq!(file("NDVI_B8_B4"), "[B8, B4]");
    assert_eq!(file("MSK_QUALIT_B02"), "[B2]");
    assert_eq!(file("S2A_MSI_2020_01_01_T18SVG_L2R_rhos_443"), "B1");
    assert_eq!((&*file("rhot_2186"), &*file("rhos_500")), ("B12", "-"));
    for none in ["SCL_20m", "B013", "B0", "T18SVG_5", "S2B_MSIL2A"] {
        assert_eq!(file(none), "-", "{none}");
    }
    let text = |t| names(&[t], Place::Description).remove(0);
    assert_eq!(text("B11, central wavelength 1614 nm"), "B11");
    assert_eq!(text("Red (B4)"), "B4");
    assert_eq!(text("B-11"), "B11");
    assert_eq!(text("(B8-B4)/(B8+B4)"), "[B8, B4, B8, B4]");
    assert_eq!(text("Red Edge"), "-");
    assert_eq!(text("near infra red"), "B8");
}

#[test]
fn numbers_that_count_the_bands_of_a_raster_name_none() {
    let described = |texts: &[&str]| names(texts, Place::Description);
    assert_eq!(described(&["Band 1", "Band 2"]), ["-", "-"]);
    assert_eq!(
        described(&["Band 1: B02", "Band 2 (B8A)", "Band_3 - SWIR 1"]),
        ["B2", "B8A", "B11"]
    );
    let esa = [
        "Band 1 - Coastal",
        "Band 2 - Blue",
        "Band 3 - Vegetation red edge",
    ];
    assert_eq!(described(&esa), ["B1", "B2", "B3"]);
    // As GDAL describes the bands of ENVI's files whose headers tell wavelengths.
    let counted = ["Band 1 (490 Nanometers)", "Band 2 (864.7 Nanometers)"];
    assert_eq!(described(&counted), ["B2", "B8A"]);
    assert_eq!(described(&["Band 1 (704 Nanometers)"]), ["B5"]);
    let alone = ["0.443 Micrometers", "0.945 Micrometers", "1.61 Micrometers"];
    assert_eq!(described(&alone), ["B1", "B9", "B11"]);
    assert_eq!(
        described(&["Band 1 (600 nm)", "Band 2 (red)"]),
        ["B1", "B2"]
    );
    let own = [
        "B1 (443 Nanometers)",
        "B2 (490 Nanometers)",
        "Band 8A (1 nm)",
    ];
    assert_eq!(described(&own), ["B1", "B2", "B8A"]);
}

/// Both ways of reading a name, wherever it stands.
#[test]
fn what_lies_beside_a_band_is_none() {
    for place in [Place::File, Place::Description] {
        for text in [
            "B05_qa",
            "MSK_QUALIT_B05",
            "T33_B5_std",
            "B5_mask",
            "view_zenith_mean_B5",
            "B05_view_angle",
            "B5_stdDev",
            "B5_uncertainty",
            "quality B-05",
            "mask_rededge1",
            "cloud mask red edge 1",
            "std rhos_704",
        ] {
            let name = names(&[text], place).remove(0);
            assert!(name == "[B5]" || name == "-", "{text}: {name}");
        }
        for band in ["sun_valley_B05", "B05_median", "reflectance_B05", "B05_20m"] {
            assert_eq!(names(&[band], place), ["B5"], "{band}");
        }
    }
    assert_eq!(in_text("rededge1_mask"), None);
    assert!(denies("B05_qa") && denies("QUALITY") && !denies("B05_20m") && !denies("qa60"));
}

#[test]
fn bands_that_are_counted_have_no_names() {
    let all = names(&["Band 1", "Band 2", "Band 3"], Place::Description);
    assert_eq!(all, ["-", "-", "-"]);
    let some = names(&["Band 2", "Band 3", "Band 8A"], Place::Description);
    assert_eq!(some, ["B2", "B3", "B8A"]);
}

#[test]
fn words_mean_what_those_beside_them_let_them_mean() {
    let force = ["BLUE", "BROADNIR", "NIR", "SWIR1", "SWIR2"];
    assert_eq!(
        names(&force, Place::Description),
        ["B2", "B8", "B8A", "B11", "B12"]
    );
    let dea = [
        "nbart_red_edge_1",
        "nbart_nir_1",
        "nbart_nir_2",
        "nbart_swir_2",
        "nbart_swir_3",
    ];
    assert_eq!(
        names(&dea, Place::Description),
        ["B5", "B8", "B8A", "B11", "B12"]
    );
    let stac = ["coastal", "nir", "nir08", "nir09", "swir16", "swir22"];
    assert_eq!(
        names(&stac, Place::File),
        ["B1", "B8", "B8A", "B9", "B11", "B12"]
    );
    // A word is a band's name at the end of a file's name, where no file has a number.
    assert_eq!(
        names(&["red_fields", "x_red_10m"], Place::File),
        ["-", "B4"]
    );
    assert_eq!(names(&["a_B02", "red"], Place::File), ["B2", "-"]);
}

#[test]
fn the_key_is_what_a_product_s_files_share() {
    let keys = |texts: &[&str]| {
        let key = |n| match n {
            Name::One(_, key) => key,
            _ => String::new(),
        };
        read(texts, Place::File)
            .into_iter()
            .map(key)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        keys(&[
            "T18SVG_20200101_B02_10m",
            "T18SVG_20200101_B8A_20m",
            "other_B02"
        ]),
        ["t18svg_20200101_*", "t18svg_20200101_*", "other_*"]
    );
}
