//! The pixel function `s2sr` of VRT files. Its two sources hold the column and the row of each
//! pixel ([`index`](super::index)). From these it learns the window and how much it is being
//! shrunk, and fills its buffer from the scene that the arguments name.

use std::ffi::{OsString, c_int, c_void};

use super::args::{Request, entries};
use super::kept::{self, Use};
use super::pixels::{Pixels, convert, width};
use super::planes::Plane;
use super::positions::{alike, is_between, look, nearest};
use super::{escaped, guard, pairs_of};
use crate::error::{Error, Result};
use crate::gdal::api::GDALDerivedPixelFuncWithArgs;
use crate::gdal::api::{CE_FAILURE, CE_NONE, CPLErr, CSLList, GDALDataType, GDT_FLOAT64, Gdal};
use crate::gdal::find::{MOST, table};
use crate::gdal::writer::gdal_type;
use crate::gdal::{c_string, tasks};
use crate::raster::grid::Rect;

/// Makes the pixel function known to a GDAL.
pub fn register(gdal: &Gdal) -> Result<()> {
    let argument = |key: &str, help: &str| {
        format!(
            "<Argument name='{key}' description='{}' type='string'/>",
            escaped(help)
        )
    };
    let mut list = argument(
        "product",
        "The product: a SAFE folder, a zip, a folder of bands.",
    ) + &argument("band", "The band, as B5.");
    list.extend(entries().map(|e| argument(e.key, e.help)));
    let about = c_string(&format!(
        "<PixelFunctionArgumentsList>{list}</PixelFunctionArgumentsList>"
    ));
    let function = FUNCTIONS[gdal.number];
    // SAFETY: GDAL copies the strings; the function lives as long as this library, which GDAL never
    // unloads.
    let code = unsafe {
        (gdal.GDALAddDerivedBandPixelFuncWithArgs)(c"s2sr".as_ptr(), Some(function), about.as_ptr())
    };
    match code {
        CE_NONE => Ok(()),
        _ => Err(Error::runtime(format!(
            "GDAL {} takes no pixel function",
            gdal.version
        ))),
    }
}

/// GDAL hands a pixel function nothing that it was registered with, so there is one for each GDAL
/// that a process may hold.
const FUNCTIONS: [GDALDerivedPixelFuncWithArgs; MOST] = [
    called_by::<0>,
    called_by::<1>,
    called_by::<2>,
    called_by::<3>,
    called_by::<4>,
    called_by::<5>,
    called_by::<6>,
    called_by::<7>,
];

/// What GDAL hands over.
struct Call {
    gdal: &'static Gdal,
    sources: Vec<*const c_void>,
    source_type: (GDALDataType, usize),
    data: *mut u8,
    data_type: GDALDataType,
    cols: usize,
    rows: usize,
    pixel_space: isize,
    line_space: isize,
}

#[allow(clippy::too_many_arguments)]
unsafe extern "C" fn called_by<const NUMBER: usize>(
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
) -> CPLErr {
    let Some(gdal) = table(NUMBER) else {
        return CE_FAILURE;
    };
    let done = guard(gdal, || {
        // SAFETY: GDAL hands over `source_count` buffers of cols x rows pixels and a list of
        // arguments.
        let (call, arguments) = unsafe {
            let call = Call {
                gdal,
                sources: (0..source_count as usize)
                    .map(|i| (*sources.add(i)).cast_const())
                    .collect(),
                source_type: (
                    source_type,
                    (gdal.GDALGetDataTypeSizeBytes)(source_type) as usize,
                ),
                data: data.cast(),
                data_type,
                cols: cols as usize,
                rows: rows as usize,
                pixel_space: pixel_space as isize,
                line_space: line_space as isize,
            };
            (call, pairs_of(arguments))
        };
        call.answer(&arguments)
    });
    if done.is_some() { CE_NONE } else { CE_FAILURE }
}

impl Call {
    /// Fills the buffer with what the arguments ask for.
    fn answer(&self, arguments: &[(String, OsString)]) -> Result<()> {
        let request =
            Request::from_arguments(arguments.iter().map(|(k, v)| (k.as_str(), v.as_os_str())))?;
        let (xs, ys) = self.positions()?;
        let _use = (!tasks::any()).then(|| Use::begin(self.gdal));
        let scene = kept::scene(&request)?;
        let place = request.plane.map_or(Ok(0), |p| scene.place(p))?;
        // Classes and the mask have nothing between two values.
        let mixes = matches!(request.plane, Some(Plane::Band(_)));
        check(scene.size(), &xs, &ys)?;
        let all = |n: usize| (0..n as i64).collect::<Vec<_>>();
        match look(&xs, &ys) {
            Some(look) => {
                let pixels = scene.look(place, look)?;
                self.fill(&pixels, &all(xs.len()), &all(ys.len()));
            }
            None if mixes && xs.iter().chain(&ys).any(|v| is_between(*v)) => {
                let pixels = scene.between(place, &xs, &ys)?;
                self.fill(&pixels, &all(xs.len()), &all(ys.len()));
            }
            None => {
                let rect = Rect::between((first(&xs), first(&ys)), (last(&xs) + 1, last(&ys) + 1));
                let from =
                    |v: &[f64], edge: i64| v.iter().map(|v| nearest(*v) - edge).collect::<Vec<_>>();
                let pixels = scene.read(place, rect)?;
                self.fill(&pixels, &from(&xs, rect.x), &from(&ys, rect.y));
            }
        }
        kept::was_read(&scene);
        Ok(())
    }

