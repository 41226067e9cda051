//! Every option there is, once: the command line, the C ABI, the GDAL side and QGIS all take theirs
//! from [`TABLE`]. Raw strings go in, a checked [`Options`] comes out; an unknown key or value is
//! an error that lists the valid ones.

use std::path::PathBuf;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::raster::band::Band;
use crate::raster::grid::Rect;
use Door::{Data, Program};
use Kind::{Four, Many, One, Switch};

/// How many values an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// yes or no.
    Switch,
    /// One value; the last one set holds.
    One,
    /// Four numbers.
    Four,
    /// One value each time it is set; all of them hold.
    Many,
}

/// Who may set an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Programs and their environment: the command line, C, GDAL's configuration. It decides what
    /// code or which networks are loaded. Holds the environment variable that sets it too.
    Program(&'static str),
    /// Also what comes with data: a VRT, a dataset name, an open option.
    Data,
}

/// The step of the work that an option is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Finding the installed networks.
    Find,
    /// Loading ONNX Runtime.
    Load,
    /// Choosing networks.
    Choose,
    /// Deciding which bands become what.
    Plan,
    /// Cutting a window out.
    Window,
    /// Making a network ready to run.
    Open,
    /// Cutting the work into tiles.
    Tile,
    /// Reading and writing the numbers of arrays.
    Numbers,
    /// Writing files.
    Write,
}

impl Step {
    /// Whether the step belongs to work on files, on arrays in memory, or both.
    pub fn scope(self) -> &'static str {
        match self {
            Step::Choose | Step::Plan | Step::Window | Step::Write => "files",
            Step::Numbers => "arrays",
            Step::Find | Step::Load | Step::Open | Step::Tile => "both",
        }
    }
}

/// What the library is asked to do: its name in messages, and the steps that it takes. It refuses
/// the options of others.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// `s2sr run`, `s2sr_model_open`, …
    pub name: &'static str,
    steps: &'static [Step],
}

impl Call {
    /// A product into a file.
    pub const RUN: Call = Call {
        name: "super-resolving a product into a file",
        steps: &[
            Step::Choose,
            Step::Plan,
            Step::Window,
            Step::Open,
            Step::Tile,
            Step::Write,
            Step::Find,
            Step::Load,
        ],
    };
    /// What a product is.
    pub const INFO: Call = Call {
        name: "describing a product",
        steps: &[Step::Choose, Step::Find],
    };
    /// Scores on a product.
    pub const EVALUATE: Call = Call {
        name: "scoring the networks on a product",
        steps: &[Step::Choose, Step::Open, Step::Tile, Step::Find, Step::Load],
    };
    /// The installed networks.
    pub const MODELS: Call = Call {
        name: "listing the networks",
        steps: &[Step::Find],
    };
    /// A VRT file.
    pub const VRT: Call = Call {
        name: "writing a VRT",
        steps: &[Step::Choose, Step::Plan, Step::Open, Step::Tile, Step::Find],
    };
    /// A network for arrays.
    pub const MODEL_OPEN: Call = Call {
        name: "opening a network",
        steps: &[Step::Open, Step::Find, Step::Load],
    };
    /// Arrays through a network.
    pub const MODEL_RUN: Call = Call {
        name: "running a network on arrays",
        steps: &[Step::Tile, Step::Numbers],
    };

    /// The options that count.
    pub fn entries(self) -> impl Iterator<Item = &'static Entry> {
        TABLE.iter().filter(move |e| self.steps.contains(&e.step))
    }
}

/// One line of the table of options.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The name: `--key` on the command line, `key` elsewhere.
    pub key: &'static str,
    /// How many values it takes.
    pub kind: Kind,
    /// What its values look like, `|` between alternatives.
    pub values: &'static str,
    /// One sentence on what it does.
    pub help: &'static str,
    /// The step that it is for.
    pub step: Step,
    /// Who may set it.
    pub door: Door,
}

const fn entry(
    key: &'static str,
    kind: Kind,
    values: &'static str,
    step: Step,
    door: Door,
    help: &'static str,
) -> Entry {
    Entry {
        key,
        kind,
        values,
        help,
        step,
        door,
    }
}

