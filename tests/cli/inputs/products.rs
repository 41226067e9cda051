//! Products in other layouts, and what holds them.

use std::fs;
use std::path::{Path, PathBuf};

use super::ground::{Ground, python};
use crate::forms::safe;
use crate::server::Server;
use crate::support::{LOSSLESS, copy, run, s2sr, text, translate};

#[test]
fn images_of_a_safe_under_other_names() {
    let g = Ground::new();
    let product = safe(&g.path("."), &g.scene, "L1C", None);
    let images = product.join("GRANULE/T33UUP/IMG_DATA");
    for (band, _) in g.files() {
        let from = images.join(format!("T33_{band}.jp2"));
        fs::rename(from, images.join(format!("T34_0_{band}.jp2"))).unwrap();
    }
    assert!(g.same(&product, &[], 0.0).contains("T34_0_"));
    for (band, file) in g.files() {
        fs::remove_file(images.join(format!("T34_0_{band}.jp2"))).unwrap();
        fs::copy(file, images.join(format!("T33_{band}.tif"))).unwrap();
    }
    g.same(&product, &[], 0.0);
    let xml = product.join("MTD_MSIL1C.xml");
    let told = fs::read_to_string(&xml).unwrap();
    fs::write(&xml, told.replace("IMAGE_FILE", "IMAGE_FILE_2A")).unwrap();
    g.same(&product, &[], 0.0);
    // Elsewhere in the product, beside masks that bear the bands' names.
    let masks = product.join("GRANULE/T33UUP/QI_DATA");
    fs::create_dir_all(&masks).unwrap();
    for (band, _) in g.files() {
        let mask = masks.join(format!("T33_{band}.jp2"));
        fs::write(mask, "no band").unwrap();
        let image = format!("T33_{band}.tif");
        fs::rename(images.join(&image), product.join(&image)).unwrap();
    }
    assert!(g.same(&product, &[], 0.0).contains("lie elsewhere"));
    g.same(&product.join("T33_B5.tif"), &[], 0.0);
    for (band, _) in g.files() {
        let image = format!("T33_{band}.tif");
        fs::rename(product.join(&image), images.join(&image)).unwrap();
    }
    // Of what is missing each file is named.
    for band in ["B2", "B8"] {
        fs::remove_file(images.join(format!("T33_{band}.tif"))).unwrap();
    }
    g.refused(&product, &["T33_B2", "T33_B8", "missing"]);
}

/// Without R20m there are copies of its bands in R60m.
#[test]
fn coarser_copies_do_not_stand_in_for_images_that_are_missing() {
    let g = Ground::new();
    let product = safe(&g.path("."), &g.scene, "L2A", None);
    let images = product.join("GRANULE/T33UUP/IMG_DATA");
    fs::remove_file(images.join("T33_B5.jp2")).unwrap();
    let coarse = [&["-r", "average", "-tr", "60", "60"], &LOSSLESS[..]].concat();
    translate(
        &g.scene.join("T33_B5.tif"),
        &images.join("T33_B5_60m.jp2"),
        &coarse,
    );
    let xml = product.join("MTD_MSIL2A.xml");
    let told = fs::read_to_string(&xml).unwrap();
    let both = "T33_B5_20m</IMAGE_FILE><IMAGE_FILE>GRANULE/T33UUP/IMG_DATA/T33_B5_60m<";
    fs::write(&xml, told.replace("T33_B5<", both)).unwrap();
    let missing = "T33_B5_20m.jp2 is missing";
    g.refused(
        &product,
        &[
            "B5 at 20 m",
            "has it at 60 m; give it with all its bands",
            missing,
        ],
    );
}

#[test]
fn products_of_before_december_2016() {
    let g = Ground::new();
    let root = g.path("S2A_OPER_PRD_MSIL1C_PDMC_20160101T000000.SAFE");
    let mut granules = String::new();
    for tile in ["S2A_OPER_T33UUP", "S2A_OPER_T33UUQ"] {
        let images = root.join("GRANULE").join(tile).join("IMG_DATA");
        fs::create_dir_all(&images).unwrap();
        granules += &format!("<Granules granuleIdentifier=\"{tile}\">");
        for (band, file) in g.files() {
            translate(&file, &images.join(format!("{tile}_{band}.jp2")), &LOSSLESS);
            granules += &format!("<IMAGE_ID>{tile}_{band}</IMAGE_ID>");
        }
        granules += "</Granules>";
    }
    let xml = format!(
        "<P><PROCESSING_LEVEL>Level-1C</PROCESSING_LEVEL><QUANTIFICATION_VALUE>10000</QUANTIFICATION_VALUE>{granules}</P>"
    );
    fs::write(
        root.join("S2A_OPER_MTD_SAFL1C_PDMC_20160101T000000.xml"),
        xml,
    )
    .unwrap();
    g.refused(&root, &["2 tiles", "S2A_OPER_T33UUP", "S2A_OPER_T33UUQ"]);
    g.same(&root.join("GRANULE/S2A_OPER_T33UUQ"), &[], 0.0);
    fs::remove_dir_all(root.join("GRANULE/S2A_OPER_T33UUP")).unwrap();
    g.same(&root, &[], 0.0);
}

