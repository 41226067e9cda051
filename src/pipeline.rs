//! From a plan to a file: tiles are read, inferred and written by a thread each, so that the networks never wait for
//! the disk or the decoder. The calling thread only reports progress and watches for cancellation. What is in memory is
//! a few tiles, whatever the size of the product.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::core::error::{Error, Result};
use crate::core::grid::Rect;
use crate::core::options::Options;
use crate::core::tiling::tiles;
use crate::gdal::writer::{BandRecord, Record, Writer};
use crate::job::{Job, Readers, TileInput, Tiles};
use crate::model::Cancel;
use crate::report::Report;
use crate::threads::{join, start};

/// Called with the fraction done (0 to 1) and, now and then, something the user should know; `false` cancels.
pub type Progress<'a> = &'a mut dyn FnMut(f64, Option<&str>) -> bool;

/// How often progress is reported and cancellation looked for.
const HEARTBEAT: Duration = Duration::from_millis(100);

/// Super-resolves the job's window into `output`.
pub fn run(job: Job, output: &Path, options: &Options, progress: Progress) -> Result<Report> {
    let start = Instant::now();
    let tiles = open(job, options, progress)?;
    let record = record(&tiles.job);
    let mut writer = Some(Writer::create(output, &record, options.format, &options.creation)?);
    // The rename at the end is the writer thread's last act; nothing may be cancelled after it.
    let mut sink = |done: Done| -> Result<()> {
        match (done, writer.as_mut()) {
            (Done::Tile(part, bands), Some(writer)) => {
                let k = tiles.job.scale;
                let origin = (tiles.job.window.x, tiles.job.window.y);
                bands.iter().enumerate().try_for_each(|(i, b)| writer.write(i + 1, part.relative_to(origin).finer(k), b.view()))
            }
            (Done::All, _) => writer.take().map_or(Ok(()), Writer::finish),
            (Done::Tile(..), None) => Ok(()),
        }
    };
    each_tile(&tiles, Readers::open(&tiles.job)?, options, progress, &mut sink)?;
    Ok(Report::new(&tiles, Some(output), start.elapsed()))
}

/// Opens a job's networks and tells the job's notes.
pub fn open(job: Job, options: &Options, progress: Progress) -> Result<Tiles> {
    let tiles = Tiles::open(job, options)?;
    for note in &tiles.job.notes {
        if !progress(0.0, Some(note)) {
            return Err(Error::Cancelled);
        }
    }
    Ok(tiles)
}

/// What the last thread is handed.
pub enum Done {
    /// A tile, in pixels of the finest grid, and its bands in DN.
    Tile(Rect, Vec<ndarray::Array2<f32>>),
    /// Every tile was handed over.
    All,
}

/// Computes the tiles of the job's window, in order, and hands each to `sink`, which runs in a thread of its own.
pub fn each_tile(tiles: &Tiles, mut readers: Readers, options: &Options, progress: Progress, sink: &mut (dyn FnMut(Done) -> Result<()> + Send)) -> Result<()> {
    // However quick the work is, it can be cancelled before it begins.
    if !progress(0.0, None) {
        return Err(Error::Cancelled);
    }
    let list: Vec<Rect> = self::tiles(tiles.job.window, options.tile.unwrap_or_else(|| tiles.job.tile())).collect();
    let cancel = Cancel::default();
    // As many tiles wait between two threads as the networks take at once.
    let (read_tx, read_rx) = sync_channel(tiles.batch());
    let (done_tx, done_rx) = sync_channel(tiles.batch());
    // No tile is told of before the last one was reported, so that whoever cancels is heard before the work is through.
    let (tell_tx, tell_rx) = sync_channel(0);
    let (list, stop) = (&list, &cancel);
    thread::scope(|scope| {
        // Where one cannot be started, the channels of the others close, so that these end.
        let stages = [
            start(scope, move || read_all(tiles, &mut readers, list, read_tx, stop)).inspect_err(|_| stop.stop())?,
            start(scope, move || infer_all(tiles, read_rx, done_tx, stop)).inspect_err(|_| stop.stop())?,
            start(scope, move || write_all(done_rx, sink, tell_tx, list.len(), stop)).inspect_err(|_| stop.stop())?,
        ];
        let watched = watch(tell_rx, list.len(), progress, stop);
        // The first thread to fail stops the others, which then end without an error of their own.
        let mut errors: Vec<Error> = stages.map(join).into_iter().filter_map(Result::err).collect();
        errors.sort_by_key(|e| matches!(e, Error::Cancelled));
        match errors.into_iter().next() {
            Some(e) => Err(e),
            None => watched,
        }
    })
}

