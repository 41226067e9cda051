//! Wald's protocol on the user's own product: every band is degraded by the network's factor, the
//! network sharpens the degraded bands, and the result is compared with the original bands, bicubic
//! beside it (Wald 1997; as applied by Lanaras et al. 2018, section 3.3).
//!
//! Pixels without data and saturated ones are filled from their neighbours before anything is
//! degraded; they and what they reached are left out of the scores, of the network's and bicubic's
//! alike.

mod case;
mod html;
mod page;
mod score;

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::gdal::find;
use crate::model::{ModelFile, choose};
use crate::options::{Call, Options};
use crate::product::Product;
use crate::raster::metrics::Scores;
use crate::tasks::pipeline::Progress;
use crate::tasks::watch::watched;
use case::prepare;
use score::score;

/// The scores of a product.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Evaluation {
    /// The product.
    pub input: String,
    /// One table per network.
    pub tables: Vec<Table>,
    /// What could not be scored, and why.
    pub notes: Vec<String>,
}

/// The scores of one network.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Table {
    /// The network with its version.
    pub model: String,
    /// What it was made to do: `40 m -> 20 m`.
    pub task: String,
    /// Ground sample distance of the original bands, in m, that the result is compared with.
    pub gsd: f64,
    /// The window that was scored: west, north, east, south.
    pub window: [f64; 4],
    /// The bands that were compared.
    pub bands: Vec<String>,
    /// How many pixels of each band count in the scores.
    pub pixels: usize,
    /// Their share of the window, 0 to 1.
    pub share: f64,
    /// The network's scores.
    pub result: Scores,
    /// The scores of bicubic interpolation.
    pub bicubic: Scores,
    /// Re-aggregated by the same degradation, how far the result is from its input: root mean
    /// square, in DN.
    pub consistency: f64,
}

/// Scores the networks that the options stand for.
pub fn evaluate(input: &Path, options: &Options, progress: Progress) -> Result<Evaluation> {
    options.check(Call::EVALUATE)?;
    find::choose(options.gdal.as_deref())?;
    let page = match &options.html {
        Some(file) => Some(page::claim(file, input, options)?),
        None => None,
    };
    let scored = if page.is_some() {
        1.0 - page::SHARE
    } else {
        1.0
    };
    let mut evaluation = {
        let (input, options) = (input.to_owned(), options.clone());
        let mut part = |f: f64, note: Option<&str>| progress(f * scored, note);
        watched(&mut part, move |progress| {
            score_all(&input, &options, progress)
        })?
    };
    if let Some(page) = page {
        page::write(page, input, &mut evaluation, options, progress)?;
    }
    Ok(evaluation)
}

fn score_all(input: &Path, options: &Options, progress: Progress) -> Result<Evaluation> {
    let product = Product::open(input, options)?;
    let choice = choose(options)?;
    let files: Vec<Arc<ModelFile>> = choice.fusions.into_iter().chain(choice.singles).collect();
    let mut evaluation = Evaluation {
        input: input.to_string_lossy().into_owned(),
        tables: Vec::new(),
        notes: Vec::new(),
    };
    let n = files.len() as f64;
    for (i, file) in files.iter().enumerate() {
        let mut part = |f: f64, note: Option<&str>| progress((i as f64 + f) / n, note);
        match prepare(&product, file)
            .and_then(|case| score(&product, case, file, options, &mut part))
        {
            Ok(table) => evaluation.tables.push(table),
            Err(Error::Input { what, .. }) => evaluation
                .notes
                .push(format!("{} was not scored: {what}", file.contract.name)),
            Err(e) => return Err(e),
        }
    }
    if evaluation.tables.is_empty() {
        return Err(Error::input(input, evaluation.notes.join("; ")));
    }
    Ok(evaluation)
}
