//! Every option there is, once: the command line, the C ABI, the GDAL side and QGIS all take theirs
//! from [`TABLE`]. Raw strings go in, a checked [`Options`] comes out; an unknown key or value is
//! an error that lists the valid ones.

mod builder;
mod numbers;
mod parse;
mod table;
mod values;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::raster::band::Band;
use crate::raster::grid::Rect;
pub use builder::OptionsBuilder;
use parse::{
    non_empty, parse_band_names, parse_bands, parse_device, parse_format, parse_pair,
    parse_precision, parse_quality, parse_switch, trimmed,
};
pub use table::{Call, Door, Entry, Kind, Step, TABLE, find};
pub use values::{Device, Format, Precision, Quality, WindowOption};

/// Checked options: what a call is to do, and how. Nothing is set in the default ones.
///
/// ```
/// use s2sr::Options;
///
/// let options = Options::builder().to(5).model("vdsr").bands(["B2", "B8A"]).build()?;
/// let mut same = Options::default();
/// same.set("to", "5")?;
/// same.set("model", "vdsr")?;
/// same.set("bands", "B2,B8A")?;
/// assert_eq!(options.get("bands"), same.get("bands"));
/// # Ok::<(), s2sr::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Target ground sample distance in m.
    pub(crate) to: Option<u32>,
    /// Family, name or file of the network.
    pub(crate) model: Option<OsString>,
    /// The bands asked for.
    pub(crate) bands: Option<Vec<Band>>,
    /// Whether native bands are copied along.
    pub(crate) with_native: bool,
    /// Whether the bands' expected errors are given along.
    pub(crate) uncertainty: bool,
    /// Whether the result holds reflectance instead of DN.
    pub(crate) reflectance: bool,
    /// The coordinate reference system of a projected window.
    pub(crate) projwin_srs: Option<String>,
    /// A file with the polygons of the area asked for.
    pub(crate) cutline: Option<PathBuf>,
    /// Whether that file was named by data, and so may be a plain file with polygons only.
    pub(crate) cutline_from_data: bool,
    /// Whether the scene classification is given along.
    pub(crate) with_scl: bool,
    /// Whether the result gets a mask.
    pub(crate) mask: bool,
    /// The part asked for.
    pub(crate) window: Option<WindowOption>,
    /// How much work the result is worth.
    pub(crate) quality: Quality,
    /// Where the networks run.
    pub(crate) device: Device,
    /// How exact a GPU is.
    pub(crate) precision: Precision,
    /// Threads of the networks.
    pub(crate) threads: Option<usize>,
    /// Tile size in pixels of the finest grid.
    pub(crate) tile: Option<i64>,
    /// Format of the result.
    pub(crate) format: Format,
    /// The format's creation options.
    pub(crate) creation: Vec<(String, String)>,
    /// Where to draw the preview.
    pub(crate) preview: Option<PathBuf>,
    /// Where to write the report of scores.
    pub(crate) html: Option<PathBuf>,
    /// Whether files are used without a look at their checksums.
    pub(crate) no_verify: bool,
    /// Folder of the networks.
    pub(crate) models: Option<PathBuf>,
    /// ONNX Runtime's library.
    pub(crate) onnxruntime: Option<PathBuf>,
    /// GDAL's library.
    pub(crate) gdal: Option<PathBuf>,
    /// What the bands of a raster are, in their order; `None` among them for one to leave out.
    pub(crate) band_names: Option<Vec<Option<Band>>>,
    /// DN per unit of reflectance.
    pub(crate) quantification: Option<f64>,
    /// The additive offset of DN.
    pub(crate) offset: Option<f64>,
    /// The DN that means nodata; `Some(None)` for none at all.
    pub(crate) nodata: Option<Option<f64>>,
    /// What was set, as it was given, each key once but those of many values.
    set: Vec<(&'static str, OsString)>,
}

impl Options {
    /// Begins options step by step.
    ///
    /// ```
    /// let options = s2sr::Options::builder().to(5).build()?;
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn builder() -> OptionsBuilder {
        OptionsBuilder::default()
    }

