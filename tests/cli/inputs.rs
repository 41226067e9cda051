//! Sentinel-2 data as people have them: other units, names, layouts and pieces. Each gives the pixels
//! of the plain folder of the same bands, or a sentence that leads on.

mod areas;
mod beside;
mod cutlines;
mod ground;
mod kept;
mod names;
mod numbers;
mod places;
mod products;
mod results;
mod theia;
mod units;
mod virtual_rasters;
mod zarr;

#[cfg(windows)]
pub use ground::python;
