//! Pictures.

use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

use gdal_sys::{GDALDataType, GDALRWFlag};
use ndarray::Array3;

use super::{Quiet, c_path, register};
use crate::error::Result;
use crate::output::Draft;

/// Writes a PNG from an array of shape (channel, row, column).
pub fn write_png(draft: &Draft, pixels: &Array3<u8>) -> Result<()> {
    register();
    let quiet = Quiet::new();
    let (channels, rows, cols) = pixels.dim();
    let dense = pixels.as_standard_layout().into_owned();
    let name = c_path(&draft.file());
    // SAFETY: the datasets are made and closed here; the buffer is dense and holds all channels.
    unsafe {
        let memory = gdal_sys::GDALGetDriverByName(c"MEM".as_ptr());
        let png = gdal_sys::GDALGetDriverByName(c"PNG".as_ptr());
        let source = gdal_sys::GDALCreate(
            memory,
            c"".as_ptr(),
            cols as c_int,
            rows as c_int,
            channels as c_int,
            GDALDataType::GDT_Byte,
            null_mut(),
        );
        for (i, channel) in dense.outer_iter().enumerate() {
            let band = gdal_sys::GDALGetRasterBand(source, i as c_int + 1);
            let data = channel.as_ptr().cast_mut().cast::<c_void>();
            let (w, h) = (cols as c_int, rows as c_int);
            gdal_sys::GDALRasterIO(
                band,
                GDALRWFlag::GF_Write,
                0,
                0,
                w,
                h,
                data,
                w,
                h,
                GDALDataType::GDT_Byte,
                0,
                0,
            );
        }
        let copy =
            gdal_sys::GDALCreateCopy(png, name.as_ptr(), source, 0, null_mut(), None, null_mut());
        let made = !copy.is_null();
        super::close(copy);
        super::close(source);
        if made && !quiet.failed() {
            Ok(())
        } else {
            Err(draft.error(format!(
                "the picture could not be written ({})",
                quiet.explain("no reason given")
            )))
        }
    }
}
