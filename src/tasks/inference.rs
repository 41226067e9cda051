//! The networks at work on tiles that were read.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use ndarray::Array2;

use crate::engine::{Engine, TileInput};
use crate::error::Result;
use crate::locks::lock;
use crate::model::Cancel;
use crate::raster::grid::Rect;

/// A tile, in pixels of the finest grid, and its bands in DN.
pub type Tile = (Rect, Vec<Array2<f32>>);

/// Tiles of one batch as they become ready. These come in the order of the tiles, whoever computes
/// them.
pub type Batch = Receiver<Tile>;

/// How many threads hand tiles to the networks: of a GPU's, one makes the next ones ready while
/// those of another are computed.
pub fn workers(engine: &Engine) -> usize {
    if engine.batch() > 1 { 2 } else { 1 }
}

/// Runs the networks on tiles until there are no more. Several threads may do this.
pub fn infer_all(
    engine: &Engine,
    input: &Mutex<Receiver<(Rect, TileInput)>>,
    out: SyncSender<Batch>,
    cancel: &Cancel,
) -> Result<()> {
    loop {
        let (batch, ready) = {
            let input = lock(input);
            let Ok(first) = input.recv() else {
                return Ok(());
            };
            // What else was read meanwhile goes along, where the device likes to have several
            // tiles.
            let more = std::iter::from_fn(|| input.try_recv().ok()).take(engine.batch() - 1);
            let batch: Vec<_> = std::iter::once(first).chain(more).collect();
            let (ready, promised) = sync_channel(engine.batch() - 1);
            if out.send(promised).is_err() {
                return Ok(());
            }
            (batch, ready)
        };
        let (places, inputs): (Vec<Rect>, Vec<TileInput>) = batch.into_iter().unzip();
        let made = engine
            .infer_many(inputs, cancel)
            .inspect_err(|_| cancel.stop())?;
        for tile in places.into_iter().zip(made) {
            if ready.send(tile).is_err() {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ndarray::s;

    use super::*;
    use crate::error::Error;
    use crate::model::Network;
    use crate::tasks::pipeline::each_tile;
    use crate::tasks::reads::counting::{BLOCK, Counting};
    use crate::tasks::reads::{options, planned, readers, sources};

    const TILE: i64 = 60;

    /// What comes of tiles, in the order in which it comes, until `last` of them came.
    fn tiles_of(on_a_gpu: bool, last: usize) -> Result<Vec<Tile>> {
        let mut options = options(2, TILE);
        options.set("model", "fast-s6x").unwrap();
        options.set("quality", "best").unwrap();
        let job = Arc::new(planned(&options).job().clone());
        let open = |model| {
            let mut network = Network::open(model, &options).unwrap();
            if on_a_gpu {
                network.run_as_on_a_gpu();
            }
            Arc::new(network)
        };
        let networks = job.models.iter().map(|model| open(model)).collect();
        let engine = Engine::with(job, networks, &options);
        assert_eq!(workers(&engine), if on_a_gpu { 2 } else { 1 });
        // There is nothing to compute but the first tile, so all others are ready before it.
        let sources = sources(&engine, |gsd| {
            let mut source = Counting::new(gsd, BLOCK, false, true);
            let (mut pixels, first) = (Array2::clone(&source.pixels), (TILE * 10 / gsd) as usize);
            pixels.slice_mut(s![first.., ..]).fill(0.0);
            pixels.slice_mut(s![.., first..]).fill(0.0);
            source.pixels = Arc::new(pixels);
            source
        });
        let mut came = Vec::new();
        let mut sink = |place: Rect, bands: Vec<Array2<f32>>| {
            came.push((place, bands));
            match came.len() == last {
                true => Err(Error::runtime("the disk is full")),
                false => Ok(()),
            }
        };
        each_tile(
            &engine,
            readers(&sources),
            TILE,
            &mut |_, _| true,
            &mut sink,
        )?;
        Ok(came)
    }

    #[test]
    fn two_threads_give_what_one_does_in_the_same_order() {
        let [one, two] = [false, true].map(|on_a_gpu| tiles_of(on_a_gpu, 0).unwrap());
        assert_eq!(one.len(), 16);
        assert!(one == two);
    }

    #[test]
    fn an_error_of_the_disk_ends_both_threads() {
        for last in [1, 5, 16] {
            let error = tiles_of(true, last).unwrap_err();
            assert_eq!(error.to_string(), "the disk is full");
        }
    }
}
