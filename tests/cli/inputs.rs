//! Sentinel-2 data as people have them: other units, names, layouts and pieces. Each gives the pixels
//! of the plain folder of the same bands, or a sentence that leads on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use s2sr::raster::band::Band;
use s2sr::raster::radiometry::DataType;

use crate::forms::safe;
use crate::support::{Raster, Scene, done, read, refused, run, text, tiny_models, write};

struct Ground {
    folder: tempfile::TempDir,
    models: PathBuf,
    scene: PathBuf,
    plain: Raster,
}

fn small() -> Scene {
    Scene {
        size: 60,
        ..Scene::default()
    }
}

impl Ground {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let models = tiny_models(folder.path());
        let scene = small().make(folder.path());
        let out = folder.path().join("plain.tif");
        done(&models, &["run", text(&scene), text(&out)]);
        let plain = read(&out);
        Self {
            folder,
            models,
            scene,
            plain,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a product; what was said, and the result.
    fn run(&self, input: &Path, options: &[&str]) -> (String, Raster) {
        let out = self.path("out.tif");
        let _ = fs::remove_file(&out);
        let arguments = [&["run", text(input), text(&out)], options].concat();
        let said = done(&self.models, &arguments);
        (said, read(&out))
    }

    /// The result is that of the plain folder, shifted by so many DN; what was said.
    fn same(&self, input: &Path, options: &[&str], shift: f32) -> String {
        let (said, result) = self.run(input, options);
        assert_eq!(result.names, self.plain.names, "{said}");
        for (a, b) in result.bands.iter().zip(&self.plain.bands) {
            let worst = a
                .iter()
                .zip(b)
                .map(|(a, b)| (a - shift - b).abs())
                .fold(0.0, f32::max);
            assert!(worst <= 1.0, "off by {worst}: {said}");
        }
        said
    }

    fn refused(&self, input: &Path, words: &[&str]) {
        self.refused_with(input, &[], words);
    }

    fn refused_with(&self, input: &Path, options: &[&str], words: &[&str]) {
        let out = self.path("out.tif");
        let _ = fs::remove_file(&out);
        let arguments = [&["run", text(input), text(&out)], options].concat();
        refused(&self.models, &arguments, 1, words);
    }

    /// A folder with the scene's files under other names.
    fn renamed(&self, name: &str, new: impl Fn(Band) -> String) -> PathBuf {
        let folder = self.path(name);
        for (band, file) in self.files() {
            let to = folder.join(new(band));
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(file, to).unwrap();
        }
        folder
    }

    fn files(&self) -> Vec<(Band, PathBuf)> {
        let band = |f: &PathBuf| {
            let stem = f.file_stem().unwrap().to_str().unwrap();
            Band::parse(stem.trim_start_matches("T33_")).unwrap()
        };
        let names = crate::support::files(&self.scene);
        names
            .iter()
            .map(|n| self.scene.join(n))
            .map(|f| (band(&f), f))
            .collect()
    }

    /// The bands as one raster of 10 m, each with this description.
    fn stack(&self, name: &str, describe: impl Fn(Band) -> String, dates: usize) -> PathBuf {
        let bands: Vec<(Band, Raster)> = self.files().iter().map(|(b, f)| (*b, read(f))).collect();
        let grid = bands.iter().find(|(b, _)| b.gsd() == 10).unwrap().1.grid;
        let names: Vec<String> = (0..dates)
            .flat_map(|_| bands.iter().map(|(b, _)| describe(*b)))
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let path = self.path(name);
        write(&path, grid, DataType::UInt16, &names, |i, r, c| {
            let (band, raster) = &bands[i % bands.len()];
            let k = band.gsd() as usize / 10;
            raster.bands[0][(r / k, c / k)]
        });
        path
    }
}

fn translate(from: &Path, to: &Path, arguments: &[&str]) {
    let mut command = Command::new("gdal_translate");
    let made = command.arg("-q").args(arguments).args([from, to]).status();
    assert!(made.unwrap().success(), "{arguments:?}");
}

fn python(script: &str, arguments: &[&Path]) {
    let mut command = Command::new("python3");
    let made = command.args(["-c", script]).args(arguments).status();
    assert!(made.unwrap().success(), "{script}");
}

#[test]
fn reflectance_in_floats_is_recognised_and_kept() {
    let g = Ground::new();
    for (name, scale) in [("plain_floats", None), ("scale_1", Some("1"))] {
        let folder = g.path(name);
        fs::create_dir(&folder).unwrap();
        for (band, file) in g.files() {
            let to = folder.join(format!("x_{band}.tif"));
            let mut arguments = vec!["-ot", "Float32", "-scale", "0", "10000", "0", "1"];
            arguments.extend(scale.iter().flat_map(|s| ["-a_scale", s, "-a_offset", "0"]));
            arguments.extend(["-a_nodata", "none"]);
            translate(&file, &to, &arguments);
        }
        let (said, result) = g.run(&folder, &[]);
        assert!(said.contains("reflectance, not DN"), "{said}");
        assert!(!said.contains("--offset"), "{said}");
        for (a, b) in result.bands.iter().zip(&g.plain.bands) {
            assert!(a.iter().zip(b).all(|(a, b)| (a * 10000.0 - b).abs() <= 2.0));
        }
    }
    // What the user says counts more than what the numbers look like.
    let (said, result) = g.run(&g.path("plain_floats"), &["--quantification", "10000"]);
    assert!(!said.contains("reflectance, not DN"), "{said}");
    assert!(result.bands[0].iter().all(|v| *v < 1.0));
}

#[test]
fn eight_bits_are_said_to_be_a_picture_and_an_unknown_offset_to_be_unknown() {
    let g = Ground::new();
    let folder = g.path("bytes");
    fs::create_dir(&folder).unwrap();
    for (band, file) in g.files() {
        let arguments = ["-ot", "Byte", "-scale", "0", "10000", "0", "255"];
        translate(&file, &folder.join(format!("{band}.tif")), &arguments);
    }
    assert!(g.run(&folder, &[]).0.contains("picture"));
    let (said, _) = g.run(&g.scene, &[]);
    assert!(
        said.contains("0 was assumed") && said.contains("--offset"),
        "{said}"
    );
    assert!(!g.run(&g.scene, &["--offset", "0"]).0.contains("offset"));
}

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
    refused(&g.models, &wrong, 2, &["2 names", "12 bands"]);
    let folder = ["run", text(&g.scene), &out, "--band-names", "B2"];
    refused(&g.models, &folder, 2, &["band-names", "folder of bands"]);
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
    // ENVI rasters have their header beside them.
    let envi = g.path("snap.data");
    fs::create_dir(&envi).unwrap();
    for (band, file) in g.files() {
        translate(&file, &envi.join(format!("{band}.img")), &["-of", "ENVI"]);
    }
    g.same(&envi, &[], 0.0);
}