/// The options, in the order in which help shows them.
pub const TABLE: [Entry; 18] = [
    entry(
        "to",
        One,
        "10|5",
        Step::Plan,
        Data,
        "Ground sample distance of the result in m (default: 10).",
    ),
    entry(
        "model",
        One,
        "NAME|FILE.onnx",
        Step::Choose,
        Data,
        "A family of networks, one network by name, or a file with the model's contract (default: the fast networks).",
    ),
    entry(
        "bands",
        One,
        "B5,B11",
        Step::Plan,
        Data,
        "The bands to give (default: all that are super-resolved).",
    ),
    entry(
        "with-native",
        Switch,
        "yes|no",
        Step::Plan,
        Data,
        "Also copy the bands that already have the target's ground sample distance.",
    ),
    entry(
        "projwin",
        Four,
        "ULX ULY LRX LRY",
        Step::Window,
        Data,
        "Only this window, in the coordinates of the product.",
    ),
    entry(
        "srcwin",
        Four,
        "XOFF YOFF XSIZE YSIZE",
        Step::Window,
        Data,
        "Only this window, in pixels of the finest grid (10 m).",
    ),
    entry(
        "quality",
        One,
        "standard|best",
        Step::Open,
        Data,
        "best: the mean over all eight ways to turn and mirror what the networks see; a little better, eight times slower (default: standard).",
    ),
    entry(
        "device",
        One,
        "auto|cpu|cuda|cuda:N",
        Step::Open,
        Data,
        "Where the networks run (default: auto, a GPU if there is one).",
    ),
    entry(
        "threads",
        One,
        "N",
        Step::Open,
        Data,
        "Processor threads for the networks (default: all).",
    ),
    entry(
        "tile",
        One,
        "N",
        Step::Tile,
        Data,
        "Tile size in pixels of the finest grid; the result does not depend on it (default: 768).",
    ),
    entry(
        "format",
        One,
        "GTiff|COG",
        Step::Write,
        Program(""),
        "Format of the result (default: GTiff).",
    ),
    entry(
        "co",
        Many,
        "KEY=VALUE",
        Step::Write,
        Program(""),
        "Creation option of the format; may be given more than once.",
    ),
    entry(
        "preview",
        One,
        "FILE.png",
        Step::Write,
        Program(""),
        "Also draw the source and the result side by side, where the scene has most detail.",
    ),
    entry(
        "no-verify",
        Switch,
        "yes|no",
        Step::Write,
        Program(""),
        "Do not hold the product's files against their checksums (zip, manifest.safe).",
    ),
    entry(
        "models",
        One,
        "FOLDER",
        Step::Find,
        Program("S2SR_MODELS"),
        "Folder with the networks and their index.json (default: found beside the library).",
    ),
    entry(
        "onnxruntime",
        One,
        "FILE",
        Step::Load,
        Program("ORT_DYLIB_PATH"),
        "ONNX Runtime's shared library (default: found beside the library, then the system's).",
    ),
    entry(
        "offset",
        One,
        "NUMBER",
        Step::Numbers,
        Program(""),
        "What is added to DN before they are divided by 10000 (default: 0; -1000 since processing baseline 04.00).",
    ),
    entry(
        "nodata",
        One,
        "NUMBER|none",
        Step::Numbers,
        Program(""),
        "The DN of pixels without data (default: 0).",
    ),
];

/// No coordinate on Earth, in m or pixels, is larger; what is would overflow where windows are
/// added up.
const FARTHEST: f64 = 1e9;

/// No product's DN are shifted by more; beyond it nothing would be left of them.
const LARGEST_OFFSET: f64 = 1e6;

/// Where the networks run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Device {
    /// A GPU if there is one that works, else the processor.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// The GPU of this number, or an error.
    Cuda(i32),
}

/// How much work a result is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Quality {
    /// Each network runs once.
    #[default]
    Standard,
    /// Each network runs on all eight ways to turn and mirror its input, and the results are
    /// averaged.
    Best,
}

impl Quality {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Quality::Standard => "standard",
            Quality::Best => "best",
        }
    }
}

/// A part of the product.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WindowOption {
    /// Upper left and lower right corner in the product's coordinates: ulx, uly, lrx, lry.
    Projected([f64; 4]),
    /// In pixels of the finest grid.
    Pixels(Rect),
}

/// Format of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Format {
    /// A tiled GeoTIFF.
    #[default]
    GTiff,
    /// A cloud-optimised GeoTIFF.
    Cog,
}

