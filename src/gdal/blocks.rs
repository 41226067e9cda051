//! How a raster lies in its file: in which pieces it is quick to read, and by how many at once.

use super::dataset::Dataset;
use super::rules::Rules;
use super::text;
use crate::error::Result;
use crate::raster::grid::lcm;

/// Pixels along a side of what is read at once.
const SIDE: i64 = 1024;

impl Dataset {
    /// Columns and rows that are best read at once, and where one such piece begins: whole blocks of
    /// band `index` (from 1), so that none has to be decoded for two of them, and no more than they
    /// need; but `unit` pixels along a side are not parted, unless that took far too many blocks.
    pub fn piece(&self, index: usize, unit: i64) -> Result<((i64, i64), (i64, i64))> {
        let (cols, rows) = self
            .raster
            .block_size(index)
            .ok_or_else(|| self.no_band(index))?;
        let whole = self.size();
        let least = |block: i64, whole: i64| match lcm(block, unit) {
            // The last block is the only one.
            _ if block >= whole => (block + unit - 1) / unit * unit,
            least if least <= 2 * SIDE => least,
            _ => block,
        };
        let (cols, rows) = (least(cols, whole.0), least(rows, whole.1));
        let wide = (SIDE / cols).max(1) * cols;
        let high = (SIDE * SIDE / wide).clamp(1, SIDE) / rows * rows;
        // A file counts its rows from its own first one.
        let top = if self.south_up { whole.1 } else { 0 };
        Ok(((wide, high.max(rows)), (0, top)))
    }

    /// Whether a block holds the pixels of all bands.
    pub fn is_interleaved(&self) -> bool {
        let together = self.item(c"INTERLEAVE", c"IMAGE_STRUCTURE");
        together.as_deref() == Some("PIXEL") && self.band_count() > 1
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
            .piece(index, 1)
            .is_ok_and(|((cols, _), _)| cols < self.size().0);
        tiled && (driver == "GTiff" || driver.starts_with("JP2"))
    }

    /// Lets go of the decoded blocks of band `index` and its mask, which GDAL keeps for another
    /// read; of all bands, where a block holds them all.
    pub fn forget(&self, index: usize) {
        let rules = Rules::enter(self.raster.gdal);
        let bands = match self.is_interleaved() {
            true => 1..=self.band_count(),
            false => index..=index,
        };
        for band in bands.filter_map(|index| self.raster.band(index, &rules)) {
            band.flush();
        }
        if self.has_mask(index).unwrap_or(false)
            && let Some(mask) = self.raster.mask(index, &rules)
        {
            mask.flush();
        }
    }
}