    /// The column of each pixel of a row, and the row of each line.
    fn positions(&self) -> Result<(Vec<f64>, Vec<f64>)> {
        let wrong = |what: &str| {
            Err(Error::option(format!(
                "the pixel function s2sr {what}; give it two sources, \
                 /vsis2sr/exact-columns-COLUMNS.tif and /vsis2sr/exact-rows-ROWS.tif, stretched over the whole raster, and <SourceTransferType>Float64</SourceTransferType>"
            )))
        };
        let &[x, y] = self.sources.as_slice() else {
            return wrong(&format!("has {} sources", self.sources.len()));
        };
        let (kind, size) = self.source_type;
        if size < 2 || self.cols == 0 || self.rows == 0 {
            return wrong("gets its sources as bytes, which cannot hold columns and rows");
        }
        let line = self.cols * size;
        let read = |from: *const c_void, offset: usize, step: usize, count: usize| {
            let mut out = vec![0f64; count];
            // SAFETY: what is read lies in the first or last row or column of a buffer of cols x
            // rows pixels.
            unsafe {
                convert(
                    self.gdal,
                    from.cast::<u8>().add(offset).cast(),
                    (kind, step),
                    out.as_mut_ptr().cast(),
                    (GDT_FLOAT64, 8),
                    count,
                )
            };
            out
        };
        let (xs, ys) = (read(x, 0, size, self.cols), read(y, 0, line, self.rows));
        let same = alike(&xs, &read(x, (self.rows - 1) * line, size, self.cols))
            && alike(&ys, &read(y, (self.cols - 1) * size, line, self.rows));
        let rising = |v: &[f64]| v.windows(2).all(|p| p[0] <= p[1]);
        if !same || !rising(&xs) || !rising(&ys) {
            return wrong("gets sources that do not hold the column and the row of each pixel");
        }
        Ok((xs, ys))
    }

    /// Fills the buffer with the given columns and rows of `pixels`.
    fn fill(&self, pixels: &Pixels, columns: &[i64], lines: &[i64]) {
        let step = width(pixels.dtype);
        let consecutive = columns.iter().zip(0..).all(|(a, b)| *a == b);
        let mut picked = vec![0; if consecutive { 0 } else { self.cols * step }];
        for (row, &line) in lines.iter().enumerate() {
            let mut from = pixels.row(line as usize);
            if !consecutive {
                for (to, &column) in picked.chunks_exact_mut(step).zip(columns) {
                    let at = column as usize * step;
                    to.copy_from_slice(&from[at..at + step]);
                }
                from = &picked;
            }
            // SAFETY: GDAL's buffer has room for `cols` pixels at this line; `from` holds as many.
            unsafe {
                let to = self.data.offset(row as isize * self.line_space);
                convert(
                    self.gdal,
                    from.as_ptr().cast(),
                    (gdal_type(pixels.dtype), step),
                    to.cast(),
                    (self.data_type, self.pixel_space as usize),
                    self.cols,
                );
            }
        }
    }
}

fn first(sorted: &[f64]) -> i64 {
    sorted.first().map_or(0, |v| nearest(*v))
}

fn last(sorted: &[f64]) -> i64 {
    sorted.last().map_or(0, |v| nearest(*v))
}

fn check((cols, rows): (i64, i64), xs: &[f64], ys: &[f64]) -> Result<()> {
    let stray = |v: &[f64], n: i64| v.iter().copied().find(|v| !(*v > -1.0 && nearest(*v) < n));
    match stray(xs, cols).or(stray(ys, rows)) {
        Some(v) => Err(Error::option(format!(
            "the VRT asks the pixel function s2sr for column or row {v}, but the result has \
             {cols} x {rows} pixels; write the VRT anew with s2sr vrt"
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_outside_are_refused() {
        assert!(check((10, 10), &[9.0], &[0.0, 9.0]).is_ok());
        assert!(
            check((10, 10), &[9.0, 10.0], &[0.0])
                .unwrap_err()
                .to_string()
                .contains("10 x 10")
        );
    }
}