/// Checked options. Fields left `None` were not set.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Target ground sample distance in m.
    pub to: Option<u32>,
    /// Family, name or file of the network.
    pub model: Option<String>,
    /// The bands asked for.
    pub bands: Option<Vec<Band>>,
    /// Whether native bands are copied along.
    pub with_native: bool,
    /// The part asked for.
    pub window: Option<WindowOption>,
    /// How much work the result is worth.
    pub quality: Quality,
    /// Where the networks run.
    pub device: Device,
    /// Threads of the networks.
    pub threads: Option<usize>,
    /// Tile size in pixels of the finest grid.
    pub tile: Option<i64>,
    /// Format of the result.
    pub format: Format,
    /// The format's creation options.
    pub creation: Vec<(String, String)>,
    /// Where to draw the preview.
    pub preview: Option<PathBuf>,
    /// Whether files are used without a look at their checksums.
    pub no_verify: bool,
    /// Folder of the networks.
    pub models: Option<PathBuf>,
    /// ONNX Runtime's library.
    pub onnxruntime: Option<PathBuf>,
    /// Arrays: the additive offset of their DN.
    pub offset: f64,
    /// Arrays: the DN that means nodata; `Some(None)` for none at all.
    pub nodata: Option<Option<f64>>,
    /// What was set, as text, each key once but those of many values.
    set: Vec<(&'static str, String)>,
}

impl Options {
    /// Sets one option from its key and its value as text, for a program.
    pub fn set(&mut self, key: &str, value: &str) -> Result<()> {
        let Some(entry) = find(key) else {
            let keys: Vec<_> = TABLE.iter().map(|e| e.key).collect();
            return Err(Error::Option(format!(
                "unknown option '{key}'; there are {}",
                keys.join(", ")
            )));
        };
        let value = value.trim();
        let bad = || {
            Error::Option(format!(
                "option {key} takes {}, not '{value}'",
                entry.values
            ))
        };
        match key {
            "to" => {
                self.to = Some(
                    value
                        .parse()
                        .ok()
                        .filter(|v| matches!(v, 5 | 10))
                        .ok_or_else(bad)?,
                )
            }
            "model" => self.model = Some(non_empty(value).ok_or_else(bad)?),
            "bands" => self.bands = Some(parse_bands(value)?),
            "with-native" => self.with_native = parse_switch(value).ok_or_else(bad)?,
            "projwin" | "srcwin" => self.set_window(entry.key, value).ok_or_else(bad)??,
            "quality" => self.quality = parse_quality(value).ok_or_else(bad)?,
            "device" => self.device = parse_device(value).ok_or_else(bad)?,
            "threads" => {
                self.threads = Some(
                    value
                        .parse()
                        .ok()
                        .filter(|n| (1..=1024).contains(n))
                        .ok_or_else(bad)?,
                )
            }
            "tile" => {
                self.tile = Some(
                    value
                        .parse()
                        .ok()
                        .filter(|n| (1..=65536).contains(n))
                        .ok_or_else(bad)?,
                )
            }
            "format" => self.format = parse_format(value).ok_or_else(bad)?,
            "co" => self.creation.push(parse_pair(value).ok_or_else(bad)?),
            "preview" => self.preview = Some(non_empty(value).ok_or_else(bad)?.into()),
            "no-verify" => self.no_verify = parse_switch(value).ok_or_else(bad)?,
            "models" => self.models = Some(non_empty(value).ok_or_else(bad)?.into()),
            "onnxruntime" => self.onnxruntime = Some(non_empty(value).ok_or_else(bad)?.into()),
            "offset" => {
                self.offset = value
                    .parse()
                    .ok()
                    .filter(|v: &f64| v.abs() <= LARGEST_OFFSET)
                    .ok_or_else(bad)?
            }
            "nodata" if value.eq_ignore_ascii_case("none") => self.nodata = Some(None),
            "nodata" => self.nodata = Some(Some(value.parse().map_err(|_| bad())?)),
            _ => {
                return Err(Error::Internal(format!(
                    "option {key} is in the table but not read"
                )));
            }
        }
        self.set.retain(|(k, _)| *k != key || entry.kind == Many);
        self.set.push((entry.key, value.to_owned()));
        Ok(())
    }

    /// Sets one option that came with data. What decides which code or networks are loaded is
    /// refused: data is not a program. A network's file is one of these, unless `model_files` are
    /// allowed.
    pub fn set_from_data(&mut self, key: &str, value: &str, model_files: bool) -> Result<()> {
        let value = value.trim();
        let refused = |why: String| {
            Err(Error::Option(format!(
                "option {key} may be set by programs, not by a VRT, a dataset name or an open option; leave it out{why}"
            )))
        };
        match find(key).map(|e| e.door) {
            Some(Program("")) => return refused(String::new()),
            Some(Program(variable)) => {
                return refused(format!(" and set the environment variable {variable}"));
            }
            Some(Data) | None => {}
        }
        if key == "model" && is_model_file(value) && !model_files {
            return Err(Error::Option(format!(
                "a VRT, a dataset name or an open option may name installed networks only, not the file {value}; set the GDAL configuration option {ALLOW_MODEL_FILES}=YES where you trust it"
            )));
        }
        self.set(key, value)
    }

