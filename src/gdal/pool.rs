//! GDAL's threads for compression. GDAL starts them one by one as blocks come, and where the system
//! refuses one it waits for that block for ever. So they are started here, all at once and while it
//! is known that they can be had. A child of fork() has none of the threads that GDAL started
//! before, and would wait for them.

use std::num::NonZero;
use std::process;
use std::sync::Mutex;
use std::thread::available_parallelism;

use super::api::{GDT_BYTE, Gdal};
use super::child::forked;
use super::errors::Quiet;
use super::find::MOST;
use super::register;
use super::rules::{Rules, Unshared};
use super::spawn::{OURS, spare};
use super::strings::StringList;
use crate::fork::section;
use crate::locks::lock;
use crate::raster::grid::Rect;

/// How many threads GDAL may compress with, as its option NUM_THREADS has it: the processors if
/// there are threads enough for them, less if not.
pub fn worker_threads(gdal: &'static Gdal) -> usize {
    /// For each GDAL the process that started them, and how many.
    static STARTED: Mutex<[(u32, usize); MOST]> = Mutex::new([(0, 0); MOST]);
    if forked() {
        return 1;
    }
    let wanted = available_parallelism().map_or(1, NonZero::get);
    let _section = section();
    let mut started = lock(&STARTED);
    let started = &mut started[gdal.number];
    if *started != (process::id(), wanted) {
        let count = spare(wanted + OURS).saturating_sub(OURS).max(1);
        if count > 1 {
            start(gdal, count);
        }
        *started = (process::id(), count);
    }
    started.1
}

/// Creation options with no more than [`worker_threads`].
pub fn allowed(gdal: &'static Gdal, creation: &[(String, String)]) -> Vec<(String, String)> {
    let most = worker_threads(gdal);
    let allow = |(key, value): &(String, String)| {
        let too_many = key.eq_ignore_ascii_case("NUM_THREADS")
            && value.parse::<usize>().map_or(true, |n| n > most);
        (
            key.clone(),
            if too_many {
                most.to_string()
            } else {
                value.clone()
            },
        )
    };
    creation.iter().map(allow).collect()
}

/// Has one block compressed by each thread.
fn start(gdal: &'static Gdal, count: usize) {
    const SIDE: usize = 16;
    register(gdal);
    let _quiet = Quiet::new();
    let number = count.to_string();
    let options = StringList::pairs([
        ("TILED", "YES"),
        ("BLOCKXSIZE", "16"),
        ("BLOCKYSIZE", "16"),
        ("COMPRESS", "DEFLATE"),
        ("NUM_THREADS", &number),
    ]);
    let name = c"/vsimem/s2sr-starts-threads.tif".as_ptr();
    let window = Rect::new(0, 0, (count * SIDE) as i64, SIDE as i64);
    // SAFETY: name and options live through the call; a null driver is answered with a null
    // dataset.
    let file = Unshared::open(gdal, |_| unsafe {
        let driver = (gdal.GDALGetDriverByName)(c"GTiff".as_ptr());
        let (cols, rows) = (window.w as i32, window.h as i32);
        (gdal.GDALCreate)(driver, name, cols, rows, 1, GDT_BYTE, options.as_ptr())
    });
    if let Some(file) = file {
        let rules = Rules::enter(gdal);
        if let Some(band) = file.band(1, &rules) {
            band.write(window, &vec![1u8; count * SIDE * SIDE]);
        }
    }
    // SAFETY: a C string.
    unsafe { (gdal.VSIUnlink)(name) };
}