#[test]
fn archives_by_what_they_hold() {
    let g = Ground::new();
    let place = g.path("work/deep");
    fs::create_dir_all(&place).unwrap();
    let product = safe(&place, &g.scene, "L2A", None);
    let packed = |name: &str, kind: &str, of: &str, ending: &str| {
        pack(&g.path(name), kind, &g.path(of));
        g.path(&format!("{name}{ending}"))
    };
    g.same(&packed("a", "tar", "work", ".tar"), &[], 0.0);
    g.same(&packed("b", "gztar", "work", ".tar.gz"), &[], 0.0);
    let zip = packed("c", "zip", "work", ".zip");
    g.same(&zip, &[], 0.0);
    let other = g.path("d.SAFE");
    fs::copy(&zip, &other).unwrap();
    g.same(&other, &[], 0.0);
    let left = crate::support::files(g.folder.path());
    assert!(!left.iter().any(|f| f.ends_with(".properties")), "{left:?}");
    // Two products in one.
    let twin = place.join("other.SAFE");
    copy(&product, &twin);
    g.refused(&g.path("work"), &["2 products", "other.SAFE"]);
    g.refused(
        &packed("e", "zip", "work", ".zip"),
        &["2 products", "other.SAFE"],
    );
    g.same(&g.path("work/deep/other*"), &[], 0.0);
    g.same(&g.path("e.zip/deep/other*"), &[], 0.0);
    g.same(&g.path("e.zip/deep/other.SAFE"), &[], 0.0);
    g.refused(&g.path("e.zip/none.SAFE"), &["no such file", "archive"]);
    let name = |archive: &str| PathBuf::from(format!("/vsizip/{}/X", text(&g.path(archive))));
    g.refused(&name("none.zip"), &["none.zip/X: there is no such file"]);
    g.refused(&name("e.zip"), &["no such file", "in", "e.zip"]);
    for name in ["a.tar", "b.tar.gz"] {
        let whole = fs::read(g.path(name)).unwrap();
        fs::write(g.path(name), &whole[..whole.len() / 2]).unwrap();
        g.refused(&g.path(name), &[name, "cut short"]);
    }
    let page = g.path("page.zip");
    fs::write(&page, "\n<!DOCTYPE html><html>Log in</html>").unwrap();
    g.refused(&page, &["web page", "log in"]);
}

/// Packs what is in a folder, as Python's `shutil` calls the kind; the ending is the kind's.
pub fn pack(archive: &Path, kind: &str, folder: &Path) {
    let script = "import shutil, sys; shutil.make_archive(*sys.argv[1:])";
    python(script, &[archive, Path::new(kind), folder]);
}

/// Bands of two dates: all in the folder `flat`, and those of each in a folder of `deep`.
fn two_dates(g: &Ground) {
    for date in ["2024-05-01", "2024-05-11"] {
        for folder in [g.path("flat"), g.path("deep").join(date)] {
            fs::create_dir_all(&folder).unwrap();
            for (band, file) in g.files() {
                fs::copy(file, folder.join(format!("S2_{date}_{band}.tif"))).unwrap();
            }
        }
    }
}

#[test]
fn one_of_several_dates_in_an_archive() {
    let g = Ground::new();
    two_dates(&g);
    for (name, kind, ending) in [
        ("a", "zip", ".zip"),
        ("b", "tar", ".tar"),
        ("c", "gztar", ".tar.gz"),
    ] {
        for of in ["flat", "deep"] {
            pack(&g.path(name), kind, &g.path(of));
            let archive = g.path(&format!("{name}{ending}"));
            g.refused(&archive, &["2024-05-01", "2024-05-11"]);
            let said = g.same(&archive.join("*05-11*"), &[], 0.0);
            assert!(!said.contains("05-01"), "{said}");
        }
        g.same(&g.path(&format!("{name}{ending}/2024-05-01")), &[], 0.0);
    }
    g.same(&g.path("deep/*05-11*"), &[], 0.0);
}

