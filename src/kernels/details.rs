//! What bands differ by from their means over a few pixels to each side.

use pulp::Simd;

use super::bands::{Bands, Settings};
use super::means::{shares, weights};
use super::numbers::Numbers;
use crate::error::Result;

/// Rows of the details of all bands, with zeros outside the image.
pub struct Details {
    values: Numbers,
    /// Numbers in a row: the image's columns, and as many on each side as the window reaches.
    row: usize,
    /// Rows of a band.
    rows: usize,
    /// How far the window reaches.
    reach: usize,
    /// Columns of the image.
    cols: usize,
}

impl Details {
    /// Those of `height` rows of the image from `top` on, and of the rows that the window reaches.
    #[inline(always)]
    pub fn new<S: Simd>(
        settings: Settings,
        bands: Bands,
        top: usize,
        height: usize,
    ) -> Result<Self> {
        let (rows, cols) = bands.size;
        let (reach, mean) = (settings.reach(), settings.mean / 2);
        let lanes = S::F32_LANES;
        let row = (cols.next_multiple_of(lanes) + 2 * reach).next_multiple_of(lanes);
        let (number, count) = (bands.guides + bands.targets, height + 2 * reach);
        let mut values = Numbers::zeros(number * count * row)?;
        // Sums over the rows of the mean, with zeros beside them.
        let mut column = vec![0.0; cols + 2 * mean];
        let weights = weights(settings.mean, 1);
        let (across, down) = (shares(&weights, cols), shares(&weights, rows));
        for (at, out) in values.chunks_mut(row).enumerate() {
            let (band, line) = (at / count, at % count);
            let Some(y) = (top + line).checked_sub(reach).filter(|y| *y < rows) else {
                continue;
            };
            let (plane, out) = (bands.plane(band), &mut out[reach..][..cols]);
            let line = |y: usize| &plane[y * cols..][..cols];
            let near = y.saturating_sub(mean)..rows.min(y + mean + 1);
            let sums = &mut column[mean..][..cols];
            sums.copy_from_slice(line(near.start));
            for y in near.start + 1..near.end {
                add(sums, line(y));
            }
            out.copy_from_slice(&column[..cols]);
            for x in 1..=2 * mean {
                add(out, &column[x..][..cols]);
            }
            for ((out, value), share) in out.iter_mut().zip(line(y)).zip(&across) {
                *out = value - *out * (share * down[y]);
            }
            if let (Some(known), Some(target)) = (bands.known, band.checked_sub(bands.guides)) {
                let known = &known[(target * rows + y) * cols..][..cols];
                out.iter_mut().zip(known).for_each(|(out, v)| *out -= v);
            }
        }
        Ok(Self {
            values,
            row,
            rows: count,
            reach,
            cols,
        })
    }

    /// Numbers in a row.
    pub fn row(&self) -> usize {
        self.row
    }

    /// A row of a band, the first of them as far above the image's first as the window reaches, and
    /// what is beside it.
    pub fn at(&self, band: usize, row: usize) -> &[f32] {
        &self.values[(band * self.rows + row) * self.row..][..self.row]
    }

    /// A row of the image.
    pub fn pixels(&self, band: usize, row: usize) -> &[f32] {
        &self.at(band, row + self.reach)[self.reach..][..self.cols]
    }
}

#[inline(always)]
fn add(sums: &mut [f32], values: &[f32]) {
    sums.iter_mut().zip(values).for_each(|(sum, v)| *sum += v);
}
