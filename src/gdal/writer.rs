//! Writing the pixels and the metadata of a result: a GeoTIFF, or a COG that is made from one in
//! the end.

use std::ffi::{CString, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::ptr::null_mut;

use gdal_sys::{CPLErr, GDALDataType, GDALDatasetH, GDALRWFlag};
use ndarray::ArrayView2;

use super::threads::{Rules, allowed, worker_threads};
use super::{Quiet, StringList, c_path, c_string, register};
use crate::error::{Error, Result};
use crate::memory::copy;
use crate::options::Format;
use crate::output::Draft;
use crate::raster::grid::{Grid, Rect};
use crate::raster::radiometry::DataType;

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

/// What a band shows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Shows {
    /// Measurements.
    #[default]
    Numbers,
    /// The red, green or blue of a picture: 0, 1 or 2.
    Colour(u8),
    /// Classes by their numbers, from 0: names, and colours as red, green and blue.
    Classes(&'static [(&'static str, [u8; 3])]),
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

/// A result that is being written.
pub struct Writer {
    handle: GDALDatasetH,
    dtype: DataType,
    draft: Draft,
    format: Format,
    creation: Vec<(String, String)>,
}

// SAFETY: as for reading: one thread at a time, which `&mut self` sees to.
unsafe impl Send for Writer {}

