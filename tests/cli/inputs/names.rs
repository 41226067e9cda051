//! Which raster is which band.

use std::fs;
use std::path::{MAIN_SEPARATOR, Path};
use std::process::Command;

use s2sr::internals::raster::band::Band;
use s2sr::internals::raster::radiometry::DataType;

use super::ground::Ground;
use super::products::pack;
use crate::support::{Raster, done, read, refused, text, translate, write};

#[test]
fn bands_under_the_names_of_others() {
    let g = Ground::new();
    let words = [
        ("B1", "coastal"),
        ("B2", "blue"),
        ("B3", "green"),
        ("B4", "red"),
        ("B5", "rededge1"),
        ("B6", "rededge2"),
        ("B7", "rededge3"),
        ("B8", "nir"),
        ("B8A", "nir08"),
        ("B9", "nir09"),
        ("B11", "swir16"),
        ("B12", "swir22"),
    ];
    let word = |b: Band| words.iter().find(|(n, _)| *n == b.name()).unwrap().1;
    g.same(&g.renamed("stac", |b| format!("{}.tif", word(b))), &[], 0.0);
    let number = |b: Band| b.name()[1..].to_lowercase();
    let dea = |b: Band| format!("ga_s2am_18SVG_2020-01-01_final_band{}.tif", number(b));
    g.same(&g.renamed("dea", dea), &[], 0.0);
    g.same(&g.stack("words.tif", |b| word(b).to_owned(), 1), &[], 0.0);
    let only = g.run(&g.scene, &["--bands", "rededge1,swir22"]).1;
    assert_eq!(only.names, ["B5", "B12"]);
}

#[test]
fn a_raster_without_names_is_given_them() {
    let g = Ground::new();
    let nameless = g.stack("nameless.tif", |_| String::new(), 1);
    g.refused(&nameless, &["12 bands", "--band-names"]);
    let names: Vec<&str> = g.files().iter().map(|(b, _)| b.name()).collect();
    g.same(&nameless, &["--band-names", &names.join(",")], 0.0);
    let out = text(&g.path("out.tif")).to_owned();
    let wrong = ["run", text(&nameless), &out, "--band-names", "B2,B3"];
    refused(&g.models, &wrong, 1, &["2 names", "12 bands"]);
    let folder = ["run", text(&g.scene), &out, "--band-names", "B2"];
    refused(&g.models, &folder, 1, &["band-names", "folder of bands"]);
    // Files side by side in a virtual raster are read at their own pixel sizes.
    let virtual_raster = g.path("separate.vrt");
    let mut build = Command::new("gdalbuildvrt");
    build.args(["-q", "-separate"]).arg(&virtual_raster);
    let made = build.args(g.files().iter().map(|(_, f)| f)).status();
    assert!(made.unwrap().success());
    assert!(
        g.same(&virtual_raster, &[], 0.0)
            .contains("own pixel sizes")
    );
}

#[test]
fn a_virtual_raster_of_one_with_named_bands() {
    let g = Ground::new();
    g.stack("stack.tif", |band| format!("{band}"), 1);
    for (vrt, of) in [("one.vrt", "stack.tif"), ("two.vrt", "one.vrt")] {
        let mut build = Command::new("gdalbuildvrt");
        let made = build.arg("-q").args([g.path(vrt), g.path(of)]).status();
        assert!(made.unwrap().success());
    }
    g.same(&g.path("two.vrt"), &[], 0.0);
}

/// The parts of one picture, as Earth Engine exports large ones: a mosaic of them has their names.
#[test]
fn a_mosaic_of_parts_with_named_bands() {
    let g = Ground::new();
    let stack = g.stack("stack.tif", |band| format!("{band}"), 1);
    let parts = g.path("parts");
    fs::create_dir(&parts).unwrap();
    for (name, first) in [("x-0000-0000.tif", "0"), ("x-0000-0030.tif", "30")] {
        let window = ["-srcwin", first, "0", "30", "60"];
        translate(&stack, &parts.join(name), &window);
    }
    let files = crate::support::files(&parts);
    let files: Vec<_> = files.iter().map(|f| parts.join(f)).collect();
    let pattern = format!("{MAIN_SEPARATOR}*0030*'");
    g.refused(&parts, &["B1 more than once", &pattern, "gdalbuildvrt"]);
    let mosaic = |to: &str| {
        let mut build = Command::new("gdalbuildvrt");
        let made = build.arg("-q").arg(g.path(to)).args(&files).status();
        assert!(made.unwrap().success());
        g.path(to)
    };
    g.same(&mosaic("parts.vrt"), &[], 0.0);
    // Parts that name their bands differently say nothing.
    let other = |b: Band| if b.name() == "B5" { "B6" } else { b.name() }.to_owned();
    let other = g.stack("other.tif", other, 1);
    translate(&other, &files[1], &["-srcwin", "30", "0", "30", "60"]);
    g.refused(&mosaic("differ.vrt"), &["B5"]);
}

