//! The classes of a band, as GDAL keeps them.

use std::ffi::{CStr, OsStr, c_int, c_uint};

use super::record::Classes;
use crate::gdal::api::{GDALRasterBandH, Gdal};
use crate::gdal::api::{
    GFT_INTEGER, GFT_STRING, GFU_BLUE, GFU_GREEN, GFU_MIN_MAX, GFU_NAME, GFU_RED,
};
use crate::gdal::strings::{StringList, c_string};

/// The columns of a table of classes: name, type and usage. It stands for a colour table, which GDAL
/// refuses where there are several bands.
pub const CLASS_COLUMNS: [(&CStr, c_uint, c_uint); 5] = [
    (c"Value", GFT_INTEGER, GFU_MIN_MAX),
    (c"Class", GFT_STRING, GFU_NAME),
    (c"Red", GFT_INTEGER, GFU_RED),
    (c"Green", GFT_INTEGER, GFU_GREEN),
    (c"Blue", GFT_INTEGER, GFU_BLUE),
];

/// Names and colours of classes, which GDAL keeps in a GeoTIFF or beside it.
///
/// # Safety
/// `band` belongs to an open dataset.
pub unsafe fn describe_classes(gdal: &Gdal, band: GDALRasterBandH, classes: &Classes) {
    let names = StringList::names(classes.iter().map(|(name, _)| OsStr::new(*name)));
    // SAFETY: by the contract above; the table is made and destroyed here, and GDAL copies both.
    unsafe {
        (gdal.GDALSetRasterCategoryNames)(band, names.as_ptr());
        let table = (gdal.GDALCreateRasterAttributeTable)();
        for (name, kind, usage) in CLASS_COLUMNS {
            (gdal.GDALRATCreateColumn)(table, name.as_ptr(), kind, usage);
        }
        (gdal.GDALRATSetRowCount)(table, classes.len() as c_int);
        for (row, (name, colour)) in (0..).zip(classes) {
            (gdal.GDALRATSetValueAsInt)(table, row, 0, row);
            (gdal.GDALRATSetValueAsString)(table, row, 1, c_string(name).as_ptr());
            for (column, part) in (2..).zip(colour) {
                (gdal.GDALRATSetValueAsInt)(table, row, column, c_int::from(*part));
            }
        }
        (gdal.GDALSetDefaultRAT)(band, table);
        (gdal.GDALDestroyRasterAttributeTable)(table);
    }
}
