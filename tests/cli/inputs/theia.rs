//! Theia's products.

use std::fs;
use std::path::Path;

use super::ground::{Ground, python};
use crate::support::translate;

#[test]
fn theia_products() {
    let g = Ground::new();
    let id = "SENTINEL2A_20200101-100000-000_L2A_T33UUP_C_V2-2";
    let folder = g.path(id);
    fs::create_dir(&folder).unwrap();
    for (band, file) in g.files() {
        let name = |kind: &str| folder.join(format!("{id}_{kind}_{band}.tif"));
        translate(&file, &name("FRE"), &["-ot", "Int16"]);
        translate(
            &file,
            &name("SRE"),
            &["-ot", "Int16", "-scale", "0", "10000", "0", "5000"],
        );
    }
    let said = g.same(&folder, &[], 0.0);
    assert!(!said.contains("--offset"), "{said}");
    let xml = format!(
        "<Muscate_Metadata_Document><PRODUCT_ID>{id}</PRODUCT_ID><PRODUCT_LEVEL>L2A</PRODUCT_LEVEL><SPECIAL_VALUE name=\"nodata\">-10000</SPECIAL_VALUE></Muscate_Metadata_Document>"
    );
    fs::write(folder.join(format!("{id}_MTD_ALL.xml")), xml).unwrap();
    let said = g.same(&folder, &[], 0.0);
    assert!(said.contains("FRE") && !said.contains("--offset"), "{said}");
    let script = "import shutil, sys; shutil.make_archive(sys.argv[1], 'zip', *sys.argv[2:])";
    python(script, &[&g.path("theia"), g.folder.path(), Path::new(id)]);
    g.same(&g.path("theia.zip"), &[], 0.0);
}

/// A Theia product in `folder`, whose SRE images have half the DN of its FRE images.
fn product(g: &Ground, folder: &Path, id: &str, platform: &str) {
    fs::create_dir_all(folder).unwrap();
    for (band, file) in g.files() {
        let name = |kind: &str| folder.join(format!("{id}_{kind}_{band}.tif"));
        let half = ["-ot", "Int16", "-scale", "0", "10000", "0", "5000"];
        translate(&file, &name("FRE"), &half[..2]);
        translate(&file, &name("SRE"), &half);
    }
    let xml = format!(
        "<Muscate_Metadata_Document><PRODUCT_ID>{id}</PRODUCT_ID><PLATFORM>{platform}</PLATFORM>\
         </Muscate_Metadata_Document>"
    );
    fs::write(folder.join(format!("{id}_MTD_ALL.xml")), xml).unwrap();
}

#[test]
fn several_theia_products_in_one_folder() {
    let g = Ground::new();
    let flat = g.path("flat");
    let ids =
        ["01", "11"].map(|day| format!("SENTINEL2A_202001{day}-100000-000_L2A_T33UUP_C_V2-2"));
    for id in &ids {
        product(&g, &flat, id, "SENTINEL2A");
    }
    g.refused(
        &flat,
        &[
            "2 products",
            "20200101-100000-000_L2A_T33UUP_C_V2-2_MTD_ALL.xml",
        ],
    );
    // By its metadata, by a pattern, by one of its images.
    g.same(&flat.join(format!("{}_MTD_ALL.xml", ids[0])), &[], 0.0);
    g.same(&flat.join("*20200111*"), &[], 0.0);
    let said = g.same(&flat.join(format!("{}_FRE_B5.tif", ids[1])), &[], 0.0);
    assert!(said.contains("around what was given"), "{said}");
    // The kind of image that was given is the one that is read.
    let (said, half) = g.run(&flat.join(format!("{}_SRE_B5.tif", ids[1])), &[]);
    let mean = |r: &crate::support::Raster| r.band("B5").mean().unwrap();
    assert!((mean(&half) / mean(&g.plain) - 0.5).abs() < 0.01, "{said}");
    // Twice the same by name.
    let folder = g.path("renamed");
    product(&g, &folder, &ids[0], "SENTINEL2A");
    let xml = folder.join(format!("{}_MTD_ALL.xml", ids[0]));
    fs::rename(xml, folder.join("product_MTD_ALL.xml")).unwrap();
    fs::write(folder.join("._product_MTD_ALL.xml"), [0, 5, 22, 7]).unwrap();
    g.same(&folder, &[], 0.0);
    let one = folder.join(format!("{}_FRE_B2.tif", ids[0]));
    fs::copy(one, folder.join(format!("{}_FRE_B2.tif", ids[1]))).unwrap();
    g.refused(&folder, &["B2 more than once", "one product"]);
}

#[test]
fn theia_products_that_are_not_whole() {
    let g = Ground::new();
    let id = "SENTINEL2B_20200101-100000-000_L2A_T33UUP_C_V2-2";
    let folder = g.path(id);
    product(&g, &folder, id, "SENTINEL2B");
    let b8a = folder.join(format!("{id}_FRE_B8A.tif"));
    fs::write(&b8a, "").unwrap();
    g.refused(&folder, &["FRE_B8A.tif", "empty", "fetch it again"]);
    fs::remove_file(&b8a).unwrap();
    g.refused(&folder, &["B8A", "only its SRE image is there"]);
    let landsat = g.path("landsat");
    product(
        &g,
        &landsat,
        "LANDSAT8-OLITIRS-XS_20200101_L2A_T33UUP_C_V2-2",
        "LANDSAT8",
    );
    g.refused(&landsat, &["LANDSAT8", "SENTINEL2A"]);
    fs::remove_file(landsat.join("LANDSAT8-OLITIRS-XS_20200101_L2A_T33UUP_C_V2-2_MTD_ALL.xml"))
        .unwrap();
    g.refused(&landsat, &["Landsat"]);
}
