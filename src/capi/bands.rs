//! `s2sr_job`: bands in memory that say what they are and where they lie, planned as a product's
//! are and computed window by window.

use std::ffi::{c_char, c_int, c_void};
use std::sync::Arc;

use super::answer::answer;
use super::callback::{progress, s2sr_progress};
use super::guard::{guard, guard_free, place, text};
use super::handles::Table;
use super::image::s2sr_image;
use super::image::{ImageBand, LONGEST, Pixels, data_type, shape};
use super::options::{options, s2sr_options};
use crate::error::{Error, Result};
use crate::raster::band::Band;
use crate::raster::grid::{Grid, Rect, meant_gsd};
use crate::raster::names;
use crate::raster::plane::Source;
use crate::raster::radiometry::{Radiometry, declared_nodata};
use crate::tasks::bands::{BandName, Bands, Given};
use crate::text::shown_number;

/// What a band in memory is and where it lies. Its pixels come with s2sr_job_run.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct s2sr_band {
    /// `B5`, `B8A`, ...
    pub name: *const c_char,
    /// West edge of the first column, in m.
    pub west: f64,
    /// North edge of the first row, in m. Where a band comes finer than its own grid it counts from
    /// the equator: in southern zones of UTM the northing less 10,000,000.
    pub north: f64,
    /// Ground sample distance in m: the band's own, or finer by a whole factor.
    pub gsd: f64,
    /// Number of columns, from west to east.
    pub cols: i64,
    /// Number of rows, from north to south.
    pub rows: i64,
    /// S2SR_UINT16, ...
    pub dtype: i32,
    /// DN per unit of reflectance: 10000 in ESA's products, 1 where the pixels are reflectance.
    pub quantification: f64,
    /// What is added to DN before they are divided: -1000 since processing baseline 04.00.
    pub add_offset: f64,
    /// The DN of pixels without data; NaN: there is none.
    pub nodata: f64,
}

/// The plan for some bands, with its networks. May be used by several threads at once, which then
/// take turns. After fork(), the child has to open it anew.
pub struct s2sr_job(Bands);

static TABLE: Table<s2sr_job> = Table::new("job");

/// Most bands that are taken at once; Sentinel-2 has 13.
const MOST: usize = 64;

/// Plans what `s2sr_run` would make of a product of these bands. Takes the options to, model,
/// bands, with-native, uncertainty, reflectance, quality, device, precision, threads, tile, models
/// and onnxruntime. Networks are opened by the first s2sr_job_run. Free with s2sr_job_free.
///
/// # Safety
/// `bands` points to `n_bands` bands whose names are C strings, `job` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn s2sr_job_open(
    bands: *const s2sr_band,
    n_bands: usize,
    options: *const s2sr_options,
    job: *mut *mut s2sr_job,
) -> c_int {
    guard(|| {
        // SAFETY: by the contract above; null is caught.
        let job = unsafe { place(job, "job") }?;
        if bands.is_null() || n_bands == 0 || n_bands > MOST {
            return Err(Error::argument(format!(
                "bands is NULL, empty, or more than {MOST} bands"
            )));
        }
        // SAFETY: by the contract above.
        let bands = unsafe { std::slice::from_raw_parts(bands, n_bands) };
        let given = bands
            .iter()
            // SAFETY: the names are C strings by the contract above.
            .map(|band| unsafe { self::given(band) })
            .collect::<Result<Vec<_>>>()?;
        let planned = Bands::plan(&given, &self::options(options)?)?;
        *job = TABLE.insert(s2sr_job(planned));
        Ok(())
    })
}

/// The plan as JSON (schemas/job.json): bands (of the result, in order), reads (the bands that are
/// needed), models, notes, the grid of the whole result (west, north, gsd, cols, rows), scale (its
/// pixels per pixel of the finest band), dtype and nodata. Free with s2sr_string_free.
///
/// # Safety
/// `json` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn s2sr_job_describe(job: *const s2sr_job, json: *mut *mut c_char) -> c_int {
    // SAFETY: by the contract above; nulls are caught.
    guard(|| unsafe { answer(json, || Ok(TABLE.get(job)?.0.describe())) })
}

