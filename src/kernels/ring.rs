//! The last rows that one layer of a chain made, for a block of columns.

use std::array::from_fn;
use std::ops::Range;

use super::numbers::Numbers;
use super::winograd::STEP;
use crate::error::Result;

/// Rows that are kept: those that a sum two layers on still wants, and those made ahead since.
const KEPT: usize = 24;
/// Pixels beside the columns: one before, and as many after as the last tile of the next layer
/// sees.
const BESIDE: usize = 8;

/// Numbers in a row of so many columns, what is beside them included.
pub fn row_length(columns: usize, pixel: usize) -> usize {
    (columns + BESIDE) * pixel
}

/// Rows of pixels, with zeros beside the columns where the image ends.
#[derive(Default)]
pub struct Ring {
    values: Numbers,
    /// Numbers in a pixel.
    pixel: usize,
    /// The columns of the image that it holds.
    columns: Range<usize>,
    /// The row of the image that is made next.
    made: usize,
    /// How many rows the image has.
    rows: usize,
}

impl Ring {
    /// Begins anew, at a row of the image.
    pub fn start(
        &mut self,
        pixel: usize,
        columns: Range<usize>,
        first: usize,
        rows: usize,
    ) -> Result<()> {
        let after = (1 + columns.len()) * pixel;
        (self.pixel, self.columns, self.made, self.rows) = (pixel, columns, first, rows);
        let length = KEPT * self.row_length();
        self.values.grow(length)?;
        let row = self.row_length();
        for kept in self.values[..length].chunks_mut(row) {
            kept[..pixel].fill(0.0);
            kept[after..].fill(0.0);
        }
        Ok(())
    }

    fn row_length(&self) -> usize {
        row_length(self.columns.len(), self.pixel)
    }

    /// The columns of the image that it holds.
    pub fn columns(&self) -> Range<usize> {
        self.columns.clone()
    }

    /// The row of the image that is made next.
    pub fn made(&self) -> usize {
        self.made
    }

    /// Numbers in a pixel.
    pub fn pixel(&self) -> usize {
        self.pixel
    }

    /// A row of the image, from the pixel before this column on.
    pub fn before(&self, y: usize, column: usize) -> &[f32] {
        let row = &self.values[y % KEPT * self.row_length()..][..self.row_length()];
        &row[(column - self.columns.start) * self.pixel..]
    }

    /// The same from this column on.
    pub fn at(&self, y: usize, column: usize) -> &[f32] {
        &self.before(y, column)[self.pixel..]
    }

    /// Takes the next rows, up to so many, to be made: from the first column on, and empty where
    /// the image ends.
    pub fn next(&mut self, count: usize) -> [&mut [f32]; STEP] {
        let (made, row, pixel, rows) = (self.made, self.row_length(), self.pixel, self.rows);
        self.made += count;
        let (low, high) = self.values[..KEPT * row].split_at_mut(made % KEPT * row);
        let mut lines = high.chunks_mut(row).chain(low.chunks_mut(row));
        from_fn(|y| match lines.next() {
            Some(line) if y < count && made + y < rows => &mut line[pixel..],
            _ => &mut [],
        })
    }
}
