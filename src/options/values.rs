//! What the values of some options are.

use crate::raster::grid::Rect;

/// Where the networks run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Device {
    /// A GPU if there is one that works, else the processor.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// The GPU of this number, or an error.
    Cuda(i32),
}

/// How much work a result is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Quality {
    /// Each network runs once.
    #[default]
    Standard,
    /// Each network runs on all eight ways to turn and mirror its input, and the results are
    /// averaged.
    Best,
}

impl Quality {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Quality::Standard => "standard",
            Quality::Best => "best",
        }
    }
}

/// How exact a GPU is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Precision {
    /// As the processor.
    #[default]
    Exact,
    /// Trained convolutions with 16-bit floats.
    Fast,
}

/// A part of the product.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WindowOption {
    /// Upper left and lower right corner in the product's coordinates: ulx, uly, lrx, lry.
    Projected([f64; 4]),
    /// In pixels of the finest grid.
    Pixels(Rect),
}

/// Format of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Format {
    /// A tiled GeoTIFF.
    #[default]
    GTiff,
    /// A cloud-optimised GeoTIFF.
    Cog,
}
