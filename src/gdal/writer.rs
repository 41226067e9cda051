//! Writing the pixels and the metadata of a result: a GeoTIFF, or a COG that is made from one in
//! the end.

mod classes;
mod creation;
mod record;

use std::ffi::{CString, c_int};
use std::path::{Path, PathBuf};
use std::ptr::null;

use ndarray::{ArrayView2, CowArray};

pub use self::classes::CLASS_COLUMNS;
use self::classes::describe_classes;
use self::creation::check_creation;
pub use self::record::{BandRecord, Classes, MADE_BY, Record, Shows};
use super::api::{CE_NONE, GDALDataType, GDALDatasetH, GMF_PER_DATASET, Gdal};
use super::api::{GCI_BLUE, GCI_GREEN, GCI_RED, GCI_UNDEFINED};
use super::api::{GDT_BYTE, GDT_FLOAT32, GDT_INT16, GDT_INT32, GDT_UINT16, GDT_UINT32};
use super::cog::make_cog;
use super::pool::{allowed, worker_threads};
use super::rules::{Pixels, Rules, Unshared};
use super::strings::{StringList, c_path, c_string};
use super::{Quiet, find, register};
use crate::error::{Error, Result};
use crate::memory::copy;
use crate::options::Format;
use crate::output::Draft;
use crate::raster::grid::Rect;
use crate::raster::radiometry::DataType;

/// A result that is being written.
pub struct Writer {
    raster: Unshared,
    dtype: DataType,
    /// Columns and rows of the file, and of its blocks.
    size: (i64, i64),
    block: (i64, i64),
    bands: usize,
    masked: bool,
    draft: Draft,
    format: Format,
    creation: Vec<(String, String)>,
    /// The bands that hold classes, from 1.
    classes: Vec<usize>,
}

/// GDAL's name for a pixel type.
pub fn gdal_type(dtype: DataType) -> GDALDataType {
    match dtype {
        DataType::UInt8 => GDT_BYTE,
        DataType::UInt16 => GDT_UINT16,
        DataType::Int16 => GDT_INT16,
        DataType::UInt32 => GDT_UINT32,
        DataType::Int32 => GDT_INT32,
        DataType::Float32 => GDT_FLOAT32,
    }
}

impl Writer {
    /// Creates the file, its grid and its metadata.
    pub fn create(
        draft: &Draft,
        record: &Record,
        format: Format,
        creation: &[(String, String)],
    ) -> Result<Self> {
        let gdal = find::get()?;
        register(gdal);
        let threads = worker_threads(gdal).to_string();
        let predictor = if record.dtype == DataType::Float32 {
            "3"
        } else {
            "2"
        };
        let defaults = [
            ("TILED", "YES"),
            ("BLOCKXSIZE", "256"),
            ("BLOCKYSIZE", "256"),
            ("INTERLEAVE", "BAND"),
            ("COMPRESS", "DEFLATE"),
            // With a predictor the quickest level makes files no larger than higher ones do.
            ("ZLEVEL", "1"),
            ("PREDICTOR", predictor),
            ("BIGTIFF", "IF_SAFER"),
            ("NUM_THREADS", threads.as_str()),
        ];
        // A COG is made from a plain file in the end; its creation options are for that step.
        check_creation(gdal, format, record.dtype, creation)?;
        let creation = allowed(gdal, creation);
        let own: &[(String, String)] = if format == Format::GTiff {
            &creation
        } else {
            &[]
        };
        let overridden = |key: &str| {
            let set = |k: &str| own.iter().any(|(o, _)| o.eq_ignore_ascii_case(k));
            set(key) || (matches!(key, "PREDICTOR" | "ZLEVEL") && set("COMPRESS"))
        };
        let pairs = defaults
            .into_iter()
            .filter(|(k, _)| !overridden(k))
            .chain(own.iter().map(|(k, v)| (k.as_str(), v.as_str())));
        let quiet = Quiet::new();
        let options = StringList::pairs(pairs);
        let raster = Unshared::open(gdal, |_| {
            create_raw(gdal, &raw(draft, format), record, &options)
        });
        let Some(raster) = raster else {
            return Err(draft.error(format!(
                "cannot be created ({})",
                draft.told(&quiet.explain("no reason given"))
            )));
        };
        if let Some(what) = quiet.ignored().filter(|_| !own.is_empty()) {
            let what = draft.told(&what);
            return Err(Error::option(format!(
                "option co has a value that GDAL would not use ({what}); gdalinfo --format GTiff \
                 lists what it takes"
            )));
        }
        let block = raster.block_size(1).unwrap_or((1, 1));
        let writer = Self {
            raster,
            dtype: record.dtype,
            size: (record.grid.cols, record.grid.rows),
            block,
            bands: record.bands.len(),
            masked: record.mask,
            draft: draft.clone(),
            format,
            creation: creation.clone(),
            classes: (1..)
                .zip(&record.bands)
                .filter(holds_classes)
                .map(|(i, _)| i)
                .collect(),
        };
        writer.describe(record);
        if record.mask {
            // SAFETY: the handle is open.
            unsafe { (gdal.GDALCreateDatasetMaskBand)(writer.raster.handle(), GMF_PER_DATASET) };
        }
        if quiet.failed() {
            return Err(failure(draft, &quiet));
        }
        Ok(writer)
    }