#[test]
fn pixels_without_data_cost_what_they_cover() {
    let g = Ground::new();
    let holes = |folder: &Path, value: f32| {
        fs::create_dir(folder).unwrap();
        for (band, file) in g.files() {
            let raster = read(&file);
            let name = format!("{band}.tif");
            write(
                &folder.join(name),
                raster.grid,
                DataType::Float32,
                &[band.name()],
                |_, r, c| {
                    if r < 1 && c < 1 {
                        value
                    } else {
                        raster.bands[0][(r, c)]
                    }
                },
            );
        }
    };
    for (name, value) in [
        ("spike", 1e30),
        ("lowest", f32::MIN),
        ("undeclared", -9999.0),
    ] {
        let folder = g.path(name);
        holes(&folder, value);
        let (said, result) = g.run(&folder, &[]);
        assert!(said.contains("no reflectance can be"), "{said}");
        // What a 60 m pixel covers at 10 m.
        let lost = result
            .bands
            .iter()
            .map(|b| b.iter().filter(|v| v.is_nan()).count());
        assert!(
            lost.clone().all(|n| n == 36 || n == 4),
            "{:?}",
            lost.collect::<Vec<_>>()
        );
    }
    // A mask says the same without a value.
    let folder = g.path("masked");
    fs::create_dir(&folder).unwrap();
    for (band, file) in g.files() {
        let bare = g.path("bare.tif");
        translate(&file, &bare, &["-ot", "Float32", "-a_nodata", "none"]);
        let mask = g.path("mask.tif");
        let raster = read(&file);
        write(&mask, raster.grid, DataType::UInt8, &["mask"], |_, r, c| {
            if r < 1 && c < 1 { 0.0 } else { 255.0 }
        });
        let both = g.path("both.vrt");
        let mut build = Command::new("gdalbuildvrt");
        let made = build
            .args(["-q", "-separate"])
            .args([&both, &bare, &mask])
            .status();
        assert!(made.unwrap().success());
        let to = folder.join(format!("{band}.tif"));
        let internal = [
            "--config",
            "GDAL_TIFF_INTERNAL_MASK",
            "YES",
            "-a_nodata",
            "none",
        ];
        translate(
            &both,
            &to,
            &[&["-b", "1", "-mask", "2"], &internal[..]].concat(),
        );
    }
    let (_, result) = g.run(&folder, &[]);
    let lost: Vec<usize> = result
        .bands
        .iter()
        .map(|b| b.iter().filter(|v| v.is_nan()).count())
        .collect();
    assert!(lost.iter().all(|n| *n == 36 || *n == 4), "{lost:?}");
}

