//! The pure core: bands, grids, tiles, radiometry, resampling, scores. No I/O and no unsafe code in here.

pub mod band;
pub mod error;
pub mod fill;
pub mod grid;
pub mod memory;
pub mod metrics;
pub mod options;
pub mod plane;
pub mod radiometry;
pub mod resample;
pub mod text;
pub mod tiling;
