//! Writing the result: a GeoTIFF or COG under a temporary name, renamed when whole.

use std::ffi::{CString, c_int, c_void};
use std::fs;
use std::path::{Path, PathBuf};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU32, Ordering};

use gdal_sys::{CPLErr, GDALDataType, GDALDatasetH, GDALRWFlag};
use ndarray::ArrayView2;

use super::{Quiet, StringList, c_string, pool, register};
use crate::core::error::{Error, Result};
use crate::core::grid::{Grid, Rect};
use crate::core::memory::copy;
use crate::core::options::Format;
use crate::core::radiometry::DataType;

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
}

/// A result that is being written. Dropped before [`Writer::finish`], it leaves nothing behind.
pub struct Writer {
    handle: GDALDatasetH,
    dtype: DataType,
    /// What is being written, under a temporary name.
    raw: PathBuf,
    output: PathBuf,
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
    pub fn create(output: &Path, record: &Record, format: Format, creation: &[(String, String)]) -> Result<Self> {
        register();
        let folder = parent(output);
        if !folder.is_dir() {
            return Err(Error::output(output, format!("the folder {} does not exist; create it first", folder.display())));
        }
        if output.is_dir() {
            return Err(Error::output(output, "it is a folder; give the name of a file"));
        }
        remove_leftovers(output);
        let raw = temporary(output, "tif");
        let grid = &record.grid;
        let threads = pool::threads().to_string();
        let predictor = if record.dtype == DataType::Float32 { "3" } else { "2" };
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
        let own: &[(String, String)] = if format == Format::GTiff { creation } else { &[] };
        let overridden = |key: &str| {
            let set = |k: &str| own.iter().any(|(o, _)| o.eq_ignore_ascii_case(k));
            set(key) || (matches!(key, "PREDICTOR" | "ZLEVEL") && set("COMPRESS"))
        };
        let pairs = defaults.into_iter().filter(|(k, _)| !overridden(k)).chain(own.iter().map(|(k, v)| (k.as_str(), v.as_str())));
        let quiet = Quiet::new();
        let handle = create_raw(&raw, grid, record, StringList::pairs(pairs));
        if handle.is_null() {
            let _ = fs::remove_file(&raw);
            return Err(Error::output(output, format!("cannot be created ({})", quiet.explain("no reason given"))));
        }
        let writer = Self { handle, dtype: record.dtype, raw, output: output.into(), format, creation: creation.to_vec() };
        writer.describe(record);
        if quiet.failed() {
            let why = quiet.explain("no reason given");
            drop(quiet);
            return Err(Error::output(output, format!("cannot be prepared ({why})")));
        }
        Ok(writer)
    }

    fn describe(&self, record: &Record) {
        let c_pairs = |pairs: &[(String, String)]| pairs.iter().map(|(k, v)| (c_string(k), c_string(v))).collect::<Vec<(CString, CString)>>();
        // SAFETY: the handle is open, every string lives through its call; failures are collected by the caller.
        unsafe {
            gdal_sys::GDALSetProjection(self.handle, c_string(&record.crs).as_ptr());
            gdal_sys::GDALSetGeoTransform(self.handle, record.grid.geotransform().as_ptr().cast_mut());
            for (k, v) in c_pairs(&record.metadata) {
                gdal_sys::GDALSetMetadataItem(self.handle, k.as_ptr(), v.as_ptr(), std::ptr::null());
            }
            for (i, b) in record.bands.iter().enumerate() {
                let band = gdal_sys::GDALGetRasterBand(self.handle, i as c_int + 1);
                gdal_sys::GDALSetDescription(band, c_string(&b.name).as_ptr());
                gdal_sys::GDALSetRasterScale(band, b.scale);
                gdal_sys::GDALSetRasterOffset(band, b.offset);
                gdal_sys::GDALSetRasterNoDataValue(band, record.nodata);
                gdal_sys::GDALSetRasterColorInterpretation(band, gdal_sys::GDALColorInterp::GCI_Undefined);
                for (k, v) in c_pairs(&b.metadata) {
                    gdal_sys::GDALSetMetadataItem(band, k.as_ptr(), v.as_ptr(), std::ptr::null());
                }
            }
        }
    }