fn read_all(tiles: &Tiles, readers: &mut Readers, list: &[Rect], out: SyncSender<(Rect, TileInput)>, cancel: &Cancel) -> Result<()> {
    for &tile in list {
        if cancel.is_stopped() {
            return Err(Error::Cancelled);
        }
        let input = tiles.read(readers, tile).inspect_err(|_| cancel.stop())?;
        if out.send((tile, input)).is_err() {
            break;
        }
    }
    Ok(())
}

fn infer_all(tiles: &Tiles, input: Receiver<(Rect, TileInput)>, out: SyncSender<Done>, cancel: &Cancel) -> Result<()> {
    while let Ok(first) = input.recv() {
        // What else was read meanwhile goes along, where the device likes to have several tiles.
        let more = std::iter::from_fn(|| input.try_recv().ok()).take(tiles.batch() - 1);
        let (places, inputs): (Vec<Rect>, Vec<TileInput>) = std::iter::once(first).chain(more).unzip();
        let made = tiles.infer_many(inputs, cancel).inspect_err(|_| cancel.stop())?;
        for (tile, bands) in places.into_iter().zip(made) {
            if out.send(Done::Tile(tile, bands)).is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn write_all(input: Receiver<Done>, sink: &mut (dyn FnMut(Done) -> Result<()> + Send), tell: SyncSender<()>, count: usize, cancel: &Cancel) -> Result<()> {
    let mut written = 0;
    for done in input {
        sink(done).inspect_err(|_| cancel.stop())?;
        written += 1;
        let _ = tell.send(());
    }
    // Received once the last tile was reported.
    let _ = tell.send(());
    if written < count || cancel.is_stopped() {
        return Err(Error::Cancelled);
    }
    sink(Done::All)
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

/// What is written about the result.
pub fn record(job: &Job) -> Record {
    let item = |k: &str, v: &str| (k.to_owned(), v.to_owned());
    let product = &job.product;
    let mut metadata = vec![
        item("S2SR_VERSION", env!("CARGO_PKG_VERSION")),
        item("S2SR_MODEL", &job.models().join(", ")),
        item("S2SR_QUALITY", job.quality.name()),
        item("S2SR_PRODUCT", &product.name),
        item("TIFFTAG_SOFTWARE", concat!("s2sr ", env!("CARGO_PKG_VERSION"))),
        item("TIFFTAG_COPYRIGHT", "contains modified Copernicus Sentinel data"),
    ];
    let known = [("PROCESSING_LEVEL", &product.level), ("PROCESSING_BASELINE", &product.baseline), ("SPACECRAFT_NAME", &product.spacecraft)];
    metadata.extend(known.into_iter().filter_map(|(k, v)| v.as_ref().map(|v| item(k, v))));
    let band = |o: &crate::job::Output| BandRecord {
        name: o.band.name().to_owned(),
        scale: 1.0 / o.radiometry.quantification,
        offset: o.radiometry.add_offset / o.radiometry.quantification,
        metadata: vec![item("WAVELENGTH", &format!("{}", o.wavelength)), item("WAVELENGTH_UNIT", "nm"), item("BANDNAME", o.band.name())],
    };
    Record {
        grid: job.grid(&job.window),
        crs: product.crs.clone(),
        dtype: job.dtype,
        nodata: f64::from(job.nodata()),
        bands: job.outputs.iter().map(band).collect(),
        metadata,
    }
}
