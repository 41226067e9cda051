//! A product with its options, ready to give any rectangle of the result. One scene serves all
//! datasets, pixel functions and threads of the process that ask for the same, as long as the files
//! that it was made from stay as they are.

use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, ScopedJoinHandle};
use std::time::Instant;

use super::args::Request;
use super::cache::{Key, Tile};
use super::debug;
use super::networks;
use super::pixels::{Pixels, width};
use super::seen::Seen;
use super::tiles::{self, cache_limit};
use crate::engine::extras::Extras;
use crate::engine::{Engine, Readers, TileInput};
use crate::error::{Error, Result};
use crate::fork::PerProcess;
use crate::gdal::Gdal;
use crate::gdal::spawn::{ended, spawn_scoped};
use crate::gdal::tasks::{self, Begun, Task};
use crate::job::{Job, Part};
use crate::locks::lock;
use crate::model::Cancel;
use crate::options::Options;
use crate::product::{BandSource, Product};
use crate::raster::grid::Rect;

/// Tiles get no smaller than this, in pixels of the finest grid, for the sake of the cache.
const SMALLEST: i64 = 192;
/// So many pixels of the finest grid are whole pixels of every band.
const WHOLE: i64 = 6;

/// See the module.
pub struct Scene {
    /// By which its parts' tiles are known.
    numbers: Range<u64>,
    /// The GDAL that reads it.
    pub gdal: &'static Gdal,
    /// The plan.
    pub job: Arc<Job>,
    /// What is computed together.
    parts: Vec<Part>,
    /// Tile size in pixels of the job's finest grid.
    pub tile: i64,
    options: Options,
    seen: Seen,
    working: PerProcess<Working>,
}

/// What a scene works with; each process opens its own.
#[derive(Default)]
struct Working {
    /// Sets of open bands that no thread uses right now.
    readers: Mutex<Vec<Readers>>,
    /// What tiles get besides their bands, open, where no thread uses it right now.
    extras: Mutex<Vec<Extras>>,
    /// Bands, opened for coarse looks, that no thread uses right now.
    bands: Mutex<Vec<(usize, BandSource)>>,
}

impl Drop for Scene {
    fn drop(&mut self) {
        tiles::of(self.gdal).forget(|number| self.numbers.contains(&number));
    }
}

