//! Reading rasters.

use std::ffi::{CStr, OsStr, c_char, c_int};
use std::path::{Path, PathBuf};
use std::ptr::{null, null_mut};

use gdal_sys::{GDALDataType, GDALRWFlag, GDALRasterBandH};
use ndarray::{Array2, Axis};

use super::threads::{Alone, Rules, Unshared};
use super::{Quiet, StringList, c_path, c_string, hdf5, register, take_list, tar, text, vsi};
use crate::error::{Error, Result};
use crate::memory::{room, zeros};
use crate::raster::grid::{Grid, Rect};
use crate::raster::radiometry::DataType;
use crate::text::shown;

/// The drivers that open what a product brings along: rasters that lie whole in a file and name no
/// other.
const FOUND: [&str; 11] = [
    "GTiff",
    "JP2OpenJPEG",
    "JP2KAK",
    "JP2ECW",
    "JP2MrSID",
    "JP2Lura",
    "JP2Grok",
    "JPEG2000",
    "PNG",
    "JPEG",
    // Numbers in rows; the header beside them names no other file.
    "ENVI",
];

/// World files: what may lie beside such a file and is read with it, besides overviews and GDAL's
/// own `.aux.xml`.
const BESIDE: [&str; 7] = ["tfw", "tifw", "wld", "j2w", "pgw", "jgw", "hdr"];

/// Files of one raster, more than anybody watches.
const MANY_FILES: usize = 10_000;