    /// What an option was last set to: text, or the name of a file, which may be any bytes.
    ///
    /// ```
    /// let options = s2sr::Options::builder().to(5).build()?;
    /// assert_eq!((options.get("to"), options.get("bands")), (Some("5".as_ref()), None));
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn get(&self, key: &str) -> Option<&OsStr> {
        let mut values = self.set.iter().rev();
        values.find_map(|(k, value)| (*k == key).then_some(value.as_os_str()))
    }

    /// Where ONNX Runtime and the networks are looked for first.
    #[doc(hidden)]
    pub fn places(&self) -> (Option<&Path>, Option<&Path>) {
        (self.onnxruntime.as_deref(), self.models.as_deref())
    }

    /// Sets one option from its key and its value as text, for a program. The names of files are
    /// as the system has them, in UTF-8 or not.
    ///
    /// # Errors
    /// [`Error::Option`] for a key or a value that there is not; it lists those that there are.
    ///
    /// ```
    /// let mut options = s2sr::Options::default();
    /// options.set("bands", "B5,B11")?;
    /// assert!(options.set("band", "B5").is_err());
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn set(&mut self, key: &str, value: impl AsRef<OsStr>) -> Result<()> {
        let Some(entry) = find(key) else {
            let keys: Vec<_> = TABLE.iter().map(|e| e.key).collect();
            return Err(Error::option(format!(
                "unknown option '{key}'; there are {}",
                keys.join(", ")
            )));
        };
        let given = trimmed(value.as_ref());
        let bad = || {
            Error::option(format!(
                "option {key} takes {}, not '{}'",
                entry.values,
                given.display()
            ))
        };
        // What is no text is a value of no option that is text.
        let text = || given.to_str().ok_or_else(bad);
        let name = || non_empty(given).ok_or_else(bad);
        match key {
            "to" => {
                let gsd = text()?.parse().ok().filter(|v| matches!(v, 5 | 10));
                self.to = Some(gsd.ok_or_else(bad)?)
            }
            "model" => self.model = Some(name()?),
            "bands" => self.bands = Some(parse_bands(text()?)?),
            "with-native" => self.with_native = parse_switch(text()?).ok_or_else(bad)?,
            "reflectance" => self.reflectance = parse_switch(text()?).ok_or_else(bad)?,
            "uncertainty" => self.uncertainty = parse_switch(text()?).ok_or_else(bad)?,
            "with-scl" => self.with_scl = parse_switch(text()?).ok_or_else(bad)?,
            "mask" => self.mask = parse_switch(text()?).ok_or_else(bad)?,
            "projwin-srs" => self.projwin_srs = Some(name().and(text())?.to_owned()),
            "cutline" => self.cutline = Some(name()?.into()),
            "projwin" | "srcwin" => self.set_window(entry, text()?)?,
            "quality" => self.quality = parse_quality(text()?).ok_or_else(bad)?,
            "device" => self.device = parse_device(text()?).ok_or_else(bad)?,
            "precision" => self.precision = parse_precision(text()?).ok_or_else(bad)?,
            "threads" => {
                let count = numbers::whole(entry.key, text()?, numbers::THREADS)?;
                self.threads = Some(count as usize)
            }
            "tile" => self.tile = Some(numbers::whole(entry.key, text()?, numbers::TILES)?),
            "format" => self.format = parse_format(text()?).ok_or_else(bad)?,
            "co" => self.creation.push(parse_pair(text()?).ok_or_else(bad)?),
            "preview" => self.preview = Some(name()?.into()),
            "html" => self.html = Some(name()?.into()),
            "no-verify" => self.no_verify = parse_switch(text()?).ok_or_else(bad)?,
            "models" => self.models = Some(name()?.into()),
            "onnxruntime" => self.onnxruntime = Some(name()?.into()),
            "gdal" => self.gdal = Some(name()?.into()),
            "band-names" => self.band_names = Some(parse_band_names(text()?).ok_or_else(bad)??),
            "quantification" => self.quantification = Some(numbers::quantification(text()?)?),
            "offset" => self.offset = Some(numbers::offset(text()?)?),
            "nodata" => self.nodata = Some(numbers::nodata(text()?)?),
            _ => {
                return Err(Error::internal(format!(
                    "option {key} is in the table but not read"
                )));
            }
        }
        self.set
            .retain(|(k, _)| *k != key || entry.kind == Kind::Many);
        self.set.push((entry.key, given.to_owned()));
        Ok(())
    }

