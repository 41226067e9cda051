//! Reading for one tile alone, by whoever is asked for tile after tile and does not know the next:
//! its bands are decoded by several threads. What is decoded once stays in GDAL's cache.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::Engine;
use super::input::{Readers, TileInput};
use super::reach::{reads_of, seen_of};
use crate::error::Result;
use crate::gdal::spawn::{caught, ended, spawn_scoped};
use crate::locks::lock;
use crate::raster::grid::Rect;
use crate::raster::packed::{Packed, unpacked};
use crate::raster::plane::{Plane, Source};

/// What a tile needs of a band, in memory.
struct Fetched {
    packed: Packed,
    /// Columns and rows of the whole band.
    size: (i64, i64),
}

impl Source for Fetched {
    fn size(&self) -> (i64, i64) {
        self.size
    }

    fn read(&mut self, rect: Rect) -> Result<Plane> {
        unpacked(rect, [&self.packed])
    }
}

impl Engine {
    /// The same as [`Engine::read`], by several threads.
    pub fn read_alone(&self, readers: &mut Readers, tile: Rect) -> Result<TileInput> {
        let most = reads_of(&self.job, tile);
        let is_far = readers.0.iter().any(|source| source.is_far());
        let first = if is_far {
            seen_of(&self.job, tile)
        } else {
            most.clone()
        };
        let fetched = match self.fetch(readers, first) {
            // What invalid pixels are filled from lies further out.
            Ok(Some(seen)) if is_far && seen.iter().any(|band| band.packed.has_invalid()) => {
                self.fetch(readers, most)
            }
            first => first,
        };
        match fetched {
            Ok(Some(fetched)) => {
                let bands = fetched.into_iter();
                let bands = bands.map(|band| Box::new(band) as Box<dyn Source>);
                self.read(&mut Readers(bands.collect()), tile)
            }
            // What was fetched is more than what may be needed; whether that is damaged shows now.
            _ => self.read(readers, tile),
        }
    }

    /// What is wanted of the bands; `None` where one thread does as well.
    fn fetch(
        &self,
        readers: &mut Readers,
        wanted: Vec<Option<Rect>>,
    ) -> Result<Option<Vec<Fetched>>> {
        // What is decoded together is one thread's.
        let sets = readers.sets();
        let others = self.threads.min(sets.len()).saturating_sub(1);
        if others == 0 {
            return Ok(None);
        }
        let bands = readers.0.iter_mut().zip(wanted);
        let bands: Vec<_> = bands.map(|band| Mutex::new((band, None))).collect();
        let next = AtomicUsize::new(0);
        let work = || -> Result<()> {
            while let Some(set) = sets.get(next.fetch_add(1, Ordering::Relaxed)) {
                for band in set.iter().map(|at| &bands[*at]) {
                    let mut band = lock(band);
                    let ((source, rect), fetched) = &mut *band;
                    if let Some(rect) = *rect {
                        let packed = caught(|| Packed::new(rect, source.read(rect)?))?;
                        *fetched = Some(Fetched {
                            packed,
                            size: source.size(),
                        });
                    }
                }
            }
            Ok(())
        };
        thread::scope(|scope| {
            let helpers: Vec<_> = (0..others)
                .map_while(|_| spawn_scoped(scope, work).ok())
                .collect();
            let own = work();
            helpers.into_iter().try_for_each(|h| ended(h.join()))?;
            own
        })?;
        let fetched = bands.into_iter().map(|band| {
            let (_, fetched) = band.into_inner().unwrap_or_else(PoisonError::into_inner);
            fetched
        });
        // A band that no tile needs is not fetched, and all are needed in their places.
        Ok(fetched.collect())
    }
}