#[test]
fn negative_numbers_without_a_sign_are_told_of() {
    let g = Ground::new();
    let folder = g.renamed("wrapped", |b| format!("{b}.tif"));
    let (band, file) = &g.files()[4];
    let raster = read(file);
    write(
        &folder.join(format!("{band}.tif")),
        raster.grid,
        DataType::UInt16,
        &[band.name()],
        |_, r, c| {
            if r == 3 {
                64536.0
            } else {
                raster.bands[0][(r, c)]
            }
        },
    );
    let (said, _) = g.run(&folder, &[]);
    assert!(said.contains("without a sign"), "{said}");
}

#[test]
fn rows_from_south_to_north_are_turned() {
    let g = Ground::new();
    let folder = g.path("turned");
    fs::create_dir(&folder).unwrap();
    for (band, file) in g.files() {
        let raster = read(&file);
        let (grid, rows) = (raster.grid, raster.grid.rows as usize);
        let upside_down = g.path("upside.tif");
        write(
            &upside_down,
            grid,
            DataType::UInt16,
            &[band.name()],
            |_, r, c| raster.bands[0][(rows - 1 - r, c)],
        );
        let (east, south) = (
            grid.west + grid.cols as f64 * grid.gsd,
            grid.north - grid.rows as f64 * grid.gsd,
        );
        let corners = [grid.west, south, east, grid.north].map(|v| v.to_string());
        let mut arguments = vec!["-a_ullr"];
        arguments.extend(corners.iter().map(String::as_str));
        translate(
            &upside_down,
            &folder.join(format!("{band}.tif")),
            &arguments,
        );
    }
    g.same(&folder, &[], 0.0);
}

#[test]
fn the_offset_is_read_from_what_lies_above_or_beside() {
    let g = Ground::new();
    let shifted = g.path("shifted");
    let since = Scene {
        offset: 1000.0,
        ..small()
    };
    let scene = since.make(&shifted);
    let product = safe(&shifted, &scene, "L2A", Some(-1000));
    for part in [
        "GRANULE",
        "GRANULE/T33UUP/IMG_DATA",
        "GRANULE/T33UUP/IMG_DATA/T33_B5.jp2",
        "manifest.safe",
        "GRANULE/T33UUP/MTD_TL.xml",
    ] {
        let part = product.join(part);
        if !part.exists() {
            fs::write(&part, "<tile/>").unwrap();
        }
        let said = g.same(&part, &[], 1000.0);
        assert!(said.contains("product around"), "{said}");
        if part.extension().is_some_and(|e| e != "jp2") {
            fs::remove_file(part).unwrap();
        }
    }
    let id = "S2A_MSIL2A_20220126T021941_N0400_R003_T52SFA_20220126T041941";
    fs::write(
        scene.join("productInfo.json"),
        format!("{{\"name\": \"{id}\"}}"),
    )
    .unwrap();
    assert!(g.same(&scene, &[], 1000.0).contains("04.00"));
    fs::remove_file(scene.join("productInfo.json")).unwrap();
    g.same(&scene, &["--offset", "-1000"], 1000.0);
    // A baseline that has an offset, and metadata that give none.
    let xml = product.join("MTD_MSIL2A.xml");
    let told = fs::read_to_string(&xml).unwrap();
    let start = told.find("<BOA_ADD_OFFSET").unwrap();
    let end = told.rfind("</BOA_ADD_OFFSET>").unwrap() + "</BOA_ADD_OFFSET>".len();
    fs::write(&xml, format!("{}{}", &told[..start], &told[end..])).unwrap();
    let (said, _) = g.run(&product, &[]);
    assert!(
        said.contains("0 was assumed") && said.contains("--offset"),
        "{said}"
    );
}

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
    // Of what is missing each file is named.
    for band in ["B2", "B8"] {
        fs::remove_file(images.join(format!("T33_{band}.tif"))).unwrap();
    }
    g.refused(&product, &["T33_B2", "T33_B8", "missing"]);
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
            translate(
                &file,
                &images.join(format!("{tile}_{band}.jp2")),
                &[
                    "-of",
                    "JP2OpenJPEG",
                    "-co",
                    "REVERSIBLE=YES",
                    "-co",
                    "QUALITY=100",
                ],
            );
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
    let script = "import shutil, sys; shutil.make_archive(*sys.argv[1:])";
    let packed = |name: &str, kind: &str, of: &str, ending: &str| {
        python(script, &[&g.path(name), Path::new(kind), &g.path(of)]);
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
    let copied = Command::new("cp")
        .arg("-r")
        .args([&product, &twin])
        .status();
    assert!(copied.unwrap().success());
    g.refused(&g.path("work"), &["2 products", "other.SAFE"]);
    g.refused(
        &packed("e", "zip", "work", ".zip"),
        &["2 products", "other.SAFE"],
    );
    g.same(&g.path("work/deep/other*"), &[], 0.0);
    for name in ["a.tar", "b.tar.gz"] {
        let whole = fs::read(g.path(name)).unwrap();
        fs::write(g.path(name), &whole[..whole.len() / 2]).unwrap();
        g.refused(&g.path(name), &[name, "cut short"]);
    }
    let page = g.path("page.zip");
    fs::write(&page, "\n<!DOCTYPE html><html>Log in</html>").unwrap();
    g.refused(&page, &["web page", "log in"]);
}