/// A raster that is open for reading. One thread at a time may use it.
pub struct Dataset {
    handle: Unshared,
    path: PathBuf,
    /// Whether it was found in a product.
    found: bool,
    /// Whether its first row is the southernmost. Callers see rows from north to south all the same.
    south_up: bool,
}

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
    /// Opens a raster that the user named, in any format that GDAL reads.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        // What lies beside it the user did not name.
        if is_raster(path) {
            Self::open_found(path)
        } else {
            Self::open_with(path, null(), null())
        }
    }

    /// Opens a raster that was found in a product: a file in a format for rasters that leads
    /// nowhere else.
    pub fn open_found(path: &Path) -> Result<Self> {
        if let Some(why) = no_raster(path) {
            return Err(Error::input(path, why));
        }
        let mut siblings = siblings(path);
        let dataset = Self::open_with(path, drivers().as_ptr().cast(), siblings.as_ptr().cast())?;
        // GDAL would open it with any driver, wherever it is.
        if dataset.item(c"OVERVIEW_FILE", c"OVERVIEWS").is_some() {
            return Err(Error::input(
                path,
                "it names another file as its overviews; remove that with gdaladdo -clean, or take the file from its source",
            ));
        }
        Ok(dataset)
    }

    fn open_with(
        path: &Path,
        drivers: *const *const c_char,
        siblings: *const *const c_char,
    ) -> Result<Self> {
        register();
        let quiet = Quiet::new();
        // GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR of gdal.h, which are macros.
        let flags = 0x02 | 0x40;
        hdf5::hush(path);
        let name = c_path(&tar::real(path));
        // SAFETY: a C string and lists that are null or NULL-terminated are what GDALOpenEx takes.
        let open =
            || unsafe { gdal_sys::GDALOpenEx(name.as_ptr(), flags, drivers, null(), siblings) };
        let Some(handle) = Unshared::open(open) else {
            return Err(Error::input(
                path,
                format!("GDAL cannot open it ({})", quiet.explain("no reason given")),
            ));
        };
        let mut dataset = Self {
            handle,
            path: path.to_owned(),
            found: !drivers.is_null(),
            south_up: false,
        };
        dataset.south_up = dataset.geotransform().is_some_and(|t| t[5] > 0.0);
        Ok(dataset)
    }

    /// The number of bands.
    pub fn band_count(&self) -> usize {
        // SAFETY: the handle is open.
        unsafe { gdal_sys::GDALGetRasterCount(self.handle.handle()) as usize }
    }

    /// Columns and rows.
    pub fn size(&self) -> (i64, i64) {
        // SAFETY: the handle is open.
        unsafe {
            (
                i64::from(gdal_sys::GDALGetRasterXSize(self.handle.handle())),
                i64::from(gdal_sys::GDALGetRasterYSize(self.handle.handle())),
            )
        }
    }

    fn geotransform(&self) -> Option<[f64; 6]> {
        let mut t = [0.0; 6];
        // SAFETY: six doubles are what GDAL writes.
        let code = unsafe { gdal_sys::GDALGetGeoTransform(self.handle.handle(), t.as_mut_ptr()) };
        (code == gdal_sys::CPLErr::CE_None).then_some(t)
    }

    /// The grid, which has to have square pixels and no rotation.
    pub fn grid(&self) -> Result<Grid> {
        let bad = |what: &str| {
            Err(Error::input(
                &self.path,
                format!("{what}; give the product in its own UTM grid, unwarped"),
            ))
        };
        let Some(t) = self.geotransform() else {
            return bad("it has no geotransform");
        };
        if t[2] != 0.0 || t[4] != 0.0 || t[1] <= 0.0 || (t[1] - t[5].abs()).abs() > 1e-9 * t[1] {
            return bad("its grid is not north-up with square pixels");
        }
        let (cols, rows) = self.size();
        let north = if self.south_up {
            t[3] + rows as f64 * t[5]
        } else {
            t[3]
        };
        Ok(Grid {
            west: t[0],
            north,
            gsd: t[1],
            cols,
            rows,
        })
    }

    /// The coordinate reference system as well-known text; empty when there is none.
    pub fn crs(&self) -> String {
        // SAFETY: the handle is open; GDAL keeps the string.
        unsafe { text(gdal_sys::GDALGetProjectionRef(self.handle.handle())) }
    }

    /// A metadata item of the dataset.
    pub fn metadata(&self, key: &str) -> Option<String> {
        self.item(&c_string(key), c"")
    }

    /// The names of the rasters inside, where it holds several.
    pub fn subdatasets(&self) -> Vec<String> {
        // SAFETY: the handle is open; GDAL keeps the list, which is copied.
        let items = unsafe {
            texts(gdal_sys::GDALGetMetadata(
                self.handle.handle(),
                c"SUBDATASETS".as_ptr(),
            ))
        };
        let name = |item: String| {
            let (key, name) = item.split_once('=')?;
            key.ends_with("_NAME").then(|| name.to_owned())
        };
        items.into_iter().filter_map(name).collect()
    }

    /// The sources of band `index` of a virtual raster, as XML.
    pub fn vrt_sources(&self, index: usize) -> Vec<String> {
        let Ok(band) = self.band(index) else {
            return Vec::new();
        };
        // SAFETY: the band belongs to the open dataset; GDAL keeps the list, which is copied.
        let items = unsafe { texts(gdal_sys::GDALGetMetadata(band, c"vrt_sources".as_ptr())) };
        let source = |item: String| Some(item.split_once('=')?.1.to_owned());
        items.into_iter().filter_map(source).collect()
    }

    fn item(&self, key: &CStr, domain: &CStr) -> Option<String> {
        // SAFETY: the handle is open; GDAL keeps the string.
        let value = unsafe {
            text(gdal_sys::GDALGetMetadataItem(
                self.handle.handle(),
                key.as_ptr(),
                domain.as_ptr(),
            ))
        };
        (!value.is_empty()).then_some(value)
    }

    /// The files that it is made of, as far as GDAL knows: sidecars, what a VRT names, and what
    /// VRTs in it name.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut files = vec![self.path.clone()];
        let mut asked = 0;
        // SAFETY: the handle is open; GDAL keeps its driver's name.
        let is_vrt = unsafe {
            text(gdal_sys::GDALGetDescription(
                gdal_sys::GDALGetDatasetDriver(self.handle.handle()),
            ))
        } == "VRT";
        // To ask for sidecars may cost a request for each on a server; a VRT knows what it names.
        if is_vrt || !vsi::is_virtual(&self.path) {
            files.extend(self.own_files());
        }
        while is_vrt && asked < files.len() && files.len() < MANY_FILES {
            if asked > 0 && files[asked].extension().is_some_and(|e| e == "vrt") {
                let inner = Self::open(&files[asked])
                    .map(|d| d.own_files())
                    .unwrap_or_default();
                files.extend(inner);
            }
            asked += 1;
            let mut known = std::collections::HashSet::new();
            files.retain(|f| known.insert(f.clone()));
        }
        files
    }

    fn own_files(&self) -> Vec<PathBuf> {
        let _quiet = Quiet::new();
        // SAFETY: the handle is open; GDAL gives a list of its own, which is freed.
        let names = unsafe { take_list(gdal_sys::GDALGetFileList(self.handle.handle())) };
        names.into_iter().map(PathBuf::from).collect()
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
        let (description, raw) = unsafe {
            (
                text(gdal_sys::GDALGetDescription(band)),
                gdal_sys::GDALGetRasterDataType(band),
            )
        };
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

    /// Whether a mask or an alpha band says which pixels of band `index` are valid.
    pub fn has_mask(&self, index: usize) -> Result<bool> {
        // GMF_PER_DATASET and GMF_NODATA of gdal.h, which are macros; an alpha band counts as the
        // first.
        const PER_DATASET: c_int = 0x02;
        let band = self.band(index)?;
        // SAFETY: the band belongs to the open dataset.
        Ok(unsafe { gdal_sys::GDALGetMaskFlags(band) } & PER_DATASET != 0)
    }

    /// Reads a rectangle of the mask of band `index`: 0 where it is invalid.
    pub fn read_mask(&mut self, index: usize, r: Rect) -> Result<Array2<f32>> {
        // SAFETY: the band belongs to the open dataset, and so does its mask.
        let mask = unsafe { gdal_sys::GDALGetMaskBand(self.band(index)?) };
        self.read_band(mask, index, r, (r.w, r.h))
    }

    /// Reads a rectangle of band `index` (from 1).
    pub fn read(&mut self, index: usize, r: Rect) -> Result<Array2<f32>> {
        self.read_resampled(index, r, (r.w, r.h))
    }

    /// Reads a rectangle of band `index` at `size` columns and rows: pixels picked, or taken from
    /// overviews.
    pub fn read_resampled(
        &mut self,
        index: usize,
        r: Rect,
        size: (i64, i64),
    ) -> Result<Array2<f32>> {
        let band = self.band(index)?;
        self.read_band(band, index, r, size)
    }

    fn read_band(
        &mut self,
        band: GDALRasterBandH,
        index: usize,
        r: Rect,
        size: (i64, i64),
    ) -> Result<Array2<f32>> {
        let mut out: Array2<f32> = zeros((size.1 as usize, size.0 as usize))?;
        let r = self.in_file(r);
        let _rules = Rules::enter();
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
        self.turn(&mut out);
        Ok(out)
    }

    /// A rectangle as the file counts its rows.
    fn in_file(&self, r: Rect) -> Rect {
        if self.south_up {
            Rect::new(r.x, self.size().1 - r.y1(), r.w, r.h)
        } else {
            r
        }
    }

    /// Brings rows as the file has them into the order from north to south.
    fn turn(&self, pixels: &mut Array2<f32>) {
        let rows = pixels.nrows();
        if self.south_up {
            for r in 0..rows / 2 {
                let (mut top, mut bottom) = pixels.view_mut().split_at(Axis(0), rows - 1 - r);
                top.row_mut(r)
                    .iter_mut()
                    .zip(bottom.row_mut(0))
                    .for_each(|(a, b)| std::mem::swap(a, b));
            }
        }
    }

    /// Reads a window of band `index` (from 1), given as x, y, width and height in pixels and parts
    /// of them, into so many columns and rows: their means, or the pixel in the middle of each.
    /// GDAL takes overviews where there are some.
    pub fn read_shrunk(
        &mut self,
        index: usize,
        [x, y, w, h]: [f64; 4],
        (cols, rows): (i64, i64),
        means: bool,
    ) -> Result<Array2<f32>> {
        let band = self.band(index)?;
        let (width, height) = self.size();
        // What rounding let stand out by a millionth of a pixel must not make the window reach
        // outside.
        let span = |from: f64, length: f64, n: i64| {
            let (from, to) = (
                from.clamp(0.0, n as f64 - 1.0),
                (from + length).clamp(1.0, n as f64),
            );
            let first = from.floor();
            (
                (from, to - from),
                (first as c_int, (to.ceil() - first) as c_int),
            )
        };
        let y = if self.south_up {
            height as f64 - y - h
        } else {
            y
        };
        let ((x, w), (x_off, x_size)) = span(x, w, width);
        let ((y, h), (y_off, y_size)) = span(y, h, height);
        // SAFETY: all zero is a valid value; newer GDALs have members more than version 1, which is
        // what is filled in.
        let mut extra: gdal_sys::GDALRasterIOExtraArg = unsafe { std::mem::zeroed() };
        extra.nVersion = 1;
        extra.eResampleAlg = if means {
            gdal_sys::GDALRIOResampleAlg::GRIORA_Average
        } else {
            gdal_sys::GDALRIOResampleAlg::GRIORA_NearestNeighbour
        };
        extra.bFloatingPointWindowValidity = 1;
        (extra.dfXOff, extra.dfYOff, extra.dfXSize, extra.dfYSize) = (x, y, w, h);
        let mut out: Array2<f32> = zeros((rows as usize, cols as usize))?;
        let _rules = Rules::enter();
        let (buffer, kind) = (out.as_mut_ptr().cast(), GDALDataType::GDT_Float32);
        let quiet = Quiet::new();
        // SAFETY: the buffer holds cols x rows floats, densely; `extra` is as its version says.
        let code = unsafe {
            gdal_sys::GDALRasterIOEx(
                band,
                GDALRWFlag::GF_Read,
                x_off,
                y_off,
                x_size,
                y_size,
                buffer,
                cols as c_int,
                rows as c_int,
                kind,
                0,
                0,
                &mut extra,
            )
        };
        let asked = Rect::new(x_off.into(), y_off.into(), x_size.into(), y_size.into());
        self.check(code, &quiet, index, asked)?;
        self.turn(&mut out);
        Ok(out)
    }

    // A decoder may report a damaged block and still call the read a success.
    fn check(
        &self,
        code: gdal_sys::CPLErr::Type,
        quiet: &Quiet,
        index: usize,
        r: Rect,
    ) -> Result<()> {
        if code == gdal_sys::CPLErr::CE_None && !quiet.failed() {
            return Ok(());
        }
        let why = if quiet.failed() {
            quiet.explain("")
        } else {
            self.reason(index, r)
        };
        Err(Error::input(
            &self.path,
            format!("reading its pixels failed, the file may be damaged or cut short ({why})"),
        ))
    }

    /// Why a rectangle cannot be read, where GDAL said so on threads of its own only: it is read
    /// anew on this one.
    fn reason(&self, index: usize, r: Rect) -> String {
        let _alone = Alone::enter();
        let quiet = Quiet::new();
        let read = || -> Result<()> {
            let again = if self.found {
                Self::open_found(&self.path)
            } else {
                Self::open(&self.path)
            }?;
            let band = again.band(index)?;
            let mut line = room(r.w as usize)?;
            line.resize(r.w as usize, 0f32);
            let (x, w, data) = (r.x as c_int, r.w as c_int, line.as_mut_ptr().cast());
            for y in (r.y..r.y1()).take_while(|_| !quiet.failed()) {
                // SAFETY: the band belongs to a dataset that is open, and the line has room for a
                // row of the rectangle.
                unsafe {
                    gdal_sys::GDALRasterIO(
                        band,
                        GDALRWFlag::GF_Read,
                        x,
                        y as c_int,
                        w,
                        1,
                        data,
                        w,
                        1,
                        GDALDataType::GDT_Float32,
                        0,
                        0,
                    )
                };
            }
            Ok(())
        };
        let opened = read();
        quiet.explain(
            &opened
                .err()
                .map_or("no reason given".into(), |e| e.to_string()),
        )
    }

    fn band(&self, index: usize) -> Result<GDALRasterBandH> {
        // SAFETY: the handle is open; GDAL answers null for an index out of range.
        let band = unsafe { gdal_sys::GDALGetRasterBand(self.handle.handle(), index as c_int) };
        if band.is_null() {
            return Err(Error::input(
                &self.path,
                format!("it has no band number {index}"),
            ));
        }
        Ok(band)
    }
}

