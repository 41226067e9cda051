//! What a product is and what can be made of it; which networks are installed; which options there
//! are. For people and programs: as JSON it is what `schemas/` describes.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::error::Result;
use crate::gdal::crs::crs_name;
use crate::gdal::find;
use crate::job::Job;
use crate::model::contract::{Kind, Port};
use crate::model::{Contract, Registry, registry};
use crate::options::{self, Call, Door, Options, Step, TABLE};
use crate::product::{BandFile, Product};
use crate::text::as_given;

/// A product.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Info {
    /// What was given.
    pub path: String,
    /// Its identifier, or the name of the folder or file.
    pub name: String,
    /// `L1C`, `L2A`, if the metadata says so.
    pub level: Option<String>,
    /// Processing baseline, as `05.09`, if the metadata says so.
    pub baseline: Option<String>,
    /// Spacecraft, if the metadata says so.
    pub spacecraft: Option<String>,
    /// Its coordinate reference system: `EPSG:32633`, or a name where it has no number.
    pub crs: String,
    /// Its bands, in order.
    pub bands: Vec<BandInfo>,
    /// What can be made of it, for each target.
    pub targets: Vec<TargetInfo>,
    /// What the user should know about how it was read.
    pub notes: Vec<String>,
}

/// A band of a product.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BandInfo {
    /// `B8A`.
    pub name: &'static str,
    /// Its native ground sample distance in m.
    pub gsd: f64,
    /// Columns of its native grid.
    pub cols: i64,
    /// Rows of its native grid.
    pub rows: i64,
    /// West edge.
    pub west: f64,
    /// North edge.
    pub north: f64,
    /// How many pixels of the file, along one axis, are averaged into a native one.
    pub averaged: i64,
    /// What is added to DN before they are divided by the quantification value.
    pub offset: f64,
    /// DN per unit of reflectance.
    pub quantification: f64,
    /// The DN that means no data.
    pub nodata: Option<f64>,
    /// Pixel type of the file.
    #[serde(rename = "type")]
    pub dtype: String,
    /// Central wavelength in nm.
    pub wavelength: f64,
    /// What GDAL opens.
    pub file: String,
}

/// What can be made of a product at a target, or why nothing can.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum TargetInfo {
    /// It can.
    Made {
        /// Ground sample distance in m.
        to: u32,
        /// The bands that are made.
        bands: Vec<&'static str>,
        /// Columns of the result.
        cols: i64,
        /// Rows of the result.
        rows: i64,
        /// West edge.
        west: f64,
        /// North edge.
        north: f64,
        /// The networks with their versions.
        models: Vec<String>,
        /// What the user should know.
        notes: Vec<String>,
    },
    /// It cannot.
    Not {
        /// Ground sample distance in m.
        to: u32,
        /// Why.
        error: String,
    },
}

/// The installed networks.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Models {
    /// The folder of their index.
    pub folder: String,
    /// The family that is used when none is named.
    pub default: String,
    /// The networks.
    pub models: Vec<ModelInfo>,
}

/// An installed network.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ModelInfo {
    /// What the index says of it, its scores among it.
    #[serde(flatten)]
    pub entry: registry::Entry,
    /// What it takes and makes.
    pub contract: ContractInfo,
}

/// What a network takes and makes.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ContractInfo {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Whether it fuses bands or enlarges any one of them.
    pub kind: Kind,
    /// Its inputs, in order.
    pub inputs: Vec<PortInfo>,
    /// Its outputs, in order.
    pub outputs: Vec<PortInfo>,
    /// The graph's name for the expected errors of its output, where it gives those too.
    pub sigma: Option<String>,
    /// What DN, offset removed, are divided by.
    pub divisor: f64,
    /// Receptive radius in pixels of the coarsest input.
    pub halo: i64,
    /// Tile sizes are multiples of this, in pixels of the coarsest input.
    pub multiple: i64,
}

/// An input or output of a network.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PortInfo {
    /// Its name in the graph.
    pub name: String,
    /// Its bands, in order; `*` for any one.
    pub bands: Vec<&'static str>,
    /// Ground sample distance in m; null where any will do.
    pub gsd: Option<u32>,
    /// How many times finer than the input it is.
    pub factor: i64,
}