impl Scene {
    pub(super) fn plan(
        gdal: &'static Gdal,
        request: &Request,
        product: Arc<Product>,
    ) -> Result<Scene> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let job = Arc::new(Job::plan(product, &request.options)?);
        let parts = job.parts();
        let count = parts.len() as u64;
        let number = NUMBER.fetch_add(count, Ordering::Relaxed);
        Ok(Scene {
            numbers: number..number + count,
            gdal,
            parts,
            tile: tile_size(&job, &request.options),
            options: request.options.clone(),
            seen: Seen::of(&job, request.options.cutline.as_deref()),
            working: PerProcess::new(),
            job,
        })
    }

    /// Whether all that it was made from is as it was.
    pub fn still_holds(&self) -> bool {
        self.seen.still_holds()
    }

    /// Columns and rows of the result.
    pub fn size(&self) -> (i64, i64) {
        (
            self.job.window.w * self.job.scale,
            self.job.window.h * self.job.scale,
        )
    }

    /// A rectangle of a plane, in pixels of the result.
    pub fn read(&self, place: usize, rect: Rect) -> Result<Pixels> {
        let mut out = Pixels::zeros((rect.w as usize, rect.h as usize), self.kind(place))?;
        self.each_tile(place, rect, |at, tile| out.paste(rect, tile, at))?;
        Ok(out)
    }

    /// Hands over the tiles of a plane that touch a rectangle, each with the rectangle that it
    /// covers; all in pixels of the result. With a plane comes what is computed together with it,
    /// and no more.
    pub fn each_tile(
        &self,
        place: usize,
        rect: Rect,
        mut sink: impl FnMut(Rect, &Pixels),
    ) -> Result<()> {
        let (cols, rows) = self.size();
        if rect.is_empty() || !Rect::new(0, 0, cols, rows).contains(&rect) {
            return Err(Error::internal(format!(
                "{rect:?} was asked of a result of {cols} x {rows} pixels"
            )));
        }
        let whole = Rect::new(0, 0, self.job.window.w, self.job.window.h);
        let span = rect.coarser(self.tile * self.job.scale);
        let places = (span.y..span.y1()).flat_map(|y| (span.x..span.x1()).map(move |x| (x, y)));
        let covered = |(x, y)| Rect::new(x, y, 1, 1).finer(self.tile).intersect(&whole);
        let (number, part) = (self.numbers.clone())
            .zip(&self.parts)
            .find(|(_, part)| part.planes.contains(&place))
            .ok_or_else(|| Error::internal("a plane was asked for that there is not"))?;
        let place = part.planes.iter().take_while(|p| **p != place).count();
        let tiles: Vec<(Key, Rect)> = places
            .map(|(x, y)| ((number, x, y), covered((x, y))))
            .collect();
        self.check_circle()?;
        let cache = tiles::of(self.gdal);
        let circle = || inside_itself(&self.job.product.path);
        thread::scope(|scope| {
            // The next tile's input, read while the networks are busy with this one.
            let mut ahead: Option<(Key, ScopedJoinHandle<'_, Result<TileInput>>)> = None;
            for (i, &(key, at)) in tiles.iter().enumerate() {
                let tile = cache.get(key, cache_limit(), circle, || {
                    let engine = Arc::new(self.engine()?.part(part));
                    let input = match ahead.take().filter(|(k, _)| *k == key) {
                        Some((_, reading)) => ended(reading.join())?,
                        None => self.input(&engine, key, at)?,
                    };
                    if let Some(&(key, at)) = tiles.get(i + 1).filter(|(key, _)| !cache.holds(*key))
                    {
                        let engine = engine.clone();
                        // Without a thread for it, it is read when its turn comes.
                        ahead = spawn_scoped(scope, move || self.input(&engine, key, at))
                            .ok()
                            .map(|reading| (key, reading));
                    }
                    self.infer(&engine, part, input, at)
                })?;
                sink(at.finer(self.job.scale), &tile[place]);
            }
            Ok(())
        })
    }

    /// Reads what a tile needs; `part` is counted from the result's first pixel.
    fn input(&self, engine: &Engine, key: Key, part: Rect) -> Result<TileInput> {
        let _task = tasks::begin(Task::Tile(key));
        let working = self.working.get();
        // Taken out of the pool while in use; after an error they are not put back.
        let idle = lock(&working.readers).pop();
        let read = || {
            let mut readers = idle.map_or_else(|| Readers::open(&self.job), Ok)?;
            let input = engine.read_alone(
                &mut readers,
                part.shift((self.job.window.x, self.job.window.y)),
            )?;
            Ok((readers, input))
        };
        let (readers, input) = read().map_err(|e| self.without_detour(e))?;
        lock(&working.readers).push(readers);
        Ok(input)
    }

    /// Does something with the source of a band of the result, which is opened if none is idle.
    pub(super) fn with_source<T>(
        &self,
        band: usize,
        work: impl FnOnce(&mut BandSource) -> Result<T>,
    ) -> Result<T> {
        let _task = self.begin_look(band)?;
        let bands = &self.working.get().bands;
        let idle = {
            let mut bands = lock(bands);
            let at = bands.iter().position(|(of, _)| *of == band);
            at.map(|at| bands.swap_remove(at).1)
        };
        let open = || self.job.product.source(self.job.outputs[band].band);
        let read = || {
            let mut source = idle.map_or_else(open, Ok)?;
            let done = work(&mut source)?;
            Ok((source, done))
        };
        let (source, done) = read().map_err(|e| self.without_detour(e))?;
        lock(bands).push((band, source));
        Ok(done)
    }

    /// Does something with what tiles get besides their bands, which is opened if none is idle.
    pub(super) fn with_extras<T>(&self, work: impl FnOnce(&mut Extras) -> Result<T>) -> Result<T> {
        let pool = &self.working.get().extras;
        let idle = lock(pool).pop();
        let mut extras = idle.map_or_else(|| Extras::open(&self.job), Ok)?;
        let done = work(&mut extras)?;
        lock(pool).push(extras);
        Ok(done)
    }

    /// A coarse look reads what is no tile, but may come round to this scene as well.
    fn begin_look(&self, band: usize) -> Result<Begun> {
        self.check_circle()?;
        Ok(tasks::begin(Task::Tile((
            self.numbers.start,
            -1,
            band as i64,
        ))))
    }

    fn check_circle(&self) -> Result<()> {
        let ours =
            |t: &Task| matches!(t, Task::Tile((number, ..)) if self.numbers.contains(number));
        if tasks::circle(ours) {
            Err(inside_itself(&self.job.product.path))
        } else {
            Ok(())
        }
    }

    /// That a raster is made of itself is found where it comes round to itself, and every raster on
    /// the way adds its own words. GDAL hands errors on as text.
    fn without_detour(&self, error: Error) -> Error {
        if error.to_string().contains(INSIDE_ITSELF) {
            inside_itself(&self.job.product.path)
        } else {
            error
        }
    }

    /// Closes the files that nobody reads right now.
    pub(super) fn close_files(&self) {
        let working = self.working.get();
        // Dropped without the locks: closing a raster may close others of ours.
        let idle = (
            std::mem::take(&mut *lock(&working.extras)),
            std::mem::take(&mut *lock(&working.readers)),
            std::mem::take(&mut *lock(&working.bands)),
        );
        drop(idle);
        // The bands that were dropped just now left theirs there.
        self.job.product.rasters.close();
    }

    fn infer(&self, engine: &Engine, part: &Part, input: TileInput, at: Rect) -> Result<Tile> {
        let start = Instant::now();
        let mut bands = engine.infer(input, &Cancel::default())?;
        let at_job = at.shift((self.job.window.x, self.job.window.y));
        let mask = self.with_extras(|extras| extras.complete(&part.job, at_job, &mut bands))?;
        let tile = bands
            .iter()
            .chain(&mask)
            .zip(&part.planes)
            .map(|(b, place)| Pixels::store(self.gdal, b.view(), self.kind(*place)))
            .collect::<Result<_>>()?;
        debug(
            self.gdal,
            &format!(
                "tile at {} {}, {} x {}: {} planes inferred in {:.1?}",
                at.x,
                at.y,
                at.w,
                at.h,
                part.planes.len(),
                start.elapsed()
            ),
        );
        Ok(tile)
    }

    /// What computes its tiles. Networks are opened for the first one.
    fn engine(&self) -> Result<Arc<Engine>> {
        let (engine, new) = networks::engine(&self.job, &self.options)?;
        if new {
            let devices: Vec<&str> = engine.networks().map(|n| n.device.as_str()).collect();
            debug(
                self.gdal,
                &format!(
                    "opened {} on {}",
                    engine.job.models().join(", "),
                    devices.join(", ")
                ),
            );
        }
        Ok(Arc::new(engine))
    }
}

const INSIDE_ITSELF: &str =
    "it is made of itself, directly or by other rasters; leave out of it what leads back to it";

pub(super) fn inside_itself(product: &Path) -> Error {
    Error::input(product, INSIDE_ITSELF)
}

/// The tile size in pixels of the finest grid: what suits the networks, if it also suits programs
/// that read strips over the whole width, one band after the other. For these a row of tiles has to
/// stay in the cache until the last band was read.
fn tile_size(job: &Job, options: &Options) -> i64 {
    let row = |tile: i64| {
        (job.window.w * tile * job.scale * job.scale) as usize
            * job.outputs.len()
            * width(job.dtype)
    };
    let mut tile = options.tile.unwrap_or_else(|| job.tile());
    while options.tile.is_none() && row(tile) > cache_limit() / 5 * 4 && tile > SMALLEST {
        tile = (tile / 2 / WHOLE).max(1) * WHOLE;
    }
    tile
}