    /// Refuses options that a call does not use.
    pub fn check(&self, call: Call) -> Result<()> {
        let used = |key: &str| call.entries().any(|e| e.key == key);
        match self.set.iter().find(|(key, _)| !used(key)) {
            Some((key, _)) => {
                let keys: Vec<_> = call.entries().map(|e| e.key).collect();
                Err(Error::Option(format!(
                    "option {key} means nothing for {}, which takes {}; leave it out",
                    call.name,
                    keys.join(", ")
                )))
            }
            None => Ok(()),
        }
    }

    /// The options that were set, as text, in the table's order.
    pub fn pairs(&self) -> impl Iterator<Item = (&'static Entry, &str)> {
        TABLE.iter().flat_map(|e| {
            self.set
                .iter()
                .filter(move |(key, _)| *key == e.key)
                .map(move |(_, value)| (e, value.as_str()))
        })
    }

    fn set_window(&mut self, key: &str, value: &str) -> Option<Result<()>> {
        let n: Vec<f64> = value
            .split([' ', ','])
            .filter(|t| !t.is_empty())
            .map(|t| t.parse().ok())
            .collect::<Option<_>>()?;
        let n: [f64; 4] = n
            .try_into()
            .ok()
            .filter(|n: &[f64; 4]| n.iter().all(|v| v.abs() <= FARTHEST))?;
        if self.window.is_some() && !self.set.iter().any(|(k, _)| *k == key) {
            return Some(Err(Error::Option(
                "give projwin or srcwin, not both".into(),
            )));
        }
        self.window = Some(if key == "projwin" {
            WindowOption::Projected(n)
        } else {
            if n.iter().any(|v| v.fract() != 0.0) {
                return None;
            }
            WindowOption::Pixels(Rect::new(
                n[0] as i64,
                n[1] as i64,
                n[2] as i64,
                n[3] as i64,
            ))
        });
        Some(Ok(()))
    }
}

/// The GDAL configuration option that lets a VRT or a dataset name carry a network's file.
pub const ALLOW_MODEL_FILES: &str = "S2SR_ALLOW_MODEL_FILES";

/// The line of the table for a key.
pub fn find(key: &str) -> Option<&'static Entry> {
    TABLE.iter().find(|e| e.key == key)
}

/// Whether a model is given as a file rather than by name.
pub fn is_model_file(model: &str) -> bool {
    model.to_ascii_lowercase().ends_with(".onnx")
}

fn non_empty(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}

fn parse_switch(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "yes" | "true" | "on" | "1" => Some(true),
        "no" | "false" | "off" | "0" => Some(false),
        _ => None,
    }
}

fn parse_quality(value: &str) -> Option<Quality> {
    [Quality::Standard, Quality::Best]
        .into_iter()
        .find(|q| value.eq_ignore_ascii_case(q.name()))
}

fn parse_device(value: &str) -> Option<Device> {
    match value.to_ascii_lowercase().as_str() {
        "auto" => Some(Device::Auto),
        "cpu" => Some(Device::Cpu),
        "cuda" => Some(Device::Cuda(0)),
        v => v
            .strip_prefix("cuda:")?
            .parse()
            .ok()
            .filter(|n| *n >= 0)
            .map(Device::Cuda),
    }
}

fn parse_format(value: &str) -> Option<Format> {
    [("gtiff", Format::GTiff), ("cog", Format::Cog)]
        .into_iter()
        .find(|(n, _)| value.eq_ignore_ascii_case(n))
        .map(|(_, f)| f)
}

fn parse_pair(value: &str) -> Option<(String, String)> {
    let (k, v) = value.split_once('=')?;
    (!k.is_empty()).then(|| (k.to_owned(), v.to_owned()))
}

