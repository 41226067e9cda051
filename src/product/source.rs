//! Pixels of one band of a product, on its native grid.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use ndarray::Array2;

use super::BandFile;
use crate::error::{Error, Result};
use crate::gdal::Dataset;
use crate::gdal::vsi;
use crate::locks::lock;
use crate::memory::{map, zeros};
use crate::raster::band::{self, Band};
use crate::raster::grid::{Rect, lcm};
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
            let mut seen = lock(&self.0);
            let of_band = seen.entry(band).or_default();
            *of_band = (of_band.0 || impossible, of_band.1 || wrapped);
        }
    }

    /// What the user should know about the pixels that were read so far.
    pub fn notes(&self) -> Vec<String> {
        let seen = lock(&self.0);
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

/// An open band.
pub struct BandSource {
    raster: Arc<Raster>,
    /// Its place among the bands of the raster.
    at: usize,
}

/// A coarser copy of a band that its file keeps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Columns and rows.
    pub size: (i64, i64),
    /// Where the band's first column lies in it, and how many of its columns are one of the band's.
    pub x: (f64, f64),
    /// The same of rows.
    pub y: (f64, f64),
}

/// A raster that bands are read from, by one thread at a time.
struct Raster {
    bands: Vec<BandFile>,
    strange: Arc<Strange>,
    open: Mutex<Open>,
}

/// When it is dropped its raster stays open, for the next who asks the product.
struct Open {
    /// Always there; only a drop takes it.
    dataset: Option<Dataset>,
    /// Nothing failed to be read so far.
    sound: bool,
    file: BandFile,
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(dataset) = self.dataset.take().filter(|_| self.sound) {
            let file = &self.file;
            file.rasters.keep(&file.file, file.named, dataset);
        }
    }
}

impl Open {
    fn dataset(&mut self) -> Result<&mut Dataset> {
        let closed = || Error::internal("a band was closed");
        self.dataset.as_mut().ok_or_else(closed)
    }
}

impl BandSource {
    /// Opens the file of a band; what is strange about its pixels is told to `strange`.
    pub fn open(file: &BandFile, strange: Arc<Strange>) -> Result<Self> {
        let mut one = Self::on(file.open()?, vec![file.clone()], &strange);
        one.pop().ok_or_else(|| Error::internal("no band"))
    }

    /// The same of several bands, in their order. Those that one file keeps pixel by pixel together
    /// are read from one open raster.
    pub fn open_all(files: &[&BandFile], strange: &Arc<Strange>) -> Result<Vec<Self>> {
        let mut opened: Vec<Option<Self>> = files.iter().map(|_| None).collect();
        for (at, file) in files.iter().enumerate() {
            if opened[at].is_some() {
                continue;
            }
            let dataset = file.open()?;
            let is_beside = |other: &BandFile| {
                dataset.is_interleaved() && (&other.file, other.named) == (&file.file, file.named)
            };
            let places: Vec<usize> = (at..files.len())
                .filter(|other| *other == at || is_beside(files[*other]))
                .collect();
            let bands = places.iter().map(|at| files[*at].clone()).collect();
            for (at, source) in places.iter().zip(Self::on(dataset, bands, strange)) {
                opened[*at] = Some(source);
            }
        }
        Ok(opened.into_iter().flatten().collect())
    }

    /// Bands of one open raster.
    fn on(dataset: Dataset, bands: Vec<BandFile>, strange: &Arc<Strange>) -> Vec<Self> {
        let Some(file) = bands.first().cloned() else {
            return Vec::new();
        };
        let count = bands.len();
        let open = Open {
            dataset: Some(dataset),
            sound: true,
            file,
        };
        let raster = Arc::new(Raster {
            bands,
            strange: strange.clone(),
            open: Mutex::new(open),
        });
        let source = |at| Self {
            raster: raster.clone(),
            at,
        };
        (0..count).map(source).collect()
    }

    /// What it is of.
    pub fn file(&self) -> &BandFile {
        &self.raster.bands[self.at]
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        lock(&self.raster.open)
    }

    /// The whole band at about `size` columns and rows, quickly: pixels picked, or taken from
    /// overviews.
    pub fn read_small(&mut self, size: (i64, i64)) -> Result<Array2<f32>> {
        let file = self.file();
        let whole = Rect::new(0, 0, file.grid.cols, file.grid.rows);
        let part = whole.finer(file.block).shift(file.first);
        self.lock()
            .dataset()?
            .read_resampled(file.index, part, size)
    }