#[test]
fn one_of_several_dates_at_an_address() {
    let g = Ground::new();
    two_dates(&g);
    pack(&g.path("a"), "zip", &g.path("flat"));
    pack(&g.path("b"), "zip", &g.path("deep"));
    pack(&g.path("c"), "tar", &g.path("flat"));
    let server = Server::start(g.folder.path());
    let at = |name: &str| PathBuf::from(format!("{}/{name}", server.address));
    for name in ["a.zip", "c.tar", "flat/", "deep/"] {
        g.refused(&at(name), &["2024-05-01", "2024-05-11"]);
    }
    let given = format!("{}/b.zip/2024-05-11", server.address);
    g.refused(&at("b.zip"), &[&format!(" {given}")]);
    for name in [
        "a.zip/*05-11*",
        "b.zip/*05-11*",
        "b.zip/2024-05-11",
        "c.tar/*05-11*",
        "flat/*05-11*",
        "deep/*05-11*",
        "deep/2024-05-11/",
        "deep/2024-05-11",
    ] {
        let said = g.same(&at(name), &[], 0.0);
        assert!(!said.contains("05-01"), "{name}: {said}");
    }
    g.refused(&at("a.zip/*05-21*"), &["a.zip", "no band"]);
    g.refused(&at("none.zip/*05-11*"), &["none.zip", "address"]);
}

#[test]
fn what_is_packed_in_other_ways_is_told() {
    let g = Ground::new();
    pack(&g.path("a"), "bztar", &g.scene);
    g.refused(&g.path("a.tar.bz2"), &["bzip2", "unpack it"]);
    let gzip =
        "import gzip, sys; gzip.open(sys.argv[2], 'wb').write(open(sys.argv[1], 'rb').read())";
    let packed = g.path("packed/T33_B2.tif.gz");
    fs::create_dir(g.path("packed")).unwrap();
    python(gzip, &[&g.scene.join("T33_B2.tif"), &packed]);
    for input in [packed, g.path("packed")] {
        g.refused(&input, &["gzip", "gunzip"]);
    }
}

#[test]
fn archives_packed_in_ways_that_gdal_does_not_know() {
    let g = Ground::new();
    let product = safe(&g.path("."), &g.scene, "L1C", None);
    let press = "import sys, zipfile, pathlib
out, root = map(pathlib.Path, sys.argv[1:])
with zipfile.ZipFile(out, 'w', zipfile.ZIP_LZMA) as archive:
    for file in root.rglob('*'):
        archive.write(file, file.relative_to(root.parent))";
    python(press, &[&g.path("lzma.zip"), &product]);
    g.refused(
        &g.path("lzma.zip"),
        &["compression method", "unpack the archive"],
    );
}

#[test]
fn an_archive_in_an_archive() {
    let g = Ground::new();
    let path = |name: &str| {
        fs::create_dir_all(g.path(name)).unwrap();
        g.path(name)
    };
    pack(&path("once/in").join("bands"), "zip", &g.scene);
    pack(&g.path("twice"), "zip", &g.path("once"));
    g.same(&g.path("twice.zip"), &[], 0.0);
    fs::rename(g.path("twice.zip"), path("more").join("twice.zip")).unwrap();
    pack(&g.path("thrice"), "zip", &g.path("more"));
    g.refused(&g.path("thrice.zip"), &["bands.zip", "unpack"]);
    pack(&g.path("mixed"), "tar", &g.path("once"));
    g.refused(&g.path("mixed.tar"), &["bands.zip", "unpack"]);
}

#[test]
fn a_tar_archive_that_ends_with_a_file() {
    let g = Ground::new();
    pack(&g.path("a"), "tar", &g.scene);
    // Where the header of one of its files begins.
    let cut = "import sys, tarfile; n = tarfile.open(sys.argv[1]).getmembers()[6].offset; f = \
               open(sys.argv[1], 'rb+'); f.truncate(n)";
    python(cut, &[&g.path("a.tar")]);
    g.refused(&g.path("a.tar"), &["cut short", "fetch it again"]);
}

#[test]
fn addresses_mean_what_they_say() {
    let g = Ground::new();
    // file:///C:/… on Windows.
    let path = text(&g.scene).replace('\\', "/");
    let address = format!("file://{}{path}", if cfg!(windows) { "/" } else { "" });
    g.same(Path::new(&address), &[], 0.0);
    let none = run(&g.models, &["info", "file:///nowhere/x.SAFE"]);
    assert!(String::from_utf8_lossy(&none.stderr).contains("no such file"));
}

#[test]
fn the_folder_that_one_stands_in_has_a_name() {
    let g = Ground::new();
    let mut info = s2sr(&g.models);
    let out = info.args(["info", "."]).current_dir(&g.scene).output();
    let told = String::from_utf8(out.unwrap().stdout).unwrap();
    assert!(told.starts_with("scene\n"), "{told}");
}
