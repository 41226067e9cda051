//! The result as a picture on the map: a GeoTIFF of 8-bit red, green and blue with the result's
//! grid, stretched from the 2nd to the 98th percentile; 0 where there is no data.

use ndarray::Array2;

use super::preview::shown_bands;
use super::watch::Progress;
use crate::error::{Error, Result};
use crate::gdal::Dataset;
use crate::gdal::writer::{BandRecord, Record, Shows, Writer};
use crate::memory::map;
use crate::options::{Format, Options};
use crate::output::Draft;
use crate::product::{BandFile, Product};
use crate::raster::grid::Rect;
use crate::raster::radiometry::DataType;

/// Rows that are drawn at once.
const ROWS: i64 = 512;
/// Pixels along the longer side at which the stretch is looked for.
const LOOK: i64 = 512;

/// Draws the result into `picture`.
pub fn draw(result: &Draft, picture: &Draft, progress: Progress) -> Result<()> {
    let made = Product::open(&result.file(), &Options::default())?;
    let bands = shown_bands(&made, |_| true);
    let files: Vec<&BandFile> = bands.iter().filter_map(|b| made.band(*b)).collect();
    let Some(first) = files.first() else {
        return Err(result.error("it has no bands"));
    };
    // The file's own pixels: its bands are finer than those that they are named after.
    let mut dataset = first.open()?;
    let grid = dataset.grid()?;
    let colour = |(i, file): (usize, &&BandFile)| BandRecord {
        name: file.band.name().to_owned(),
        scale: 1.0,
        offset: 0.0,
        metadata: Vec::new(),
        shows: Shows::Colour(i as u8),
    };
    let record = Record {
        grid,
        crs: made.crs.clone(),
        dtype: DataType::UInt8,
        nodata: 0.0,
        bands: files.iter().enumerate().map(colour).collect(),
        metadata: Vec::new(),
        mask: false,
    };
    let creation = [("PHOTOMETRIC".to_owned(), "RGB".to_owned())];
    let mut writer = Writer::create(picture, &record, Format::GTiff, &creation)?;
    for (i, file) in files.iter().enumerate() {
        let (low, high) = stretch(&mut dataset, file, (grid.cols, grid.rows))?;
        let mut row = 0;
        while row < grid.rows {
            let done = (i as f64 + row as f64 / grid.rows as f64) / files.len() as f64;
            if !progress(done, None) {
                return Err(Error::Cancelled);
            }
            let part = Rect::new(0, row, grid.cols, ROWS.min(grid.rows - row));
            let pixels = dataset.read(file.index, part)?;
            let grey = map(pixels.view(), |v| shade(file, *v, low, high))?;
            writer.write(i + 1, part, grey.view())?;
            row += ROWS;
        }
    }
    writer.finish(&mut |_| true)
}

/// 1 to 255 for data, 0 for none.
fn shade(file: &BandFile, v: f32, low: f32, high: f32) -> f32 {
    if file.radiometry.is_invalid(v) {
        0.0
    } else {
        (1.0 + (v - low) / (high - low).max(f32::MIN_POSITIVE) * 254.0).clamp(1.0, 255.0)
    }
}

/// The 2nd and the 98th percentile of a band.
fn stretch(dataset: &mut Dataset, file: &BandFile, size: (i64, i64)) -> Result<(f32, f32)> {
    let every = (size.0.max(size.1) + LOOK - 1) / LOOK;
    let small = ((size.0 / every).max(1), (size.1 / every).max(1));
    let look: Array2<f32> =
        dataset.read_resampled(file.index, Rect::new(0, 0, size.0, size.1), small)?;
    let valid = |v: &f32| !file.radiometry.is_invalid(*v);
    let mut values: Vec<f32> = look.iter().copied().filter(valid).collect();
    values.sort_by(f32::total_cmp);
    let at = |p: usize| values.get(values.len() * p / 100).copied().unwrap_or(0.0);
    Ok((at(2), at(98)))
}
