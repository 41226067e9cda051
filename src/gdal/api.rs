//! GDAL's C functions as a table, filled from a library that is found at run time. Nothing is
//! linked: one build works with every GDAL that has these functions, 3.4 and later, and the process
//! may hold several. A table knows its GDAL's version, file and place among the tables.
//!
//! Types, constants and signatures are written down here by hand, under GDAL's own names. They are
//! the part of GDAL's C interface that has been the same since 3.4. The crate gdal-sys would bring
//! thousands more, but asks for an installed GDAL, of a version that it knows, whenever it is
//! built.

#![allow(non_snake_case, missing_docs)]

use std::ffi::{CStr, c_char, c_double, c_int, c_uint, c_void};
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Mutex;

use crate::libraries::Loaded;

pub type GDALDatasetH = *mut c_void;
pub type GDALDriverH = *mut c_void;
pub type GDALRasterBandH = *mut c_void;
pub type GDALMajorObjectH = *mut c_void;
pub type OGRSpatialReferenceH = *mut c_void;
pub type OGRCoordinateTransformationH = *mut c_void;
pub type OGRLayerH = *mut c_void;
pub type OGRFeatureH = *mut c_void;
pub type OGRGeometryH = *mut c_void;
pub type GDALRasterAttributeTableH = *mut c_void;
pub type VSILFILE = *mut c_void;
/// A NULL-terminated list of C strings that GDAL reads.
pub type CSLConstList = *const *const c_char;
/// One that it gives or takes over.
pub type CSLList = *mut *mut c_char;

pub type CPLErr = c_uint;
pub const CE_NONE: CPLErr = 0;
pub const CE_DEBUG: CPLErr = 1;
pub const CE_FAILURE: CPLErr = 3;
pub const CPLE_APP_DEFINED: c_int = 1;

pub type GDALDataType = c_uint;
pub const GDT_BYTE: GDALDataType = 1;
pub const GDT_UINT16: GDALDataType = 2;
pub const GDT_INT16: GDALDataType = 3;
pub const GDT_UINT32: GDALDataType = 4;
pub const GDT_INT32: GDALDataType = 5;
pub const GDT_FLOAT32: GDALDataType = 6;
pub const GDT_FLOAT64: GDALDataType = 7;

pub const GDAL_OF_UPDATE: c_uint = 0x01;
pub const GDAL_OF_RASTER: c_uint = 0x02;
pub const GDAL_OF_VECTOR: c_uint = 0x04;
pub const GDAL_OF_VERBOSE_ERROR: c_uint = 0x40;
/// Nobody else's: it stands in no list of open datasets, all of which GDAL closes when its drivers
/// end (GDALDestroyDriverManager).
pub const GDAL_OF_INTERNAL: c_uint = 0x80;

pub type GDALRWFlag = c_uint;
pub const GF_READ: GDALRWFlag = 0;
pub const GF_WRITE: GDALRWFlag = 1;

pub type GDALColorInterp = c_uint;
pub const GCI_UNDEFINED: GDALColorInterp = 0;
pub const GCI_RED: GDALColorInterp = 3;
pub const GCI_GREEN: GDALColorInterp = 4;
pub const GCI_BLUE: GDALColorInterp = 5;
pub const GCI_ALPHA: GDALColorInterp = 6;

/// A mask of the whole dataset.
pub const GMF_PER_DATASET: c_int = 0x02;

pub const GFT_INTEGER: c_uint = 0;
pub const GFT_STRING: c_uint = 2;
pub const GFU_NAME: c_uint = 2;
pub const GFU_MIN_MAX: c_uint = 5;
pub const GFU_RED: c_uint = 6;
pub const GFU_GREEN: c_uint = 7;
pub const GFU_BLUE: c_uint = 8;

pub const OGRERR_NONE: c_int = 0;
pub const WKB_LINE_STRING: c_uint = 2;
/// What polygons of all kinds are a kind of.
pub const WKB_CURVE_POLYGON: c_uint = 10;
/// Coordinates in the order x, y, whatever their authority says.
pub const OAMS_TRADITIONAL_GIS_ORDER: c_uint = 0;

