//! The driver `S2SR`, read-only: what a raster is and what its blocks hold. A library in C++
//! (`gdal_driver`) turns that into GDAL's dataset and band classes; both meet in the structures of
//! its driver.h.
//!
//! GDAL's classes differ between its minor versions, and so there is one such library for each, in
//! `gdalplugins/3.6` and so on. It is linked to the libgdal of that version, of which a process may
//! hold other builds: it is loaded only where the GDAL that is served goes by that library's name,
//! so that it never brings in another one.

use std::ffi::{CStr, OsStr, OsString, c_char, c_int, c_void};
use std::path::Path;
use std::ptr::null;
use std::sync::{Arc, Mutex};

use super::args::{self, LARGEST, Request, entries};
use super::kept::{self, Use};
use super::layout::{Band, Calls, Kept, LAYOUT, Raster};
use super::levels::count;
use super::made_of::made_of;
use super::scene::Scene;
use super::{escaped, guard, pairs_of};
use crate::error::{Error, Result};
use crate::gdal::Gdal;
use crate::gdal::find::table;
use crate::gdal::writer::{Shows, gdal_type};
use crate::gdal::{c_string, tasks};
use crate::job::record;
use crate::libraries::Loaded;
use crate::locks::lock;
use crate::places;
use crate::raster::grid::Rect;

/// What the library offers.
type Register = unsafe extern "C" fn(*const Calls) -> c_int;

/// An open raster. What the C++ side sees of it comes first, so that a pointer to one is a pointer
/// to the other.
#[repr(C)]
struct Opened {
    raster: Raster,
    gdal: &'static Gdal,
    scene: Arc<Scene>,
    /// What the pointers in `raster` point to.
    _kept: Kept,
    /// `None`: opened for another raster of ours, which sees to it that it is closed; or released.
    using: Mutex<Option<Use>>,
}

/// Makes the driver known to a GDAL, where there is a library that fits it; whether there was.
pub fn register(gdal: &'static Gdal) -> bool {
    let Some(library) = library(gdal) else {
        return false;
    };
    let option = |e: &crate::options::Entry| {
        let key = e.key.to_ascii_uppercase().replace('-', "_");
        format!(
            "<Option name='{key}' type='string' description='{} Values: {}'/>",
            escaped(e.help),
            escaped(e.values)
        )
    };
    let options = c_string(&format!(
        "<OpenOptionList>{}</OpenOptionList>",
        entries().map(option).collect::<String>()
    ));
    let calls = Calls {
        layout: LAYOUT,
        context: gdal.number as *mut c_void,
        open,
        read,
        release,
        close,
        open_options: options.as_ptr(),
    };
    let address = library.function(c"s2sr_driver_register");
    if address.is_null() {
        return false;
    }
    // SAFETY: the library is ours, and its function has this signature.
    let register = unsafe { std::mem::transmute::<*const c_void, Register>(address) };
    // SAFETY: the functions keep to driver.h; what `calls` points to is copied.
    let registered = unsafe { register(&calls) } != 0;
    if registered {
        library.keep();
    }
    registered
}

/// The library for this GDAL's minor version, if there is one and if it goes with this very GDAL.
fn library(gdal: &Gdal) -> Option<Loaded> {
    let file = places::driver_file(&gdal.version)?;
    if gdal.file.file_name() != Some(OsStr::new(&gdal.usual_name()?)) || !file.exists() {
        return None;
    }
    // SAFETY: it is part of this installation.
    let library = unsafe { Loaded::open(file.as_os_str()) }.ok()?;
    gdal.is(&library).then_some(library)
}

unsafe extern "C" fn open(
    context: *mut c_void,
    name: *const c_char,
    open_options: *mut *mut c_char,
) -> *const Raster {
    let Some(gdal) = table(context as usize) else {
        return null();
    };
    // SAFETY: GDAL's name of the dataset and its list of open options.
    let (name, open_options) = unsafe { (CStr::from_ptr(name), pairs_of(open_options)) };
    let using = (!tasks::any()).then(|| Use::begin(gdal));
    let opened = guard(gdal, || {
        let mut request = Request::from_name(name.to_bytes())?;
        for (key, value) in open_options {
            request.set_open_option(&key, &value)?;
        }
        product(gdal, &request, using)
    });
    opened.map_or(null(), |o| Box::into_raw(o).cast_const().cast())
}

unsafe extern "C" fn release(raster: *const Raster) -> c_int {
    // SAFETY: as in `close`; the raster is open.
    let opened = unsafe { &*raster.cast::<Opened>() };
    let released = guard(opened.gdal, || {
        // Dropped without the lock: closing a raster may close others of ours.
        let using = lock(&opened.using).take();
        Ok(using.is_some())
    });
    c_int::from(released == Some(true))
}

unsafe extern "C" fn close(raster: *const Raster) {
    // SAFETY: `raster` is the first member of an `Opened` that `open` gave away; the library closes
    // it once.
    let opened = unsafe { Box::from_raw(raster.cast_mut().cast::<Opened>()) };
    guard(opened.gdal, || {
        drop(opened);
        Ok(())
    });
}

