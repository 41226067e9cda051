//! The rasters that a result consists of: its bands, the scene classification, the mask.

use crate::job::SCL;
use crate::raster::band::Layer;

/// What the mask is called among the bands that a pixel function computes.
pub const MASK: &str = "mask";

/// One raster of those that a result consists of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Plane {
    /// A band, or its expected error.
    Band(Layer),
    /// The scene classification.
    Classes,
    /// Which pixels have data in every band.
    Mask,
}

impl Plane {
    /// That of a name: B5, SCL, mask.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            SCL => Some(Self::Classes),
            MASK => Some(Self::Mask),
            _ => Layer::parse(name).map(Self::Band),
        }
    }
}
