//! The scenes that a process keeps between requests, for each of its GDALs.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};

use super::args::Request;
use super::networks;
use super::scene::{Scene, inside_itself};
use super::tiles::{self, cache_limit};
use crate::error::Result;
use crate::fork::PerProcess;
use crate::gdal::Gdal;
use crate::gdal::find::{self, MOST, table, with};
use crate::gdal::tasks::{self, Task};
use crate::locks::lock;
use crate::options::{self, Step};
use crate::product::Product;

/// Scenes that are kept though nobody has them open: pixel functions come and go with each block,
/// and a mosaic has one for each product. What takes memory is not theirs: tiles and networks.
const SCENES: usize = 400;
/// So many, those that were read last, have files open, whoever has them open: a program may have
/// hundreds of datasets, and each product has a dozen files.
const WITH_FILES: usize = 8;

static KEPT: [PerProcess<Kept>; MOST] = [const { PerProcess::new() }; MOST];

/// What is kept for one GDAL.
#[derive(Default)]
pub struct Kept {
    /// The one that was asked for last comes last.
    scenes: Mutex<Vec<(Wanted, Arc<Scene>)>>,
    /// Those with files open. The one that was read last comes last.
    with_files: Mutex<Vec<Weak<Scene>>>,
    /// Datasets of ours that are open, and pixel functions at work.
    uses: AtomicUsize,
}

/// What a request asks for: the product, the options, and where networks are looked for.
#[derive(Clone, PartialEq)]
pub struct Wanted {
    /// The product, from the root.
    pub product: PathBuf,
    pairs: Vec<(&'static str, OsString)>,
    models: (Option<PathBuf>, Option<OsString>),
}

impl Wanted {
    /// That of a request.
    pub fn by(request: &Request) -> Self {
        Self {
            product: request.product.clone(),
            pairs: request.pairs(),
            models: (
                request.options.models.clone(),
                std::env::var_os("S2SR_MODELS"),
            ),
        }
    }

    /// What was set of the options that count where a product is read.
    fn reading(&self) -> impl Iterator<Item = &(&'static str, OsString)> {
        self.pairs.iter().filter(|(key, _)| {
            let step = options::find(key).map(|e| e.step);
            *key == "bands" || matches!(step, Some(Step::Read | Step::Numbers))
        })
    }
}

/// What is kept for a GDAL in this process.
pub fn of(gdal: &Gdal) -> &'static Kept {
    KEPT[gdal.number].get()
}

/// The scene of a request, the one that is there already if there is one and nothing has
/// changed since.
pub fn scene(request: &Request) -> Result<Arc<Scene>> {
    let gdal = find::get()?;
    let kept = of(gdal);
    let wanted = Wanted::by(request);
    // Not under the lock: looking at files may take long, and planning opens rasters, which may
    // bring us here again.
    if let Some(scene) = kept.find(&wanted) {
        if scene.still_holds() {
            return Ok(scene);
        }
        kept.remove(&scene);
    }
    let task = Task::Opening(wanted.product.clone());
    if tasks::circle(|t| *t == task) {
        return Err(inside_itself(&request.product));
    }
    let _task = tasks::begin(task);
    let product = match kept.product(&wanted) {
        Some(product) => product,
        None => Arc::new(Product::open(&request.product, &request.options)?),
    };
    let scene = Arc::new(Scene::plan(gdal, request, product)?);
    // Another thread may have been quicker; then all use its scene, and with it its tiles.
    let scene = kept.add(wanted, scene);
    was_read(&scene);
    Ok(scene)
}

/// To be told when files of a scene were read: they stay open for the next time, and another's are
/// closed.
pub fn was_read(scene: &Arc<Scene>) {
    let mut with_files = lock(&of(scene.gdal).with_files);
    let this = Arc::downgrade(scene);
    with_files.retain(|other| other.strong_count() > 0 && !other.ptr_eq(&this));
    with_files.push(this);
    let idle = (with_files.len() > WITH_FILES).then(|| with_files.remove(0));
    drop(with_files);
    // Without the lock: closing a raster may close others of ours.
    if let Some(idle) = idle.and_then(|idle| idle.upgrade()) {
        idle.close_files();
    }
}

