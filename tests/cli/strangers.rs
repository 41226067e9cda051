//! What products of strangers hold is opened only where it belongs to them.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::forms::safe;
use crate::products::{ground, image, small};
use crate::support::{UTM, done, files, refused, text};

/// A VRT of another raster.
fn write_vrt(file: &Path, source: &Path, size: i64) {
    let text = format!(
        r#"<VRTDataset rasterXSize="{size}" rasterYSize="{size}"><SRS>{UTM}</SRS><GeoTransform>300000,20,0,6000000,0,-20</GeoTransform>
        <VRTRasterBand dataType="UInt16" band="1"><Description>B11</Description><SimpleSource><SourceFilename>{}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"#,
        source.display()
    );
    fs::write(file, text).unwrap();
}

#[test]
fn a_virtual_raster_is_no_band_of_a_product() {
    let (folder, models, results) = ground();
    let output = results.join("out.tif");
    let scene = small().make(folder.path());
    let product = safe(folder.path(), &scene, "L2A", None);
    let secret = folder.path().join("secret.tif");
    fs::copy(scene.join("T33_B11.tif"), &secret).unwrap();
    // Named by the user it is what it is.
    let own = folder.path().join("own.vrt");
    write_vrt(&own, &secret, 30);
    done(&models, &["info", text(&own)]);
    for file in [image(&product, "B11"), scene.join("T33_B11.tif")] {
        write_vrt(&file, &secret, 30);
        let name = file.file_name().unwrap().to_str().unwrap();
        let input = if file.starts_with(&product) {
            &product
        } else {
            &scene
        };
        refused(
            &models,
            &["run", text(input), text(&output)],
            1,
            &[name, "GeoTIFF, JPEG 2000"],
        );
    }
    fs::rename(scene.join("T33_B11.tif"), scene.join("T33_B11.vrt")).unwrap();
    refused(
        &models,
        &["run", text(&scene), text(&output)],
        1,
        &["T33_B11.vrt", "GeoTIFF, JPEG 2000"],
    );
    assert!(files(&results).is_empty());
}

#[test]
fn overviews_that_lead_elsewhere_are_refused() {
    let (folder, models, _results) = ground();
    let scene = small().make(folder.path());
    let sidecar = |domain: &str| {
        let text = format!(
            r#"<PAMDataset><Metadata domain="{domain}"><MDI key="OVERVIEW_FILE">/x.vrt</MDI></Metadata><PAMRasterBand band="1"><NoDataValue>7</NoDataValue></PAMRasterBand></PAMDataset>"#
        );
        fs::write(scene.join("T33_B11.tif.aux.xml"), text).unwrap();
    };
    sidecar("OVERVIEWS");
    refused(
        &models,
        &["info", text(&scene)],
        1,
        &["T33_B11.tif", "overviews"],
    );
    refused(
        &models,
        &["info", text(&scene.join("T33_B11.tif"))],
        1,
        &["T33_B11.tif", "overviews"],
    );
    sidecar("x");
    done(&models, &["info", text(&scene)]);
}

#[test]
fn numbers_that_no_product_has() {
    let (folder, models, _results) = ground();
    for (at, wrong) in [
        "-a_scale 1e-300 -a_offset 0",
        "-a_scale 0.0001 -a_offset 1e308",
        "-a_scale 1e300 -a_offset 0",
    ]
    .iter()
    .enumerate()
    {
        let place = folder.path().join(at.to_string());
        let scene = small().make(&place);
        let whole = folder.path().join("whole.tif");
        fs::rename(scene.join("T33_B11.tif"), &whole).unwrap();
        let made = Command::new("gdal_translate")
            .arg("-q")
            .args(wrong.split(' '))
            .args([&whole, &scene.join("T33_B11.tif")])
            .status();
        assert!(made.unwrap().success());
        refused(
            &models,
            &["info", text(&scene)],
            1,
            &["T33_B11.tif", "no product has"],
        );
    }
    let vast = folder.path().join("vast.vrt");
    write_vrt(&vast, Path::new("nothing"), 2_000_000);
    refused(
        &models,
        &["info", text(&vast)],
        1,
        &["vast.vrt", "2000000 x 2000000", "UTM zone"],
    );
}

#[test]
fn metadata_and_archives_made_to_take_long() {
    let (folder, models, _results) = ground();
    let start = Instant::now();
    let product = folder.path().join("x.SAFE");
    fs::create_dir(&product).unwrap();
    let attributes: String = (0..200_000).map(|i| format!(" a{i}=\"\"")).collect();
    fs::write(product.join("MTD_MSIL2A.xml"), format!("<a{attributes}/>")).unwrap();
    refused(&models, &["info", text(&product)], 1, &["MTD_MSIL2A.xml"]);
    let archive = folder.path().join("many.zip");
    let mut many = ZipWriter::new(fs::File::create(&archive).unwrap());
    for i in 0..60_000 {
        many.add_directory(format!("{i}.SAFE/"), SimpleFileOptions::default())
            .unwrap();
    }
    many.finish().unwrap();
    refused(
        &models,
        &["info", text(&archive)],
        1,
        &["many.zip", "60000"],
    );
    assert!(
        start.elapsed() < Duration::from_secs(60),
        "it took {:?}",
        start.elapsed()
    );
}

#[test]
fn archives_made_to_take_memory() {
    let (folder, models, _results) = ground();
    // What is said before a file, its name, is so long; packed with gzip this is next to nothing.
    let archive = folder.path().join("said.tar");
    let mut long = tar::Header::new_gnu();
    long.set_path("././@LongLink").unwrap();
    long.set_entry_type(tar::EntryType::GNULongName);
    long.set_size(8 << 20);
    long.set_cksum();
    let mut file = tar::Header::new_gnu();
    file.set_path("T33_B5.tif").unwrap();
    file.set_size(0);
    file.set_cksum();
    let mut builder = tar::Builder::new(fs::File::create(&archive).unwrap());
    builder.append(&long, &vec![b'a'; 8 << 20][..]).unwrap();
    builder.append(&file, &[][..]).unwrap();
    builder.finish().unwrap();
    let said = ["said.tar", "longer than names can be"];
    refused(&models, &["info", text(&archive)], 1, &said);
    let archive = folder.path().join("deep.zip");
    let mut deep = ZipWriter::new(fs::File::create(&archive).unwrap());
    for i in 0..4 {
        let name = format!("{i}/{}T33_B5.tif", "a/".repeat(1000));
        deep.start_file(name, SimpleFileOptions::default()).unwrap();
    }
    deep.finish().unwrap();
    let deep = ["deep.zip", "so deep in folders"];
    refused(&models, &["info", text(&archive)], 1, &deep);
}
