//! GDAL's threads for compression. GDAL starts them one by one as blocks come, and where the system
//! refuses one it waits for that block for ever. So they are started here, all at once and while it
//! is known that they can be had.

use std::num::NonZero;
use std::process;
use std::sync::{Mutex, PoisonError};
use std::thread::available_parallelism;

use gdal_sys::{GDALDataType, GDALRWFlag};

use super::{Quiet, StringList, close, register};
use crate::fork::section;
use crate::gdal::spawn::{OURS, spare};

/// What GDAL's option NUM_THREADS may be: the processors if there are threads enough for them, less
/// if not.
pub fn threads() -> usize {
    /// The process that started them, and how many.
    static STARTED: Mutex<(u32, usize)> = Mutex::new((0, 0));
    let wanted = available_parallelism().map_or(1, NonZero::get);
    let _section = section();
    let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
    if *started != (process::id(), wanted) {
        let count = spare(wanted + OURS).saturating_sub(OURS).max(1);
        if count > 1 {
            start(count);
        }
        *started = (process::id(), count);
    }
    started.1
}

/// Has one block compressed by each thread.
fn start(count: usize) {
    const SIDE: usize = 16;
    register();
    let _quiet = Quiet::new();
    let number = count.to_string();
    let mut options = StringList::pairs([
        ("TILED", "YES"),
        ("BLOCKXSIZE", "16"),
        ("BLOCKYSIZE", "16"),
        ("COMPRESS", "DEFLATE"),
        ("NUM_THREADS", &number),
    ]);
    let name = c"/vsimem/s2sr-starts-threads.tif".as_ptr();
    let (cols, rows) = ((count * SIDE) as i32, SIDE as i32);
    let mut pixels = vec![1u8; count * SIDE * SIDE];
    // SAFETY: name, options and pixels live through the calls; null handles are answered with
    // failures, which do no harm.
    unsafe {
        let driver = gdal_sys::GDALGetDriverByName(c"GTiff".as_ptr());
        let file = gdal_sys::GDALCreate(
            driver,
            name,
            cols,
            rows,
            1,
            GDALDataType::GDT_Byte,
            options.as_ptr(),
        );
        let band = gdal_sys::GDALGetRasterBand(file, 1);
        if !band.is_null() {
            let data = pixels.as_mut_ptr().cast();
            gdal_sys::GDALRasterIO(
                band,
                GDALRWFlag::GF_Write,
                0,
                0,
                cols,
                rows,
                data,
                cols,
                rows,
                GDALDataType::GDT_Byte,
                0,
                0,
            );
        }
        close(file);
        gdal_sys::VSIUnlink(name);
    }
}
