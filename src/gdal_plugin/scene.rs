//! A product with its options, ready to give any rectangle of the result. One scene serves all datasets, pixel functions
//! and threads of the process that ask for the same. Networks are opened when the first tile is computed.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Instant, SystemTime};

use super::args::{Request, pairs};
use super::cache::{Cache, Key, Tile};
use super::pixels::{Pixels, width};
use super::{config, debug};
use crate::core::band::{self, Band};
use crate::core::error::{Error, Result};
use crate::core::grid::Rect;
use crate::core::options::Options;
use crate::gdal::Dataset;
use crate::job::{Job, Readers, TileInput, Tiles};
use crate::model::Cancel;
use crate::product::Product;
use crate::threads::{join, start};

/// Tiles get no smaller than this, in pixels of the finest grid, for the sake of the cache.
const SMALLEST: i64 = 192;
/// So many pixels of the finest grid are whole pixels of every band.
const WHOLE: i64 = 6;
/// What `S2SR_CACHEMAX` is where it is not set, in MB.
const CACHE: usize = 512;
/// Scenes that are kept though nobody has them open: pixel functions come and go with each block.
const KEPT: usize = 8;

static TILES: LazyLock<Cache> = LazyLock::new(Cache::default);
static SCENES: Mutex<Vec<(Fingerprint, Arc<Scene>)>> = Mutex::new(Vec::new());

