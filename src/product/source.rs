//! Pixels of one band of a product, on its native grid.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use ndarray::Array2;

use super::BandFile;
use crate::error::{Error, Result};
use crate::gdal::Dataset;
use crate::gdal::vsi;
use crate::memory::{map, zeros};
use crate::raster::band::{self, Band};
use crate::raster::grid::Rect;
use crate::raster::plane::{Opener, Plane, Source, block_means, invalid_pixels};
use crate::raster::radiometry::DataType;

/// Negative DN that were stored without a sign: -2000 to -1. 65535 is what saturates.
const WRAPPED: std::ops::Range<f32> = 63536.0..65535.0;

/// What pixels hold that no product does, told once they were read.
#[derive(Debug, Default)]
pub struct Strange(Mutex<BTreeMap<Band, (bool, bool)>>);

impl Strange {
    fn see(&self, band: Band, impossible: bool, wrapped: bool) {
        if impossible || wrapped {
            let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let of_band = seen.entry(band).or_default();
            *of_band = (of_band.0 || impossible, of_band.1 || wrapped);
        }
    }

    /// What the user should know about the pixels that were read so far.
    pub fn notes(&self) -> Vec<String> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let list = |which: fn(&(bool, bool)) -> bool| {
            let bands: Vec<Band> = seen
                .iter()
                .filter(|(_, s)| which(s))
                .map(|(b, _)| *b)
                .collect();
            (!bands.is_empty()).then(|| band::list(bands))
        };
        let impossible = list(|s| s.0).map(|bands| {
            format!(
                "{bands} hold numbers that no reflectance can be; such pixels were taken as \
                 having no data"
            )
        });
        let wrapped = list(|s| s.1).map(|bands| {
            format!("{bands} hold DN close to 65535, as negative numbers become when they are \
                 stored without a sign; they were taken as very bright, so look at where they came from")
        });
        [impossible, wrapped].into_iter().flatten().collect()
    }
}

/// An open band. When it is dropped its raster stays open, for the next who asks the product.
pub struct BandSource {
    /// Always there; only a drop takes it.
    dataset: Option<Dataset>,
    /// Nothing failed to be read so far.
    sound: bool,
    file: BandFile,
    strange: Arc<Strange>,
}

impl Drop for BandSource {
    fn drop(&mut self) {
        if let Some(dataset) = self.dataset.take().filter(|_| self.sound) {
            let file = &self.file;
            file.rasters.keep(&file.file, file.named, dataset);
        }
    }
}

impl BandSource {
    /// Opens the file of a band; what is strange about its pixels is told to `strange`.
    pub fn open(file: &BandFile, strange: Arc<Strange>) -> Result<Self> {
        Ok(Self {
            dataset: Some(file.open()?),
            sound: true,
            file: file.clone(),
            strange,
        })
    }

    /// What it is of.
    pub fn file(&self) -> &BandFile {
        &self.file
    }

    fn dataset(&mut self) -> Result<&mut Dataset> {
        let closed = || Error::internal("a band was closed");
        self.dataset.as_mut().ok_or_else(closed)
    }

    /// The whole band at about `size` columns and rows, quickly: pixels picked, or taken from
    /// overviews.
    pub fn read_small(&mut self, size: (i64, i64)) -> Result<Array2<f32>> {
        let whole = Rect::new(0, 0, self.file.grid.cols, self.file.grid.rows);
        let (index, part) = (self.file.index, whole.finer(self.file.block));
        let part = part.shift(self.file.first);
        self.dataset()?.read_resampled(index, part, size)
    }

    fn read_native(&mut self, rect: Rect) -> Result<Plane> {
        let (index, block) = (self.file.index, self.file.block);
        let part = rect.finer(block).shift(self.file.first);
        let data = self.dataset()?.read(index, part)?;
        let invalid = self.invalid(&data, part)?;
        let plane = Plane { data, invalid };
        if block == 1 {
            Ok(plane)
        } else {
            block_means(&plane, block as usize)
        }
    }

    /// The invalid pixels of a rectangle of the file.
    fn invalid(&mut self, data: &Array2<f32>, rect: Rect) -> Result<Option<Array2<bool>>> {
        let radiometry = &self.file.radiometry;
        let by_value = invalid_pixels(data, radiometry)?;
        if by_value.is_some() {
            let nodata = radiometry.nodata.map(|n| n as f32);
            let impossible =
                |v: &f32| !v.is_nan() && Some(*v) != nodata && !radiometry.is_possible(*v);
            self.strange
                .see(self.file.band, data.iter().any(impossible), false);
        }
        if self.file.dtype == DataType::UInt16 && !self.file.documented {
            let wrapped = data.iter().any(|v| WRAPPED.contains(v));
            self.strange.see(self.file.band, false, wrapped);
        }
        if !self.file.masked {
            return Ok(by_value);
        }
        let index = self.file.index;
        let mask = self.dataset()?.read_mask(index, rect)?;
        if mask.iter().all(|v| *v != 0.0) {
            return Ok(by_value);
        }
        let mut invalid = match by_value {
            Some(invalid) => invalid,
            None => zeros(data.dim())?,
        };
        invalid.zip_mut_with(&map(mask.view(), |v| *v == 0.0)?, |out, masked| {
            *out |= masked;
        });
        Ok(Some(invalid))
    }
}

impl Source for BandSource {
    fn size(&self) -> (i64, i64) {
        (self.file.grid.cols, self.file.grid.rows)
    }

    fn read(&mut self, rect: Rect) -> Result<Plane> {
        let plane = self.read_native(rect);
        self.sound &= plane.is_ok();
        plane
    }

    fn pieces(&self) -> Option<((i64, i64), (i64, i64))> {
        let (cols, rows) = self.dataset.as_ref()?.piece(self.file.index).ok()?;
        let (block, first) = (self.file.block, self.file.first);
        let own = |pixels: i64| (pixels / block).max(1);
        Some(((own(cols), own(rows)), (-first.0 / block, -first.1 / block)))
    }

    fn is_far(&self) -> bool {
        vsi::is_remote(&self.file.file)
    }

    fn read_once(&mut self, rect: Rect) -> Result<Plane> {
        let plane = self.read(rect);
        let index = self.file.index;
        self.dataset()?.forget(index);
        plane
    }

    fn opener(&self) -> Option<Opener> {
        let (file, strange) = (self.file.clone(), self.strange.clone());
        let open = move || {
            let source = Self::open(&file, strange.clone())?;
            Ok(Box::new(source) as Box<dyn Source>)
        };
        let index = self.file.index;
        let dataset = self.dataset.as_ref()?;
        dataset
            .is_open_to_many(index)
            .then(|| Box::new(open) as Opener)
    }
}