pub type CPLErrorHandler = Option<unsafe extern "C" fn(CPLErr, c_int, *const c_char)>;
pub type CPLHTTPFetchCallbackFunc = Option<
    unsafe extern "C" fn(
        address: *const c_char,
        options: CSLConstList,
        progress: GDALProgressFunc,
        progress_data: *mut c_void,
        write: *const c_void,
        write_data: *mut c_void,
        user_data: *mut c_void,
    ) -> *mut c_void,
>;
pub type GDALProgressFunc =
    Option<unsafe extern "C" fn(c_double, *const c_char, *mut c_void) -> c_int>;
pub type GDALDerivedPixelFuncWithArgs = unsafe extern "C" fn(
    sources: *mut *mut c_void,
    source_count: c_int,
    data: *mut c_void,
    cols: c_int,
    rows: c_int,
    source_type: GDALDataType,
    data_type: GDALDataType,
    pixel_space: c_int,
    line_space: c_int,
    arguments: CSLList,
) -> CPLErr;

/// Where the functions of a file system of ours are put. GDAL makes it, with members more at its
/// end in later versions; those that are not named here stay as it made them.
#[repr(C)]
pub struct VSIFilesystemPluginCallbacksStruct {
    pub pUserData: *mut c_void,
    pub stat:
        Option<unsafe extern "C" fn(*mut c_void, *const c_char, *mut VSIStatBufL, c_int) -> c_int>,
    _unlink_rename_mkdir_rmdir_read_dir: [*const c_void; 5],
    pub open:
        Option<unsafe extern "C" fn(*mut c_void, *const c_char, *const c_char) -> *mut c_void>,
    pub tell: Option<unsafe extern "C" fn(*mut c_void) -> u64>,
    pub seek: Option<unsafe extern "C" fn(*mut c_void, u64, c_int) -> c_int>,
    pub read: Option<unsafe extern "C" fn(*mut c_void, *mut c_void, usize, usize) -> usize>,
    _read_multi_range_get_range_status: [*const c_void; 2],
    pub eof: Option<unsafe extern "C" fn(*mut c_void) -> c_int>,
    _write_flush_truncate: [*const c_void; 3],
    pub close: Option<unsafe extern "C" fn(*mut c_void) -> c_int>,
}

/// What GDAL calls VSIStatBufL.
#[cfg(target_os = "linux")]
pub type VSIStatBufL = libc::stat64;
#[cfg(not(target_os = "linux"))]
pub type VSIStatBufL = libc::stat;

macro_rules! functions {
    ($(fn $name:ident $arguments:tt $(-> $result:ty)?;)*) => {
        /// The functions, each under its name in GDAL.
        pub struct Functions {
            $(pub $name: unsafe extern "C" fn $arguments $(-> $result)?,)*
        }

        impl Functions {
            /// All of them; the name of the first one that the library lacks.
            fn of(library: &Loaded) -> Result<Self, &'static CStr> {
                Ok(Self {
                    $($name: {
                        const NAME: &CStr = match CStr::from_bytes_with_nul(
                            concat!(stringify!($name), "\0").as_bytes(),
                        ) {
                            Ok(name) => name,
                            Err(_) => panic!("names have no NUL"),
                        };
                        let address = library.function(NAME);
                        if address.is_null() {
                            return Err(NAME);
                        }
                        // SAFETY: the library's function of this name has this signature.
                        unsafe {
                            std::mem::transmute::<
                                *const c_void,
                                unsafe extern "C" fn $arguments $(-> $result)?,
                            >(address)
                        }
                    },)*
                })
            }
        }
    };
}