/// Product, when it was changed last, options.
type Fingerprint = (String, Option<SystemTime>, Vec<(&'static str, String)>);

/// See the module.
pub struct Scene {
    number: u64,
    /// The plan.
    pub job: Job,
    /// Tile size in pixels of the job's finest grid.
    pub tile: i64,
    options: Options,
    networks: Mutex<Option<Arc<Tiles>>>,
    /// Sets of open bands that no thread uses right now.
    readers: Mutex<Vec<Readers>>,
    /// The files of bands, opened for coarse looks.
    pub(super) files: Mutex<HashMap<usize, Dataset>>,
}

impl Scene {
    /// The scene of a request, the one that is there already if there is one.
    pub fn open(request: &Request) -> Result<Arc<Scene>> {
        let changed = std::fs::metadata(&request.product).and_then(|m| m.modified()).ok();
        let wanted = (request.product.clone(), changed, request.pairs());
        let find = |scenes: &mut MutexGuard<Vec<(Fingerprint, Arc<Scene>)>>| {
            let at = scenes.iter().position(|(fingerprint, _)| *fingerprint == wanted)?;
            let found = scenes.remove(at);
            let scene = found.1.clone();
            scenes.push(found);
            Some(scene)
        };
        if let Some(scene) = find(&mut lock(&SCENES)) {
            return Ok(scene);
        }
        // Not under the lock: planning opens rasters, which may bring us here again.
        let scene = Arc::new(Scene::plan(request)?);
        let mut scenes = lock(&SCENES);
        if let Some(scene) = find(&mut scenes) {
            return Ok(scene);
        }
        scenes.push((wanted, scene.clone()));
        if scenes.len() > KEPT {
            scenes.remove(0);
        }
        Ok(scene)
    }

    fn plan(request: &Request) -> Result<Scene> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let job = Job::plan(Product::open(Path::new(&request.product))?, &request.options)?;
        Ok(Scene {
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
            tile: tile_size(&job, &request.options),
            options: request.options.clone(),
            networks: Mutex::default(),
            readers: Mutex::default(),
            files: Mutex::default(),
            job,
        })
    }

    /// Columns and rows of the result.
    pub fn size(&self) -> (i64, i64) {
        (self.job.whole.w * self.job.scale, self.job.whole.h * self.job.scale)
    }

    /// The place of a band in the result.
    pub fn band(&self, band: Band) -> Result<usize> {
        self.job.outputs.iter().position(|o| o.band == band).ok_or_else(|| {
            let made = band::list(self.job.outputs.iter().map(|o| o.band));
            Error::input(
                &self.job.product.path,
                format!("{band} is not among the bands that are made of it ({made}); choose one of these, or set to, model or bands"),
            )
        })
    }

    /// A rectangle of a band, in pixels of the result.
    pub fn read(&self, band: usize, rect: Rect) -> Result<Pixels> {
        let mut out = Pixels::zeros((rect.w as usize, rect.h as usize), self.job.dtype)?;
        self.each_tile(rect, |at, tile| out.paste(rect, &tile[band], at))?;
        Ok(out)
    }

    /// Hands over the tiles that touch a rectangle, each with the rectangle that it covers; all in pixels of the result.
    pub fn each_tile(&self, rect: Rect, mut sink: impl FnMut(Rect, &Tile)) -> Result<()> {
        let (cols, rows) = self.size();
        if rect.is_empty() || !Rect::new(0, 0, cols, rows).contains(&rect) {
            return Err(Error::Internal(format!("{rect:?} was asked of a result of {cols} x {rows} pixels")));
        }
        let whole = Rect::new(0, 0, self.job.whole.w, self.job.whole.h);
        let span = rect.coarser(self.tile * self.job.scale);
        let places = (span.y..span.y1()).flat_map(|y| (span.x..span.x1()).map(move |x| (x, y)));
        let part = |(x, y)| Rect::new(x, y, 1, 1).finer(self.tile).intersect(&whole);
        let tiles: Vec<(Key, Rect)> = places.map(|(x, y)| ((self.number, x, y), part((x, y)))).collect();
        thread::scope(|scope| {
            // The next tile's input, read while the networks are busy with this one.
            let mut ahead: Option<(Key, ScopedJoinHandle<'_, Result<TileInput>>)> = None;
            for (i, &(key, part)) in tiles.iter().enumerate() {
                let tile = TILES.get(key, cache_limit(), || {
                    let networks = self.networks()?;
                    let input = match ahead.take().filter(|(k, _)| *k == key) {
                        Some((_, reading)) => join(reading)?,
                        None => self.input(&networks, part)?,
                    };
                    if let Some(&(key, part)) = tiles.get(i + 1).filter(|(key, _)| !TILES.holds(*key)) {
                        let networks = networks.clone();
                        // Without a thread for it, it is read when its turn comes.
                        ahead = start(scope, move || self.input(&networks, part)).ok().map(|reading| (key, reading));
                    }
                    self.infer(&networks, input, part)
                })?;
                sink(part.finer(self.job.scale), &tile);
            }
            Ok(())
        })
    }

    /// Reads what a tile needs; `part` is counted from the result's first pixel.
    fn input(&self, networks: &Tiles, part: Rect) -> Result<TileInput> {
        // Taken out of the pool while in use; after an error they are not put back.
        let idle = lock(&self.readers).pop();
        let mut readers = idle.map_or_else(|| Readers::open(&self.job), Ok)?;
        let input = networks.read(&mut readers, part.shift((self.job.whole.x, self.job.whole.y)))?;
        lock(&self.readers).push(readers);
        Ok(input)
    }

    fn infer(&self, networks: &Tiles, input: TileInput, part: Rect) -> Result<Tile> {
        let start = Instant::now();
        let bands = networks.infer(input, &Cancel::default())?;
        let tile = bands.iter().map(|b| Pixels::store(b.view(), self.job.dtype)).collect::<Result<_>>()?;
        debug(&format!("tile at {} {}, {} x {}: inferred in {:.1?}", part.x, part.y, part.w, part.h, start.elapsed()));
        Ok(tile)
    }

    fn networks(&self) -> Result<Arc<Tiles>> {
        let mut networks = lock(&self.networks);
        if let Some(tiles) = &*networks {
            return Ok(tiles.clone());
        }
        // The plan is made anew: it goes into the opened one, and the scene keeps its own.
        let tiles = Arc::new(Tiles::open(Job::plan(self.job.product.clone(), &self.options)?, &self.options)?);
        let devices: Vec<&str> = tiles.networks().map(|n| n.device.as_str()).collect();
        debug(&format!("opened {} on {}", tiles.job.models().join(", "), devices.join(", ")));
        *networks = Some(tiles.clone());
        Ok(tiles)
    }
}

/// The tile size in pixels of the finest grid: what suits the networks, if it also suits programs that read strips over the
/// whole width, one band after the other. For these a row of tiles has to stay in the cache until the last band was read.
fn tile_size(job: &Job, options: &Options) -> i64 {
    let row = |tile: i64| (job.whole.w * tile * job.scale * job.scale) as usize * job.outputs.len() * width(job.dtype);
    let mut tile = options.tile.unwrap_or_else(|| job.tile());
    while options.tile.is_none() && row(tile) > cache_limit() / 5 * 4 && tile > SMALLEST {
        tile = (tile / 2 / WHOLE).max(1) * WHOLE;
    }
    tile
}

fn cache_limit() -> usize {
    config("S2SR_CACHEMAX").and_then(|v| v.trim().parse().ok()).unwrap_or(CACHE).saturating_mul(1 << 20)
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The name under which the driver opens a product with options.
pub fn name(product: &str, options: &Options) -> String {
    let options: String = pairs(options).iter().map(|(k, v)| format!(",{k}={v}")).collect();
    format!("{}\"{product}\"{options}", super::args::PREFIX)
}