#[test]
fn addresses_mean_what_they_say() {
    let g = Ground::new();
    let address = format!("file://{}", g.scene.display());
    g.same(Path::new(&address), &[], 0.0);
    let none = run(&g.models, &["info", "file:///nowhere/x.SAFE"]);
    assert!(String::from_utf8_lossy(&none.stderr).contains("no such file"));
}

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
    g.same(&folder, &[], 0.0);
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

#[test]
fn eopf_zarr() {
    let g = Ground::new();
    if !s2sr::gdal::has_driver("Zarr") {
        g.refused(&zarr(&g), &["EOPF Zarr", "GDAL"]);
        return;
    }
    let store = zarr(&g);
    g.same(&store, &[], 1000.0);
    let script = "import shutil, sys; shutil.make_archive(sys.argv[1], 'zip', sys.argv[2])";
    python(script, &[&g.path("store"), &store]);
    g.same(&g.path("store.zip"), &[], 1000.0);
    #[cfg(unix)]
    linked_chunk(&g, &store);
}

/// What a store holds is in it.
#[cfg(unix)]
fn linked_chunk(g: &Ground, store: &Path) {
    let chunk = store.join("measurements/reflectance/r20m/b05/0.0");
    let outside = g.path("outside");
    fs::rename(&chunk, &outside).unwrap();
    std::os::unix::fs::symlink(&outside, &chunk).unwrap();
    g.refused(store, &["0.0", "plain file"]);
}

/// The scene as an EOPF Zarr store, with an offset.
fn zarr(g: &Ground) -> PathBuf {
    let store = g.path("S2A_MSIL2A_20230101.zarr");
    for (band, file) in g.files() {
        let gsd = band.gsd();
        let raster = read(&file);
        let number = band.name()[1..].to_lowercase();
        let name = format!("b{number:0>2}");
        let array = store.join(format!("measurements/reflectance/r{gsd}m/{name}"));
        fs::create_dir_all(&array).unwrap();
        let (rows, cols) = raster.bands[0].dim();
        let about = serde_json::json!({"zarr_format": 2, "shape": [rows, cols], "chunks": [rows, cols], "dtype": "<u2",
            "compressor": null, "fill_value": 0, "order": "C", "filters": null});
        let attributes = serde_json::json!({"scale_factor": 0.0001, "add_offset": -0.1, "fill_value": 0, "proj:epsg": 32633,
            "proj:transform": [gsd, 0, raster.grid.west, 0, -i64::from(gsd), raster.grid.north, 0, 0, 1]});
        fs::write(array.join(".zarray"), about.to_string()).unwrap();
        fs::write(array.join(".zattrs"), attributes.to_string()).unwrap();
        let pixels: Vec<u8> = raster.bands[0]
            .iter()
            .flat_map(|v| (*v as u16 + 1000).to_le_bytes())
            .collect();
        fs::write(array.join("0.0"), pixels).unwrap();
    }
    for group in [
        "",
        "measurements",
        "measurements/reflectance",
        "measurements/reflectance/r10m",
        "measurements/reflectance/r20m",
        "measurements/reflectance/r60m",
    ] {
        fs::write(store.join(group).join(".zgroup"), "{\"zarr_format\": 2}").unwrap();
    }
    let about = serde_json::json!({"stac_discovery": {"properties": {"product:type": "S02MSIL2A", "eopf:baseline": "05.11"}}});
    fs::write(store.join(".zattrs"), about.to_string()).unwrap();
    store
}