/// The texts of a list that GDAL keeps.
///
/// # Safety
/// `list` is null or a NULL-terminated list of C strings that live during the call.
unsafe fn texts(list: *mut *mut c_char) -> Vec<String> {
    let mut found = Vec::new();
    let mut next = list;
    // SAFETY: by the contract above; the list ends with a null.
    unsafe {
        while !next.is_null() && !(*next).is_null() {
            found.push(text(*next));
            next = next.add(1);
        }
    }
    found
}

/// Why a file is not read as part of a product; `None` when it begins as one in a format that
/// products may hold.
pub fn no_raster(path: &Path) -> Option<String> {
    if is_raster(path) {
        return None;
    }
    // GDAL does not tell what it may not open from what is no raster.
    let closed = if vsi::is_virtual(path) {
        vsi::File::open(path).err()
    } else {
        std::fs::File::open(path).err()
    };
    Some(closed.map_or_else(
        || {
            let name = |p: &Path| shown(&p.file_name().unwrap_or_default().to_string_lossy());
            format!(
                "it is no GeoTIFF, JPEG 2000, PNG or JPEG; inside a product nothing else is read, so convert it there: gdal_translate {} {}",
                name(path),
                name(&path.with_extension("tif"))
            )
        },
        |e| format!("it cannot be opened ({e})"),
    ))
}

