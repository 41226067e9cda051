//! A picture of what was gained: the source enlarged on the left, the result on the right, in false
//! colour, where the scene has most detail.

use std::path::Path;

use ndarray::{Array2, Array3, s};

use crate::error::{Error, Fault, Result};
use crate::gdal::png::write_png;
use crate::job::{Job, Output};
use crate::memory::zeros;
use crate::raster::band::Band;
use crate::raster::grid::{Grid, Placed, Rect};
use crate::raster::plane::Source;
use crate::raster::radiometry::Storage;
use crate::raster::resample::bicubic;
use crate::tasks::busiest::busiest;

/// Pixels of the result that are shown, along one side, and how large each is drawn.
const SHOWN: i64 = 144;
const ZOOM: usize = 5;
/// What is shown as red, green and blue, the first choice that the result has.
const COLOURS: [[&str; 3]; 4] = [
    ["B12", "B8A", "B5"],
    ["B11", "B8A", "B5"],
    ["B4", "B3", "B2"],
    ["B9", "B9", "B1"],
];

/// What is shown: the source, and what of the result there is so far.
pub struct Preview {
    /// For red, green and blue: the place of the band in the result.
    outputs: [usize; 3],
    /// What is shown, in pixels of the result.
    part: Rect,
    /// How the result keeps its numbers.
    storage: Storage,
    before: Vec<Array2<f32>>,
    made: Vec<Array2<f32>>,
}

impl Preview {
    /// Finds out what to show of the result of a job, and reads it.
    pub fn of(job: &Job) -> Result<Self> {
        let outputs = chosen(job).ok_or_else(|| Error::internal("a result of no bands"))?;
        let part = busiest_part(job, job.outputs[outputs[0]].band)?;
        let before = outputs
            .iter()
            .map(|&o| enlarged(job, &job.outputs[o], part));
        let made = (0..3).map(|_| zeros((part.h as usize, part.w as usize)));
        Ok(Self {
            outputs,
            part,
            storage: job.storage(),
            before: before.collect::<Result<_>>()?,
            made: made.collect::<Result<_>>()?,
        })
    }

    /// Takes what it shows out of a tile of the result, which lies at `place`.
    pub fn look(&mut self, place: Rect, bands: &[Array2<f32>]) {
        let seen = place.intersect(&self.part);
        let cut = |origin: Rect| {
            let r = seen.relative_to((origin.x, origin.y));
            s![r.y as usize..r.y1() as usize, r.x as usize..r.x1() as usize]
        };
        if seen.is_empty() {
            return;
        }
        for (made, &output) in self.made.iter_mut().zip(&self.outputs) {
            let from = bands[output].slice(cut(place));
            made.slice_mut(cut(self.part)).assign(&from);
        }
    }

    /// Draws it as a PNG, once the result is through; what went wrong where it cannot be written.
    pub fn draw(&self, file: &Path) -> std::result::Result<(), Fault> {
        write_png(file, &compose(&self.before, &self.made, self.storage))
    }
}

/// A part of the result in the source's own pixels, enlarged as a viewer would, in the result's
/// unit.
fn enlarged(job: &Job, output: &Output, part: Rect) -> Result<Array2<f32>> {
    let band = output.band;
    let own = placed(job, band)?;
    let area = part.relative_to((own.extent.x, own.extent.y));
    let mut source = job.product.source(band)?;
    let (cols, rows) = source.size();
    let rect = area
        .coarser(own.ratio)
        .intersect(&Rect::new(0, 0, cols, rows));
    let mut pixels = source.read(rect)?.data;
    let unit = job.own_radiometry(output);
    pixels.mapv_inplace(|v| unit.convert(&output.radiometry, f64::from(v)) as f32);
    let big = bicubic(&pixels, own.ratio as usize)?;
    let cut = area
        .relative_to((rect.x * own.ratio, rect.y * own.ratio))
        .intersect(&Rect::new(0, 0, big.ncols() as i64, big.nrows() as i64));
    Ok(big
        .slice(s![
            cut.y as usize..cut.y1() as usize,
            cut.x as usize..cut.x1() as usize
        ])
        .to_owned())
}

/// The bands that are shown, by their place in the result: the first choice of which it has all,
/// else its first band.
pub fn chosen(job: &Job) -> Option<[usize; 3]> {
    let place = |name: &str| {
        let band = Band::parse(name)?;
        job.outputs.iter().position(|o| o.band == band)
    };
    let all = |[r, g, b]: [&str; 3]| Some([place(r)?, place(g)?, place(b)?]);
    COLOURS.into_iter().find_map(all).or_else(|| {
        let first = (0..job.outputs.len()).min_by_key(|&i| job.outputs[i].band)?;
        Some([first; 3])
    })
}

/// The grid of the result.
fn target(job: &Job) -> Grid {
    job.grid(&job.window)
}

/// A band's own grid, counted in pixels of the result.
fn placed(job: &Job, band: Band) -> Result<Placed> {
    let product = &job.product;
    let file = product
        .band(band)
        .ok_or_else(|| Error::input(&product.path, format!("it has no {band}")))?;
    Placed::on(&target(job), &file.grid).map_err(|e| Error::input(&product.path, e))
}

/// The part of the result where a band has most to show, in whole pixels of the band.
fn busiest_part(job: &Job, band: Band) -> Result<Rect> {
    let own = placed(job, band)?;
    let grid = target(job);
    let whole = Rect::new(0, 0, grid.cols, grid.rows)
        .intersect(&own.extent)
        .relative_to((own.extent.x, own.extent.y));
    // Only pixels that lie in the result as a whole.
    let up = |v: i64| -(-v).div_euclid(own.ratio);
    let inside = Rect::between(
        (up(whole.x), up(whole.y)),
        (whole.x1() / own.ratio, whole.y1() / own.ratio),
    );
    let part = busiest(
        &mut job.product.source(band)?,
        inside,
        (SHOWN / own.ratio).max(1),
        1,
    )?;
    Ok(part
        .finer(own.ratio)
        .shift((own.extent.x, own.extent.y))
        .intersect(&Rect::new(0, 0, grid.cols, grid.rows)))
}

/// Both pictures side by side, with one stretch: from the 1st to the 99th percentile of the result,
/// holes left aside.
fn compose(left: &[Array2<f32>], right: &[Array2<f32>], storage: Storage) -> Array3<u8> {
    let (rows, cols) = right[0].dim();
    let gap = 4;
    let mut out = Array3::from_elem((3, rows * ZOOM, 2 * cols * ZOOM + gap), 255u8);
    for (channel, (l, r)) in left.iter().zip(right).enumerate() {
        let valid = |v: &f32| !storage.is_hole(*v);
        let mut sorted: Vec<f32> = r.iter().copied().filter(valid).collect();
        sorted.sort_by(f32::total_cmp);
        let percentile = |p: usize| sorted.get(sorted.len() * p / 100).copied().unwrap_or(0.0);
        let (low, high) = (percentile(1), percentile(99));
        let range = (high - low).max(f32::MIN_POSITIVE);
        let grey = |v: f32| ((v - low) / range * 255.0).clamp(0.0, 255.0) as u8;
        for y in 0..rows * ZOOM {
            for x in 0..cols * ZOOM {
                let at = (y / ZOOM, x / ZOOM);
                if let Some(&v) = l.get(at) {
                    out[(channel, y, x)] = grey(v);
                }
                out[(channel, y, cols * ZOOM + gap + x)] = grey(r[at]);
            }
        }
    }
    out
}