/// An option.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OptionInfo {
    /// What it is called.
    pub key: &'static str,
    /// How many values it takes.
    pub kind: options::Kind,
    /// What its values look like, `|` between alternatives.
    pub values: &'static str,
    /// One sentence on what it does.
    pub help: &'static str,
    /// What it is an option of.
    pub scope: &'static str,
    /// The step that it is for.
    pub step: Step,
    /// Who may set it: `program`, or `data` as well (a VRT, a dataset name, an open option).
    pub set_by: &'static str,
}

/// What a product is, and what each target would give.
pub fn info(input: &Path, options: &Options) -> Result<Info> {
    options.check(Call::INFO)?;
    find::choose(options.gdal.as_deref())?;
    let product = Arc::new(Product::open(input, options)?);
    Ok(Info {
        path: as_given(&product.path.to_string_lossy()).into_owned(),
        name: product.name.clone(),
        level: product.level.clone(),
        baseline: product.baseline.clone(),
        spacecraft: product.spacecraft.clone(),
        crs: crs_name(&product.crs),
        bands: product.bands.iter().map(band).collect(),
        targets: [10, 5]
            .into_iter()
            .map(|to| target(&product, options, to))
            .collect(),
        notes: product.notes.clone(),
    })
}

fn band(b: &BandFile) -> BandInfo {
    BandInfo {
        name: b.band.name(),
        gsd: b.grid.gsd,
        cols: b.grid.cols,
        rows: b.grid.rows,
        west: b.grid.west,
        north: b.grid.north,
        averaged: b.block,
        offset: b.radiometry.add_offset,
        quantification: b.radiometry.quantification,
        nodata: b.radiometry.nodata,
        dtype: format!("{:?}", b.dtype),
        wavelength: b.wavelength,
        file: b.file.to_string_lossy().into_owned(),
    }
}

fn target(product: &Arc<Product>, options: &Options, to: u32) -> TargetInfo {
    let mut options = options.clone();
    options.to = Some(to);
    match Job::plan(product.clone(), &options) {
        Ok(job) => {
            let grid = job.grid(&job.whole);
            TargetInfo::Made {
                to,
                bands: job.outputs.iter().map(|o| o.band.name()).collect(),
                cols: grid.cols,
                rows: grid.rows,
                west: grid.west,
                north: grid.north,
                models: job.models(),
                notes: job.notes,
            }
        }
        Err(e) => TargetInfo::Not {
            to,
            error: e.to_string(),
        },
    }
}

/// The installed networks with what their index says of them, their scores among it.
pub fn models(options: &Options) -> Result<Models> {
    options.check(Call::MODELS)?;
    let registry = Registry::find(options)?;
    let model = |entry: &registry::Entry| -> Result<ModelInfo> {
        let file = registry.load(entry)?;
        Ok(ModelInfo {
            entry: entry.clone(),
            contract: contract(&file.contract),
        })
    };
    Ok(Models {
        models: registry.models.iter().map(model).collect::<Result<_>>()?,
        folder: registry.folder.to_string_lossy().into_owned(),
        default: registry.default,
    })
}

/// What a network takes and makes.
pub fn contract(contract: &Contract) -> ContractInfo {
    let ports = |ports: &[Port]| ports.iter().map(port).collect();
    ContractInfo {
        name: contract.name.clone(),
        version: contract.version.clone(),
        kind: contract.kind,
        inputs: ports(&contract.inputs),
        outputs: ports(&contract.outputs),
        sigma: contract.sigma.as_ref().map(|s| s.name.clone()),
        divisor: contract.divisor,
        halo: contract.halo,
        multiple: contract.multiple,
    }
}

fn port(p: &Port) -> PortInfo {
    PortInfo {
        name: p.name.clone(),
        bands: if p.bands.is_empty() {
            vec!["*"]
        } else {
            p.bands.iter().map(|b| b.name()).collect()
        },
        gsd: (p.gsd > 0).then_some(p.gsd),
        factor: p.factor,
    }
}

/// The table of options.
pub fn options() -> Vec<OptionInfo> {
    let line = |e: &options::Entry| OptionInfo {
        key: e.key,
        kind: e.kind,
        values: e.values,
        help: e.help,
        scope: e.step.scope(),
        step: e.step,
        set_by: match e.door {
            Door::Data => "data",
            Door::Program(_) => "program",
        },
    };
    TABLE.iter().map(line).collect()
}
