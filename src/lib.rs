//! Super-resolution of Sentinel-2 with DSen2 and VDSR: a library with a C ABI (`include/s2sr.h`), a
//! command line and a GDAL plug-in. Start at [`run`].
//!
//! Arrows point one way: [`raster`] is pure; [`gdal`], [`product`] and [`model`] are the adapters
//! to files and to ONNX Runtime; [`job`] plans, [`engine`] computes, [`tasks`] are what people ask
//! for; `capi`, `gdal_plugin` and the command line are the doors.
#![deny(unsafe_code)]

#[allow(unsafe_code)]
pub mod capi;
pub mod engine;
pub mod error;
#[allow(unsafe_code)]
mod fork;
#[allow(unsafe_code)]
pub mod gdal;
#[allow(unsafe_code)]
pub mod gdal_plugin;
pub mod job;
pub mod kernels;
#[allow(unsafe_code)]
pub mod libraries;
pub mod memory;
pub mod model;
pub mod options;
pub mod output;
pub mod places;
pub mod product;
pub mod raster;
mod stamp;
pub mod tasks;
pub mod text;

pub use tasks::run::run;