fn is_raster(path: &Path) -> bool {
    register();
    let (_quiet, _rules) = (Quiet::new(), Rules::enter());
    let header = path.with_extension("hdr");
    let mut appended = path.as_os_str().to_owned();
    appended.push(".hdr");
    let headers = [header, PathBuf::from(appended)];
    let is_there = |h: &&PathBuf| h.symlink_metadata().is_ok_and(|m| m.is_file());
    let header = headers
        .iter()
        .find(is_there)
        .filter(|_| !vsi::is_virtual(path));
    let names = path
        .file_name()
        .into_iter()
        .chain(header.and_then(|h| h.file_name()));
    let mut alone = StringList::names(names);
    // SAFETY: a C string and two NULL-terminated lists; GDAL_OF_RASTER as the kind of driver.
    unsafe {
        !gdal_sys::GDALIdentifyDriverEx(
            c_path(&tar::real(path)).as_ptr(),
            0x02,
            drivers().as_ptr().cast(),
            alone.as_ptr().cast(),
        )
        .is_null()
    }
}

fn drivers() -> StringList {
    StringList::names(FOUND.map(OsStr::new))
}

/// The file's name and those of what is read with it. Links are left out, and overviews that are no
/// raster themselves: GDAL would open them with any driver.
fn siblings(path: &Path) -> StringList {
    let appended = |extension: &str| {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(extension);
        path.with_file_name(name)
    };
    let there = |file: &PathBuf| match vsi::is_virtual(file) {
        true => vsi::size(file).is_some(),
        false => file.symlink_metadata().is_ok_and(|m| m.is_file()),
    };
    let world = BESIDE
        .iter()
        .filter(|_| !vsi::is_virtual(path))
        .map(|extension| path.with_extension(extension));
    let own = [appended(".aux.xml"), appended(".hdr")];
    // On a server each question is a request.
    let asked = !vsi::is_remote(path);
    let beside = world.chain(own).filter(|file| asked && there(file));
    let mut beside: Vec<PathBuf> = beside.collect();
    let rasters = [appended(".ovr"), appended(".msk")];
    beside.extend(
        rasters
            .into_iter()
            .filter(|file| asked && there(file))
            .filter(|file| Dataset::open_found(file).is_ok()),
    );
    StringList::names(
        [path]
            .into_iter()
            .chain(beside.iter().map(PathBuf::as_path))
            .filter_map(Path::file_name),
    )
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
        let (ra, rb) = (
            gdal_sys::OSRNewSpatialReference(a.as_ptr()),
            gdal_sys::OSRNewSpatialReference(b.as_ptr()),
        );
        let same = !ra.is_null() && !rb.is_null() && gdal_sys::OSRIsSame(ra, rb) != 0;
        gdal_sys::OSRRelease(ra);
        gdal_sys::OSRRelease(rb);
        same
    }
}

