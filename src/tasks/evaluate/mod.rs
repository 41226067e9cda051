//! Wald's protocol on the user's own product: every band is degraded by the network's factor, the
//! network sharpens the degraded bands, and the result is compared with the original bands, bicubic
//! beside it (Wald 1997; as applied by Lanaras et al. 2018, section 3.3).
//!
//! Pixels without data and saturated ones are filled from their neighbours before anything is
//! degraded; they and what they reached are left out of the scores, of the network's and bicubic's
//! alike.

mod case;
mod counted;
mod html;
mod picture;
mod score;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::gdal::find;
use crate::model::{Choice, ModelFile, Network, choose};
use crate::options::{Call, Options};
use crate::output::{Draft, Outputs, Target};
use crate::product::Product;
use crate::raster::metrics::Scores;
use crate::tasks::sources;
use crate::tasks::watch::{Progress, watched};
use crate::text::as_given;
use case::prepare;
use html::html;
use score::score;

/// The share of the progress that the page has.
const PAGE_SHARE: f64 = 0.1;

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

/// Scores the networks that the options stand for. With the option `html`, that file is a page that
/// tells and shows it, whole or not there.
pub fn evaluate(input: &Path, options: &Options, progress: Progress) -> Result<Evaluation> {
    options.check(Call::EVALUATE)?;
    find::choose(options.gdal.as_deref())?;
    let (work, targets) = {
        let (input, options) = (input.to_owned(), options.clone());
        watched(progress, move |_| Work::open(&input, options))?
    };
    let outputs = Outputs::claim(targets)?;
    let page = outputs.drafts().pop();
    let evaluation = watched(progress, move |progress| match &page {
        Some(page) => work.with_page(page, progress),
        None => work.score_all(progress).map(|scored| scored.0),
    })?;
    if !progress(1.0, None) {
        return Err(Error::Cancelled);
    }
    outputs.commit()?;
    Ok(evaluation)
}

/// What is to be scored: a product, open, and the networks.
struct Work {
    product: Arc<Product>,
    choice: Choice,
    options: Options,
}

/// The networks that were opened, each with the file that it is of.
type Opened = Vec<(Arc<ModelFile>, Arc<Network>)>;

impl Work {
    /// Opens the product, and finds out where the page goes if there is to be one. No pixel was
    /// read yet but of floats whose unit had to be told.
    fn open(input: &Path, options: Options) -> Result<(Self, Vec<Target>)> {
        let page = options.html.as_deref().map(Target::find).transpose()?;
        let targets = Vec::from_iter(page);
        sources::keep_input(&targets, input)?;
        let product = Arc::new(Product::open(input, &options)?);
        let choice = choose(&options)?;
        let models = [&choice.fusions[..], &choice.singles].concat();
        sources::keep_others(&targets, &product, &models, &options)?;
        let work = Self {
            product,
            choice,
            options,
        };
        Ok((work, targets))
    }

    /// The scores, with the networks that gave them.
    fn score_all(&self, progress: Progress) -> Result<(Evaluation, Opened)> {
        let input = &self.product.path;
        let mut evaluation = Evaluation {
            input: as_given(&input.to_string_lossy()).into_owned(),
            tables: Vec::new(),
            notes: Vec::new(),
        };
        let mut opened = Opened::new();
        let files = || self.choice.fusions.iter().chain(&self.choice.singles);
        let n = files().count() as f64;
        for (i, file) in files().enumerate() {
            let mut part = |f: f64, note: Option<&str>| progress((i as f64 + f) / n, note);
            match self.score(file, &mut part) {
                Ok((table, network)) => {
                    evaluation.tables.push(table);
                    opened.push((file.clone(), network));
                }
                Err(Error::Input { what, .. }) => evaluation
                    .notes
                    .push(format!("{} was not scored: {what}", file.contract.name)),
                Err(e) => return Err(e),
            }
        }
        if evaluation.tables.is_empty() {
            return Err(Error::input(input, evaluation.notes.join("; ")));
        }
        Ok((evaluation, opened))
    }

    fn score(&self, file: &ModelFile, progress: Progress) -> Result<(Table, Arc<Network>)> {
        let case = prepare(&self.product, &file.contract)?;
        let network = Arc::new(Network::open(file, &self.options)?);
        let table = score(&self.product, &case, &network, &self.options, progress)?;
        Ok((table, network))
    }

    /// The scores, which are also written as a page. A page without a picture is still a page.
    fn with_page(&self, page: &Draft, progress: Progress) -> Result<Evaluation> {
        let scored = 1.0 - PAGE_SHARE;
        let (mut evaluation, opened) = self.score_all(&mut |f, note| progress(f * scored, note))?;
        let mut part = |f: f64, note: Option<&str>| progress(scored + f * PAGE_SHARE, note);
        let picture = match picture::draw(self, &evaluation, &opened, page, &mut part) {
            Ok(png) => Some(png),
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            Err(e) => {
                let note = format!("the page has no picture: {e}");
                evaluation.notes.push(note);
                None
            }
        };
        let html = html(&evaluation, picture.as_deref());
        fs::write(page.file(), html)
            .map_err(|e| page.error(format!("it cannot be written ({e})")).because(e))?;
        page.sync()?;
        Ok(evaluation)
    }
}
