//! Rasters as arithmetic: bands, grids, tiles, radiometry, resampling, scores. No I/O and no unsafe
//! code in here.

pub mod band;
pub mod fill;
pub mod grid;
pub mod means;
pub mod metrics;
pub mod names;
pub mod native;
pub mod packed;
pub mod plane;
pub mod polygon;
pub mod radiometry;
pub mod resample;
pub mod tiling;