#[allow(clippy::too_many_arguments)]
unsafe extern "C" fn read(
    raster: *const Raster,
    band: c_int,
    level: c_int,
    x: c_int,
    y: c_int,
    cols: c_int,
    rows: c_int,
    block: *mut c_void,
    line_bytes: c_int,
) -> c_int {
    // SAFETY: as in `close`; the raster is open, and what is looked at is never changed.
    let opened = unsafe { &*raster.cast::<Opened>() };
    let line = |row: i64| {
        block
            .cast::<u8>()
            .wrapping_add(row as usize * line_bytes as usize)
    };
    let rect = Rect::new(x.into(), y.into(), cols.into(), rows.into());
    let done = guard(opened.gdal, || {
        let pixels = opened.scene.read_level(band as usize, level as u32, rect)?;
        kept::was_read(&opened.scene);
        for row in 0..rect.h {
            let from = pixels.row(row as usize);
            // SAFETY: a line of the block has room for `cols` pixels of the type that `raster`
            // names.
            unsafe { std::ptr::copy_nonoverlapping(from.as_ptr(), line(row), from.len()) };
        }
        Ok(())
    });
    c_int::from(done.is_some())
}

fn product(gdal: &'static Gdal, request: &Request, using: Option<Use>) -> Result<Box<Opened>> {
    let scene = kept::scene(request)?;
    let record = record(&scene.job);
    let (cols, rows) = scene.size();
    if cols.max(rows) > LARGEST {
        return Err(Error::input(
            &request.product,
            format!(
                "its result would have {cols} x {rows} pixels, more than {LARGEST} along a side; \
                 cut it into parts"
            ),
        ));
    }
    let block = scene.tile * scene.job.scale;
    let mut kept = Kept::default();
    for b in &record.bands {
        let (name, metadata) = (
            kept.text(&b.name),
            kept.list(b.metadata.iter().map(|(k, v)| (k.as_str(), v))),
        );
        let (class_names, class_colours, class_count) = match b.shows {
            Shows::Classes(classes) => (
                kept.names(classes.iter().map(|(name, _)| (*name).into())),
                kept.colours(classes),
                classes.len() as c_int,
            ),
            _ => (null(), null(), 0),
        };
        kept.bands.push(Band {
            name,
            metadata,
            scale: b.scale,
            offset: b.offset,
            class_names,
            class_colours,
            class_count,
        });
    }
    let subdatasets = subdatasets(request);
    let part = args::listed(&request.options);
    let raster = Raster {
        cols: cols as c_int,
        rows: rows as c_int,
        kind: gdal_type(record.dtype) as c_int,
        block_cols: block as c_int,
        block_rows: block as c_int,
        levels: count((cols, rows)) as c_int,
        band_count: record.bands.len() as c_int,
        bands: kept.bands.as_ptr(),
        has_mask: record.mask.into(),
        has_nodata: 1,
        nodata: record.nodata,
        transform: record.grid.geotransform(),
        crs: kept.text(&record.crs),
        // What is said of the file that a result is written to means nothing here.
        metadata: kept.list(
            record
                .metadata
                .iter()
                .filter(|(k, _)| !k.starts_with("TIFFTAG_SOFTWARE"))
                .map(|(k, v)| (k.as_str(), v)),
        ),
        subdatasets: if subdatasets.is_empty() {
            null()
        } else {
            kept.list(subdatasets.iter().map(|(k, v)| (k.as_str(), v)))
        },
        file: kept.text(without_slash(&request.product)),
        part: kept.text(if part.is_empty() {
            OsStr::new("default")
        } else {
            &part
        }),
        made_of: kept.text(made_of(&scene.job, request.options.cutline.as_deref())),
    };
    Ok(Box::new(Opened {
        raster,
        gdal,
        scene,
        _kept: kept,
        using: Mutex::new(using),
    }))
}

/// A folder's name as GDAL wants those of files.
fn without_slash(product: &Path) -> &Path {
    product.components().as_path()
}

/// One subdataset per target, where the name leaves the target open.
fn subdatasets(request: &Request) -> Vec<(String, OsString)> {
    if request.options.to.is_some() {
        return Vec::new();
    }
    let target = |to: u32| {
        let mut options = request.options.clone();
        options.set("to", to.to_string()).ok()?;
        let scene = kept::scene(&Request {
            product: request.product.clone(),
            plane: None,
            options: options.clone(),
        })
        .ok()?;
        let (cols, rows) = scene.size();
        let bands = scene.job.names().join(", ");
        Some((
            args::name(&request.product, &options),
            format!("{bands} at {to} m, {cols}x{rows}"),
        ))
    };
    let found = [10, 5].into_iter().filter_map(target).enumerate();
    found
        .flat_map(|(i, (name, about))| {
            [
                (format!("SUBDATASET_{}_NAME", i + 1), name),
                (format!("SUBDATASET_{}_DESC", i + 1), about.into()),
            ]
        })
        .collect()
}