    /// Sets one option that came with data. What decides which code or networks are loaded is
    /// refused: data is not a program. A network's file is one of these, unless `model_files` are
    /// allowed.
    #[doc(hidden)]
    pub fn set_from_data(&mut self, key: &str, value: &OsStr, model_files: bool) -> Result<()> {
        let value = trimmed(value);
        let refused = |why: String| {
            Err(Error::option(format!(
                "option {key} may be set by programs, not by a VRT, a dataset name or an open \
                 option; leave it out{why}"
            )))
        };
        match find(key).map(|e| e.door) {
            Some(Door::Program("")) => return refused(String::new()),
            Some(Door::Program(variable)) => {
                return refused(format!(" and set the environment variable {variable}"));
            }
            Some(Door::Data) | None => {}
        }
        if key == "model" && is_model_file(value) && !model_files {
            return Err(Error::option(format!(
                "a VRT, a dataset name or an open option may name installed networks only, not \
                 the file {}; set the GDAL configuration option {ALLOW_MODEL_FILES}=YES where you trust it",
                value.display()
            )));
        }
        self.cutline_from_data |= key == "cutline";
        self.set(key, value)
    }

    /// Refuses names for bands of what names its bands itself.
    pub(crate) fn refuse_band_names(&self, path: &Path, what: &str) -> Result<()> {
        match self.band_names {
            Some(_) => Err(Error::input(
                path,
                format!(
                    "it is {what}, and option band-names is for a raster whose bands have no \
                     names; leave it out"
                ),
            )),
            None => Ok(()),
        }
    }

    /// Refuses options that a call does not use.
    #[doc(hidden)]
    pub fn check(&self, call: Call) -> Result<()> {
        let used = |key: &str| call.entries().any(|e| e.key == key);
        match self.set.iter().find(|(key, _)| !used(key)) {
            Some((key, _)) => {
                let keys: Vec<_> = call.entries().map(|e| e.key).collect();
                Err(Error::option(format!(
                    "option {key} means nothing for {}, which takes {}; leave it out",
                    call.name,
                    keys.join(", ")
                )))
            }
            None => Ok(()),
        }
    }

    /// The options that were set, as they were given, in the table's order.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&'static Entry, &OsStr)> {
        TABLE.iter().flat_map(|e| {
            self.set
                .iter()
                .filter(move |(key, _)| *key == e.key)
                .map(move |(_, value)| (e, value.as_os_str()))
        })
    }

    fn set_window(&mut self, entry: &Entry, value: &str) -> Result<()> {
        let n = numbers::four(entry.key, entry.values, value)?;
        if self.window.is_some() && !self.set.iter().any(|(k, _)| *k == entry.key) {
            return Err(Error::option("give projwin or srcwin, not both"));
        }
        self.window = Some(if entry.key == "projwin" {
            WindowOption::Projected(n)
        } else {
            if n.iter().any(|v| v.fract() != 0.0) {
                return Err(Error::option(format!(
                    "option {} takes whole numbers of pixels, not '{value}'",
                    entry.key
                )));
            }
            WindowOption::Pixels(Rect::new(
                n[0] as i64,
                n[1] as i64,
                n[2] as i64,
                n[3] as i64,
            ))
        });
        Ok(())
    }
}

/// The GDAL configuration option that lets a VRT or a dataset name carry a network's file.
pub const ALLOW_MODEL_FILES: &str = "S2SR_ALLOW_MODEL_FILES";

/// Whether a model is given as a file rather than by name.
pub fn is_model_file(model: &OsStr) -> bool {
    let name = model.as_encoded_bytes().to_ascii_lowercase();
    name.ends_with(b".onnx")
}

#[cfg(test)]
mod page;
#[cfg(test)]
mod tests;
