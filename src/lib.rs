//! Super-resolution of Sentinel-2: 20 and 60 m bands at 10 m, all bands at 5 m, by networks that
//! run in ONNX Runtime.
//!
//! A product becomes a GeoTIFF with [`run`]; [`Product`] tells what it is and what can be made of
//! it; a [`Model`] works on arrays in memory.
//!
//! ```no_run
//! use s2sr::{Options, run};
//!
//! let options = Options::builder().to(10).bands(["B5", "B11"]).build()?;
//! let report = run("S2A_MSIL2A_20230101.SAFE", "sharper.tif", &options, &mut |_, _| true)?;
//! assert_eq!(report.bands, ["B5", "B11"]);
//! # Ok::<(), s2sr::Error>(())
//! ```
//!
//! # What it needs
//! ONNX Runtime is found when a network is opened, GDAL when a file is: neither is linked. Networks
//! are files, which come with the repository and with installed packages, not with this crate. The
//! options `onnxruntime`, `gdal` and `models`, the variables `ORT_DYLIB_PATH`, `S2SR_GDAL` and
//! `S2SR_MODELS` say where they are; else the places around this code and the system's are looked
//! at, and an error names them.
//!
//! # Features
//! - `cli` (default): what the program `s2sr` needs besides the library.
//! - `cuda` (default): networks on CUDA devices, where ONNX Runtime is built with CUDA.
//!
//! # Doors
//! The same library has a C interface (`include/s2sr.h`) and is a GDAL plug-in; `ARCHITECTURE.md`
//! in the repository is its map.
#![deny(unsafe_code)]

#[allow(unsafe_code)]
mod capi;
mod engine;
mod error;
mod facade;
#[allow(unsafe_code)]
mod fork;
#[allow(unsafe_code)]
mod gdal;
#[allow(unsafe_code)]
mod gdal_plugin;
mod job;
mod kernels;
#[allow(unsafe_code)]
mod libraries;
mod locks;
mod memory;
mod model;
mod options;
mod output;
mod places;
mod product;
mod raster;
mod stamp;
mod tasks;
mod text;

pub use error::{Cause, Error, Result};
pub use facade::{Model, Product, Progress, Report, run};
pub use options::{Options, OptionsBuilder};

/// The rooms of the library, for the program `s2sr` and for this project's own tests, benches and
/// fuzzing. No part of the interface: what is in here changes without notice.
#[doc(hidden)]
pub mod internals {
    pub mod capi {
        pub use crate::capi::*;
    }
    pub mod engine {
        pub use crate::engine::*;
    }
    pub mod error {
        pub use crate::error::*;
    }
    pub mod gdal {
        pub use crate::gdal::*;
    }
    pub mod gdal_plugin {
        pub use crate::gdal_plugin::*;
    }
    pub mod job {
        pub use crate::job::*;
    }
    pub mod kernels {
        pub use crate::kernels::*;
    }
    pub mod libraries {
        pub use crate::libraries::*;
    }
    pub mod memory {
        pub use crate::memory::*;
    }
    pub mod model {
        pub use crate::model::*;
    }
    pub mod options {
        pub use crate::options::*;
    }
    pub mod output {
        pub use crate::output::*;
    }
    pub mod places {
        pub use crate::places::*;
    }
    pub mod product {
        pub use crate::product::*;
    }
    pub mod raster {
        pub use crate::raster::*;
    }
    pub mod tasks {
        pub use crate::tasks::*;
    }
    pub mod text {
        pub use crate::text::*;
    }
}