// Where a function came to give an error code in a later version, the code is left out: the error
// handler has heard of the failure already.
functions! {
    fn CPLDebug(category: *const c_char, format: *const c_char, ...);
    fn CPLDefaultErrorHandler(class: CPLErr, number: c_int, message: *const c_char);
    fn CPLError(class: CPLErr, number: c_int, format: *const c_char, ...);
    fn CPLErrorReset();
    fn CPLGetConfigOption(key: *const c_char, otherwise: *const c_char) -> *const c_char;
    fn CPLGetThreadLocalConfigOption(key: *const c_char, otherwise: *const c_char) -> *const c_char;
    fn CPLGetThreadLocalConfigOptions() -> CSLList;
    fn CPLHTTPPopFetchCallback() -> c_int;
    fn CPLHTTPPushFetchCallback(function: CPLHTTPFetchCallbackFunc, user_data: *mut c_void)
    -> c_int;
    fn CPLPopErrorHandler();
    fn CPLPushErrorHandler(handler: CPLErrorHandler);
    fn CPLQuietErrorHandler(class: CPLErr, number: c_int, message: *const c_char);
    fn CPLSetErrorHandler(handler: CPLErrorHandler) -> CPLErrorHandler;
    fn CPLSetThreadLocalConfigOption(key: *const c_char, value: *const c_char);
    fn CPLSetThreadLocalConfigOptions(options: CSLConstList);
    fn CSLDestroy(list: CSLList);
    fn GDALAddDerivedBandPixelFuncWithArgs(
        name: *const c_char,
        function: Option<GDALDerivedPixelFuncWithArgs>,
        metadata: *const c_char,
    ) -> CPLErr;
    fn GDALAllRegister();
    fn GDALBuildOverviews(
        dataset: GDALDatasetH,
        resampling: *const c_char,
        count: c_int,
        factors: *const c_int,
        band_count: c_int,
        bands: *const c_int,
        progress: GDALProgressFunc,
        user_data: *mut c_void,
    ) -> CPLErr;
    fn GDALClose(dataset: GDALDatasetH);
    fn GDALCopyWords(
        from: *const c_void,
        from_type: GDALDataType,
        from_step: c_int,
        to: *mut c_void,
        to_type: GDALDataType,
        to_step: c_int,
        count: c_int,
    );
    fn GDALCreate(
        driver: GDALDriverH,
        name: *const c_char,
        cols: c_int,
        rows: c_int,
        bands: c_int,
        kind: GDALDataType,
        options: CSLConstList,
    ) -> GDALDatasetH;
    fn GDALCreateCopy(
        driver: GDALDriverH,
        name: *const c_char,
        source: GDALDatasetH,
        strict: c_int,
        options: CSLConstList,
        progress: GDALProgressFunc,
        user_data: *mut c_void,
    ) -> GDALDatasetH;
    fn GDALCreateDatasetMaskBand(dataset: GDALDatasetH, flags: c_int) -> CPLErr;
    fn GDALCreateRasterAttributeTable() -> GDALRasterAttributeTableH;
    fn GDALDatasetExecuteSQL(
        dataset: GDALDatasetH,
        statement: *const c_char,
        area: OGRGeometryH,
        dialect: *const c_char,
    ) -> OGRLayerH;
    fn GDALDatasetGetLayer(dataset: GDALDatasetH, number: c_int) -> OGRLayerH;
    fn GDALDatasetGetLayerCount(dataset: GDALDatasetH) -> c_int;
    fn GDALDatasetReleaseResultSet(dataset: GDALDatasetH, result: OGRLayerH);
    fn GDALDestroyRasterAttributeTable(table: GDALRasterAttributeTableH);
    fn GDALFlushCache(dataset: GDALDatasetH);
    fn GDALFlushRasterCache(band: GDALRasterBandH) -> CPLErr;
    fn GDALGetBlockSize(band: GDALRasterBandH, cols: *mut c_int, rows: *mut c_int);
    fn GDALGetDataTypeSizeBytes(kind: GDALDataType) -> c_int;
    fn GDALGetDatasetDriver(dataset: GDALDatasetH) -> GDALDriverH;
    fn GDALGetDescription(object: GDALMajorObjectH) -> *const c_char;
    fn GDALGetDriverByName(name: *const c_char) -> GDALDriverH;
    fn GDALGetDriverCount() -> c_int;
    fn GDALGetFileList(dataset: GDALDatasetH) -> CSLList;
    fn GDALGetGeoTransform(dataset: GDALDatasetH, transform: *mut c_double) -> CPLErr;
    fn GDALGetMaskBand(band: GDALRasterBandH) -> GDALRasterBandH;
    fn GDALGetMaskFlags(band: GDALRasterBandH) -> c_int;
    fn GDALGetMetadata(object: GDALMajorObjectH, domain: *const c_char) -> CSLList;
    fn GDALGetMetadataItem(
        object: GDALMajorObjectH,
        key: *const c_char,
        domain: *const c_char,
    ) -> *const c_char;
    fn GDALGetOverview(band: GDALRasterBandH, number: c_int) -> GDALRasterBandH;
    fn GDALGetOverviewCount(band: GDALRasterBandH) -> c_int;
    fn GDALGetProjectionRef(dataset: GDALDatasetH) -> *const c_char;
    fn GDALGetRasterBand(dataset: GDALDatasetH, number: c_int) -> GDALRasterBandH;
    fn GDALGetRasterBandXSize(band: GDALRasterBandH) -> c_int;
    fn GDALGetRasterBandYSize(band: GDALRasterBandH) -> c_int;
    fn GDALGetRasterColorInterpretation(band: GDALRasterBandH) -> GDALColorInterp;
    fn GDALGetRasterCount(dataset: GDALDatasetH) -> c_int;
    fn GDALGetRasterDataType(band: GDALRasterBandH) -> GDALDataType;
    fn GDALGetRasterNoDataValue(band: GDALRasterBandH, there: *mut c_int) -> c_double;
    fn GDALGetRasterOffset(band: GDALRasterBandH, there: *mut c_int) -> c_double;
    fn GDALGetRasterScale(band: GDALRasterBandH, there: *mut c_int) -> c_double;
    fn GDALGetRasterXSize(dataset: GDALDatasetH) -> c_int;
    fn GDALGetRasterYSize(dataset: GDALDatasetH) -> c_int;
    fn GDALIdentifyDriverEx(
        name: *const c_char,
        flags: c_uint,
        drivers: CSLConstList,
        siblings: CSLConstList,
    ) -> GDALDriverH;
    fn GDALOpenEx(
        name: *const c_char,
        flags: c_uint,
        drivers: CSLConstList,
        options: CSLConstList,
        siblings: CSLConstList,
    ) -> GDALDatasetH;
    fn GDALRasterIOEx(
        band: GDALRasterBandH,
        flag: GDALRWFlag,
        x: c_int,
        y: c_int,
        w: c_int,
        h: c_int,
        data: *mut c_void,
        cols: c_int,
        rows: c_int,
        kind: GDALDataType,
        pixel_space: i64,
        line_space: i64,
        extra: *mut c_void,
    ) -> CPLErr;
    fn GDALRATCreateColumn(
        table: GDALRasterAttributeTableH,
        name: *const c_char,
        kind: c_uint,
        usage: c_uint,
    ) -> CPLErr;
    fn GDALRATSetRowCount(table: GDALRasterAttributeTableH, count: c_int);
    fn GDALRATSetValueAsInt(
        table: GDALRasterAttributeTableH,
        row: c_int,
        column: c_int,
        value: c_int,
    );
    fn GDALRATSetValueAsString(
        table: GDALRasterAttributeTableH,
        row: c_int,
        column: c_int,
        value: *const c_char,
    );
    fn GDALRegenerateOverviews(
        band: GDALRasterBandH,
        count: c_int,
        overviews: *mut GDALRasterBandH,
        resampling: *const c_char,
        progress: GDALProgressFunc,
        user_data: *mut c_void,
    ) -> CPLErr;
    fn GDALSetCacheMax64(bytes: i64);
    fn GDALSetDefaultRAT(band: GDALRasterBandH, table: GDALRasterAttributeTableH) -> CPLErr;
    fn GDALSetDescription(object: GDALMajorObjectH, text: *const c_char);
    fn GDALSetGeoTransform(dataset: GDALDatasetH, transform: *const c_double) -> CPLErr;
    fn GDALSetMetadataItem(
        object: GDALMajorObjectH,
        key: *const c_char,
        value: *const c_char,
        domain: *const c_char,
    ) -> CPLErr;
    fn GDALSetProjection(dataset: GDALDatasetH, crs: *const c_char) -> CPLErr;
    fn GDALSetRasterCategoryNames(band: GDALRasterBandH, names: CSLConstList) -> CPLErr;
    fn GDALSetRasterColorInterpretation(band: GDALRasterBandH, meaning: GDALColorInterp) -> CPLErr;
    fn GDALSetRasterNoDataValue(band: GDALRasterBandH, value: c_double) -> CPLErr;
    fn GDALSetRasterOffset(band: GDALRasterBandH, value: c_double) -> CPLErr;
    fn GDALSetRasterScale(band: GDALRasterBandH, value: c_double) -> CPLErr;
    fn GDALValidateCreationOptions(driver: GDALDriverH, options: CSLConstList) -> c_int;
    fn GDALVersionInfo(what: *const c_char) -> *const c_char;
    fn OCTDestroyCoordinateTransformation(way: OGRCoordinateTransformationH);
    fn OCTNewCoordinateTransformation(
        from: OGRSpatialReferenceH,
        to: OGRSpatialReferenceH,
    ) -> OGRCoordinateTransformationH;
    fn OCTTransform(
        way: OGRCoordinateTransformationH,
        count: c_int,
        x: *mut c_double,
        y: *mut c_double,
        z: *mut c_double,
    ) -> c_int;
    fn OGR_F_Destroy(feature: OGRFeatureH);
    fn OGR_F_GetGeometryRef(feature: OGRFeatureH) -> OGRGeometryH;
    fn OGR_GT_Flatten(kind: c_uint) -> c_uint;
    fn OGR_GT_IsSubClassOf(kind: c_uint, of: c_uint) -> c_int;
    fn OGR_G_DestroyGeometry(geometry: OGRGeometryH);
    fn OGR_G_GetGeometryCount(geometry: OGRGeometryH) -> c_int;
    fn OGR_G_GetGeometryRef(geometry: OGRGeometryH, number: c_int) -> OGRGeometryH;
    fn OGR_G_GetGeometryType(geometry: OGRGeometryH) -> c_uint;
    fn OGR_G_GetLinearGeometry(
        geometry: OGRGeometryH,
        largest_step: c_double,
        options: CSLConstList,
    ) -> OGRGeometryH;
    fn OGR_G_GetPointCount(geometry: OGRGeometryH) -> c_int;
    fn OGR_G_GetX(geometry: OGRGeometryH, number: c_int) -> c_double;
    fn OGR_G_GetY(geometry: OGRGeometryH, number: c_int) -> c_double;
    fn OGR_L_GetFeatureCount(layer: OGRLayerH, force: c_int) -> i64;
    fn OGR_L_GetNextFeature(layer: OGRLayerH) -> OGRFeatureH;
    fn OGR_L_GetSpatialRef(layer: OGRLayerH) -> OGRSpatialReferenceH;
    fn OSRExportToWkt(crs: OGRSpatialReferenceH, text: *mut *mut c_char) -> c_int;
    fn OSRGetAngularUnits(crs: OGRSpatialReferenceH, name: CSLList) -> c_double;
    fn OSRGetAuthorityCode(crs: OGRSpatialReferenceH, key: *const c_char) -> *const c_char;
    fn OSRGetAuthorityName(crs: OGRSpatialReferenceH, key: *const c_char) -> *const c_char;
    fn OSRGetLinearUnits(crs: OGRSpatialReferenceH, name: CSLList) -> c_double;
    fn OSRGetName(crs: OGRSpatialReferenceH) -> *const c_char;
    fn OSRIsGeographic(crs: OGRSpatialReferenceH) -> c_int;
    fn OSRGetUTMZone(crs: OGRSpatialReferenceH, north: *mut c_int) -> c_int;
    fn OSRIsProjected(crs: OGRSpatialReferenceH) -> c_int;
    fn OSRIsSame(a: OGRSpatialReferenceH, b: OGRSpatialReferenceH) -> c_int;
    fn OSRNewSpatialReference(crs: *const c_char) -> OGRSpatialReferenceH;
    fn OSRRelease(crs: OGRSpatialReferenceH);
    fn OSRSetAxisMappingStrategy(crs: OGRSpatialReferenceH, strategy: c_uint);
    fn OSRSetFromUserInput(crs: OGRSpatialReferenceH, text: *const c_char) -> c_int;
    fn VSIAllocFilesystemPluginCallbacksStruct() -> *mut VSIFilesystemPluginCallbacksStruct;
    fn VSICalloc(count: usize, size: usize) -> *mut c_void;
    fn VSIError(number: c_int, format: *const c_char, ...);
    fn VSIFCloseL(file: VSILFILE) -> c_int;
    fn VSIFOpenL(name: *const c_char, access: *const c_char) -> VSILFILE;
    fn VSIFReadL(data: *mut c_void, size: usize, count: usize, file: VSILFILE) -> usize;
    fn VSIFSeekL(file: VSILFILE, offset: u64, whence: c_int) -> c_int;
    fn VSIFTellL(file: VSILFILE) -> u64;
    fn VSIFree(memory: *mut c_void);
    fn VSIFreeFilesystemPluginCallbacksStruct(calls: *mut VSIFilesystemPluginCallbacksStruct);
    fn VSIInstallPluginHandler(
        prefix: *const c_char,
        calls: *const VSIFilesystemPluginCallbacksStruct,
    ) -> c_int;
    fn VSIReadDir(folder: *const c_char) -> CSLList;
    fn VSIStatL(name: *const c_char, stat: *mut VSIStatBufL) -> c_int;
    fn VSIUnlink(name: *const c_char) -> c_int;
}

