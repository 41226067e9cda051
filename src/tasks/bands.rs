//! Bands in memory that say what they are and where they lie. They are planned as a product's are
//! and computed window by window, each from no more pixels than it needs, so that whoever holds a
//! part of the bands gets the pixels that the whole would give.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use ndarray::Array2;
use serde::Serialize;

use crate::engine::{Engine, Readers, reads};
use crate::error::{Error, Result};
use crate::job::Job;
use crate::locks::lock;
use crate::options::{Call, Options};
use crate::product::{BandFile, Product};
use crate::raster::band::Band;
use crate::raster::grid::{Grid, Rect};
use crate::raster::native::native_grid;
use crate::raster::plane::{Plane, Source, block_means};
use crate::raster::radiometry::{DataType, Radiometry};
use crate::tasks::pipeline::{Progress, Sink, each_tile, tell};

/// A band as its owner describes it.
#[derive(Clone, Debug)]
pub struct Given {
    /// Which band.
    pub band: Band,
    /// Where its pixels lie; they may be finer than the band's own, by a whole factor.
    pub grid: Grid,
    /// Type of its pixels.
    pub dtype: DataType,
    /// What its numbers mean.
    pub radiometry: Radiometry,
}

/// The plan for some bands, and their networks once they were needed.
pub struct Bands {
    plan: Job,
    given: Vec<Given>,
    options: Options,
    engine: Mutex<Option<Engine>>,
}

/// What is planned for some bands. As JSON it is what `schemas/job.json` describes.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct JobInfo {
    /// The bands of the result, in order.
    pub bands: Vec<String>,
    /// The bands that are read, in the order in which they are asked for.
    pub reads: Vec<&'static str>,
    /// The networks.
    pub models: Vec<String>,
    /// What the user should know.
    pub notes: Vec<String>,
    /// West edge of the whole result.
    pub west: f64,
    /// North edge of the whole result.
    pub north: f64,
    /// Ground sample distance of the result in m.
    pub gsd: f64,
    /// Columns of the whole result.
    pub cols: i64,
    /// Rows of the whole result.
    pub rows: i64,
    /// How many pixels of the result, along one axis, lie in one of the finest grid that is read.
    pub scale: i64,
    /// Pixel type of the result.
    pub dtype: String,
    /// The number that means no data; null where it is not a number, or there is none.
    pub nodata: Option<f64>,
}

/// A band of Sentinel-2. As JSON it is what `schemas/band.json` describes.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BandName {
    /// `B8A`.
    pub name: &'static str,
    /// Its native ground sample distance in m.
    pub gsd: u32,
    /// Central wavelength in nm.
    pub wavelength: f64,
}

impl From<Band> for BandName {
    fn from(band: Band) -> Self {
        Self {
            name: band.name(),
            gsd: band.gsd(),
            wavelength: band.wavelength(),
        }
    }
}

/// A part of a band that is in memory, on the band's native grid.
struct Held {
    file: BandFile,
    part: Rect,
    pixels: Box<dyn Source>,
}

impl Bands {
    /// Plans the work. Nothing is loaded but the networks' contracts.
    pub fn plan(bands: &[Given], options: &Options) -> Result<Self> {
        options.check(Call::BANDS)?;
        let mut product = Product {
            path: PathBuf::from("the arrays"),
            ..Product::nameless()
        };
        for given in bands {
            if product.band(given.band).is_some() {
                return Err(Error::argument(format!("{} is given twice", given.band)));
            }
            product.bands.push(file(given)?);
        }
        product.bands.sort_by_key(|b| b.band);
        Ok(Self {
            plan: Job::plan(product, options)?,
            given: bands.to_vec(),
            options: options.clone(),
            engine: Mutex::new(None),
        })
    }

    /// The plan as JSON.
    pub fn describe(&self) -> JobInfo {
        let job = &self.plan;
        let grid = job.grid(&job.whole);
        JobInfo {
            bands: job.names(),
            reads: job.natives.iter().map(|n| n.band.name()).collect(),
            models: job.models(),
            notes: job.notes.clone(),
            west: grid.west,
            north: grid.north,
            gsd: grid.gsd,
            cols: grid.cols,
            rows: grid.rows,
            scale: job.scale,
            dtype: format!("{:?}", job.dtype).to_lowercase(),
            nodata: job.nodata.filter(|n| n.is_finite()),
        }
    }

    /// The bands as they were given.
    pub fn given(&self) -> &[Given] {
        &self.given
    }

    /// What is planned.
    pub fn job(&self) -> &Job {
        &self.plan
    }

    /// The pixels of each given band that `window` needs, in that band's given pixels; empty where
    /// none are. The window counts pixels of the finest grid, from the corner of the whole.
    pub fn reads(&self, window: Rect) -> Result<Vec<Rect>> {
        let job = Job {
            window: self.inside(window)?,
            ..self.plan.clone()
        };
        let natives = reads(&job);
        let read = |given: &Given| {
            let at = job.natives.iter().position(|n| n.band == given.band);
            let file = job.product.band(given.band);
            match (at.and_then(|n| natives[n]), file) {
                (Some(rect), Some(file)) => rect.finer(file.block).shift(file.first),
                _ => Rect::new(0, 0, 0, 0),
            }
        };
        Ok(self.given.iter().map(read).collect())
    }

