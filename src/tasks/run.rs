//! A product into a file: what is refused before any work is done, the work, the picture beside it.

use std::path::Path;
use std::sync::Arc;

use super::preview::Preview;
use super::report::Report;
use super::watch::{Progress, watched};
use super::{endings, map, pipeline, sources};
use crate::error::{Error, Result};
use crate::gdal::find;
use crate::job::Job;
use crate::options::{Call, Options};
use crate::output::{Draft, Outputs, Target};
use crate::product::Product;

/// The share of the progress that drawing the preview has.
const PREVIEW_SHARE: f64 = 0.02;

/// Super-resolves the product `input` into the file `output`. Cancelling counts until the finished
/// files get their names.
pub fn run(input: &Path, output: &Path, options: &Options, progress: Progress) -> Result<Report> {
    options.check(Call::RUN)?;
    find::choose(options.gdal.as_deref())?;
    let (job, targets) = {
        let (input, output, options) = (input.to_owned(), output.to_owned(), options.clone());
        watched(progress, move |progress| {
            plan(&input, &output, &options, progress)
        })?
    };
    let outputs = Outputs::claim(targets)?;
    let (drafts, options) = (outputs.drafts(), options.clone());
    let report = watched(progress, move |progress| {
        make(Arc::new(job), &drafts, &options, progress)
    })?;
    if !progress(1.0, None) {
        return Err(Error::Cancelled);
    }
    outputs.commit()?;
    Ok(report)
}

/// What is to be done, and where the result and the preview go. Nothing was written yet, nor any
/// pixel read but of floats whose unit had to be told.
fn plan(
    input: &Path,
    output: &Path,
    options: &Options,
    progress: Progress,
) -> Result<(Job, Vec<Target>)> {
    let mut targets = vec![Target::find(output)?];
    if let Some(preview) = &options.preview {
        let preview = Target::find(preview)?;
        if preview.replaces(targets[0].path()) || targets[0].replaces(preview.path()) {
            return Err(preview.error("the preview would replace the result; give it another name"));
        }
        targets.push(preview);
    }
    sources::keep_input(&targets, input)?;
    let product = Product::open(input, options)?;
    let notes = product.notes.clone();
    let job = Job::plan(product, options);
    // They may be the reason why it fails.
    if job.is_err() {
        notes.iter().for_each(|note| {
            progress(0.0, Some(note));
        });
    }
    let job = job?;
    sources::keep(&targets, &job, options)?;
    endings::refuse_other(&targets[0], output, "a GeoTIFF", &endings::GEOTIFF)?;
    if let (Some(target), Some(name)) = (targets.get(1), &options.preview) {
        endings::refuse_no_picture(target, name)?;
    }
    Ok((job, targets))
}

/// Writes the result and, if there is to be one, the preview.
fn make(job: Arc<Job>, drafts: &[Draft], options: &Options, progress: Progress) -> Result<Report> {
    let [result, pictures @ ..] = drafts else {
        return Err(Error::internal("nothing to write"));
    };
    let last = if pictures.is_empty() {
        0.0
    } else {
        PREVIEW_SHARE
    };
    let mut preview = match pictures {
        [picture, ..] if !endings::is_geotiff(picture.name()) => Some(Preview::of(&job)?),
        _ => None,
    };
    let report = pipeline::run(
        job.clone(),
        result,
        options,
        &mut |f, note| progress(f * (1.0 - last), note),
        &mut |place, bands| {
            if let Some(preview) = &mut preview {
                preview.look(place, bands);
            }
        },
    )?;
    if let [picture, ..] = pictures {
        let mut part = |f: f64, note: Option<&str>| progress(1.0 - last + f * last, note);
        match preview {
            Some(preview) => (preview.draw(&picture.file())).map_err(|what| picture.error(what))?,
            None => map::draw(&job, result, picture, &mut part)?,
        }
        picture.sync()?;
    }
    Ok(report)
}