#[test]
fn the_headers_of_envi() {
    let g = Ground::new();
    let header = |image: &Path, lines: &str| {
        let file = image.with_extension("hdr");
        let told = fs::read_to_string(&file).unwrap();
        let own = ["band names", "wavelength"]
            .iter()
            .filter_map(|l| told.find(l));
        let before = &told[..own.min().unwrap()];
        fs::write(&file, format!("{before}{lines}\n")).unwrap();
        let _ = fs::remove_file(image.with_extension("dat.aux.xml"));
    };
    let stack = g.stack("stack.tif", |band| format!("{band}"), 1);
    let image = g.path("stack.dat");
    translate(&stack, &image, &["-of", "ENVI"]);
    let nm = |(b, _): &(Band, _)| format!("{:.1}", b.wavelength());
    let nm: Vec<String> = g.files().iter().map(nm).collect();
    let nm = format!(
        "wavelength units = Nanometers\nwavelength = {{{}}}",
        nm.join(", ")
    );
    let counted: Vec<String> = (1..=12).map(|i| format!("Band {i}")).collect();
    header(
        &image,
        &format!("band names = {{{}}}\n{nm}", counted.join(", ")),
    );
    g.same(&image, &[], 0.0);
    header(&image, &nm);
    g.same(&image, &[], 0.0);
    // A number that counts the only band of a file is no name.
    let image = g.path("T33_B11.dat");
    translate(&g.scene.join("T33_B11.tif"), &image, &["-of", "ENVI"]);
    header(&image, "band names = {Band 1}");
    let info = done(&g.models, &["info", text(&image), "--json"]);
    assert!(
        info.contains("\"B11\"") && !info.contains("\"B1\""),
        "{info}"
    );
}

/// A pattern that is offered fits the one and not the other.
#[test]
fn copies_that_a_pattern_tells_apart() {
    let g = Ground::new();
    let both = g.renamed("both", |b| format!("{b}.tif"));
    g.renamed("both", |b| format!("{b}_clip.tif"));
    let pattern = format!("{MAIN_SEPARATOR}*clip*'");
    g.refused(&both, &["B1 more than once", &pattern]);
    g.same(&both.join("*clip*"), &[], 0.0);
    let both = g.renamed("again", |b| format!("{b}.tif"));
    g.renamed("again", |b| format!("{b} (1).tif"));
    g.refused(&both, &["B1 more than once", "leave only those to use"]);
}

/// A raster for each pixel size, as GDAL's driver for Sentinel-2 gives them.
#[test]
fn a_folder_of_rasters_with_several_bands() {
    let g = Ground::new();
    let sizes = |folder: &str, date: &str, described: bool| {
        let folder = g.path(folder);
        std::fs::create_dir_all(&folder).unwrap();
        for gsd in [10, 20, 60] {
            let files = g.files();
            let own = files.iter().filter(|(band, _)| band.gsd() == gsd);
            let own: Vec<(Band, Raster)> = own.map(|(b, f)| (*b, read(f))).collect();
            let text = |band: Band| format!("{band}, central wavelength {} nm", band.wavelength());
            let texts: Vec<String> = own.iter().map(|(b, _)| text(*b)).collect();
            let blank = |t: &'_ String| if described { t.clone() } else { String::new() };
            let texts: Vec<String> = texts.iter().map(blank).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let path = folder.join(format!("S2_{date}_{gsd}m.tif"));
            let grid = own[0].1.grid;
            write(&path, grid, DataType::UInt16, &texts, |i, r, c| {
                own[i].1.bands[0][(r, c)]
            });
        }
        folder
    };
    g.same(&sizes("sizes", "20200101", true), &[], 0.0);
    let both = sizes("sizes", "20200111", true);
    g.refused(
        &both,
        &["2020-01-01", "2020-01-11", "S2_20200111_10m.tif", "'"],
    );
    g.same(&both.join("*20200111*"), &[], 0.0);
    let none = sizes("none", "x", false);
    g.refused(
        &none,
        &["several bands", "S2_x_10m.tif has 4", "--band-names"],
    );
}

