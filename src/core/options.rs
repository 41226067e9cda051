//! Every option there is, once: the command line, the C ABI, the GDAL side and QGIS all take theirs from [`TABLE`].
//! Raw strings go in, a checked [`Options`] comes out; an unknown key or value is an error that lists the valid ones.

use std::path::PathBuf;

use serde::Serialize;

use super::band::Band;
use super::error::{Error, Result};
use super::grid::Rect;

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

/// One line of the table of options.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Entry {
    /// The name: `--key` on the command line, `key` elsewhere.
    pub key: &'static str,
    /// How many values it takes.
    pub kind: Kind,
    /// What its values look like, `|` between alternatives.
    pub values: &'static str,
    /// One sentence on what it does.
    pub help: &'static str,
    /// Whether it means something for files, for arrays in memory, or both.
    pub scope: &'static str,
}

const fn entry(key: &'static str, kind: Kind, values: &'static str, scope: &'static str, help: &'static str) -> Entry {
    Entry { key, kind, values, help, scope }
}

/// The options, in the order in which help shows them.
pub const TABLE: [Entry; 17] = [
    entry("to", Kind::One, "10|5", "files", "Ground sample distance of the result in m (default: 10)."),
    entry(
        "model",
        Kind::One,
        "NAME|FILE.onnx",
        "files",
        "A family of networks, one network by name, or a file with the model's contract (default: the fast networks).",
    ),
    entry("bands", Kind::One, "B5,B11", "files", "The bands to give (default: all that are super-resolved)."),
    entry("with-native", Kind::Switch, "yes|no", "files", "Also copy the bands that already have the target's ground sample distance."),
    entry("projwin", Kind::Four, "ULX ULY LRX LRY", "files", "Only this window, in the coordinates of the product."),
    entry("srcwin", Kind::Four, "XOFF YOFF XSIZE YSIZE", "files", "Only this window, in pixels of the finest grid (10 m)."),
    entry(
        "quality",
        Kind::One,
        "standard|best",
        "both",
        "best: the mean over all eight ways to turn and mirror what the networks see; a little better, eight times slower (default: standard).",
    ),
    entry("device", Kind::One, "auto|cpu|cuda|cuda:N", "both", "Where the networks run (default: auto, a GPU if there is one)."),
    entry("threads", Kind::One, "N", "both", "Processor threads for the networks (default: all)."),
    entry("tile", Kind::One, "N", "both", "Tile size in pixels of the finest grid; the result does not depend on it (default: 768)."),
    entry("format", Kind::One, "GTiff|COG", "files", "Format of the result (default: GTiff)."),
    entry("co", Kind::Many, "KEY=VALUE", "files", "Creation option of the format; may be given more than once."),
    entry("preview", Kind::One, "FILE.png", "files", "Also draw the source and the result side by side, where the scene has most detail."),
    entry("models", Kind::One, "FOLDER", "both", "Folder with the networks and their index.json (default: found beside the library)."),
    entry("onnxruntime", Kind::One, "FILE", "both", "ONNX Runtime's shared library (default: found beside the library, then the system's)."),
    entry("offset", Kind::One, "NUMBER", "arrays", "What is added to DN before they are divided by 10000 (default: 0; -1000 since processing baseline 04.00)."),
    entry("nodata", Kind::One, "NUMBER|none", "arrays", "The DN of pixels without data (default: 0)."),
];

/// No coordinate on Earth, in m or pixels, is larger; what is would overflow where windows are added up.
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
    /// Each network runs on all eight ways to turn and mirror its input, and the results are averaged.
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
    /// Folder of the networks.
    pub models: Option<PathBuf>,
    /// ONNX Runtime's library.
    pub onnxruntime: Option<PathBuf>,
    /// Arrays: the additive offset of their DN.
    pub offset: f64,
    /// Arrays: the DN that means nodata; `Some(None)` for none at all.
    pub nodata: Option<Option<f64>>,
    /// The keys that were set.
    set: Vec<&'static str>,
}

impl Options {
    /// Sets one option from its key and its value as text.
    pub fn set(&mut self, key: &str, value: &str) -> Result<()> {
        let Some(entry) = TABLE.iter().find(|e| e.key == key) else {
            let keys: Vec<_> = TABLE.iter().map(|e| e.key).collect();
            return Err(Error::Option(format!("unknown option '{key}'; there are {}", keys.join(", "))));
        };
        let value = value.trim();
        let bad = || Error::Option(format!("option {key} takes {}, not '{value}'", entry.values));
        match key {
            "to" => self.to = Some(value.parse().ok().filter(|v| matches!(v, 5 | 10)).ok_or_else(bad)?),
            "model" => self.model = Some(non_empty(value).ok_or_else(bad)?),
            "bands" => self.bands = Some(parse_bands(value)?),
            "with-native" => self.with_native = parse_switch(value).ok_or_else(bad)?,
            "projwin" | "srcwin" => self.set_window(entry.key, value).ok_or_else(bad)??,
            "quality" => self.quality = parse_quality(value).ok_or_else(bad)?,
            "device" => self.device = parse_device(value).ok_or_else(bad)?,
            "threads" => self.threads = Some(value.parse().ok().filter(|n| (1..=1024).contains(n)).ok_or_else(bad)?),
            "tile" => self.tile = Some(value.parse().ok().filter(|n| (1..=65536).contains(n)).ok_or_else(bad)?),
            "format" => self.format = parse_format(value).ok_or_else(bad)?,
            "co" => self.creation.push(parse_pair(value).ok_or_else(bad)?),
            "preview" => self.preview = Some(non_empty(value).ok_or_else(bad)?.into()),
            "models" => self.models = Some(non_empty(value).ok_or_else(bad)?.into()),
            "onnxruntime" => self.onnxruntime = Some(non_empty(value).ok_or_else(bad)?.into()),
            "offset" => self.offset = value.parse().ok().filter(|v: &f64| v.abs() <= LARGEST_OFFSET).ok_or_else(bad)?,
            "nodata" if value.eq_ignore_ascii_case("none") => self.nodata = Some(None),
            "nodata" => self.nodata = Some(Some(value.parse().map_err(|_| bad())?)),
            _ => return Err(Error::Internal(format!("option {key} is in the table but not read"))),
        }
        self.set.push(entry.key);
        Ok(())
    }

