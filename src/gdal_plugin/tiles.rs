//! The tiles that a process keeps, for each of its GDALs, and how many.

use super::cache::Cache;
use super::config;
use crate::error::{Error, Result};
use crate::fork::PerProcess;
use crate::gdal::Gdal;
use crate::gdal::find::MOST;

/// The GDAL configuration option that sets it, in MB.
const LIMIT: &str = "S2SR_CACHEMAX";

/// What it is where it is not set.
const CACHE: usize = 512;

static TILES: [PerProcess<Cache>; MOST] = [const { PerProcess::new() }; MOST];

/// The tiles of a GDAL in this process.
pub fn of(gdal: &Gdal) -> &'static Cache {
    TILES[gdal.number].get()
}

/// How many bytes the tiles of a GDAL may take.
pub fn cache_limit() -> usize {
    config(LIMIT)
        .and_then(|v| v.trim().parse().ok())
        .unwrap_or(CACHE)
        .saturating_mul(1 << 20)
}

/// Refuses a limit that is none.
pub fn check_limit() -> Result<()> {
    match config(LIMIT) {
        Some(v) if v.trim().parse::<usize>().is_err() => Err(Error::option(format!(
            "the GDAL configuration option {LIMIT} takes a whole number of MB, not '{v}'"
        ))),
        _ => Ok(()),
    }
}
