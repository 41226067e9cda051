//! From a plan to a file: tiles are read, inferred (on a GPU by two threads) and written by a thread
//! each, and others decode ahead, so that the networks never wait for the disk or the decoder. The
//! calling thread only reports progress and watches for cancellation. What is in memory is a few
//! tiles, whatever the size of the product.

use std::iter::repeat_n;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use ndarray::Array2;

use crate::engine::extras::Extras;
use crate::engine::{Engine, Readers, Shelf, TileInput};
use crate::error::{Error, Result};
use crate::gdal::spawn::{ended, spawn_scoped};
use crate::gdal::writer::Writer;
use crate::job::{Job, record};
use crate::model::Cancel;
use crate::options::{Format, Options};
use crate::output::Draft;
use crate::product::verify::Verify;
use crate::raster::grid::Rect;
use crate::raster::tiling::tiles;
use crate::tasks::inference::{Batch, infer_all, workers};
use crate::tasks::report::Report;
use crate::tasks::watch::HEARTBEAT;
pub use crate::tasks::watch::Progress;

/// The share of the progress that making a COG from the finished pixels has.
const COG_SHARE: f64 = 0.1;

/// Sees the tiles that are written: where each lies in the result, and its bands.
pub type Look<'a> = &'a mut (dyn FnMut(Rect, &[Array2<f32>]) + Send);

/// Super-resolves the job's window into `output`.
pub fn run(
    job: Arc<Job>,
    output: &Draft,
    options: &Options,
    progress: Progress,
    look: Look,
) -> Result<Report> {
    let start = Instant::now();
    let engine = open(job, options, progress)?;
    let (job, window) = (&engine.job, engine.job.window);
    let mut check = Verify::start(
        &job.product,
        job.natives.iter().map(|n| n.band),
        window.w * window.h,
        !options.no_verify,
    )?;
    let mut extras = Extras::open(job)?;
    let mut writer = Writer::create(output, &record(job), options.format, &options.creation)?;
    let last = if options.format == Format::Cog {
        COG_SHARE
    } else {
        0.0
    };
    let k = engine.job.scale;
    let origin = (engine.job.window.x, engine.job.window.y);
    let mut sink = |part: Rect, mut bands: Vec<Array2<f32>>| {
        check.look()?;
        let mask = extras.complete(job, part, &mut bands)?;
        let place = part.relative_to(origin).finer(k);
        look(place, &bands);
        for (i, band) in bands.iter().enumerate() {
            writer.write(i + 1, place, band.view())?;
        }
        if let Some(mask) = mask {
            writer.write_mask(place, mask.view())?;
        }
        writer.settle(place)
    };
    let mut part = |f: f64, note: Option<&str>| progress(f * (1.0 - last), note);
    each_tile(
        &engine,
        Readers::open(&engine.job)?,
        options.tile.unwrap_or_else(|| engine.job.tile()),
        &mut part,
        &mut sink,
    )?;
    let verified = check.finish()?;
    let strange = job.product.strange.notes();
    if !strange.iter().all(|note| progress(1.0 - last, Some(note))) {
        return Err(Error::Cancelled);
    }
    let mut report = Report::new(&engine, Some(output.name()));
    report.notes.extend(strange);
    report.verified = verified;
    // To give back the memory of networks takes a while, too.
    thread::scope(|scope| {
        let closing = spawn_scoped(scope, move || {
            drop(engine);
            Ok(())
        });
        writer.finish(&mut |f| progress(1.0 - last + f * last, None))?;
        output.sync()?;
        closing.map_or(Ok(()), |thread| ended(thread.join()))
    })?;
    report.seconds = start.elapsed().as_secs_f64();
    Ok(report)
}

/// Opens a job's networks and tells the job's notes.
fn open(job: Arc<Job>, options: &Options, progress: Progress) -> Result<Engine> {
    let engine = Engine::open(job, options)?;
    tell(&engine.notes, progress)?;
    Ok(engine)
}

/// Tells notes before the work begins.
pub(super) fn tell(notes: &[String], progress: Progress) -> Result<()> {
    match notes.iter().all(|note| progress(0.0, Some(note))) {
        true => Ok(()),
        false => Err(Error::Cancelled),
    }
}

/// What takes the tiles.
pub type Sink<'a> = &'a mut (dyn FnMut(Rect, Vec<Array2<f32>>) -> Result<()> + Send);

