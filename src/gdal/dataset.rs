//! Reading rasters.

use std::ffi::{CStr, c_int};
use std::ptr::{null, null_mut};

use gdal_sys::{GDALDataType, GDALDatasetH, GDALRWFlag, GDALRasterBandH};
use ndarray::Array2;

use super::{Quiet, c_string, register, text};
use crate::core::error::{Error, Result};
use crate::core::grid::{Grid, Rect};
use crate::core::memory::zeros;
use crate::core::radiometry::DataType;

/// A raster that is open for reading. One thread at a time may use it.
pub struct Dataset {
    handle: GDALDatasetH,
    path: String,
}

// SAFETY: GDAL datasets may move between threads as long as only one uses them at a time, which `&mut self` sees to.
unsafe impl Send for Dataset {}

/// What a band of a raster says of itself.
#[derive(Clone, Debug)]
pub struct BandFacts {
    /// Its description, often the band's name.
    pub description: String,
    /// Its pixel type, if it is one that results can have.
    pub dtype: Option<DataType>,
    /// Its declared nodata value.
    pub nodata: Option<f64>,
    /// Declared slope from DN to reflectance.
    pub scale: Option<f64>,
    /// Declared intercept.
    pub offset: Option<f64>,
}

impl Dataset {
    /// Opens a raster by whatever GDAL takes as its name.
    pub fn open(path: &str) -> Result<Self> {
        register();
        let quiet = Quiet::new();
        // GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR of gdal.h, which are macros.
        let flags = 0x02 | 0x40;
        // SAFETY: a C string and null lists are what GDALOpenEx takes.
        let handle = unsafe { gdal_sys::GDALOpenEx(c_string(path).as_ptr(), flags, null(), null(), null()) };
        if handle.is_null() {
            return Err(Error::input(path, format!("GDAL cannot open it ({})", quiet.explain("no reason given"))));
        }
        Ok(Self { handle, path: path.to_owned() })
    }

    /// The number of bands.
    pub fn band_count(&self) -> usize {
        // SAFETY: the handle is open.
        unsafe { gdal_sys::GDALGetRasterCount(self.handle) as usize }
    }

    /// Columns and rows.
    pub fn size(&self) -> (i64, i64) {
        // SAFETY: the handle is open.
        unsafe { (i64::from(gdal_sys::GDALGetRasterXSize(self.handle)), i64::from(gdal_sys::GDALGetRasterYSize(self.handle))) }
    }

    /// The grid, which has to be north-up with square pixels.
    pub fn grid(&self) -> Result<Grid> {
        let mut t = [0.0; 6];
        // SAFETY: six doubles are what GDAL writes.
        let ok = unsafe { gdal_sys::GDALGetGeoTransform(self.handle, t.as_mut_ptr()) } == gdal_sys::CPLErr::CE_None;
        let bad = |what: &str| Err(Error::input(&self.path, format!("{what}; give the product in its own UTM grid")));
        if !ok {
            return bad("it has no geotransform");
        }
        if t[2] != 0.0 || t[4] != 0.0 || t[1] <= 0.0 || (t[1] + t[5]).abs() > 1e-9 * t[1] {
            return bad("its grid is not north-up with square pixels");
        }
        let (cols, rows) = self.size();
        Ok(Grid { west: t[0], north: t[3], gsd: t[1], cols, rows })
    }

    /// The coordinate reference system as well-known text; empty when there is none.
    pub fn crs(&self) -> String {
        // SAFETY: the handle is open; GDAL keeps the string.
        unsafe { text(gdal_sys::GDALGetProjectionRef(self.handle)) }
    }

    /// A metadata item of the dataset.
    pub fn metadata(&self, key: &str) -> Option<String> {
        // SAFETY: the handle is open; GDAL keeps the string.
        let value = unsafe { text(gdal_sys::GDALGetMetadataItem(self.handle, c_string(key).as_ptr(), null())) };
        (!value.is_empty()).then_some(value)
    }