fn parse_bands(value: &str) -> Result<Vec<Band>> {
    let names = value.split([',', ' ']).filter(|t| !t.is_empty());
    let mut bands = names
        .map(|n| {
            Band::parse(n).ok_or_else(|| {
                Error::Option(format!(
                    "'{n}' is no band of Sentinel-2; the bands are {}",
                    crate::raster::band::list(Band::all())
                ))
            })
        })
        .collect::<Result<Vec<_>>>()?;
    if bands.is_empty() {
        return Err(Error::Option(
            "option bands takes names such as B5,B11, not an empty list".into(),
        ));
    }
    if bands.contains(&Band::B10) {
        return Err(Error::Option(
            "B10 is never super-resolved: it is too noisy; leave it out of bands".into(),
        ));
    }
    bands.sort();
    bands.dedup();
    Ok(bands)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_of_the_table_can_be_set() {
        for e in TABLE {
            let value = match e.key {
                "projwin" | "srcwin" => "1 2 3 4",
                "with-native" | "no-verify" => "yes",
                "co" => "LEVEL=9",
                "threads" | "tile" | "offset" | "nodata" => "6",
                "bands" => "B05, b11",
                "to" => "5",
                "device" => "cuda:1",
                "format" => "COG",
                "quality" => "best",
                _ => "x",
            };
            Options::default()
                .set(e.key, value)
                .unwrap_or_else(|err| panic!("{}: {err}", e.key));
        }
    }

    #[test]
    fn mistakes_are_answered_with_what_is_valid() {
        let fail = |k: &str, v: &str| Options::default().set(k, v).unwrap_err().to_string();
        assert!(fail("tiles", "1").contains("with-native"));
        assert!(
            ["a.onnx", "b/A.ONNX"].iter().all(|m| is_model_file(m)) && !is_model_file("fast-t2x")
        );
        assert!(fail("to", "2.5").contains("10|5"));
        assert!(
            fail("bands", "B5,B77").contains("'B77'") && fail("bands", "B10").contains("noisy")
        );
        assert!(fail("srcwin", "1 2 3").contains("XSIZE"));
        assert!(
            fail("projwin", "-1e300 1e300 1e300 -1e300").contains("ULX")
                && fail("projwin", "nan 0 1 0").contains("ULX")
        );
        assert!(fail("tile", "0").contains("not '0'"));
        assert!(
            fail("offset", "1e308").contains("offset takes NUMBER")
                && fail("offset", "nan").contains("NUMBER")
        );
        let mut o = Options::default();
        o.set("srcwin", "0 0 5 5").unwrap();
        assert!(o.set("projwin", "0 0 5 5").is_err());
        o.set("srcwin", "1 1 5 5").unwrap();
        assert_eq!(
            o.pairs().map(|(e, v)| (e.key, v)).collect::<Vec<_>>(),
            [("srcwin", "1 1 5 5")]
        );
    }

    #[test]
    fn a_call_refuses_what_it_does_not_use() {
        let with = |key: &str, value: &str| {
            let mut o = Options::default();
            o.set(key, value).unwrap();
            o
        };
        let refused = |key, value, call| with(key, value).check(call).unwrap_err().to_string();
        assert!(
            refused("srcwin", "1 1 5 5", Call::MODEL_RUN).contains("takes tile, offset, nodata")
        );
        for (key, value, call) in [
            ("quality", "best", Call::MODEL_RUN),
            ("threads", "1", Call::MODEL_RUN),
            ("tile", "64", Call::MODEL_OPEN),
            ("offset", "-1000", Call::RUN),
            ("onnxruntime", "x.so", Call::VRT),
            ("to", "5", Call::EVALUATE),
            ("bands", "B5", Call::INFO),
            ("model", "fast", Call::MODELS),
        ] {
            assert!(refused(key, value, call).contains(key));
        }
        assert!(
            with("quality", "best").check(Call::MODEL_OPEN).is_ok()
                && with("co", "A=B").check(Call::RUN).is_ok()
        );
    }

    #[test]
    fn data_sets_nothing_that_decides_what_is_loaded_or_written() {
        let set = |key: &str, value: &str, files| {
            Options::default()
                .set_from_data(key, value, files)
                .map_err(|e| e.to_string())
        };
        for key in ["onnxruntime", "models", "co", "format", "preview"] {
            assert!(
                set(key, "x=y", true).unwrap_err().contains("by programs"),
                "{key}"
            );
        }
        assert!(
            set("onnxruntime", "/x.so", true)
                .unwrap_err()
                .contains("ORT_DYLIB_PATH")
        );
        assert!(
            set("model", "/x/y.onnx", false)
                .unwrap_err()
                .contains(ALLOW_MODEL_FILES)
        );
        assert!(
            set("model", "/x/y.onnx", true).is_ok()
                && set("model", "fast", false).is_ok()
                && set("to", "5", false).is_ok()
        );
        assert!(
            set("tiles", "5", false)
                .unwrap_err()
                .contains("unknown option")
        );
    }
}