/// Computes the job's window in tiles of `tile` pixels of the finest grid, in order, and hands each
/// to `sink`, which runs in a thread of its own.
pub fn each_tile(
    engine: &Engine,
    readers: Readers,
    tile: i64,
    progress: Progress,
    sink: Sink,
) -> Result<()> {
    // However quick the work is, it can be cancelled before it begins.
    if !progress(0.0, None) {
        return Err(Error::Cancelled);
    }
    let list: Vec<Rect> = tiles(engine.job.window, tile).collect();
    let cancel = Cancel::default();
    let (shelf, mut readers) = Shelf::new(&engine.job, &list, readers, engine.threads, &cancel);
    // With the one that its thread holds, as many tiles wait as the networks take at once.
    let (read_tx, read_rx) = sync_channel(engine.batch() - 1);
    let workers = workers(engine);
    let (done_tx, done_rx) = sync_channel(workers);
    let read_rx = Arc::new(Mutex::new(read_rx));
    // No tile is told of before the last one was reported, so that whoever cancels is heard before
    // the work is through.
    let (tell_tx, tell_rx) = sync_channel(0);
    let (list, stop) = (&list, &cancel);
    thread::scope(|scope| {
        // However this thread leaves, be it by a panic of the progress function, the others end
        // with it.
        let _stop = StopAtEnd(stop);
        let shelf = &*shelf;
        let mut stages = vec![
            spawn_scoped(scope, move || {
                read_all(engine, &mut readers, shelf, list, read_tx, stop)
            })?,
            spawn_scoped(scope, move || {
                write_all(done_rx, sink, tell_tx, list.len(), stop)
            })?,
        ];
        for (input, out) in repeat_n((read_rx, done_tx), workers) {
            stages.push(spawn_scoped(scope, move || {
                infer_all(engine, &input, out, stop)
            })?);
        }
        // The thread that reads decodes as well. Where the system has no more threads it does so
        // alone.
        let others = engine.threads.min(shelf.count()).saturating_sub(1);
        let helpers: Vec<_> = (0..others)
            .map_while(|_| spawn_scoped(scope, || shelf.work()).ok())
            .collect();
        let watched = watch(tell_rx, list.len(), progress, stop);
        // The first thread to fail stops the others, which then end without an error of their own.
        let mut errors: Vec<Error> = stages
            .into_iter()
            .map(|stage| ended(stage.join()))
            .filter_map(Result::err)
            .collect();
        errors.extend(helpers.into_iter().filter_map(|h| ended(h.join()).err()));
        errors.sort_by_key(|e| matches!(e, Error::Cancelled));
        match errors.into_iter().next() {
            Some(e) => Err(e),
            None => watched,
        }
    })
}

struct StopAtEnd<'a>(&'a Cancel);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

fn read_all(
    engine: &Engine,
    readers: &mut Readers,
    shelf: &Shelf,
    list: &[Rect],
    out: SyncSender<(Rect, TileInput)>,
    cancel: &Cancel,
) -> Result<()> {
    for (number, &tile) in list.iter().enumerate() {
        if cancel.is_stopped() {
            return Err(Error::Cancelled);
        }
        let mut read = || {
            let input = engine.read(readers, tile)?;
            shelf.read(number)?;
            Ok(input)
        };
        let input = read().inspect_err(|_| cancel.stop())?;
        if out.send((tile, input)).is_err() {
            break;
        }
    }
    Ok(())
}

fn write_all(
    input: Receiver<Batch>,
    sink: Sink,
    tell: SyncSender<()>,
    count: usize,
    cancel: &Cancel,
) -> Result<()> {
    let mut written = 0;
    for (tile, bands) in input.into_iter().flatten() {
        sink(tile, bands).inspect_err(|_| cancel.stop())?;
        written += 1;
        let _ = tell.send(());
    }
    // Received once the last tile was reported.
    let _ = tell.send(());
    if written < count || cancel.is_stopped() {
        Err(Error::Cancelled)
    } else {
        Ok(())
    }
}

/// Reports progress until the writer is through or the caller cancels.
fn watch(told: Receiver<()>, count: usize, progress: Progress, cancel: &Cancel) -> Result<()> {
    let mut done = 0;
    loop {
        let through = match told.recv_timeout(HEARTBEAT) {
            Ok(()) if done == count => continue,
            Ok(()) => {
                done += 1;
                false
            }
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => true,
        };
        if through {
            return Ok(());
        }
        if !cancel.is_stopped() && !progress(done as f64 / count as f64, None) {
            cancel.stop();
        }
    }
}
