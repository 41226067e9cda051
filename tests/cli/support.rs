//! Products to test on, and ways to run the program and read what it wrote.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use ndarray::Array2;
use s2sr::internals::gdal::Dataset;
use s2sr::internals::gdal::writer::{BandRecord, Record, Writer};
use s2sr::internals::options::Format;
use s2sr::internals::output::{Outputs, Target};
use s2sr::internals::raster::band::Band;
use s2sr::internals::raster::grid::{Grid, Rect};
use s2sr::internals::raster::radiometry::DataType;

pub use crate::archives::zip;

pub const UTM: &str = r#"PROJCS["WGS 84 / UTM zone 33N",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",15],PARAMETER["scale_factor",0.9996],PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1],AUTHORITY["EPSG","32633"]]"#;

/// A folder with one GeoTIFF per band; every choice that a test makes is a field.
pub struct Scene {
    pub size: i64,
    pub bands: Vec<&'static str>,
    pub dtype: DataType,
    /// Added to every DN.
    pub offset: f32,
    /// By how much the grids of 10, 20 and 60 m start east and south of (300000, 6000000), in m.
    pub shifts: [(f64, f64); 3],
    /// Changes a band's pixels: (name, row, column) at the band's own size.
    pub touch: fn(&str, usize, usize) -> Option<f32>,
}

impl Default for Scene {
    fn default() -> Self {
        Scene {
            size: 120,
            bands: vec![
                "B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B9", "B11", "B12",
            ],
            dtype: DataType::UInt16,
            offset: 0.0,
            shifts: [(0.0, 0.0); 3],
            touch: |_, _, _| None,
        }
    }
}

/// What is on the ground: fields with edges and a texture, different in each band.
fn ground(band: Band, x: f64, y: f64) -> f32 {
    let gain = 1.0 + 0.13 * f64::from(band.name().bytes().map(u32::from).sum::<u32>() % 17);
    let fields = ((x / 170.0).floor() + (y / 230.0).floor() * 3.0).rem_euclid(5.0) * 260.0;
    (gain * (700.0 + fields + 180.0 * (x / 31.0).sin() * (y / 23.0).cos())).round() as f32
}

pub fn write(
    path: &Path,
    grid: Grid,
    dtype: DataType,
    names: &[&str],
    pixels: impl Fn(usize, usize, usize) -> f32,
) {
    let band = |n: &&str| BandRecord {
        name: (*n).into(),
        scale: 1.0,
        offset: 0.0,
        metadata: Vec::new(),
        shows: s2sr::internals::gdal::writer::Shows::Numbers,
    };
    let nodata = if dtype == DataType::Float32 {
        f64::NAN
    } else {
        0.0
    };
    let record = Record {
        grid,
        crs: UTM.into(),
        dtype,
        nodata,
        bands: names.iter().map(band).collect(),
        metadata: Vec::new(),
        mask: false,
    };
    let outputs = Outputs::claim(vec![Target::find(path).unwrap()]).unwrap();
    let mut writer = Writer::create(&outputs.drafts()[0], &record, Format::GTiff, &[]).unwrap();
    for i in 0..names.len() {
        let data = Array2::from_shape_fn((grid.rows as usize, grid.cols as usize), |(r, c)| {
            pixels(i, r, c)
        });
        writer
            .write(i + 1, Rect::new(0, 0, grid.cols, grid.rows), data.view())
            .unwrap();
    }
    writer.finish(&mut |_| true).unwrap();
    outputs.commit().unwrap();
}

impl Scene {
    pub fn make(&self, folder: &Path) -> PathBuf {
        let scene = folder.join("scene");
        fs::create_dir_all(&scene).unwrap();
        for name in &self.bands {
            let band = Band::parse(name).unwrap();
            let gsd = f64::from(band.gsd());
            let (east, south) = self.shifts[match band.gsd() {
                10 => 0,
                20 => 1,
                _ => 2,
            }];
            let n = self.size * 10 / i64::from(band.gsd());
            let grid = Grid {
                west: 300_000.0 + east,
                north: 6_000_000.0 - south,
                gsd,
                cols: n,
                rows: n,
            };
            let value = |r: usize, c: usize| {
                // The mean over the pixel's area, so that the bands belong together.
                let k = band.gsd() / 10;
                let fine = (0..k * k).map(|i| {
                    ground(
                        band,
                        c as f64 * gsd + f64::from(i % k) * 10.0 + east,
                        r as f64 * gsd + f64::from(i / k) * 10.0 + south,
                    )
                });
                (fine.sum::<f32>() / (k * k) as f32).round() + self.offset
            };
            write(
                &scene.join(format!("T33_{name}.tif")),
                grid,
                self.dtype,
                &[name],
                |_, r, c| (self.touch)(name, r, c).unwrap_or_else(|| value(r, c)),
            );
        }
        scene
    }
}