/// GDAL's name for a pixel type.
pub fn gdal_type(dtype: DataType) -> GDALDataType::Type {
    match dtype {
        DataType::UInt8 => GDALDataType::GDT_Byte,
        DataType::UInt16 => GDALDataType::GDT_UInt16,
        DataType::Int16 => GDALDataType::GDT_Int16,
        DataType::UInt32 => GDALDataType::GDT_UInt32,
        DataType::Int32 => GDALDataType::GDT_Int32,
        DataType::Float32 => GDALDataType::GDT_Float32,
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
        register();
        let grid = &record.grid;
        let threads = worker_threads().to_string();
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
            ("ZLEVEL", "6"),
            ("PREDICTOR", predictor),
            ("BIGTIFF", "IF_SAFER"),
            ("NUM_THREADS", threads.as_str()),
        ];
        // A COG is made from a plain file in the end; its creation options are for that step.
        let creation = allowed(creation);
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
        let (quiet, _rules) = (Quiet::new(), Rules::enter());
        let handle = create_raw(&raw(draft, format), grid, record, StringList::pairs(pairs));
        if handle.is_null() {
            return Err(draft.error(format!(
                "cannot be created ({})",
                quiet.explain("no reason given")
            )));
        }
        let writer = Self {
            handle,
            dtype: record.dtype,
            draft: draft.clone(),
            format,
            creation: creation.clone(),
        };
        writer.describe(record);
        if record.mask {
            // GMF_PER_DATASET of gdal.h, which is a macro.
            // SAFETY: the handle is open.
            unsafe { gdal_sys::GDALCreateDatasetMaskBand(writer.handle, 0x02) };
        }
        if quiet.failed() {
            let why = quiet.explain("no reason given");
            drop(quiet);
            return Err(draft.error(format!("cannot be prepared ({why})")));
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
        // SAFETY: the handle is open, every string lives through its call; failures are collected
        // by the caller.
        unsafe {
            gdal_sys::GDALSetProjection(self.handle, c_string(&record.crs).as_ptr());
            gdal_sys::GDALSetGeoTransform(
                self.handle,
                record.grid.geotransform().as_ptr().cast_mut(),
            );
            for (k, v) in c_pairs(&record.metadata) {
                gdal_sys::GDALSetMetadataItem(
                    self.handle,
                    k.as_ptr(),
                    v.as_ptr(),
                    std::ptr::null(),
                );
            }
            for (i, b) in record.bands.iter().enumerate() {
                let band = gdal_sys::GDALGetRasterBand(self.handle, i as c_int + 1);
                gdal_sys::GDALSetDescription(band, c_string(&b.name).as_ptr());
                gdal_sys::GDALSetRasterScale(band, b.scale);
                gdal_sys::GDALSetRasterOffset(band, b.offset);
                gdal_sys::GDALSetRasterNoDataValue(band, record.nodata);
                match b.shows {
                    Shows::Classes(classes) => describe_classes(band, classes),
                    Shows::Numbers | Shows::Colour(_) => {}
                }
                gdal_sys::GDALSetRasterColorInterpretation(
                    band,
                    match b.shows {
                        Shows::Colour(0) => gdal_sys::GDALColorInterp::GCI_RedBand,
                        Shows::Colour(1) => gdal_sys::GDALColorInterp::GCI_GreenBand,
                        Shows::Colour(_) => gdal_sys::GDALColorInterp::GCI_BlueBand,
                        _ => gdal_sys::GDALColorInterp::GCI_Undefined,
                    },
                );
                for (k, v) in c_pairs(&b.metadata) {
                    gdal_sys::GDALSetMetadataItem(band, k.as_ptr(), v.as_ptr(), std::ptr::null());
                }
            }
        }
    }

    /// Writes a rectangle of band `index` (from 1).
    pub fn write(&mut self, index: usize, r: Rect, values: ArrayView2<f32>) -> Result<()> {
        // SAFETY: the handle is open.
        let band = unsafe { gdal_sys::GDALGetRasterBand(self.handle, index as c_int) };
        self.write_band(band, r, values)
    }

    fn write_band(
        &mut self,
        band: gdal_sys::GDALRasterBandH,
        r: Rect,
        values: ArrayView2<f32>,
    ) -> Result<()> {
        let mut dense = copy(values)?;
        let (quiet, _rules) = (Quiet::new(), Rules::enter());
        // SAFETY: the buffer holds w x h floats, densely; GDAL converts them to the file's type.
        let code = unsafe {
            gdal_sys::GDALRasterIOEx(
                band,
                GDALRWFlag::GF_Write,
                r.x as c_int,
                r.y as c_int,
                r.w as c_int,
                r.h as c_int,
                dense.as_mut_ptr().cast::<c_void>(),
                r.w as c_int,
                r.h as c_int,
                GDALDataType::GDT_Float32,
                0,
                0,
                null_mut(),
            )
        };
        if code != CPLErr::CE_None || quiet.failed() {
            return Err(self.failure(&quiet));
        }
        Ok(())
    }

    /// Writes a rectangle of the mask: 255 where there is data, else 0.
    pub fn write_mask(&mut self, r: Rect, values: ArrayView2<f32>) -> Result<()> {
        // SAFETY: the handle is open; the mask belongs to its first band.
        let mask =
            unsafe { gdal_sys::GDALGetMaskBand(gdal_sys::GDALGetRasterBand(self.handle, 1)) };
        self.write_band(mask, r, values)
    }

    /// The type that values are stored in.
    pub fn dtype(&self) -> DataType {
        self.dtype
    }

    /// Completes the file. For a COG that takes a while: `progress` is told how much of it is done,
    /// and may cancel.
    pub fn finish(mut self, progress: &mut dyn FnMut(f64) -> bool) -> Result<()> {
        self.close()?;
        if self.format == Format::Cog {
            make_cog(&self.draft, &self.creation, progress)
        } else {
            Ok(())
        }
    }

    fn close(&mut self) -> Result<()> {
        let (quiet, _rules) = (Quiet::new(), Rules::enter());
        let handle = std::mem::replace(&mut self.handle, null_mut());
        // SAFETY: the handle is open and is forgotten here. Flushing first lets a full disk show.
        unsafe {
            #[allow(clippy::let_unit_value)]
            let _ = gdal_sys::GDALFlushCache(handle);
            super::close(handle);
        }
        if quiet.failed() {
            Err(self.failure(&quiet))
        } else {
            Ok(())
        }
    }

    fn failure(&self, quiet: &Quiet) -> Error {
        let why = quiet.explain("no reason given");
        let folder = self.draft.destination();
        self.draft.error(format!(
            "writing failed; check the free space and the rights of {} ({why})",
            folder.display()
        ))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.handle.is_null() {
            let _quiet = Quiet::new();
            // SAFETY: the handle is open and nobody else has it.
            unsafe { super::close(self.handle) };
        }
    }
}

/// The GeoTIFF that the tiles are written to: the result itself, or what a COG is made from.
fn raw(draft: &Draft, format: Format) -> PathBuf {
    if format == Format::Cog {
        draft.scratch()
    } else {
        draft.file()
    }
}

