//! Super-resolution of Sentinel-2 with DSen2 and VDSR: a library with a C ABI (`include/s2sr.h`), a command line and a
//! GDAL plug-in. Start at [`run`]; [`pipeline`] knows all the stages that a product goes through.
//!
//! Three rings: [`core`] is pure; [`gdal`], [`product`] and [`model`] are the adapters to files and to ONNX Runtime;
//! [`job`], [`pipeline`] and what stands around them put these together. Imports point inward only.
#![deny(unsafe_code)]

pub mod arrays;
#[allow(unsafe_code)]
pub mod capi;
pub mod core;
pub mod describe;
pub mod detail;
pub mod evaluate;
#[allow(unsafe_code)]
pub mod gdal;
#[allow(unsafe_code)]
pub mod gdal_plugin;
pub mod job;
pub mod model;
pub mod pipeline;
#[allow(unsafe_code)]
pub mod places;
mod preview;
pub mod product;
pub mod report;
#[allow(unsafe_code)]
pub mod threads;

use std::path::Path;

use core::error::{Error, Result};
use core::options::Options;

/// Super-resolves the product `input` into the file `output`.
pub fn run(input: &Path, output: &Path, options: &Options, progress: pipeline::Progress) -> Result<report::Report> {
    check_places(input, output, options)?;
    let product = product::Product::open(input)?;
    let preview = options.preview.as_ref().map(|file| (file, product.clone()));
    let report = pipeline::run(job::Job::plan(product, options)?, output, options, progress)?;
    if let Some((file, product)) = preview {
        preview::draw(&product, output, file)?;
    }
    Ok(report)
}

/// Finds mistakes in the names of files before any work is done.
fn check_places(input: &Path, output: &Path, options: &Options) -> Result<()> {
    let same = |a: &Path| a.canonicalize().is_ok_and(|a| input.canonicalize().is_ok_and(|i| i == a));
    if same(output) {
        return Err(Error::output(output, "it is the input; give the result another name"));
    }
    let folder = |file: &Path| file.parent().filter(|p| !p.as_os_str().is_empty()).is_none_or(Path::is_dir);
    match &options.preview {
        Some(preview) if !folder(preview) => Err(Error::output(preview, "the folder of the preview does not exist; create it first")),
        Some(preview) if preview.as_path() == output || same(preview) => {
            Err(Error::output(preview, "the preview would replace the result or the input; give it another name"))
        }
        _ => Ok(()),
    }
}