    /// Refuses options that mean nothing in `scope` (`files` or `arrays`).
    pub fn check_scope(&self, scope: &str) -> Result<()> {
        let stray = |e: &&Entry| self.set.contains(&e.key) && e.scope != "both" && e.scope != scope;
        match TABLE.iter().find(stray) {
            Some(e) => Err(Error::Option(format!("option {} is for {}, it means nothing for {scope}", e.key, e.scope))),
            None => Ok(()),
        }
    }

    fn set_window(&mut self, key: &str, value: &str) -> Option<Result<()>> {
        let n: Vec<f64> = value.split([' ', ',']).filter(|t| !t.is_empty()).map(|t| t.parse().ok()).collect::<Option<_>>()?;
        let n: [f64; 4] = n.try_into().ok().filter(|n: &[f64; 4]| n.iter().all(|v| v.abs() <= FARTHEST))?;
        if self.window.is_some() && !self.set.contains(&if key == "projwin" { "projwin" } else { "srcwin" }) {
            return Some(Err(Error::Option("give projwin or srcwin, not both".into())));
        }
        self.window = Some(if key == "projwin" {
            WindowOption::Projected(n)
        } else {
            if n.iter().any(|v| v.fract() != 0.0) {
                return None;
            }
            WindowOption::Pixels(Rect::new(n[0] as i64, n[1] as i64, n[2] as i64, n[3] as i64))
        });
        Some(Ok(()))
    }
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
    [Quality::Standard, Quality::Best].into_iter().find(|q| value.eq_ignore_ascii_case(q.name()))
}

fn parse_device(value: &str) -> Option<Device> {
    match value.to_ascii_lowercase().as_str() {
        "auto" => Some(Device::Auto),
        "cpu" => Some(Device::Cpu),
        "cuda" => Some(Device::Cuda(0)),
        v => v.strip_prefix("cuda:")?.parse().ok().filter(|n| *n >= 0).map(Device::Cuda),
    }
}

fn parse_format(value: &str) -> Option<Format> {
    [("gtiff", Format::GTiff), ("cog", Format::Cog)].into_iter().find(|(n, _)| value.eq_ignore_ascii_case(n)).map(|(_, f)| f)
}

fn parse_pair(value: &str) -> Option<(String, String)> {
    let (k, v) = value.split_once('=')?;
    (!k.is_empty()).then(|| (k.to_owned(), v.to_owned()))
}

fn parse_bands(value: &str) -> Result<Vec<Band>> {
    let names = value.split([',', ' ']).filter(|t| !t.is_empty());
    let mut bands = names
        .map(|n| Band::parse(n).ok_or_else(|| Error::Option(format!("'{n}' is no band of Sentinel-2; the bands are {}", super::band::list(Band::all())))))
        .collect::<Result<Vec<_>>>()?;
    if bands.is_empty() {
        return Err(Error::Option("option bands takes names such as B5,B11, not an empty list".into()));
    }
    if bands.contains(&Band::B10) {
        return Err(Error::Option("B10 is never super-resolved: it is too noisy; leave it out of bands".into()));
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
                "with-native" => "yes",
                "co" => "LEVEL=9",
                "threads" | "tile" | "offset" | "nodata" => "6",
                "bands" => "B05, b11",
                "to" => "5",
                "device" => "cuda:1",
                "format" => "COG",
                "quality" => "best",
                _ => "x",
            };
            Options::default().set(e.key, value).unwrap_or_else(|err| panic!("{}: {err}", e.key));
        }
    }

    #[test]
    fn mistakes_are_answered_with_what_is_valid() {
        let fail = |k: &str, v: &str| Options::default().set(k, v).unwrap_err().to_string();
        assert!(fail("tiles", "1").contains("with-native"));
        assert!(fail("to", "2.5").contains("10|5"));
        assert!(fail("bands", "B5,B77").contains("'B77'") && fail("bands", "B10").contains("noisy"));
        assert!(fail("srcwin", "1 2 3").contains("XSIZE"));
        assert!(fail("projwin", "-1e300 1e300 1e300 -1e300").contains("ULX") && fail("projwin", "nan 0 1 0").contains("ULX"));
        assert!(fail("tile", "0").contains("not '0'"));
        assert!(fail("offset", "1e308").contains("offset takes NUMBER") && fail("offset", "nan").contains("NUMBER"));
        let mut o = Options::default();
        o.set("srcwin", "0 0 5 5").unwrap();
        assert!(o.set("projwin", "0 0 5 5").is_err());
        o.set("srcwin", "1 1 5 5").unwrap();
        assert!(o.check_scope("arrays").unwrap_err().to_string().contains("srcwin"));
    }
}
