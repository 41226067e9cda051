//! The result as a picture on the map: a GeoTIFF of 8-bit red, green and blue with the result's
//! grid, stretched from the 2nd to the 98th percentile; 0 where there is no data.

use super::preview::chosen;
use super::watch::Progress;
use crate::error::{Error, Result};
use crate::gdal::Dataset;
use crate::gdal::writer::{BandRecord, Record, Shows, Writer};
use crate::job::{CREDIT, Job};
use crate::memory::map;
use crate::options::Format;
use crate::output::Draft;
use crate::raster::grid::Rect;
use crate::raster::radiometry::{DataType, Storage};

/// Rows that are drawn at once.
const ROWS: i64 = 512;
/// Pixels along the longer side at which the stretch is looked for.
const LOOK: i64 = 512;

/// Draws the result of a job into `picture`.
pub fn draw(job: &Job, result: &Draft, picture: &Draft, progress: Progress) -> Result<()> {
    let shown = chosen(job).ok_or_else(|| Error::internal("a result of no bands"))?;
    let mut dataset = Dataset::open(result.file())?;
    let grid = dataset.grid()?;
    let colour = |(i, place): (u8, &usize)| BandRecord {
        name: job.outputs[*place].layer().name(),
        scale: 1.0,
        offset: 0.0,
        metadata: Vec::new(),
        shows: Shows::Colour(i),
    };
    let record = Record {
        grid,
        crs: job.product.crs.clone(),
        dtype: DataType::UInt8,
        nodata: 0.0,
        bands: (0..).zip(&shown).map(colour).collect(),
        metadata: vec![("TIFFTAG_COPYRIGHT".into(), CREDIT.into())],
        mask: false,
    };
    let creation = [("PHOTOMETRIC".to_owned(), "RGB".to_owned())];
    let mut writer = Writer::create(picture, &record, Format::GTiff, &creation)?;
    let storage = job.storage();
    for (i, place) in shown.iter().enumerate() {
        let (low, high) = stretch(&mut dataset, place + 1, (grid.cols, grid.rows), storage)?;
        let shade = |v: f32| match storage.is_hole(v) {
            true => 0.0,
            false => {
                let share = (v - low) / (high - low).max(f32::MIN_POSITIVE);
                (1.0 + share * 254.0).clamp(1.0, 255.0)
            }
        };
        let mut row = 0;
        while row < grid.rows {
            let done = (i as f64 + row as f64 / grid.rows as f64) / shown.len() as f64;
            if !progress(done, None) {
                return Err(Error::Cancelled);
            }
            let part = Rect::new(0, row, grid.cols, ROWS.min(grid.rows - row));
            let pixels = dataset.read(place + 1, part)?;
            let grey = map(pixels.view(), |v| shade(*v))?;
            writer.write(i + 1, part, grey.view())?;
            row += ROWS;
        }
    }
    writer.finish(&mut |_| true)
}

/// The 2nd and the 98th percentile of a band of the result.
fn stretch(
    dataset: &mut Dataset,
    index: usize,
    (cols, rows): (i64, i64),
    storage: Storage,
) -> Result<(f32, f32)> {
    let every = (cols.max(rows) + LOOK - 1) / LOOK;
    let small = ((cols / every).max(1), (rows / every).max(1));
    let look = dataset.read_resampled(index, Rect::new(0, 0, cols, rows), small)?;
    let valid = |v: &f32| !storage.is_hole(*v);
    let mut values: Vec<f32> = look.iter().copied().filter(valid).collect();
    values.sort_by(f32::total_cmp);
    let at = |p: usize| values.get(values.len() * p / 100).copied().unwrap_or(0.0);
    Ok((at(2), at(98)))
}
