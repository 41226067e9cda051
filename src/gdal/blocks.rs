//! How a raster lies in its file: in which pieces it is quick to read, and by how many at once.

use super::dataset::Dataset;
use super::rules::Rules;
use super::text;
use crate::error::Result;

/// Pixels along a side of what is read at once.
const SIDE: i64 = 1024;

impl Dataset {
    /// Columns and rows that are best read at once: whole blocks of band `index` (from 1), so that
    /// none has to be decoded for two of them, and no more than they need.
    pub fn piece(&self, index: usize) -> Result<(i64, i64)> {
        let (cols, rows) = self
            .raster
            .block_size(index)
            .ok_or_else(|| self.no_band(index))?;
        let whole = self.size();
        let wide = (SIDE / cols).max(1) * cols;
        let high = (SIDE * SIDE / wide).clamp(1, SIDE) / rows * rows;
        Ok((wide.min(whole.0), high.max(rows).min(whole.1)))
    }

    /// Whether it may be opened several times, to be read by several threads at once: a file whose
    /// blocks are decoded each on its own. Others would begin anew for each thread, or read what
    /// else they are made of.
    pub fn is_open_to_many(&self, index: usize) -> bool {
        // SAFETY: the handle is open; GDAL keeps the name.
        let driver = unsafe {
            let driver = (self.raster.gdal.GDALGetDatasetDriver)(self.raster.handle());
            text((self.raster.gdal.GDALGetDescription)(driver))
        };
        let tiled = self
            .piece(index)
            .is_ok_and(|(cols, _)| cols < self.size().0);
        tiled && (driver == "GTiff" || driver.starts_with("JP2"))
    }

    /// Lets go of the decoded blocks of band `index` and its mask, which GDAL keeps for another
    /// read. Where bands lie pixel by pixel together they were decoded for the other bands, too,
    /// and stay.
    pub fn forget(&self, index: usize) {
        let together = self.item(c"INTERLEAVE", c"IMAGE_STRUCTURE");
        if together.as_deref() == Some("PIXEL") && self.band_count() > 1 {
            return;
        }
        let rules = Rules::enter(self.raster.gdal);
        if let Some(band) = self.raster.band(index, &rules) {
            band.flush();
        }
        if self.has_mask(index).unwrap_or(false)
            && let Some(mask) = self.raster.mask(index, &rules)
        {
            mask.flush();
        }
    }
}
