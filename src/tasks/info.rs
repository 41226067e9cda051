//! What a product is and what can be made of it; which networks are installed. As JSON, for people
//! and programs.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::error::Result;
use crate::gdal::crs::crs_name;
use crate::gdal::find;
use crate::job::Job;
use crate::model::{ModelFile, Registry, registry};
use crate::options::{Call, Door, Entry, Options, TABLE};
use crate::product::Product;

/// A product: level, baseline, offsets, grids, bands, and what each target would give.
pub fn info(input: &Path, options: &Options) -> Result<Value> {
    options.check(Call::INFO)?;
    find::choose(options.gdal.as_deref())?;
    let product = Arc::new(Product::open(input)?);
    let band = |b: &crate::product::BandFile| {
        json!({
            "name": b.band.name(), "gsd": b.grid.gsd, "cols": b.grid.cols, "rows": b.grid.rows,
            "west": b.grid.west, "north": b.grid.north, "averaged": b.block,
            "offset": b.radiometry.add_offset, "quantification": b.radiometry.quantification, "nodata": b.radiometry.nodata,
            "type": format!("{:?}", b.dtype), "wavelength": b.wavelength, "file": b.file.to_string_lossy(),
        })
    };
    let target = |to: u32| {
        let mut options = options.clone();
        options.to = Some(to);
        match Job::plan(product.clone(), &options) {
            Ok(job) => {
                let grid = job.grid(&job.whole);
                let bands: Vec<&str> = job.outputs.iter().map(|o| o.band.name()).collect();
                json!({"to": to, "bands": bands, "cols": grid.cols, "rows": grid.rows, "west": grid.west, "north": grid.north, "models": job.models(), "notes": job.notes})
            }
            Err(e) => json!({"to": to, "error": e.to_string()}),
        }
    };
    Ok(json!({
        "path": product.path.to_string_lossy(), "name": product.name, "level": product.level, "baseline": product.baseline, "spacecraft": product.spacecraft,
        "crs": crs_name(&product.crs), "bands": product.bands.iter().map(band).collect::<Vec<_>>(),
        "targets": [target(10), target(5)], "notes": product.notes,
    }))
}

/// The installed networks with what their index says of them, their scores among it.
pub fn models(options: &Options) -> Result<Value> {
    options.check(Call::MODELS)?;
    let registry = Registry::find(options)?;
    let entry = |e: &registry::Entry| -> Result<Value> {
        let mut value = serde_json::to_value(e).unwrap_or_default();
        value["contract"] = registry::describe(&registry.load(e)?.contract);
        Ok(value)
    };
    let models = registry
        .models
        .iter()
        .map(entry)
        .collect::<Result<Vec<_>>>()?;
    Ok(json!({"folder": registry.folder, "default": registry.default, "models": models}))
}

/// One network's contract.
pub fn model(file: &ModelFile) -> Value {
    registry::describe(&file.contract)
}

/// The table of options.
pub fn options() -> Value {
    let line = |e: &Entry| {
        let door = if e.door == Door::Data {
            "data"
        } else {
            "program"
        };
        json!({
            "key": e.key, "kind": e.kind, "values": e.values, "help": e.help,
            "scope": e.step.scope(), "step": e.step, "set_by": door,
        })
    };
    TABLE.iter().map(line).collect()
}
