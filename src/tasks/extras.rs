//! What a result carries besides its bands: the outline that was asked for, the scene
//! classification, a mask.

use ndarray::Array2;

use crate::error::{Error, Result};
use crate::gdal::Dataset;
use crate::gdal::crs::same_crs;
use crate::gdal::writer::{BandRecord, Record, Shows};
use crate::job::Job;
use crate::memory::{filled, zeros};
use crate::options::Options;
use crate::product::ClassFile;
use crate::raster::grid::{Grid, Rect};
use crate::raster::radiometry::Storage;

/// The classes of ESA's scene classification by their numbers, with the colours of its user guide.
const CLASSES: [(&str, [u8; 3]); 12] = [
    ("no data", [0, 0, 0]),
    ("saturated or defective", [255, 0, 0]),
    ("dark area", [47, 47, 47]),
    ("cloud shadow", [100, 50, 0]),
    ("vegetation", [0, 160, 0]),
    ("not vegetated", [255, 230, 90]),
    ("water", [0, 0, 255]),
    ("unclassified", [128, 128, 128]),
    ("cloud, medium probability", [192, 192, 192]),
    ("cloud, high probability", [255, 255, 255]),
    ("thin cirrus", [100, 200, 255]),
    ("snow or ice", [255, 150, 255]),
];

/// What a result carries besides its bands.
pub struct Extras<'a> {
    job: &'a Job,
    storage: Storage,
    classes: Option<Classes>,
    mask: bool,
}

/// The scene classification, open.
struct Classes {
    dataset: Dataset,
    index: usize,
    grid: Grid,
}

impl<'a> Extras<'a> {
    /// What the options ask for.
    pub fn open(job: &'a Job, options: &Options) -> Result<Self> {
        let classes = match (options.with_scl, &job.product.classes) {
            (false, _) => None,
            (true, Some(file)) => Some(Classes::open(file, job)?),
            (true, None) => {
                return Err(Error::input(
                    &job.product.path,
                    "it has no scene classification (SCL), which L2A products have; leave out with-scl",
                ));
            }
        };
        Ok(Self {
            job,
            storage: job.storage(),
            classes,
            mask: options.mask,
        })
    }

    /// Adds what is written about them.
    pub fn describe(&self, record: &mut Record) {
        record.mask = self.mask;
        if self.classes.is_some() {
            record.bands.push(BandRecord {
                name: "SCL".into(),
                scale: 1.0,
                offset: 0.0,
                metadata: vec![("BANDNAME".into(), "SCL".into())],
                shows: Shows::Classes(&CLASSES),
            });
        }
    }

    /// Completes a tile (`part` is in pixels of the finest grid): cuts it along the outline and adds
    /// the classes. Gives the mask, where there is to be one.
    pub fn complete(
        &mut self,
        part: Rect,
        bands: &mut Vec<Array2<f32>>,
    ) -> Result<Option<Array2<f32>>> {
        let fine = part.finer(self.job.scale);
        let grid = self.job.grid(&part);
        let hole = self.storage.hole();
        let whole = Rect::new(0, 0, fine.w, fine.h);
        if let Some(area) = &self.job.area {
            let inside = area.inside(&grid, whole)?;
            for band in bands.iter_mut() {
                band.zip_mut_with(&inside, |v, inside| {
                    if !inside {
                        *v = hole;
                    }
                });
            }
        }
        let mask = if self.mask {
            let mut mask: Array2<f32> = filled((fine.h as usize, fine.w as usize), 255.0)?;
            for band in bands.iter() {
                mask.zip_mut_with(band, |m, v| {
                    if self.storage.is_hole(*v) {
                        *m = 0.0;
                    }
                });
            }
            Some(mask)
        } else {
            None
        };
        if let Some(classes) = &mut self.classes {
            bands.push(classes.read(&grid)?);
        }
        Ok(mask)
    }
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
                "the scene classification has another coordinate reference system than the bands; leave out with-scl",
            ));
        }
        Ok(Self {
            dataset,
            index: file.index,
            grid,
        })
    }

    /// The class at the middle of each pixel of a grid; 0 outside.
    fn read(&mut self, wanted: &Grid) -> Result<Array2<f32>> {
        let own = &self.grid;
        let column = |i: i64| {
            ((wanted.west + (i as f64 + 0.5) * wanted.gsd - own.west) / own.gsd).floor() as i64
        };
        let row = |i: i64| {
            ((own.north - wanted.north + (i as f64 + 0.5) * wanted.gsd) / own.gsd).floor() as i64
        };
        let mut out = zeros((wanted.rows as usize, wanted.cols as usize))?;
        let part = Rect::between(
            (column(0), row(0)),
            (column(wanted.cols - 1) + 1, row(wanted.rows - 1) + 1),
        );
        let part = part.intersect(&Rect::new(0, 0, own.cols, own.rows));
        if part.is_empty() {
            return Ok(out);
        }
        let classes = self.dataset.read(self.index, part)?;
        for ((r, c), out) in out.indexed_iter_mut() {
            let (x, y) = (column(c as i64) - part.x, row(r as i64) - part.y);
            let at = usize::try_from(y).ok().zip(usize::try_from(x).ok());
            *out = at.and_then(|at| classes.get(at)).copied().unwrap_or(0.0);
        }
        Ok(out)
    }
}