/// A function that every GDAL offers, and nothing else does.
pub const MARK: &CStr = c"GDALAddDerivedBandPixelFuncWithArgs";

/// One GDAL of this process.
pub struct Gdal {
    functions: Functions,
    /// As it tells: `3.6.2`.
    pub version: String,
    /// Where it was loaded from.
    pub file: PathBuf,
    /// Its place among the tables.
    pub number: usize,
    /// Whether its drivers were registered by us.
    pub(super) registered: Mutex<bool>,
}

impl Deref for Gdal {
    type Target = Functions;

    fn deref(&self) -> &Functions {
        &self.functions
    }
}

impl Gdal {
    /// The name under which systems load a GDAL of this version. Python's wheels have others.
    pub fn usual_name(&self) -> Option<String> {
        let minor = self.version.split('.').nth(1)?.parse::<u32>().ok()?;
        cfg!(target_os = "linux").then(|| format!("libgdal.so.{}", minor + SONAME))
    }

    /// Whether a library is this GDAL.
    pub fn is(&self, library: &Loaded) -> bool {
        library.function(MARK) == self.GDALAddDerivedBandPixelFuncWithArgs as *const c_void
    }

    /// The table of a library, which is kept from now on. What is missing is told, with the
    /// version.
    pub(super) fn of(library: Loaded, number: usize) -> Result<Self, String> {
        match Functions::of(&library) {
            Ok(functions) => {
                // SAFETY: a C string; GDAL keeps its answer.
                let version =
                    unsafe { super::text((functions.GDALVersionInfo)(c"RELEASE_NAME".as_ptr())) };
                Ok(Self {
                    functions,
                    version,
                    file: library.keep(),
                    number,
                    registered: Mutex::new(false),
                })
            }
            Err(name) => Err(format!(
                "{}{} has no {}",
                library.file.display(),
                version_of(&library),
                name.to_string_lossy()
            )),
        }
    }
}

/// The soname of a GDAL less its minor version: 3.4 is libgdal.so.30, and each minor version has
/// the next one.
const SONAME: u32 = 26;

/// The version that a library tells, if it is a GDAL at all: ` (GDAL 3.0.4)`.
fn version_of(library: &Loaded) -> String {
    let address = library.function(c"GDALVersionInfo");
    if address.is_null() {
        return String::new();
    }
    // SAFETY: GDALVersionInfo has had this signature in all of GDAL's life, and keeps its answer.
    let version = unsafe {
        let told = std::mem::transmute::<
            *const c_void,
            unsafe extern "C" fn(*const c_char) -> *const c_char,
        >(address);
        super::text(told(c"RELEASE_NAME".as_ptr()))
    };
    format!(" (GDAL {version})")
}