#[test]
fn several_dates_are_not_mixed() {
    let g = Ground::new();
    let both = g.renamed("dates", |b| format!("T33UUP_20200101T100000_{b}.tif"));
    g.renamed("dates", |b| format!("T33UUP_20200111T100000_{b}.tif"));
    g.refused(
        &both,
        &[
            "2020-01-01",
            "2020-01-11",
            "20200111T100000_B1.tif",
            "*20200101T100000*",
        ],
    );
    g.same(&both.join("*20200111*"), &[], 0.0);
    // One of them is complete.
    for band in ["B5", "B11"] {
        fs::remove_file(both.join(format!("T33UUP_20200101T100000_{band}.tif"))).unwrap();
    }
    let said = g.same(&both, &[], 0.0);
    assert!(said.contains("taken T33UUP, 2020-01-11"), "{said}");
    assert!(said.contains("left out T33UUP, 2020-01-01"), "{said}");
    // Two dates in one raster.
    let stack = g.stack("two.tif", |b| format!("x_{b}"), 2);
    g.refused(&stack, &["more than once", "--band-names"]);
    let mut names: Vec<&str> = g.files().iter().map(|(b, _)| b.name()).collect();
    names.extend(["-"; 12]);
    g.same(&stack, &["--band-names", &names.join(",")], 0.0);
}

#[test]
fn what_lies_beside_the_bands_is_no_band() {
    let g = Ground::new();
    let kept = g.renamed("kept", |band| format!("{band}.tif"));
    for name in ["B5.tif~", "B5.tif.bak", "B5.tif.asc", "B5.qgz"] {
        fs::write(kept.join(name), "x").unwrap();
    }
    let said = g.same(&kept, &[], 0.0);
    let told = said.matches("it is no raster but lies beside one").count();
    assert!(told == 4 && !said.contains("gdal_translate"), "{said}");
    let folder = g.renamed("beside", |b| format!("T33_{b}.tif"));
    let any = g.files()[0].1.clone();
    fs::copy(&any, folder.join("NDVI_B8_B4.tif")).unwrap();
    fs::copy(&any, folder.join("T33_B5_mask.tif")).unwrap();
    fs::copy(&any, folder.join("sharp_B5.tif")).unwrap();
    fs::write(folder.join("T33_B5.j2w"), "20\n0\n0\n-20\n0\n0\n").unwrap();
    fs::write(folder.join("T33_B5.tif.md5"), "0").unwrap();
    fs::write(folder.join("T33_B10.jp2.part"), "x").unwrap();
    let said = g.same(&folder, &[], 0.0);
    for name in ["NDVI_B8_B4", "T33_B5_mask", "sharp_B5", "T33_B10.jp2.part"] {
        assert!(said.contains(name), "{name} is not in: {said}");
    }
    // Nor where the band itself is not there.
    let folder = g.renamed("without", |b| format!("T33_{b}.tif"));
    fs::remove_file(folder.join("T33_B5.tif")).unwrap();
    for name in ["T33_B5_std", "T33_B5_angle", "view_zenith_mean_B5"] {
        let only = folder.join(format!("{name}.tif"));
        fs::copy(&any, &only).unwrap();
        g.refused(&folder, &["B5", name, "rename it"]);
        fs::remove_file(only).unwrap();
    }
    let described = |b: Band| match b.name() {
        "B5" => "B5_std".to_owned(),
        name => name.to_owned(),
    };
    g.refused(&g.stack("described.tif", described, 1), &["B5"]);
    // ENVI rasters have their header beside them.
    let envi = g.path("snap.data");
    fs::create_dir(&envi).unwrap();
    for (band, file) in g.files() {
        translate(&file, &envi.join(format!("{band}.img")), &["-of", "ENVI"]);
    }
    let said = g.same(&envi, &[], 0.0);
    assert!(!said.contains("passed by"), "{said}");
    // In archives, too.
    pack(&g.path("snap"), "zip", &envi);
    g.same(&g.path("snap.zip"), &[], 0.0);
    // What may hold bands is read where it is given itself.
    let cube = g.path("cube");
    fs::create_dir(&cube).unwrap();
    fs::write(cube.join("openEO.nc"), "CDF").unwrap();
    g.refused(&cube, &["openEO.nc itself"]);
}
