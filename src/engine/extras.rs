//! What a tile gets besides its bands: the outline that was asked for, the scene classification, a
//! mask.

use ndarray::Array2;

use crate::error::{Error, Result};
use crate::gdal::Dataset;
use crate::gdal::crs::same_crs;
use crate::job::Job;
use crate::memory::{filled, zeros};
use crate::product::ClassFile;
use crate::raster::grid::{Grid, Rect};

/// What is open for it.
pub struct Extras(Option<Classes>);

/// The scene classification, open.
struct Classes {
    dataset: Dataset,
    index: usize,
    grid: Grid,
}

impl Extras {
    /// What the job asks for.
    pub fn open(job: &Job) -> Result<Self> {
        let file = job.product.classes.as_ref().filter(|_| job.classes);
        Ok(Self(file.map(|f| Classes::open(f, job)).transpose()?))
    }

    /// Completes a tile (`part` is in pixels of the finest grid): cuts it along the outline and
    /// adds the classes. Gives the mask, where there is to be one.
    pub fn complete(
        &mut self,
        job: &Job,
        part: Rect,
        bands: &mut Vec<Array2<f32>>,
    ) -> Result<Option<Array2<f32>>> {
        let (xs, ys) = job.grid(&part).middles();
        let outline = Outline::of(job, &xs, &ys)?;
        let hole = job.storage().hole();
        bands.iter_mut().for_each(|band| outline.cut(band, hole));
        let mask = job.mask.then(|| mask(job, bands)).transpose()?;
        if job.classes {
            bands.push(self.classes(&xs, &ys, &outline)?);
        }
        Ok(mask)
    }

    /// The class of each point of a grid of points, given by their coordinates from west to east
    /// and from north to south; 0, which is no data, outside of the classification and of the
    /// outline.
    pub fn classes(&mut self, xs: &[f64], ys: &[f64], outline: &Outline) -> Result<Array2<f32>> {
        let mut classes = match &mut self.0 {
            Some(classes) => classes.at(xs, ys)?,
            None => zeros((ys.len(), xs.len()))?,
        };
        outline.cut(&mut classes, 0.0);
        Ok(classes)
    }
}

/// Which points of a grid of points lie within the outline that was asked for; all, where there is
/// none.
pub struct Outline(Option<Array2<bool>>);

impl Outline {
    /// Of points given by their coordinates from west to east and from north to south.
    pub fn of(job: &Job, xs: &[f64], ys: &[f64]) -> Result<Self> {
        let inside = job.area.as_ref().map(|area| area.inside(xs, ys));
        Ok(Self(inside.transpose()?))
    }

    /// Has the pixels outside hold `outside`.
    pub fn cut(&self, pixels: &mut Array2<f32>, outside: f32) {
        if let Some(inside) = &self.0 {
            pixels.zip_mut_with(inside, |v, inside| {
                if !inside {
                    *v = outside;
                }
            });
        }
    }
}

/// 255 where all bands have data, else 0.
pub fn mask(job: &Job, bands: &[Array2<f32>]) -> Result<Array2<f32>> {
    let storage = job.storage();
    let mut mask: Array2<f32> = filled(bands.first().map_or((0, 0), Array2::dim), 255.0)?;
    for band in bands {
        mask.zip_mut_with(band, |m, v| {
            if storage.is_hole(*v) {
                *m = 0.0;
            }
        });
    }
    Ok(mask)
}

impl Classes {
    fn open(file: &ClassFile, job: &Job) -> Result<Self> {
        let dataset = file.open()?;
        let (grid, crs) = match &file.place {
            Some((grid, crs)) => (*grid, crs.clone()),
            None => (dataset.grid()?, dataset.crs()),
        };
        if !same_crs(&crs, &job.product.crs) {
            return Err(Error::input(
                &file.file,
                "the scene classification has another coordinate reference system than the \
                 bands; leave out with-scl",
            ));
        }
        Ok(Self {
            dataset,
            index: file.index,
            grid,
        })
    }

    fn at(&mut self, xs: &[f64], ys: &[f64]) -> Result<Array2<f32>> {
        let own = &self.grid;
        let columns: Vec<i64> = xs
            .iter()
            .map(|x| ((x - own.west) / own.gsd).floor() as i64)
            .collect();
        let rows: Vec<i64> = ys
            .iter()
            .map(|y| ((own.north - y) / own.gsd).floor() as i64)
            .collect();
        let mut out = zeros((ys.len(), xs.len()))?;
        let ends = |v: &[i64]| v.first().copied().zip(v.last().copied());
        let (Some((left, right)), Some((top, bottom))) = (ends(&columns), ends(&rows)) else {
            return Ok(out);
        };
        let part = Rect::between((left, top), (right + 1, bottom + 1));
        let part = part.intersect(&Rect::new(0, 0, own.cols, own.rows));
        if part.is_empty() {
            return Ok(out);
        }
        // Where points are further apart than pixels, not all of these are read.
        let size = (
            part.w.min(2 * xs.len() as i64),
            part.h.min(2 * ys.len() as i64),
        );
        let classes = self.dataset.read_resampled(self.index, part, size)?;
        let place = |at: i64, from: i64, length: i64, size: i64| {
            usize::try_from((at - from) * size / length)
                .ok()
                .filter(|_| at >= from)
        };
        for ((r, c), out) in out.indexed_iter_mut() {
            let row = place(rows[r], part.y, part.h, size.1);
            let column = place(columns[c], part.x, part.w, size.0);
            let class = row.zip(column).and_then(|at| classes.get(at));
            *out = class.copied().unwrap_or(0.0);
        }
        Ok(out)
    }
}
