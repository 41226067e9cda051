//! What is read is never what is written: the product, whatever form it has, the networks and ONNX
//! Runtime.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Result;
use crate::gdal::real_file;
use crate::job::Job;
use crate::model::ModelFile;
use crate::options::Options;
use crate::output::Target;
use crate::places;
use crate::product::{Product, folder as bands, text};

/// Refuses targets that are the input itself. The rest is known once it was opened.
pub fn keep_input(targets: &[Target], input: &Path) -> Result<()> {
    match targets.iter().find(|t| t.replaces(input)) {
        Some(target) => Err(target.error("it is the input; give the result another name")),
        None => Ok(()),
    }
}

/// Refuses targets that are read for this job, or that would become part of its product.
pub fn keep(targets: &[Target], job: &Job, options: &Options) -> Result<()> {
    let area = job.area_files.iter().filter_map(|f| real_file(f));
    keep_files(targets, &area.collect::<Vec<_>>())?;
    keep_others(targets, &job.product, &job.models, options)
}

/// The same for work without a job: a product that goes through networks.
pub fn keep_others(
    targets: &[Target],
    product: &Product,
    models: &[Arc<ModelFile>],
    options: &Options,
) -> Result<()> {
    keep_files(targets, &own_files(models, options))?;
    keep_files(targets, &product_files(product))?;
    targets.iter().try_for_each(|t| inside(t, product))
}

fn keep_files(targets: &[Target], read: &[PathBuf]) -> Result<()> {
    for target in targets {
        if let Some(file) = read.iter().find(|f| target.replaces(f)) {
            return Err(target.error(format!(
                "it would replace {}, which is read; give the result another name",
                file.display()
            )));
        }
        if let Some(file) = read.iter().find(|f| target.belongs_to(f)) {
            return Err(target.error(format!(
                "GDAL would read it as a part of {}; give the result another name",
                file.display()
            )));
        }
    }
    Ok(())
}

/// The files that the product's pixels come from.
fn product_files(product: &Product) -> Vec<PathBuf> {
    [&product.path]
        .into_iter()
        .chain(&product.files)
        .chain(product.classes.iter().map(|c| &c.file))
        .filter_map(|f| real_file(f))
        .collect()
}

/// The files of the networks, their indexes, and ONNX Runtime.
fn own_files(models: &[Arc<ModelFile>], options: &Options) -> Vec<PathBuf> {
    let mut read = places::onnxruntime_files(options.onnxruntime.as_deref());
    for model in models {
        read.push(model.path.with_file_name("index.json"));
        read.push(model.path.clone());
    }
    read.retain(|f| f.components().count() > 1 || f.exists());
    read
}

/// Refuses a target that lies in the product: anywhere in a SAFE folder, or under a band's name
/// among bands.
fn inside(target: &Target, product: &Product) -> Result<()> {
    let Some(folder) = target.path().parent().and_then(|p| p.canonicalize().ok()) else {
        return Ok(());
    };
    if let Some(xml) = &product.metadata {
        let root = xml.parent().and_then(|p| {
            if p.as_os_str().is_empty() {
                Path::new(".")
            } else {
                p
            }
            .canonicalize()
            .ok()
        });
        return match root {
            Some(root) if folder.starts_with(&root) => {
                Err(target.error("it lies inside the product; give it a place outside"))
            }
            _ => Ok(()),
        };
    }
    let Ok(root) = product.path.canonicalize() else {
        return Ok(());
    };
    let among_bands = folder == root
        || text::INNER
            .iter()
            .any(|f| root.join(f).canonicalize().is_ok_and(|f| f == folder));
    let name = target
        .path()
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    match bands::band_of(&name) {
        Some(band) if among_bands => Err(target.error(format!(
            "it would be taken for band {band} of the product; give it another name or place"
        ))),
        _ => Ok(()),
    }
}