    fn describe(&self, record: &Record) {
        let c_pairs = |pairs: &[(String, String)]| {
            pairs
                .iter()
                .map(|(k, v)| (c_string(k), c_string(v)))
                .collect::<Vec<(CString, CString)>>()
        };
        let (gdal, raster) = (self.raster.gdal, self.raster.handle());
        // SAFETY: the handle is open, every string lives through its call; failures are collected
        // by the caller.
        unsafe {
            (gdal.GDALSetProjection)(raster, c_string(&record.crs).as_ptr());
            (gdal.GDALSetGeoTransform)(raster, record.grid.geotransform().as_ptr());
            for (k, v) in c_pairs(&record.metadata) {
                (gdal.GDALSetMetadataItem)(raster, k.as_ptr(), v.as_ptr(), null());
            }
            for (i, b) in record.bands.iter().enumerate() {
                let Some(band) = self.raster.band_handle(i + 1) else {
                    continue;
                };
                (gdal.GDALSetDescription)(band, c_string(&b.name).as_ptr());
                (gdal.GDALSetRasterScale)(band, b.scale);
                (gdal.GDALSetRasterOffset)(band, b.offset);
                (gdal.GDALSetRasterNoDataValue)(band, record.nodata);
                let meaning = match b.shows {
                    Shows::Colour(0) => GCI_RED,
                    Shows::Colour(1) => GCI_GREEN,
                    Shows::Colour(_) => GCI_BLUE,
                    Shows::Numbers | Shows::Classes(_) => GCI_UNDEFINED,
                };
                (gdal.GDALSetRasterColorInterpretation)(band, meaning);
                if let Shows::Classes(classes) = b.shows {
                    describe_classes(gdal, band, classes);
                }
                for (k, v) in c_pairs(&b.metadata) {
                    (gdal.GDALSetMetadataItem)(band, k.as_ptr(), v.as_ptr(), null());
                }
            }
        }
    }

    /// Writes a rectangle of band `index` (from 1).
    pub fn write(&mut self, index: usize, r: Rect, values: ArrayView2<f32>) -> Result<()> {
        let rules = Rules::enter(self.raster.gdal);
        self.write_pixels(self.raster.band(index, &rules), r, values)
    }

    /// Writes a rectangle of the mask: 255 where there is data, else 0.
    pub fn write_mask(&mut self, r: Rect, values: ArrayView2<f32>) -> Result<()> {
        let rules = Rules::enter(self.raster.gdal);
        self.write_pixels(self.raster.mask(1, &rules), r, values)
    }

