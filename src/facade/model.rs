//! A network, to run on arrays.

use std::ffi::OsStr;
use std::sync::Arc;

use ndarray::{Array2, Array3, s};

use crate::error::Result;
use crate::memory::{map, zeros};
use crate::model::{self, ModelFile, Network};
use crate::options::{Call, Options};
use crate::raster::grid::Rect;
use crate::raster::plane::{Plane, Source, invalid_pixels};
use crate::raster::radiometry::{DataType, Radiometry, Storage};
use crate::tasks::arrays::{self, Input, Numbers, Shape};
use crate::tasks::info;
use crate::tasks::watch::Progress;

/// A network, ready to run on arrays in memory.
///
/// ```no_run
/// use ndarray::Array3;
/// use s2sr::{Model, Options};
///
/// // One band of 10 m as (band, row, column), in DN.
/// let band = Array3::from_elem((1, 64, 64), 1200.0);
/// let model = Model::open("fast-x2", &Options::default())?;
/// let options = Options::builder().offset(-1000.0).build()?;
/// let finer = model.run(vec![band], &options, &mut |_, _| true)?;
/// assert_eq!(finer.dim(), (1, 128, 128));
/// # Ok::<(), s2sr::Error>(())
/// ```
pub struct Model {
    file: ModelFile,
    network: Arc<Network>,
}

impl Model {
    /// Opens a network by its name or its file. Of the options it takes `quality`, `device`,
    /// `precision`, `threads`, `models` and `onnxruntime`; its runs are of that quality and
    /// precision, on that device, with so many threads.
    ///
    /// # Errors
    /// [`Error::Model`](crate::Error::Model) where there is none of that name or it is no network,
    /// [`Error::Runtime`](crate::Error::Runtime) where ONNX Runtime or the device is not to be had.
    ///
    /// ```
    /// let none = s2sr::Model::open("none-of-that-name", &s2sr::Options::default());
    /// assert!(matches!(none.err(), Some(s2sr::Error::Model { .. })));
    /// ```
    pub fn open(name_or_file: impl AsRef<OsStr>, options: &Options) -> Result<Self> {
        options.check(Call::MODEL_OPEN)?;
        let file = model::one(name_or_file.as_ref(), options)?;
        let network = Arc::new(Network::open(&file, options)?);
        Ok(Self { file, network })
    }

    /// Its name.
    ///
    /// ```no_run
    /// # let model = s2sr::Model::open("fast-x2", &s2sr::Options::default())?;
    /// assert_eq!(model.name(), "fast-x2");
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn name(&self) -> &str {
        &self.file.contract.name
    }

    /// Its version.
    ///
    /// ```no_run
    /// # let model = s2sr::Model::open("fast-x2", &s2sr::Options::default())?;
    /// println!("{} {}", model.name(), model.version());
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn version(&self) -> &str {
        &self.file.contract.version
    }

    /// What it takes and makes, as JSON after `schemas/contract.json`.
    ///
    /// ```no_run
    /// # let model = s2sr::Model::open("fast-x2", &s2sr::Options::default())?;
    /// println!("{}", model.to_json());
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn to_json(&self) -> String {
        serde_json::to_string(&info::contract(&self.file.contract)).unwrap_or_default()
    }

    /// The bands, rows and columns of the result for inputs of these.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) that names the input which does not fit.
    ///
    /// ```no_run
    /// # let model = s2sr::Model::open("fast-x2", &s2sr::Options::default())?;
    /// assert_eq!(model.output_shape(&[(1, 30, 20)])?, (1, 60, 40));
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn output_shape(&self, inputs: &[Shape]) -> Result<Shape> {
        arrays::output_shape(&self.file.contract, inputs)
    }

    /// Super-resolves arrays of DN: one (band, row, column) for each input of the contract, bands
    /// in its order and at their native sizes, rows from north to south. The result is (band, row,
    /// column) at the target size, in DN, NaN where an input has no data. The work is tiled inside,
    /// without seams. Of the options it takes `tile`, `quantification`, `offset` and `nodata`.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) where shapes do not fit,
    /// [`Error::Runtime`](crate::Error::Runtime) where ONNX Runtime or memory fails,
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    ///
    /// ```no_run
    /// # let model = s2sr::Model::open("fast-x2", &s2sr::Options::default())?;
    /// let options = s2sr::Options::default();
    /// let band = ndarray::Array3::from_elem((1, 30, 20), 1200.0);
    /// let finer = model.run(vec![band], &options, &mut |_, _| true)?;
    /// assert_eq!(finer.dim(), (1, 60, 40));
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn run(
        &self,
        inputs: Vec<Array3<f32>>,
        options: &Options,
        progress: Progress,
    ) -> Result<Array3<f32>> {
        options.check(Call::MODEL_RUN)?;
        let shapes: Vec<Shape> = inputs.iter().map(Array3::dim).collect();
        let mut out: Array3<f32> = zeros(self.output_shape(&shapes)?)?;
        let radiometry = Radiometry {
            quantification: options.quantification.unwrap_or(10000.0),
            add_offset: options.offset.unwrap_or(0.0),
            nodata: options.nodata.unwrap_or(Some(0.0)),
        };
        let storage = Storage {
            dtype: DataType::Float32,
            nodata: Some(f64::NAN),
        };
        let inputs = inputs.into_iter().map(|array| bands(array, radiometry));
        arrays::run(
            &self.network,
            inputs.collect(),
            Numbers {
                radiometry,
                storage,
            },
            options,
            progress,
            &mut |band, part, values| {
                let (x, y) = (part.x as usize, part.y as usize);
                let (rows, cols) = values.dim();
                out.slice_mut(s![band, y..y + rows, x..x + cols])
                    .assign(values);
                Ok(())
            },
        )?;
        Ok(out)
    }
}

/// The bands of an array.
fn bands(array: Array3<f32>, radiometry: Radiometry) -> Input {
    let array = Arc::new(array);
    let band = |band| {
        Box::new(Band {
            array: array.clone(),
            band,
            radiometry,
        }) as Box<dyn Source>
    };
    (0..array.dim().0).map(band).collect()
}

struct Band {
    array: Arc<Array3<f32>>,
    band: usize,
    radiometry: Radiometry,
}

impl Source for Band {
    fn size(&self) -> (i64, i64) {
        let (_, rows, cols) = self.array.dim();
        (cols as i64, rows as i64)
    }

    fn read(&mut self, rect: Rect) -> Result<Plane> {
        let (x, y) = (rect.x as usize, rect.y as usize);
        let (rows, cols) = (rect.h as usize, rect.w as usize);
        let part = s![self.band, y..y + rows, x..x + cols];
        let data: Array2<f32> = map(self.array.slice(part), |v| *v)?;
        let invalid = invalid_pixels(&data, &self.radiometry)?;
        Ok(Plane { data, invalid })
    }
}
