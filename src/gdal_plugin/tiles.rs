//! The tiles that a process keeps, for each of its GDALs, and how many.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::cache::Cache;
use super::config;
use crate::fork::PerProcess;
use crate::gdal::Gdal;
use crate::gdal::find::MOST;

/// What `S2SR_CACHEMAX` is where it is not set, in MB.
const CACHE: usize = 512;

static TILES: [PerProcess<Cache>; MOST] = [const { PerProcess::new() }; MOST];

/// The tiles of a GDAL in this process.
pub fn of(gdal: &Gdal) -> &'static Cache {
    TILES[gdal.number].get()
}

/// How many bytes the tiles of a GDAL may take.
pub fn cache_limit() -> usize {
    config("S2SR_CACHEMAX")
        .and_then(|v| v.trim().parse().ok())
        .unwrap_or(CACHE)
        .saturating_mul(1 << 20)
}

/// Locks, whatever became of who locked before.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
