//! The rasters of a product that are open and that nobody uses just now. What was opened to see
//! what it is, is read later without opening it again.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use crate::error::Result;
use crate::fork::PerProcess;
use crate::gdal::Dataset;
use crate::locks::lock;

/// See the module. A child of fork() shares file positions with its parent, so it opens its own.
#[derive(Default)]
pub struct Rasters(PerProcess<Mutex<Vec<Idle>>>);

struct Idle {
    file: PathBuf,
    named: bool,
    dataset: Dataset,
}

impl Rasters {
    /// The raster in a file, which the user `named` or which was found in a product: one that is
    /// open already and still what the file is, else opened now.
    pub fn open(&self, file: &Path, named: bool) -> Result<Dataset> {
        let idle = {
            let mut all = self.all();
            let at = all.iter().position(|i| i.named == named && i.file == file);
            at.map(|at| all.swap_remove(at).dataset)
        };
        match idle.filter(Dataset::is_current) {
            Some(dataset) => Ok(dataset),
            None if named => Dataset::open(file),
            None => Dataset::open_found(file),
        }
    }

    /// Keeps one that was opened and is not used any more, for the next who asks.
    pub fn keep(&self, file: &Path, named: bool, dataset: Dataset) {
        self.all().push(Idle {
            file: file.to_owned(),
            named,
            dataset,
        });
    }

    /// Closes all.
    pub fn close(&self) {
        // Dropped without the lock: closing a raster may close others of ours.
        let idle = std::mem::take(&mut *self.all());
        drop(idle);
    }

    fn all(&self) -> MutexGuard<'_, Vec<Idle>> {
        lock(self.0.get())
    }
}

impl fmt::Debug for Rasters {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("Rasters")
    }
}
