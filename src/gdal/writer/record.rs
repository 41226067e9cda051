//! What is written beside pixels.

use crate::raster::grid::Grid;
use crate::raster::radiometry::DataType;

/// The metadata item that only what s2sr made has: its version.
pub const MADE_BY: &str = "S2SR_VERSION";

/// What is written about one band.
pub struct BandRecord {
    /// Description, the band's name.
    pub name: String,
    /// Slope from DN to reflectance.
    pub scale: f64,
    /// Intercept of it.
    pub offset: f64,
    /// Metadata items.
    pub metadata: Vec<(String, String)>,
    /// What it shows, for programs that draw.
    pub shows: Shows,
}

/// The classes of a band by their numbers, from 0: names, and colours as red, green and blue.
pub type Classes = [(&'static str, [u8; 3])];

/// What a band shows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Shows {
    /// Measurements.
    #[default]
    Numbers,
    /// The red, green or blue of a picture: 0, 1 or 2.
    Colour(u8),
    /// Classes.
    Classes(&'static Classes),
}

/// What is written about the raster.
pub struct Record {
    /// Where the pixels lie.
    pub grid: Grid,
    /// Coordinate reference system as well-known text.
    pub crs: String,
    /// Pixel type.
    pub dtype: DataType,
    /// The nodata value.
    pub nodata: f64,
    /// One record per band.
    pub bands: Vec<BandRecord>,
    /// Metadata items of the dataset.
    pub metadata: Vec<(String, String)>,
    /// Whether there is a mask, too.
    pub mask: bool,
}
