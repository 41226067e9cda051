//! The picture of the page: source and result side by side, from the middle of what was scored.

use std::fs;
use std::sync::Arc;

use super::{Evaluation, Opened, Work};
use crate::engine::{Engine, Readers};
use crate::error::{Error, Result};
use crate::job::Job;
use crate::model::{ModelFile, Network};
use crate::options::Options;
use crate::output::Draft;
use crate::tasks::pipeline::each_tile;
use crate::tasks::preview::Preview;
use crate::tasks::watch::Progress;

/// Side of the part that is super-resolved for the picture, in m.
const SIDE: f64 = 4800.0;

/// The picture as a PNG, made with what is open already. It is drawn beside the page.
pub(super) fn draw(
    work: &Work,
    evaluation: &Evaluation,
    opened: &Opened,
    page: &Draft,
    progress: Progress,
) -> Result<Vec<u8>> {
    let options = shown(&work.options, evaluation)?;
    let job = Job::with_networks(work.product.clone(), &work.choice, &options)?;
    let job = Arc::new(job);
    let network = |file: &Arc<ModelFile>| {
        let same = opened.iter().find(|(of, _)| Arc::ptr_eq(of, file));
        match same {
            Some((_, network)) => Ok(network.clone()),
            None => Network::open(file, &options).map(Arc::new),
        }
    };
    let networks = job.models.iter().map(network).collect::<Result<_>>()?;
    let engine = Engine::with(job.clone(), networks, &options);
    let mut preview = Preview::of(&job)?;
    let (tile, scale) = (options.tile.unwrap_or_else(|| job.tile()), job.scale);
    let origin = (job.window.x, job.window.y);
    each_tile(
        &engine,
        Readers::open(&job)?,
        tile,
        progress,
        &mut |part, bands| {
            preview.look(part.relative_to(origin).finer(scale), &bands);
            Ok(())
        },
    )?;
    let file = page.scratch();
    preview.draw(&file).map_err(|what| page.error(what))?;
    fs::read(&file).map_err(|e| Error::output(&file, e.to_string()).because(e))
}

/// The options for the part that is shown.
fn shown(options: &Options, evaluation: &Evaluation) -> Result<Options> {
    let mut own = options.clone();
    if let Some(table) = evaluation.tables.first() {
        let [west, north, east, south] = table.window;
        let (x, y) = ((west + east) / 2.0, (north + south) / 2.0);
        let half = |size: f64| size.min(SIDE) / 2.0;
        let (w, h) = (half(east - west), half(north - south));
        let window = format!("{} {} {} {}", x - w, y + h, x + w, y - h);
        own.set("projwin", &window)?;
    }
    Ok(own)
}