#[test]
fn a_result_is_what_was_asked_for() {
    let g = Ground::new();
    let (_, result) = g.run(&g.scene, &["--reflectance", "--with-native"]);
    let (_, dn) = g.run(&g.scene, &["--with-native"]);
    for (a, b) in result.bands.iter().zip(&dn.bands) {
        assert!(a.iter().zip(b).all(|(a, b)| (a * 10000.0 - b).abs() <= 1.0));
    }
    // The lower left half of the scene, as a triangle in another reference system.
    let corners = [
        [300_000.0, 5_999_400.0],
        [300_600.0, 5_999_400.0],
        [300_000.0, 6_000_000.0],
    ];
    let ring: Vec<_> = corners.iter().chain([&corners[0]]).collect();
    let crs =
        serde_json::json!({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}});
    let polygon = serde_json::json!({"type": "FeatureCollection", "crs": crs, "features": [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}]});
    let file = g.path("area.geojson");
    fs::write(&file, polygon.to_string()).unwrap();
    let (_, cut) = g.run(&g.scene, &["--cutline", text(&file), "--mask"]);
    let holes = cut.bands[0].iter().filter(|v| **v == 0.0).count();
    assert!((1700..1900).contains(&holes), "{holes} of 3600");
    assert_eq!(cut.bands[0][(59, 0)], g.plain.bands[0][(59, 0)]);
    let mut again = s2sr::gdal::Dataset::open(g.path("out.tif")).unwrap();
    assert!(again.has_mask(1).unwrap());
    let whole = s2sr::raster::grid::Rect::new(0, 0, 60, 60);
    let mask = again.read_mask(1, whole).unwrap();
    assert_eq!(mask.iter().filter(|v| **v == 0.0).count(), holes);
    // The same window in degrees.
    let there = [
        "--projwin",
        "11.9442",
        "54.1120",
        "11.9488",
        "54.1093",
        "--projwin-srs",
        "EPSG:4326",
    ];
    let (_, part) = g.run(&g.scene, &there);
    assert!(part.grid.cols < 60 && part.grid.rows < 60);
    assert_eq!(g.plain.difference(&part), 0.0);
}

#[test]
fn the_scene_classification_comes_along() {
    let g = Ground::new();
    g.refused_with(&g.scene, &["--with-scl"], &["SCL", "with-scl"]);
    let grid = read(&g.scene.join("T33_B5.tif")).grid;
    write(
        &g.scene.join("T33_SCL_20m.tif"),
        grid,
        DataType::UInt8,
        &["SCL"],
        |_, r, c| ((r + c) % 12) as f32,
    );
    let (_, result) = g.run(&g.scene, &["--with-scl"]);
    assert_eq!(result.names.last().map(String::as_str), Some("SCL"));
    let classes = result.band("SCL");
    assert!(
        classes
            .indexed_iter()
            .all(|((r, c), v)| *v == ((r / 2 + c / 2) % 12) as f32)
    );
    let told = fs::read_to_string(g.path("out.tif.aux.xml")).unwrap();
    assert!(
        told.contains("cloud shadow") && told.contains("Green"),
        "{told}"
    );
}

#[test]
fn a_picture_on_the_map() {
    let g = Ground::new();
    let picture = g.path("look.tif");
    g.run(&g.scene, &["--preview", text(&picture)]);
    let shown = read(&picture);
    assert_eq!((shown.grid, shown.bands.len()), (g.plain.grid, 3));
    assert!(
        shown
            .bands
            .iter()
            .all(|b| b.iter().all(|v| (1.0..=255.0).contains(v)))
    );
    let wrong = ["run", text(&g.scene), "x.jp2"];
    refused(&g.models, &wrong, 1, &["x.jp2", "GeoTIFF", ".tif"]);
}

#[test]
fn refusals_lead_on() {
    let g = Ground::new();
    let ten = g.path("ten");
    fs::create_dir(&ten).unwrap();
    for (band, file) in g.files() {
        if band.gsd() == 10 {
            fs::copy(file, ten.join(format!("{band}.tif"))).unwrap();
        }
    }
    g.refused(&ten, &["--to 5"]);
    let warped = g.path("warped");
    fs::create_dir(&warped).unwrap();
    for (band, file) in g.files() {
        let mut warp = Command::new("gdalwarp");
        let to = warped.join(format!("{band}.tif"));
        let made = warp
            .args(["-q", "-t_srs", "EPSG:4326"])
            .args([&file, &to])
            .status();
        assert!(made.unwrap().success());
    }
    g.refused(&warped, &["EPSG:4326", "UTM", "gdalwarp"]);
    let message = g.path("answer.json");
    fs::write(&message, r#"{"detail": "Unauthorized"}"#).unwrap();
    g.refused(&message, &["Unauthorized"]);
}
