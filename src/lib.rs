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
pub mod output;
pub mod pipeline;
#[allow(unsafe_code)]
pub mod places;
mod preview;
pub mod product;
pub mod report;
mod sources;
#[allow(unsafe_code)]
pub mod threads;
pub mod watch;

use std::path::Path;

use core::error::{Error, Result};
use core::options::{Call, Options};
use job::Job;
use output::{Draft, Outputs, Target};
use product::Product;
use report::Report;
use watch::{Progress, watched};

/// The share of the progress that drawing the preview has.
const PREVIEW_SHARE: f64 = 0.02;

/// Super-resolves the product `input` into the file `output`. Cancelling counts until the finished files get their names.
pub fn run(input: &Path, output: &Path, options: &Options, progress: Progress) -> Result<Report> {
    options.check(Call::RUN)?;
    let (job, targets) = {
        let (input, output, options) = (input.to_owned(), output.to_owned(), options.clone());
        watched(progress, move |_| plan(&input, &output, &options))?
    };
    let outputs = Outputs::claim(targets)?;
    let (drafts, options) = (outputs.drafts(), options.clone());
    let report = watched(progress, move |progress| make(job, &drafts, &options, progress))?;
    if !progress(1.0, None) {
        return Err(Error::Cancelled);
    }
    outputs.commit()?;
    Ok(report)
}

/// What is to be done, and where the result and the preview go. Nothing was written yet, nor any pixel read.
fn plan(input: &Path, output: &Path, options: &Options) -> Result<(Job, Vec<Target>)> {
    let mut targets = vec![Target::find(output)?];
    if let Some(preview) = &options.preview {
        let preview = Target::find(preview)?;
        if preview.replaces(targets[0].path()) || targets[0].replaces(preview.path()) {
            return Err(preview.error("the preview would replace the result; give it another name"));
        }
        targets.push(preview);
    }
    sources::keep_input(&targets, input)?;
    let job = Job::plan(Product::open(input)?, options)?;
    sources::keep(&targets, &job, options)?;
    Ok((job, targets))
}

/// Writes the result and, if there is to be one, the preview.
fn make(job: Job, drafts: &[Draft], options: &Options, progress: Progress) -> Result<Report> {
    let [result, pictures @ ..] = drafts else { return Err(Error::Internal("nothing to write".into())) };
    let last = if pictures.is_empty() { 0.0 } else { PREVIEW_SHARE };
    let product = (!pictures.is_empty()).then(|| job.product.clone());
    let report = pipeline::run(job, result, options, &mut |f, note| progress(f * (1.0 - last), note))?;
    for (picture, product) in pictures.iter().zip(&product) {
        preview::draw(product, result, picture, &mut |f, note| progress(1.0 - last + f * last, note))?;
        picture.sync()?;
    }
    Ok(report)
}