impl Kept {
    /// The scene that is wanted, if there is one.
    pub fn find(&self, wanted: &Wanted) -> Option<Arc<Scene>> {
        let mut scenes = lock(&self.scenes);
        let at = scenes.iter().position(|(of, _)| of == wanted)?;
        let found = scenes.remove(at);
        let scene = found.1.clone();
        scenes.push(found);
        Some(scene)
    }

    /// The product of a scene with other options, if it was read in the same way and stayed as it
    /// is.
    pub fn product(&self, wanted: &Wanted) -> Option<Arc<Product>> {
        let scenes: Vec<_> = lock(&self.scenes)
            .iter()
            .filter(|(of, _)| of.product == wanted.product && of.reading().eq(wanted.reading()))
            .map(|(_, scene)| scene.clone())
            .collect();
        let current = scenes.iter().find(|scene| scene.still_holds())?;
        Some(current.job.product.clone())
    }

    /// Keeps a scene, unless another thread was quicker; then that one's is the answer.
    pub fn add(&self, wanted: Wanted, scene: Arc<Scene>) -> Arc<Scene> {
        let mut scenes = lock(&self.scenes);
        if let Some((_, other)) = scenes.iter().find(|(of, _)| *of == wanted) {
            return other.clone();
        }
        scenes.push((wanted, scene.clone()));
        let gone = (scenes.len() > SCENES).then(|| scenes.remove(0));
        drop(scenes);
        drop(gone);
        scene
    }

    /// Lets go of a scene.
    pub fn remove(&self, scene: &Arc<Scene>) {
        let mut scenes = lock(&self.scenes);
        let gone = scenes
            .iter()
            .position(|(_, kept)| Arc::ptr_eq(kept, scene))
            .map(|at| scenes.remove(at));
        drop(scenes);
        drop(gone);
    }

    fn forget(&self, gdal: &Gdal) {
        let scenes = std::mem::take(&mut *lock(&self.scenes));
        scenes.iter().for_each(|(_, scene)| scene.close_files());
        tiles::of(gdal).forget(|_| true);
        networks::forget();
    }
}

/// Lives as long as a GDAL uses the plug-in. When the last use has ended, files are closed: a
/// program may say how many it left open, or delete them. With `S2SR_CACHEMAX=0` everything is
/// forgotten then.
pub struct Use {
    process: u32,
    gdal: &'static Gdal,
}

impl Use {
    /// It does.
    pub fn begin(gdal: &'static Gdal) -> Self {
        let kept = of(gdal);
        if kept.uses.fetch_add(1, Ordering::SeqCst) == 0 && cache_limit() == 0 {
            kept.forget(gdal);
        }
        Self {
            process: std::process::id(),
            gdal,
        }
    }
}

impl Drop for Use {
    fn drop(&mut self) {
        let kept = of(self.gdal);
        // What the parent of a fork() had open counts there.
        if self.process != std::process::id() || kept.uses.fetch_sub(1, Ordering::SeqCst) != 1 {
            return;
        }
        if cache_limit() == 0 {
            return kept.forget(self.gdal);
        }
        let scenes: Vec<_> = lock(&kept.scenes)
            .iter()
            .map(|(_, scene)| scene.clone())
            .collect();
        scenes.iter().for_each(|scene| scene.close_files());
    }
}

/// Lets go of all that this process keeps, for any GDAL: scenes, tiles, networks, open files. Who
/// uses a scene keeps it.
pub fn forget() {
    for gdal in (0..MOST).map_while(table) {
        with(Some(gdal), || of(gdal).forget(gdal));
    }
}
