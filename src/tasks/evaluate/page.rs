//! The file with the scores as a page: claimed before the work, written after it, whole or not at
//! all.

use std::fs;
use std::path::Path;

use super::Evaluation;
use super::html::html;
use crate::error::{Error, Result};
use crate::options::Options;
use crate::output::{Outputs, Target};
use crate::product::Product;
use crate::tasks::pipeline::Progress;
use crate::tasks::run::run;
use crate::tasks::sources;

/// The share of the progress that the page has.
pub(super) const SHARE: f64 = 0.1;

/// Side of the part that is super-resolved for the picture, in m.
const PICTURE: f64 = 4800.0;

/// Prepares to write the page.
pub(super) fn claim(file: &Path, input: &Path, options: &Options) -> Result<Outputs> {
    let targets = vec![Target::find(file)?];
    sources::keep_input(&targets, input)?;
    sources::keep_product(&targets, &Product::open(input, options)?)?;
    Outputs::claim(targets)
}

/// Writes it. A page without a picture is still a page.
pub(super) fn write(
    outputs: Outputs,
    input: &Path,
    evaluation: &mut Evaluation,
    options: &Options,
    progress: Progress,
) -> Result<()> {
    let drafts = outputs.drafts();
    let Some(draft) = drafts.first() else {
        return Err(Error::Internal("no page to write".into()));
    };
    let mut part = |f: f64, note: Option<&str>| progress(1.0 - SHARE + SHARE * f, note);
    let picture = match picture(input, evaluation, options, &draft.scratch(), &mut part) {
        Ok(png) => Some(png),
        Err(Error::Cancelled) => return Err(Error::Cancelled),
        Err(e) => {
            evaluation
                .notes
                .push(format!("the page has no picture: {e}"));
            None
        }
    };
    fs::write(draft.file(), html(evaluation, picture.as_deref())).map_err(|e| {
        draft
            .error(format!("it cannot be written ({e})"))
            .because(e)
    })?;
    draft.sync()?;
    if !progress(1.0, None) {
        return Err(Error::Cancelled);
    }
    outputs.commit()
}

/// Source and result side by side, from the middle of what was scored.
fn picture(
    input: &Path,
    evaluation: &Evaluation,
    options: &Options,
    folder: &Path,
    progress: Progress,
) -> Result<Vec<u8>> {
    let bad = |e: std::io::Error| Error::output(folder, e.to_string());
    fs::create_dir(folder).map_err(bad)?;
    let preview = folder.join("preview.png");
    let mut own = Options::default();
    for (entry, value) in options.pairs().filter(|(entry, _)| entry.key != "html") {
        own.set(entry.key, value)?;
    }
    if let Some(table) = evaluation.tables.first() {
        let [west, north, east, south] = table.window;
        let (x, y) = ((west + east) / 2.0, (north + south) / 2.0);
        let (w, h) = (
            (east - west).min(PICTURE) / 2.0,
            (north - south).min(PICTURE) / 2.0,
        );
        own.set(
            "projwin",
            format!("{} {} {} {}", x - w, y + h, x + w, y - h),
        )?;
    }
    own.set("no-verify", "yes")?;
    own.set("preview", &preview)?;
    run(input, &folder.join("part.tif"), &own, progress)?;
    fs::read(&preview).map_err(bad)
}
