//! A piece of work: which bands of a product become what, through which networks, on which window.
//! Planning reads metadata only; the engine then computes any rectangle of the result, always with
//! the same pixels.

mod about;
mod nodata;
mod parts;
mod plan;
mod window;

use std::path::PathBuf;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::model::{Choice, Contract, ModelFile, choose};
use crate::options::{Options, Quality};
use crate::product::Product;
use crate::raster::band::{Band, Layer};
use crate::raster::grid::{Grid, Rect, lcm};
use crate::raster::polygon::Area;
use crate::raster::radiometry::{DataType, Radiometry, Storage};
pub use about::{CREDIT, SCL, record};
pub use parts::Part;
pub use plan::{Fusion, Maker, Native};

/// One band of the result.
#[derive(Clone, Debug)]
pub struct Output {
    /// Which band.
    pub band: Band,
    /// How it is made.
    pub maker: Maker,
    /// DN to reflectance, as in the source.
    pub radiometry: Radiometry,
    /// Central wavelength in nm.
    pub wavelength: f64,
}

impl Output {
    /// What it holds of its band.
    pub fn layer(&self) -> Layer {
        Layer {
            band: self.band,
            error: matches!(self.maker, Maker::Error(..)),
        }
    }
}

/// The plan of a job. All rectangles in it are in pixels of `finest`.
#[derive(Clone)]
pub struct Job {
    /// The product.
    pub product: Arc<Product>,
    /// The finest grid among the bands that are used.
    pub finest: Grid,
    /// What the whole result covers: the largest window on which the grids nest.
    pub whole: Rect,
    /// What was asked for of it.
    pub window: Rect,
    /// The outline of what was asked for, where it has one of its own.
    pub area: Option<Area>,
    /// The files that it was read from, as GDAL calls them.
    pub area_files: Vec<PathBuf>,
    /// Whether the product's scene classification is given along, as the last band.
    pub classes: bool,
    /// Whether there is a mask: which pixels have data in every band.
    pub mask: bool,
    /// Pixels of the result per pixel of `finest`, along one axis.
    pub scale: i64,
    /// The bands of the result, in order.
    pub outputs: Vec<Output>,
    /// The networks that fuse bands, with what they read.
    pub fusions: Vec<Fusion>,
    /// What the networks that enlarge single bands are.
    pub singles: Vec<Contract>,
    /// The model files: those of `fusions`, in their order, then those of `singles`; none where
    /// the networks are open already.
    pub models: Vec<Arc<ModelFile>>,
    /// The bands that are read.
    pub natives: Vec<Native>,
    /// Pixel type of the result.
    pub dtype: DataType,
    /// The nodata value of the result: all its bands', and no valid pixel's.
    pub nodata: Option<f64>,
    /// How much work it is worth.
    pub quality: Quality,
    /// What the user should know.
    pub notes: Vec<String>,
}

impl Job {
    /// Plans the work on a product, with the networks that the options stand for.
    pub fn plan(product: impl Into<Arc<Product>>, options: &Options) -> Result<Self> {
        let product = product.into();
        let choice = choose(options).map_err(|e| product.explained(e))?;
        Self::with_networks(product, &choice, options)
    }

    /// Plans the work on a product with networks of which the contracts are known.
    pub fn with_networks(
        product: Arc<Product>,
        choice: &Choice,
        options: &Options,
    ) -> Result<Self> {
        let mut job =
            plan::plan(product.clone(), choice, options).map_err(|e| product.explained(e))?;
        if options.reflectance {
            job.give_reflectance();
        }
        if options.with_scl && job.product.classes.is_none() {
            let none = "it has no scene classification (SCL), which L2A products have";
            let why = job.product.no_classes.as_deref().unwrap_or(none);
            let what = format!("{why}; leave out with-scl");
            return Err(Error::input(&job.product.path, what));
        }
        (job.classes, job.mask) = (options.with_scl, options.mask);
        job.set_window(options)?;
        Ok(job)
    }

    /// Has the result hold reflectance in floats.
    fn give_reflectance(&mut self) {
        for output in &mut self.outputs {
            output.radiometry = Radiometry {
                quantification: 1.0,
                add_offset: 0.0,
                nodata: None,
            };
        }
        self.dtype = DataType::Float32;
        self.nodata = Some(self.dtype.usual_nodata());
    }

    /// The grid of a rectangle of the result.
    pub fn grid(&self, part: &Rect) -> Grid {
        self.finest.window(part, self.scale)
    }

    /// The tile size, in pixels of the finest grid, where none is asked for: large enough that
    /// margins cost little, small enough for a laptop's memory; whole pixels of the coarsest band,
    /// so that no two tiles compute the same one.
    pub fn tile(&self) -> i64 {
        let step = self.natives.iter().map(|n| n.placed.ratio).fold(1, lcm);
        (768 / step).max(1) * step
    }

    /// The models that take part, with their versions: `fast-t2x 1.0.0`.
    pub fn models(&self) -> Vec<String> {
        self.models
            .iter()
            .map(|m| format!("{} {}", m.contract.name, m.contract.version))
            .collect()
    }

    /// What the DN of an output's own band mean in the product.
    pub fn own_radiometry(&self, output: &Output) -> Radiometry {
        let native = self.natives.iter().find(|n| n.band == output.band);
        native.map_or(output.radiometry, |n| n.radiometry)
    }

    /// The names of the result's bands, in order.
    pub fn names(&self) -> Vec<String> {
        self.outputs.iter().map(|o| o.layer().name()).collect()
    }

    /// How the result keeps its numbers.
    pub fn storage(&self) -> Storage {
        Storage {
            dtype: self.dtype,
            nodata: self.nodata,
        }
    }
}