/// Names and colours of classes, which GDAL keeps beside a GeoTIFF.
///
/// # Safety
/// `band` is null or belongs to an open dataset.
unsafe fn describe_classes(band: gdal_sys::GDALRasterBandH, classes: &[(&'static str, [u8; 3])]) {
    use gdal_sys::GDALRATFieldType::{GFT_Integer, GFT_String};
    use gdal_sys::GDALRATFieldUsage::{GFU_Blue, GFU_Green, GFU_MinMax, GFU_Name, GFU_Red};
    let mut names = StringList::names(classes.iter().map(|(name, _)| std::ffi::OsStr::new(*name)));
    // SAFETY: by the contract above; the table is made and destroyed here, and GDAL copies both.
    unsafe {
        gdal_sys::GDALSetRasterCategoryNames(band, names.as_ptr());
        let table = gdal_sys::GDALCreateRasterAttributeTable();
        for (name, kind, usage) in [
            (c"Value", GFT_Integer, GFU_MinMax),
            (c"Class", GFT_String, GFU_Name),
            (c"Red", GFT_Integer, GFU_Red),
            (c"Green", GFT_Integer, GFU_Green),
            (c"Blue", GFT_Integer, GFU_Blue),
        ] {
            gdal_sys::GDALRATCreateColumn(table, name.as_ptr(), kind, usage);
        }
        gdal_sys::GDALRATSetRowCount(table, classes.len() as c_int);
        for (row, (name, colour)) in classes.iter().enumerate() {
            let row = row as c_int;
            gdal_sys::GDALRATSetValueAsInt(table, row, 0, row);
            gdal_sys::GDALRATSetValueAsString(table, row, 1, c_string(name).as_ptr());
            for (column, part) in (2..).zip(colour) {
                gdal_sys::GDALRATSetValueAsInt(table, row, column, c_int::from(*part));
            }
        }
        gdal_sys::GDALSetDefaultRAT(band, table);
        gdal_sys::GDALDestroyRasterAttributeTable(table);
    }
}

fn create_raw(path: &Path, grid: &Grid, record: &Record, mut options: StringList) -> GDALDatasetH {
    // SAFETY: names and options live through the call; a null driver is answered with a null
    // dataset.
    unsafe {
        let driver = gdal_sys::GDALGetDriverByName(c"GTiff".as_ptr());
        let name = c_path(path);
        let (cols, rows, bands) = (
            grid.cols as c_int,
            grid.rows as c_int,
            record.bands.len() as c_int,
        );
        gdal_sys::GDALCreate(
            driver,
            name.as_ptr(),
            cols,
            rows,
            bands,
            gdal_type(record.dtype),
            options.as_ptr(),
        )
    }
}

fn make_cog(
    draft: &Draft,
    creation: &[(String, String)],
    progress: &mut dyn FnMut(f64) -> bool,
) -> Result<()> {
    let (quiet, _rules) = (Quiet::new(), Rules::enter());
    let threads = worker_threads().to_string();
    let defaults = [
        ("COMPRESS", "DEFLATE"),
        ("PREDICTOR", "YES"),
        ("BIGTIFF", "IF_SAFER"),
        ("NUM_THREADS", threads.as_str()),
    ];
    let set = |key: &str| creation.iter().any(|(k, _)| k.eq_ignore_ascii_case(key));
    let kept = defaults
        .into_iter()
        .filter(|(k, _)| !(set(k) || *k == "PREDICTOR" && set("COMPRESS")));
    let mut options =
        StringList::pairs(kept.chain(creation.iter().map(|(k, v)| (k.as_str(), v.as_str()))));
    let (from, to) = (c_path(&draft.scratch()), c_path(&draft.file()));
    let failed = |why: String| {
        Err(draft.error(format!(
            "the cloud-optimised file could not be written ({why})"
        )))
    };
    let mut asked = Asked {
        progress,
        cancelled: false,
    };
    // SAFETY: both datasets are opened and closed here; null handles are accepted by GDALClose.
    // What GDAL's progress is handed lives through the call.
    unsafe {
        let driver = gdal_sys::GDALGetDriverByName(c"COG".as_ptr());
        let source = gdal_sys::GDALOpen(from.as_ptr(), gdal_sys::GDALAccess::GA_ReadOnly);
        if driver.is_null() || source.is_null() {
            return failed(quiet.explain("this GDAL has no COG driver"));
        }
        let data = (&raw mut asked).cast();
        let copy = gdal_sys::GDALCreateCopy(
            driver,
            to.as_ptr(),
            source,
            0,
            options.as_ptr(),
            Some(ask),
            data,
        );
        super::close(copy);
        super::close(source);
        match copy.is_null() || quiet.failed() {
            _ if asked.cancelled => Err(Error::Cancelled),
            true => failed(quiet.explain("no reason given")),
            false => Ok(()),
        }
    }
}

/// A progress function on its way through GDAL, and whether it cancelled.
struct Asked<'a> {
    progress: &'a mut dyn FnMut(f64) -> bool,
    cancelled: bool,
}

unsafe extern "C" fn ask(fraction: f64, _: *const c_char, data: *mut c_void) -> c_int {
    // SAFETY: `make_cog` hands over an `Asked` of its own, and GDAL calls this on the same thread.
    let asked = unsafe { &mut *data.cast::<Asked>() };
    // A panic must not travel through GDAL.
    let go_on = catch_unwind(AssertUnwindSafe(|| {
        !asked.cancelled && (asked.progress)(fraction)
    }))
    .unwrap_or(false);
    asked.cancelled = !go_on;
    c_int::from(go_on)
}
