//! Where the rasters of a result stand in a scene.

use super::planes::Plane;
use super::scene::Scene;
use crate::error::{Error, Result};
use crate::raster::band::Layer;
use crate::raster::radiometry::DataType;

impl Scene {
    /// The place of a plane in the result: its bands, the scene classification, the mask.
    pub fn place(&self, plane: Plane) -> Result<usize> {
        let absent = |what: &str, option: &str| {
            Err(Error::option(format!(
                "the pixel function s2sr is asked for {what}, which there is with {option}=\"yes\" only"
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
        self.job.outputs.iter().position(|o| o.layer() == band).ok_or_else(|| {
            let (name, made) = (band.name(), self.job.names().join(", "));
            Error::input(
                &self.job.product.path,
                format!("{name} is not among the bands that are made of it ({made}); choose one of these, or set to, model or bands"),
            )
        })
    }
}