    /// Writes a rectangle of band `index` (from 1).
    pub fn write(&mut self, index: usize, r: Rect, values: ArrayView2<f32>) -> Result<()> {
        let mut dense = copy(values)?;
        let quiet = Quiet::new();
        // SAFETY: the buffer holds w x h floats, densely; GDAL converts them to the file's type.
        let code = unsafe {
            let band = gdal_sys::GDALGetRasterBand(self.handle, index as c_int);
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

    /// The type that values are stored in.
    pub fn dtype(&self) -> DataType {
        self.dtype
    }

    /// Completes the file and gives it its name, replacing what had that name.
    pub fn finish(mut self) -> Result<()> {
        self.close()?;
        let mut whole = self.raw.clone();
        if self.format == Format::Cog {
            whole = temporary(&self.output, "cog.tif");
            let made = make_cog(&self.raw, &whole, &self.creation);
            if let Err(why) = made {
                let _ = fs::remove_file(&whole);
                return Err(Error::output(&self.output, format!("the cloud-optimised file could not be written ({why})")));
            }
        }
        // What lies beside an older result (statistics, overviews) describes pixels that are gone.
        for extra in ["aux.xml", "ovr"] {
            let _ = fs::remove_file(sidecar(&self.output, extra));
        }
        fs::rename(&whole, &self.output).map_err(|e| {
            let _ = fs::remove_file(&whole);
            Error::output(&self.output, format!("the finished file could not be given its name ({e})"))
        })
    }

    fn close(&mut self) -> Result<()> {
        let quiet = Quiet::new();
        let handle = std::mem::replace(&mut self.handle, null_mut());
        // SAFETY: the handle is open and is forgotten here. Flushing first lets a full disk show.
        unsafe {
            #[allow(clippy::let_unit_value)]
            let _ = gdal_sys::GDALFlushCache(handle);
            super::close(handle);
        }
        if quiet.failed() { Err(self.failure(&quiet)) } else { Ok(()) }
    }

    fn failure(&self, quiet: &Quiet) -> Error {
        let why = quiet.explain("no reason given");
        Error::output(&self.output, format!("writing failed; check the free space and the rights of {} ({why})", parent(&self.output).display()))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.handle.is_null() {
            let _quiet = Quiet::new();
            // SAFETY: the handle is open and nobody else has it.
            unsafe { super::close(self.handle) };
        }
        for path in [self.raw.clone(), sidecar(&self.raw, "aux.xml")] {
            let _ = fs::remove_file(path);
        }
    }
}

fn create_raw(path: &Path, grid: &Grid, record: &Record, mut options: StringList) -> GDALDatasetH {
    // SAFETY: names and options live through the call; a null driver is answered with a null dataset.
    unsafe {
        let driver = gdal_sys::GDALGetDriverByName(c"GTiff".as_ptr());
        let name = c_string(&path.to_string_lossy());
        let (cols, rows, bands) = (grid.cols as c_int, grid.rows as c_int, record.bands.len() as c_int);
        gdal_sys::GDALCreate(driver, name.as_ptr(), cols, rows, bands, gdal_type(record.dtype), options.as_ptr())
    }
}

fn make_cog(raw: &Path, whole: &Path, creation: &[(String, String)]) -> std::result::Result<(), String> {
    let quiet = Quiet::new();
    let threads = pool::threads().to_string();
    let defaults = [("COMPRESS", "DEFLATE"), ("PREDICTOR", "YES"), ("BIGTIFF", "IF_SAFER"), ("NUM_THREADS", threads.as_str())];
    let set = |key: &str| creation.iter().any(|(k, _)| k.eq_ignore_ascii_case(key));
    let kept = defaults.into_iter().filter(|(k, _)| !(set(k) || *k == "PREDICTOR" && set("COMPRESS")));
    let mut options = StringList::pairs(kept.chain(creation.iter().map(|(k, v)| (k.as_str(), v.as_str()))));
    let (from, to) = (c_string(&raw.to_string_lossy()), c_string(&whole.to_string_lossy()));
    // SAFETY: both datasets are opened and closed here; null handles are accepted by GDALClose.
    unsafe {
        let driver = gdal_sys::GDALGetDriverByName(c"COG".as_ptr());
        let source = gdal_sys::GDALOpen(from.as_ptr(), gdal_sys::GDALAccess::GA_ReadOnly);
        if driver.is_null() || source.is_null() {
            return Err(quiet.explain("this GDAL has no COG driver"));
        }
        let copy = gdal_sys::GDALCreateCopy(driver, to.as_ptr(), source, 0, options.as_ptr(), None, null_mut());
        super::close(copy);
        super::close(source);
        if copy.is_null() || quiet.failed() { Err(quiet.explain("no reason given")) } else { Ok(()) }
    }
}

fn parent(path: &Path) -> PathBuf {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).into()
}

fn sidecar(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

/// The temporary name in the folder of `output`: hidden, and marked with the process that writes it.
pub fn temporary(output: &Path, extension: &str) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = output.file_name().unwrap_or_default().to_string_lossy();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    parent(output).join(format!(".{name}.s2sr-{}-{count}.{extension}", std::process::id()))
}

/// Removes what a killed process left of an earlier attempt at the same output.
fn remove_leftovers(output: &Path) {
    let prefix = format!(".{}.s2sr-", output.file_name().unwrap_or_default().to_string_lossy());
    for entry in fs::read_dir(parent(output)).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(pid) = name.strip_prefix(&prefix).and_then(|rest| rest.split('-').next()?.parse::<u32>().ok()) else { continue };
        if !Path::new(&format!("/proc/{pid}")).exists() {
            let _ = fs::remove_file(entry.path());
        }
    }
}