    /// Has what was written of a rectangle compressed and brought to the file, bands and mask,
    /// where it is whole blocks. Other blocks GDAL keeps until it needs their room: to write them
    /// twice would leave a hole in the file.
    pub fn settle(&mut self, r: Rect) -> Result<()> {
        let (cols, rows) = self.size;
        let starts = |from: i64, block: i64| from % block == 0;
        let ends = |to: i64, block: i64, whole: i64| to % block == 0 || to == whole;
        let (w, h) = self.block;
        let whole =
            starts(r.x, w) && starts(r.y, h) && ends(r.x1(), w, cols) && ends(r.y1(), h, rows);
        if !whole {
            return Ok(());
        }
        let gdal = self.raster.gdal;
        let (quiet, rules) = (Quiet::new(), Rules::enter(gdal));
        for index in 1..=self.bands {
            if let Some(band) = self.raster.band(index, &rules) {
                band.flush();
            }
        }
        // To look for a mask that is not there, GDAL reads the file's directory anew, and takes the
        // old one from the threads that compress.
        let mask = self.masked.then(|| self.raster.mask(1, &rules));
        if let Some(mask) = mask.flatten() {
            mask.flush();
        }
        match quiet.failed() {
            true => Err(failure(&self.draft, &quiet)),
            false => Ok(()),
        }
    }

    fn write_pixels(&self, band: Option<Pixels>, r: Rect, values: ArrayView2<f32>) -> Result<()> {
        let dense = match values.is_standard_layout() {
            true => CowArray::from(values),
            false => CowArray::from(copy(values)?),
        };
        let quiet = Quiet::new();
        let values = dense.as_slice().unwrap_or_default();
        // GDAL converts them to the file's type.
        let written = band.is_some_and(|band| band.write(r, values) == CE_NONE);
        if !written || quiet.failed() {
            return Err(failure(&self.draft, &quiet));
        }
        Ok(())
    }

    /// The type that values are stored in.
    pub fn dtype(&self) -> DataType {
        self.dtype
    }

    /// Completes the file. For a COG that takes a while: `progress` is told how much of it is done,
    /// and may cancel.
    pub fn finish(self, progress: &mut dyn FnMut(f64) -> bool) -> Result<()> {
        let gdal = self.raster.gdal;
        let (quiet, _rules) = (Quiet::new(), Rules::enter(gdal));
        // SAFETY: the handle is open. Flushing first lets a full disk show.
        unsafe { (gdal.GDALFlushCache)(self.raster.handle()) };
        let Self { raster, draft, .. } = self;
        raster.close();
        if quiet.failed() {
            return Err(failure(&draft, &quiet));
        }
        drop(quiet);
        if self.format == Format::Cog {
            make_cog(gdal, &draft, &self.creation, &self.classes, progress)
        } else {
            Ok(())
        }
    }
}

fn holds_classes((_, band): &(usize, &BandRecord)) -> bool {
    matches!(band.shows, Shows::Classes(_))
}

fn failure(draft: &Draft, quiet: &Quiet) -> Error {
    let why = draft.told(&quiet.explain("no reason given"));
    if why.contains("proj.db") {
        return Error::runtime(format!(
            "{}: PROJ, which GDAL needs to write a coordinate reference system, does not find its \
             database; set PROJ_DATA or PROJ_LIB to the folder that holds proj.db, or unset them \
             ({why})",
            draft.name().display()
        ));
    }
    let folder = draft.destination();
    draft.error(format!(
        "writing failed; check the free space and the rights of {} ({why})",
        folder.display()
    ))
}

/// The GeoTIFF that the tiles are written to: the result itself, or what a COG is made from.
fn raw(draft: &Draft, format: Format) -> PathBuf {
    if format == Format::Cog {
        draft.scratch()
    } else {
        draft.file()
    }
}

fn create_raw(gdal: &Gdal, path: &Path, record: &Record, options: &StringList) -> GDALDatasetH {
    let (cols, rows, bands) = (
        record.grid.cols as c_int,
        record.grid.rows as c_int,
        record.bands.len() as c_int,
    );
    let (name, kind) = (c_path(path), gdal_type(record.dtype));
    // SAFETY: names and options live through the call; a null driver is answered with a null
    // dataset.
    unsafe {
        let driver = (gdal.GDALGetDriverByName)(c"GTiff".as_ptr());
        (gdal.GDALCreate)(
            driver,
            name.as_ptr(),
            cols,
            rows,
            bands,
            kind,
            options.as_ptr(),
        )
    }
}