/// Which pixels of each band a window needs: four numbers a band, in the order of s2sr_job_open:
/// first column, first row, columns, rows; all 0 where none are. The window has the same form and
/// counts pixels of the finest band, from the corner of the whole; NULL is the whole.
///
/// # Safety
/// `window` is NULL or points to 4 numbers, `rectangles` to 4 * n_bands writable ones.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn s2sr_job_reads(
    job: *const s2sr_job,
    window: *const i64,
    rectangles: *mut i64,
) -> c_int {
    guard(|| {
        let job = TABLE.get(job)?;
        // SAFETY: by the contract above.
        let window = unsafe { self::window(window, &job) }?;
        let reads = job.0.reads(window)?;
        if rectangles.is_null() {
            return Err(Error::argument("rectangles is NULL"));
        }
        // SAFETY: by the contract above.
        let out = unsafe { std::slice::from_raw_parts_mut(rectangles, 4 * reads.len()) };
        for (four, r) in out.chunks_exact_mut(4).zip(reads) {
            four.copy_from_slice(&[r.x, r.y, r.w, r.h]);
        }
        Ok(())
    })
}

/// Computes a window from the pixels that s2sr_job_reads names: `pixels` has one image of one band
/// for each band, in the order of s2sr_job_open; the images of those that are not needed are not
/// looked at. `output` has as many bands as s2sr_job_describe says, scale times the window's rows
/// and columns, and the dtype that it says. Whatever the windows, the pixels are the same within 1
/// DN. When it fails or is cancelled, the output holds anything.
///
/// # Safety
/// As for s2sr_model_run.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn s2sr_job_run(
    job: *const s2sr_job,
    window: *const i64,
    pixels: *const s2sr_image,
    n_bands: usize,
    output: *const s2sr_image,
    progress: s2sr_progress,
    user_data: *mut c_void,
) -> c_int {
    guard(|| {
        let job = TABLE.get(job)?;
        // SAFETY: by the contract above; null is caught.
        let (window, output) = unsafe { (self::window(window, &job)?, output.as_ref()) };
        let output = output.ok_or_else(|| Error::argument("output is NULL"))?;
        let scale = job.0.job().scale;
        let reads = job.0.reads(window)?;
        let written = checked_output(&job, window, output)?;
        if pixels.is_null() || n_bands != job.0.given().len() {
            return Err(Error::argument(format!(
                "pixels is NULL, or not one image for each of the {} bands",
                job.0.given().len()
            )));
        }
        // SAFETY: by the contract above.
        let images = unsafe { std::slice::from_raw_parts(pixels, n_bands) };
        let mut sources: Vec<Option<Box<dyn Source>>> = Vec::new();
        for ((image, given), read) in images.iter().zip(job.0.given()).zip(reads) {
            if read.is_empty() || image.data.is_null() {
                sources.push(None);
                continue;
            }
            let pixels = checked_pixels(image, given, &written)?;
            // SAFETY: the memory is vouched for above, and the source ends with the call.
            let band = unsafe { ImageBand::new(pixels, 0, given.radiometry) };
            sources.push(Some(Box::new(band)));
        }
        job.0.run(
            window,
            sources,
            &mut self::progress(progress, user_data),
            &mut |part, bands| {
                bands.iter().enumerate().try_for_each(|(b, values)| {
                    // SAFETY: the memory is vouched for above, and one thread writes at a time.
                    unsafe { written.write(b, part.finer(scale), values) }
                })
            },
        )
    })
}

/// The band that a name stands for (`B05_20m`, ...) as JSON (schemas/band.json): name, gsd (its own
/// ground sample distance in m) and wavelength in nm; S2SR_ERROR_INPUT for any other name, such as
/// that of a mask or an angle (`B05_qa`). Free with s2sr_string_free.
///
/// # Safety
/// `text` is a C string, `json` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn s2sr_band_describe(text: *const c_char, json: *mut *mut c_char) -> c_int {
    guard(|| {
        // SAFETY: by the contract above; null is caught.
        let text = unsafe { self::text(text, "text") }?;
        let band = names::in_text(text).ok_or_else(|| {
            Error::input(
                text,
                "it is no band of Sentinel-2's; there are B1 to B12 and B8A",
            )
        })?;
        // SAFETY: by the contract above; null is caught.
        unsafe { answer(json, || Ok(BandName::from(band))) }
    })
}

/// Frees a job. NULL, and what was freed already, is ignored. A call that uses it in another thread
/// ends as ever.
#[unsafe(no_mangle)]
pub extern "C" fn s2sr_job_free(job: *mut s2sr_job) {
    guard_free(|| TABLE.remove(job));
}

