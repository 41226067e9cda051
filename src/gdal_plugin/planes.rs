//! The rasters that a result consists of: its bands, the scene classification, the mask.

use super::scene::Scene;
use crate::error::{Error, Result};
use crate::job::SCL;
use crate::raster::band::Layer;
use crate::raster::radiometry::DataType;

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

impl Scene {
    /// The place of a plane in the result: its bands, the scene classification, the mask.
    pub fn place(&self, plane: Plane) -> Result<usize> {
        let absent = |what: &str, option: &str| {
            Err(Error::option(format!(
                "the pixel function s2sr is asked for {what}, which there is with \
                 {option}=\"yes\" only"
            )))
        };
        let count = self.job.outputs.len();
        match plane {
            Plane::Band(band) => self.band(band),
            Plane::Classes if self.job.classes => Ok(count),
            Plane::Classes => absent("the scene classification", "with-scl"),
            Plane::Mask if self.job.mask => Ok(count + usize::from(self.job.classes)),
            Plane::Mask => absent("the mask", "mask"),
        }
    }

    /// The pixel type of a plane.
    pub fn kind(&self, place: usize) -> DataType {
        match self.place(Plane::Mask) {
            Ok(mask) if mask == place => DataType::UInt8,
            _ => self.job.dtype,
        }
    }

    fn band(&self, band: Layer) -> Result<usize> {
        self.job
            .outputs
            .iter()
            .position(|o| o.layer() == band)
            .ok_or_else(|| {
                let (name, made) = (band.name(), self.job.names().join(", "));
                Error::input(
                    &self.job.product.path,
                    format!(
                        "{name} is not among the bands that are made of it ({made}); choose one \
                     of these, or set to, model or bands"
                    ),
                )
            })
    }
}
