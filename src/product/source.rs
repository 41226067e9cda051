//! Pixels of one band of a product, on its native grid.

use ndarray::Array2;

use super::BandFile;
use crate::error::Result;
use crate::gdal::Dataset;
use crate::raster::grid::Rect;
use crate::raster::plane::{Plane, Source, block_means, invalid_pixels};

/// An open band.
pub struct BandSource {
    dataset: Dataset,
    file: BandFile,
}

impl BandSource {
    /// Opens the file of a band.
    pub fn open(file: &BandFile) -> Result<Self> {
        Ok(Self {
            dataset: file.open()?,
            file: file.clone(),
        })
    }
}

impl Source for BandSource {
    fn size(&self) -> (i64, i64) {
        (self.file.grid.cols, self.file.grid.rows)
    }

    fn read(&mut self, rect: Rect) -> Result<Plane> {
        let data = self.dataset.read(
            self.file.index,
            rect.finer(self.file.block).shift(self.file.first),
        )?;
        let invalid = invalid_pixels(&data, &self.file.radiometry)?;
        let plane = Plane { data, invalid };
        if self.file.block == 1 {
            Ok(plane)
        } else {
            block_means(&plane, self.file.block as usize)
        }
    }
}

impl BandSource {
    /// The whole band at about `size` columns and rows, quickly: pixels picked, or taken from
    /// overviews.
    pub fn read_small(&mut self, size: (i64, i64)) -> Result<Array2<f32>> {
        let whole = Rect::new(0, 0, self.file.grid.cols, self.file.grid.rows);
        self.dataset.read_resampled(
            self.file.index,
            whole.finer(self.file.block).shift(self.file.first),
            size,
        )
    }
}