    /// The coarser copies of the band that its file keeps, in no order.
    pub fn levels(&self) -> Result<Vec<Level>> {
        let file = self.file();
        let mut open = self.lock();
        let dataset = open.dataset()?;
        let whole = dataset.size();
        let level = |size: (i64, i64)| {
            let axis = |size: i64, whole: i64, first: i64| {
                let scale = size as f64 / whole as f64;
                (first as f64 * scale, file.block as f64 * scale)
            };
            Level {
                size,
                x: axis(size.0, whole.0, file.first.0),
                y: axis(size.1, whole.1, file.first.1),
            }
        };
        let sizes = dataset.levels(file.index, file.masked)?;
        Ok(sizes.into_iter().map(level).collect())
    }

    /// Reads a rectangle of a coarser copy, in pixels of that copy, as the file has it: invalid
    /// pixels went into its values like any. How much of each is valid, 0 to 1, is what a mask says
    /// of it; `None` where there is none.
    pub fn read_level(
        &mut self,
        level: &Level,
        rect: Rect,
    ) -> Result<(Array2<f32>, Option<Array2<f32>>)> {
        let file = self.file();
        let mut open = self.lock();
        let read = |dataset: &mut Dataset| {
            let values = dataset.read_level(file.index, level.size, rect)?;
            let mask = || dataset.read_mask_level(file.index, level.size, rect);
            let mask = file.masked.then(mask).transpose()?;
            Ok((values, mask))
        };
        let done = open.dataset().and_then(read);
        open.sound &= done.is_ok();
        done
    }

    fn read_native(&self, dataset: &mut Dataset, rect: Rect) -> Result<Plane> {
        let (index, block) = (self.file().index, self.file().block);
        let part = rect.finer(block).shift(self.file().first);
        let data = dataset.read(index, part)?;
        let invalid = self.invalid(dataset, &data, part)?;
        let plane = Plane { data, invalid };
        if block == 1 {
            Ok(plane)
        } else {
            block_means(&plane, block as usize)
        }
    }

    /// The invalid pixels of a rectangle of the file.
    fn invalid(
        &self,
        dataset: &mut Dataset,
        data: &Array2<f32>,
        rect: Rect,
    ) -> Result<Option<Array2<bool>>> {
        let (file, strange) = (self.file(), &self.raster.strange);
        let radiometry = &file.radiometry;
        let by_value = invalid_pixels(data, radiometry)?;
        if by_value.is_some() {
            let nodata = radiometry.nodata.map(|n| n as f32);
            let impossible =
                |v: &f32| !v.is_nan() && Some(*v) != nodata && !radiometry.is_possible(*v);
            strange.see(file.band, data.iter().any(impossible), false);
        }
        if file.dtype == DataType::UInt16 && !file.documented {
            let wrapped = data.iter().any(|v| WRAPPED.contains(v));
            strange.see(file.band, false, wrapped);
        }
        if !file.masked {
            return Ok(by_value);
        }
        let mask = dataset.read_mask(file.index, rect)?;
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
        (self.file().grid.cols, self.file().grid.rows)
    }

    fn read(&mut self, rect: Rect) -> Result<Plane> {
        let mut open = self.lock();
        let plane = open.dataset().and_then(|d| self.read_native(d, rect));
        open.sound &= plane.is_ok();
        plane
    }

    fn pieces(&self) -> Option<((i64, i64), (i64, i64))> {
        let (file, mut open) = (self.file(), self.lock());
        // What is decoded together is averaged from the same pixels.
        let unit = self.raster.bands.iter().map(|b| b.block).fold(1, lcm);
        let (size, start) = open.dataset().ok()?.piece(file.index, unit).ok()?;
        let own = |pixels: i64| (pixels / file.block).max(1);
        let begin = |start: i64, first: i64| (start - first).div_euclid(file.block);
        Some((
            (own(size.0), own(size.1)),
            (begin(start.0, file.first.0), begin(start.1, file.first.1)),
        ))
    }

    fn is_far(&self) -> bool {
        vsi::is_remote(&self.file().file)
    }

    fn forget(&mut self) {
        if let Ok(dataset) = self.lock().dataset() {
            dataset.forget(self.file().index);
        }
    }

    fn together(&self) -> Option<usize> {
        (self.raster.bands.len() > 1).then(|| Arc::as_ptr(&self.raster).addr())
    }

    fn opener(&self) -> Option<Opener> {
        let (bands, strange) = (self.raster.bands.clone(), self.raster.strange.clone());
        let open = move || {
            let file = bands.first().ok_or_else(|| Error::internal("no band"))?;
            let sources = Self::on(file.open()?, bands.clone(), &strange).into_iter();
            Ok(sources.map(|s| Box::new(s) as Box<dyn Source>).collect())
        };
        let is_open_to_many = {
            let mut open = self.lock();
            open.dataset().ok()?.is_open_to_many(self.file().index)
        };
        is_open_to_many.then(|| Box::new(open) as Opener)
    }
}