/// The coordinate reference system of an EPSG code as well-known text; `None` for no such code.
pub fn crs_of_epsg(code: u32) -> Option<String> {
    let _quiet = Quiet::new();
    let code = c_int::try_from(code).ok()?;
    let mut wkt: *mut c_char = null_mut();
    // SAFETY: the reference is made, asked and released here; the text is GDAL's and freed here.
    unsafe {
        let r = gdal_sys::OSRNewSpatialReference(null());
        let known = gdal_sys::OSRImportFromEPSG(r, code) == gdal_sys::OGRErr::OGRERR_NONE
            && gdal_sys::OSRExportToWkt(r, &mut wkt) == gdal_sys::OGRErr::OGRERR_NONE;
        let told = text(wkt);
        gdal_sys::VSIFree(wkt.cast());
        gdal_sys::OSRRelease(r);
        (known && !told.is_empty()).then_some(told)
    }
}

/// Whether GDAL has a driver.
pub fn has_driver(name: &str) -> bool {
    register();
    // SAFETY: a C string.
    !unsafe { gdal_sys::GDALGetDriverByName(c_string(name).as_ptr()) }.is_null()
}

/// Whether a coordinate reference system, as well-known text, is projected and counts in m.
pub fn is_in_metres(crs: &str) -> bool {
    let _quiet = Quiet::new();
    let crs = c_string(crs);
    // SAFETY: the reference is made, asked and released here.
    unsafe {
        let r = gdal_sys::OSRNewSpatialReference(crs.as_ptr());
        let yes = !r.is_null()
            && gdal_sys::OSRIsProjected(r) != 0
            && (gdal_sys::OSRGetLinearUnits(r, null_mut()) - 1.0).abs() < 1e-9;
        gdal_sys::OSRRelease(r);
        yes
    }
}

/// A short name for a coordinate reference system given as well-known text: `EPSG:32618`, or its
/// title.
pub fn crs_name(crs: &str) -> String {
    let _quiet = Quiet::new();
    let crs = c_string(crs);
    // SAFETY: the reference is made, asked and released here; it owns the strings it answers with.
    unsafe {
        let r = gdal_sys::OSRNewSpatialReference(crs.as_ptr());
        let authority = text(gdal_sys::OSRGetAuthorityName(r, std::ptr::null()));
        let code = text(gdal_sys::OSRGetAuthorityCode(r, std::ptr::null()));
        let name = if code.is_empty() {
            text(gdal_sys::OSRGetName(r))
        } else {
            format!("{authority}:{code}")
        };
        gdal_sys::OSRRelease(r);
        shown(&name)
    }
}