    /// What band `index` (from 1) says of itself.
    pub fn band_facts(&self, index: usize) -> Result<BandFacts> {
        let band = self.band(index)?;
        let number = |get: unsafe extern "C" fn(GDALRasterBandH, *mut c_int) -> f64| {
            let mut there = 0;
            // SAFETY: the band belongs to the open dataset.
            let value = unsafe { get(band, &mut there) };
            (there != 0).then_some(value)
        };
        // SAFETY: as above.
        let (description, raw) = unsafe { (text(gdal_sys::GDALGetDescription(band)), gdal_sys::GDALGetRasterDataType(band)) };
        let dtype = match raw {
            GDALDataType::GDT_Byte => Some(DataType::UInt8),
            GDALDataType::GDT_UInt16 => Some(DataType::UInt16),
            GDALDataType::GDT_Int16 => Some(DataType::Int16),
            GDALDataType::GDT_UInt32 => Some(DataType::UInt32),
            GDALDataType::GDT_Int32 => Some(DataType::Int32),
            GDALDataType::GDT_Float32 | GDALDataType::GDT_Float64 => Some(DataType::Float32),
            _ => None,
        };
        Ok(BandFacts {
            description,
            dtype,
            nodata: number(gdal_sys::GDALGetRasterNoDataValue),
            scale: number(gdal_sys::GDALGetRasterScale),
            offset: number(gdal_sys::GDALGetRasterOffset),
        })
    }

    /// Reads a rectangle of band `index` (from 1).
    pub fn read(&mut self, index: usize, r: Rect) -> Result<Array2<f32>> {
        self.read_resampled(index, r, (r.w, r.h))
    }

    /// Reads a rectangle of band `index` at `size` columns and rows: pixels picked, or taken from overviews.
    pub fn read_resampled(&mut self, index: usize, r: Rect, size: (i64, i64)) -> Result<Array2<f32>> {
        let band = self.band(index)?;
        let mut out: Array2<f32> = zeros((size.1 as usize, size.0 as usize))?;
        let quiet = Quiet::new();
        // SAFETY: the buffer holds `size` floats, densely.
        let code = unsafe {
            gdal_sys::GDALRasterIOEx(
                band,
                GDALRWFlag::GF_Read,
                r.x as c_int,
                r.y as c_int,
                r.w as c_int,
                r.h as c_int,
                out.as_mut_ptr().cast(),
                size.0 as c_int,
                size.1 as c_int,
                GDALDataType::GDT_Float32,
                0,
                0,
                null_mut(),
            )
        };
        self.check(code, &quiet, index, r)?;
        Ok(out)
    }

    /// Reads a window of band `index` (from 1), given as x, y, width and height in pixels and parts of them, into so many
    /// columns and rows: their means, or the pixel in the middle of each. GDAL takes overviews where there are some.
    pub fn read_shrunk(&mut self, index: usize, [x, y, w, h]: [f64; 4], (cols, rows): (i64, i64), means: bool) -> Result<Array2<f32>> {
        let band = self.band(index)?;
        let (width, height) = self.size();
        // What rounding let stand out by a millionth of a pixel must not make the window reach outside.
        let span = |from: f64, length: f64, n: i64| {
            let (from, to) = (from.clamp(0.0, n as f64 - 1.0), (from + length).clamp(1.0, n as f64));
            let first = from.floor();
            ((from, to - from), (first as c_int, (to.ceil() - first) as c_int))
        };
        let ((x, w), (x_off, x_size)) = span(x, w, width);
        let ((y, h), (y_off, y_size)) = span(y, h, height);
        // SAFETY: all zero is a valid value; newer GDALs have members more than version 1, which is what is filled in.
        let mut extra: gdal_sys::GDALRasterIOExtraArg = unsafe { std::mem::zeroed() };
        extra.nVersion = 1;
        extra.eResampleAlg = if means { gdal_sys::GDALRIOResampleAlg::GRIORA_Average } else { gdal_sys::GDALRIOResampleAlg::GRIORA_NearestNeighbour };
        extra.bFloatingPointWindowValidity = 1;
        (extra.dfXOff, extra.dfYOff, extra.dfXSize, extra.dfYSize) = (x, y, w, h);
        let mut out: Array2<f32> = zeros((rows as usize, cols as usize))?;
        let (buffer, kind) = (out.as_mut_ptr().cast(), GDALDataType::GDT_Float32);
        let quiet = Quiet::new();
        // SAFETY: the buffer holds cols x rows floats, densely; `extra` is as its version says.
        let code = unsafe {
            gdal_sys::GDALRasterIOEx(band, GDALRWFlag::GF_Read, x_off, y_off, x_size, y_size, buffer, cols as c_int, rows as c_int, kind, 0, 0, &mut extra)
        };
        let asked = Rect::new(x_off.into(), y_off.into(), x_size.into(), y_size.into());
        self.check(code, &quiet, index, asked)?;
        Ok(out)
    }