/// A folder of networks that holds the tiny ones as the family `tiny`, and as the family `sure` one
/// that gives expected errors.
pub fn tiny_models(folder: &Path) -> PathBuf {
    let models = folder.join("models");
    fs::create_dir_all(&models).unwrap();
    let networks = [
        ("tiny", "dummy-t2x"),
        ("tiny", "dummy-s6x"),
        ("tiny", "dummy-x2"),
        ("sure", "sure-t2x"),
    ];
    let entries: Vec<String> = networks
        .iter()
        .map(|(family, name)| {
            let file = format!("{name}.onnx");
            let bytes = fs::read(
                Path::new(env!("CARGO_MANIFEST_DIR"))
                    .join("tests/data")
                    .join(&file),
            )
            .unwrap();
            fs::write(models.join(&file), &bytes).unwrap();
            let sum: String = <sha2::Sha256 as sha2::Digest>::digest(&bytes)
                .iter()
                .map(|b| format!("{b:02x}"))
                .collect();
            let (_, task) = name.split_once('-').unwrap();
            let sure = *family == "sure";
            format!(
                r#"{{"name":"{family}-{task}","family":"{family}","file":"{file}","sha256":"{sum}","uncertainty":{sure}}}"#
            )
        })
        .collect();
    fs::write(
        models.join("index.json"),
        format!(r#"{{"default":"tiny","models":[{}]}}"#, entries.join(",")),
    )
    .unwrap();
    models
}

/// The program with the tiny networks.
pub fn s2sr(models: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_s2sr"));
    command.env("S2SR_MODELS", models);
    command
}

pub fn run(models: &Path, arguments: &[&str]) -> Output {
    s2sr(models).args(arguments).output().unwrap()
}

/// Runs what has to succeed.
pub fn done(models: &Path, arguments: &[&str]) -> String {
    let out = run(models, arguments);
    let errors = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "s2sr {arguments:?}: {errors}");
    as_given(&errors);
    String::from_utf8_lossy(&out.stdout).into_owned() + &errors
}

/// Runs what has to fail: with this status, one sentence that holds these words, and nothing on
/// standard output.
pub fn refused(models: &Path, arguments: &[&str], status: i32, words: &[&str]) {
    failed(&run(models, arguments), status, words);
}

pub fn failed(out: &Output, status: i32, words: &[&str]) {
    let said = String::from_utf8_lossy(&out.stderr);
    // A slow run also says how far it is.
    let errors: Vec<&str> = said
        .lines()
        .filter(|l| !l.starts_with("note: ") && !l.contains(" %, "))
        .collect();
    assert_eq!(out.status.code(), Some(status), "{said}");
    assert_eq!(errors.len(), 1, "one sentence was expected: {said}");
    assert!(out.stdout.is_empty());
    for word in words {
        assert!(errors[0].contains(word), "'{word}' is not in: {said}");
    }
    assert!(!said.contains("panicked"), "{said}");
    as_given(&said);
}

/// What is said names files and addresses as people do, not as GDAL does.
fn as_given(said: &str) {
    for name in ["/vsicurl/", "/vsizip/", "/vsitar/"] {
        assert!(!said.contains(name), "{said}");
    }
}

/// The result of a command that has to end by itself.
pub fn ended(mut command: Command) -> Output {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            panic!("it hangs: {command:?}");
        }
        sleep(Duration::from_millis(5));
    }
    child.wait_with_output().unwrap()
}

pub struct Raster {
    pub grid: Grid,
    pub names: Vec<String>,
    pub bands: Vec<Array2<f32>>,
}

pub fn read(path: &Path) -> Raster {
    let mut dataset = Dataset::open(path).unwrap();
    let grid = dataset.grid().unwrap();
    let n = dataset.band_count();
    let names = (1..=n)
        .map(|i| dataset.band_facts(i).unwrap().description)
        .collect();
    let bands = (1..=n)
        .map(|i| {
            dataset
                .read(i, Rect::new(0, 0, grid.cols, grid.rows))
                .unwrap()
        })
        .collect();
    Raster { grid, names, bands }
}

impl Raster {
    pub fn band(&self, name: &str) -> &Array2<f32> {
        &self.bands[self
            .names
            .iter()
            .position(|n| n == name)
            .unwrap_or_else(|| panic!("no {name} in {:?}", self.names))]
    }

    /// The largest difference to the same ground in another raster, which may cover less.
    pub fn difference(&self, part: &Raster) -> f32 {
        assert_eq!(self.names, part.names);
        let x = ((part.grid.west - self.grid.west) / self.grid.gsd).round() as usize;
        let y = ((self.grid.north - part.grid.north) / self.grid.gsd).round() as usize;
        let pairs = self.bands.iter().zip(&part.bands);
        let differences = pairs.flat_map(|(a, b)| {
            b.indexed_iter()
                .map(move |((r, c), v)| (a[(r + y, c + x)] - v).abs())
        });
        differences.fold(0.0, f32::max)
    }
}

/// What lies in a folder, hidden files too.
pub fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for name in files(from) {
        let (from, to) = (from.join(&name), to.join(&name));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(from, to).unwrap();
        }
    }
}

/// Arguments of `translate` for JPEG 2000 that keeps every pixel's value.
pub const LOSSLESS: [&str; 6] = [
    "-of",
    "JP2OpenJPEG",
    "-co",
    "REVERSIBLE=YES",
    "-co",
    "QUALITY=100",
];

pub fn translate(from: &Path, to: &Path, arguments: &[&str]) {
    let mut command = Command::new("gdal_translate");
    let made = command.arg("-q").args(arguments).args([from, to]).status();
    assert!(made.unwrap().success(), "{arguments:?}");
}