    /// Computes a window. `pixels` holds of each given band exactly what [`Bands::reads`] says;
    /// `sink` takes the tiles, in pixels of the finest grid from the window's corner.
    pub fn run(
        &self,
        window: Rect,
        pixels: Vec<Option<Box<dyn Source>>>,
        progress: Progress,
        sink: Sink,
    ) -> Result<()> {
        let parts = self.reads(window)?;
        let engine = self.engine(progress)?.on(self.inside(window)?);
        let mut held: Vec<(Band, Held)> = Vec::new();
        for ((given, part), pixels) in self.given.iter().zip(parts).zip(pixels) {
            let band = given.band;
            let Some(file) = engine.job.product.band(band).filter(|_| part.w > 0) else {
                continue;
            };
            let refused = |what: String| {
                Err(Error::argument(format!(
                    "{what}; the window needs {} rows of {} pixels of it",
                    part.h, part.w
                )))
            };
            let Some(pixels) = pixels else {
                return refused(format!("{band} was given without pixels"));
            };
            let (cols, rows) = pixels.size();
            if (cols, rows) != (part.w, part.h) {
                return refused(format!(
                    "{band} was given with {rows} rows of {cols} pixels"
                ));
            }
            let file = file.clone();
            held.push((band, Held { file, part, pixels }));
        }
        let mut sources = Vec::new();
        for native in &engine.job.natives {
            let at = held.iter().position(|(band, _)| *band == native.band);
            let at = at.ok_or_else(|| Error::internal(format!("{} is missing", native.band)))?;
            sources.push(Box::new(held.swap_remove(at).1) as Box<dyn Source>);
        }
        let (x, y) = (engine.job.window.x, engine.job.window.y);
        let mut moved = |part: Rect, bands: Vec<Array2<f32>>| sink(part.relative_to((x, y)), bands);
        let readers = Readers::from_sources(sources);
        // As for other arrays: what enlarges gets smaller tiles.
        let tile = self
            .options
            .tile
            .unwrap_or(engine.job.tile() / engine.job.scale);
        each_tile(&engine, readers, tile, progress, &mut moved)
    }

    /// The networks, opened when they are first needed.
    fn engine(&self, progress: Progress) -> Result<Engine> {
        let (engine, new) = {
            let mut kept = lock(&self.engine);
            let new = kept.is_none();
            let engine = match kept.take() {
                Some(engine) => engine,
                None => Engine::open(Arc::new(self.plan.clone()), &self.options)?,
            };
            (kept.insert(engine).on(self.plan.window), new)
        };
        // Without the lock: whoever hears of it may run the same job.
        if new {
            tell(&engine.notes, progress)?;
        }
        Ok(engine)
    }

    /// A window in the lattice's pixels; an error if it leads outside of the whole.
    fn inside(&self, window: Rect) -> Result<Rect> {
        let whole = self.plan.whole;
        let moved = window.shift((whole.x, whole.y));
        if window.is_empty() || !whole.contains(&moved) {
            return Err(Error::argument(format!(
                "the window {} {} {} {} is empty or reaches outside the {} x {} pixels of the \
                 whole",
                window.x, window.y, window.w, window.h, whole.w, whole.h
            )));
        }
        Ok(moved)
    }
}

fn file(given: &Given) -> Result<BandFile> {
    let (block, grid, first) = native_grid(given.band, &given.grid, 0.0)
        .map_err(|what| Error::input(given.band.name(), what))?;
    Ok(BandFile {
        band: given.band,
        file: PathBuf::from(given.band.name()),
        named: false,
        index: 1,
        grid,
        block,
        first,
        radiometry: given.radiometry,
        masked: false,
        documented: true,
        dtype: given.dtype,
        wavelength: given.band.wavelength(),
        rasters: Arc::default(),
    })
}

impl Source for Held {
    fn size(&self) -> (i64, i64) {
        (self.file.grid.cols, self.file.grid.rows)
    }

    fn read(&mut self, rect: Rect) -> Result<Plane> {
        let block = self.file.block;
        let wanted = rect.finer(block).shift(self.file.first);
        if !self.part.contains(&wanted) {
            return Err(Error::internal(format!(
                "{wanted:?} of {} is outside of {:?}",
                self.file.band, self.part
            )));
        }
        let plane = self
            .pixels
            .read(wanted.relative_to((self.part.x, self.part.y)))?;
        if block == 1 {
            Ok(plane)
        } else {
            block_means(&plane, block as usize)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::reads::{options, planned};

    /// The job's notes are told when its networks are first needed, and whoever hears of them may
    /// begin another run.
    #[test]
    fn a_job_runs_while_its_notes_are_told() {
        let mut job = planned(&options(1, 60));
        job.plan.notes = vec!["heard".to_owned()];
        let window = Rect::new(0, 0, 6, 6);
        // Nothing is given, so that a run ends where it looks for the first band.
        let run = |progress: Progress| {
            let none = job.given().iter().map(|_| None).collect();
            let end = job.run(window, none, progress, &mut |_, _| Ok(()));
            assert!(end.unwrap_err().to_string().contains("needs"));
        };
        let mut heard = Vec::new();
        run(&mut |_, note| {
            heard.extend(note.map(str::to_owned));
            run(&mut |_, _| true);
            true
        });
        assert_eq!(heard, ["heard"]);
    }
}