    // A decoder may report a damaged block and still call the read a success.
    fn check(&self, code: gdal_sys::CPLErr::Type, quiet: &Quiet, index: usize, r: Rect) -> Result<()> {
        if code == gdal_sys::CPLErr::CE_None && !quiet.failed() {
            return Ok(());
        }
        let why = if quiet.failed() { quiet.explain("") } else { self.reason(index, r) };
        Err(Error::input(&self.path, format!("reading its pixels failed, the file may be damaged or cut short ({why})")))
    }

    /// Why a rectangle cannot be read, where GDAL said so on threads of its own only: it is read anew on this one.
    fn reason(&self, index: usize, r: Rect) -> String {
        const KEY: &CStr = c"GDAL_NUM_THREADS";
        let quiet = Quiet::new();
        // SAFETY: C strings; the handle that is opened here is closed here, and what is read of it has room for a row.
        unsafe {
            let before = gdal_sys::CPLGetThreadLocalConfigOption(KEY.as_ptr(), null());
            let before = (!before.is_null()).then(|| c_string(&text(before)));
            gdal_sys::CPLSetThreadLocalConfigOption(KEY.as_ptr(), c"1".as_ptr());
            let again = gdal_sys::GDALOpenEx(c_string(&self.path).as_ptr(), 0x02, null(), null(), null());
            let band = if again.is_null() { null_mut() } else { gdal_sys::GDALGetRasterBand(again, index as c_int) };
            let mut y = r.y;
            let mut line = vec![0f32; r.w as usize];
            while !band.is_null() && y < r.y1() && !quiet.failed() {
                let (x, w, data) = (r.x as c_int, r.w as c_int, line.as_mut_ptr().cast());
                gdal_sys::GDALRasterIO(band, GDALRWFlag::GF_Read, x, y as c_int, w, 1, data, w, 1, GDALDataType::GDT_Float32, 0, 0);
                y += 1;
            }
            super::close(again);
            gdal_sys::CPLSetThreadLocalConfigOption(KEY.as_ptr(), before.as_ref().map_or(null(), |b| b.as_ptr()));
        }
        quiet.explain("no reason given")
    }

    fn band(&self, index: usize) -> Result<GDALRasterBandH> {
        // SAFETY: the handle is open; GDAL answers null for an index out of range.
        let band = unsafe { gdal_sys::GDALGetRasterBand(self.handle, index as c_int) };
        if band.is_null() {
            return Err(Error::input(&self.path, format!("it has no band number {index}")));
        }
        Ok(band)
    }
}

impl Drop for Dataset {
    fn drop(&mut self) {
        let _quiet = Quiet::new();
        // SAFETY: the handle is open and nobody else has it.
        unsafe { super::close(self.handle) };
    }
}

/// Whether two coordinate reference systems, as well-known text, are the same.
pub fn same_crs(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let _quiet = Quiet::new();
    let (a, b) = (c_string(a), c_string(b));
    // SAFETY: both references are made, compared and released here.
    unsafe {
        let (ra, rb) = (gdal_sys::OSRNewSpatialReference(a.as_ptr()), gdal_sys::OSRNewSpatialReference(b.as_ptr()));
        let same = !ra.is_null() && !rb.is_null() && gdal_sys::OSRIsSame(ra, rb) != 0;
        gdal_sys::OSRRelease(ra);
        gdal_sys::OSRRelease(rb);
        same
    }
}

/// Whether a coordinate reference system, as well-known text, is projected and counts in m.
pub fn is_in_metres(crs: &str) -> bool {
    let _quiet = Quiet::new();
    let crs = c_string(crs);
    // SAFETY: the reference is made, asked and released here.
    unsafe {
        let r = gdal_sys::OSRNewSpatialReference(crs.as_ptr());
        let yes = !r.is_null() && gdal_sys::OSRIsProjected(r) != 0 && (gdal_sys::OSRGetLinearUnits(r, null_mut()) - 1.0).abs() < 1e-9;
        gdal_sys::OSRRelease(r);
        yes
    }
}

/// A short name for a coordinate reference system given as well-known text: `EPSG:32618`, or its title.
pub fn crs_name(crs: &str) -> String {
    let _quiet = Quiet::new();
    let crs = c_string(crs);
    // SAFETY: the reference is made, asked and released here; it owns the strings it answers with.
    unsafe {
        let r = gdal_sys::OSRNewSpatialReference(crs.as_ptr());
        let authority = text(gdal_sys::OSRGetAuthorityName(r, std::ptr::null()));
        let code = text(gdal_sys::OSRGetAuthorityCode(r, std::ptr::null()));
        let name = if code.is_empty() { text(gdal_sys::OSRGetName(r)) } else { format!("{authority}:{code}") };
        gdal_sys::OSRRelease(r);
        name
    }
}