/// # Safety
/// The name is null or a C string.
unsafe fn given(band: &s2sr_band) -> Result<Given> {
    // SAFETY: by the contract above; null is caught.
    let name = unsafe { text(band.name, "a band's name")? };
    let known = Band::parse(name).ok_or_else(|| {
        Error::argument(format!(
            "'{name}' is no band of Sentinel-2; there are B1 to B12 and B8A"
        ))
    })?;
    let bad = |what: String| Err(Error::input(known.name(), what));
    let grid = Grid {
        west: band.west,
        north: band.north,
        gsd: meant_gsd(band.gsd, band.cols.max(band.rows)),
        cols: band.cols,
        rows: band.rows,
    };
    let sides = [grid.cols, grid.rows];
    if sides.iter().any(|n| !(1..=LONGEST).contains(n)) {
        return bad(format!(
            "{} x {} pixels cannot be worked on; give it 1 to {LONGEST} columns and rows",
            grid.cols, grid.rows
        ));
    }
    let places = [grid.west, grid.north];
    if !(1e-3..=1e6).contains(&grid.gsd) || places.iter().any(|v| v.is_nan() || v.abs() > 1e9) {
        return bad(format!(
            "its corner {} {} or its ground sample distance {} is no place on Earth in m",
            shown_number(grid.west),
            shown_number(grid.north),
            shown_number(grid.gsd)
        ));
    }
    let radiometry = Radiometry {
        quantification: band.quantification,
        add_offset: band.add_offset,
        nodata: declared_nodata(band.nodata),
    };
    if let Some(what) = radiometry.implausible() {
        return bad(format!(
            "{what} in what describes it; correct its quantification and offset"
        ));
    }
    Ok(Given {
        band: known,
        grid,
        dtype: data_type(band.dtype)?,
        radiometry,
    })
}

/// # Safety
/// `window` is null or points to 4 numbers.
unsafe fn window(window: *const i64, job: &Arc<s2sr_job>) -> Result<Rect> {
    let whole = job.0.job().whole;
    if window.is_null() {
        return Ok(Rect::new(0, 0, whole.w, whole.h));
    }
    // SAFETY: by the contract above.
    let [x, y, w, h] = [0, 1, 2, 3].map(|i| unsafe { *window.add(i) });
    // Numbers that would overflow where they are added up are outside in any case.
    if [x, y, w, h].iter().any(|n| n.unsigned_abs() > 1 << 40) {
        return Err(Error::argument(format!(
            "the window {x} {y} {w} {h} reaches outside the {} x {} pixels of the whole",
            whole.w, whole.h
        )));
    }
    Ok(Rect::new(x, y, w, h))
}

/// The pixels of a band, if they are what it was opened with.
fn checked_pixels(image: &s2sr_image, given: &Given, written: &Pixels) -> Result<Pixels> {
    let (band, pixels) = (given.band, Pixels::new(image)?);
    let refused = |what: String| Err(Error::argument(format!("the pixels of {band} {what}")));
    if pixels.shape.0 != 1 {
        return refused(format!(
            "are an image of {} bands; give each band an image of its own",
            pixels.shape.0
        ));
    }
    if pixels.dtype != given.dtype {
        return refused(format!(
            "are of type {:?}, and it was opened with {:?}; give them as that",
            pixels.dtype, given.dtype
        ));
    }
    if pixels.meets(written) {
        return refused(
            "share memory with the output, which is written while they are still read; give the \
             output memory of its own"
                .into(),
        );
    }
    Ok(pixels)
}

/// The output, if it is what the job makes of the window.
fn checked_output(job: &s2sr_job, window: Rect, output: &s2sr_image) -> Result<Pixels> {
    let plan = job.0.job();
    let fine = window.finer(plan.scale);
    let wanted = (plan.outputs.len() as i64, fine.h, fine.w);
    let (bands, rows, cols) = shape(output)?;
    let written = Pixels::new(output)?;
    if (bands as i64, rows as i64, cols as i64) != wanted || written.dtype != plan.dtype {
        return Err(Error::argument(format!(
            "the output has {bands} bands of {rows} x {cols} pixels of type {:?}; it has to have \
             {} of {} x {} of type {:?}",
            written.dtype, wanted.0, wanted.1, wanted.2, plan.dtype
        )));
    }
    written.check_writable()?;
    Ok(written)
}
