//! Bicubic enlargement, and the degradation of Wald's protocol. Used to score and to draw; the
//! networks carry their own.

use ndarray::{Array2, Axis};

use super::plane::{Plane, block_means};
use crate::error::Result;
use crate::memory::{copy, zeros};

/// Cubic convolution (Keys 1981) with a = -0.5, at distance `t` pixels.
fn keys(t: f64) -> f64 {
    let t = t.abs();
    if t < 1.0 {
        1.5 * t * t * t - 2.5 * t * t + 1.0
    } else if t < 2.0 {
        -0.5 * t * t * t + 2.5 * t * t - 4.0 * t + 2.0
    } else {
        0.0
    }
}

/// Enlarges by a whole factor: bicubic, a = -0.5, half-pixel centres, edge pixels repeated.
pub fn bicubic(a: &Array2<f32>, factor: usize) -> Result<Array2<f32>> {
    let along_rows = |a: &Array2<f32>| -> Result<Array2<f32>> {
        let n = a.nrows() as i64;
        let mut out: Array2<f32> = zeros((a.nrows() * factor, a.ncols()))?;
        for (i, mut row) in out.rows_mut().into_iter().enumerate() {
            let position = (i as f64 + 0.5) / factor as f64 - 0.5;
            let first = position.floor() as i64;
            for k in first - 1..=first + 2 {
                let weight = keys(position - k as f64) as f32;
                row.scaled_add(weight, &a.row(k.clamp(0, n - 1) as usize));
            }
        }
        Ok(out)
    };
    let tall = along_rows(a)?;
    Ok(along_rows(&copy(tall.t())?)?.reversed_axes())
}

/// Standard deviation and radius, in pixels, of the Gaussian that degrading by a factor begins
/// with.
fn gaussian(factor: usize) -> (f64, i64) {
    let sigma = 1.0 / factor as f64;
    (sigma, (4.0 * sigma + 0.5) as i64)
}

/// The pixels of a degraded band that any of the marked pixels went into.
pub fn degraded_mask(mask: &Array2<bool>, factor: usize) -> Result<Array2<bool>> {
    let (radius, (rows, cols)) = (gaussian(factor).1 as usize, mask.dim());
    let mut out: Array2<bool> = zeros((rows / factor, cols / factor))?;
    let reached = |i: usize, n: usize| {
        i.saturating_sub(radius) / factor..=((i + radius).min(n - 1) / factor).min(n / factor - 1)
    };
    for ((r, c), _) in mask.indexed_iter().filter(|(_, marked)| **marked) {
        for y in reached(r, rows) {
            for x in reached(c, cols) {
                out[(y, x)] = true;
            }
        }
    }
    Ok(out)
}

/// Degrades by a whole factor as Wald's protocol does it for DSen2 (Lanaras et al. 2018, section
/// 3.3): a Gaussian of standard deviation 1/factor pixel (of the coarse grid's factor: `sigma` = 1
/// / factor), then the mean of each factor x factor block. The Gaussian ends at 4 sigma; edges are
/// mirrored. Rows and columns that fill no block are cut.
pub fn degrade(a: &Array2<f32>, factor: usize) -> Result<Array2<f32>> {
    let (sigma, radius) = gaussian(factor);
    let kernel: Vec<f64> = (-radius..=radius)
        .map(|i| (-0.5 * (i as f64 / sigma).powi(2)).exp())
        .collect();
    let total: f64 = kernel.iter().sum();
    let blur = |a: &Array2<f32>, axis: Axis| -> Result<Array2<f32>> {
        let n = a.len_of(axis) as i64;
        let mut out: Array2<f32> = zeros(a.dim())?;
        for i in 0..n {
            let mut lane = out.index_axis_mut(axis, i as usize);
            for (k, w) in (-radius..=radius).zip(&kernel) {
                let from = super::tiling::mirror(i + k, n) as usize;
                lane.scaled_add((w / total) as f32, &a.index_axis(axis, from));
            }
        }
        Ok(out)
    };
    let data = blur(&blur(a, Axis(0))?, Axis(1))?;
    Ok(block_means(
        &Plane {
            data,
            invalid: None,
        },
        factor,
    )?
    .data)
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bicubic_keeps_straight_lines_and_degrading_keeps_the_mean() {
        let a = Array2::from_shape_fn((12, 12), |(r, c)| 3.0 * r as f32 + 7.0 * c as f32);
        let up = bicubic(&a, 2).unwrap();
        // Half-pixel centres: fine pixel 10 lies at coarse 4.75.
        assert!((up[(10, 10)] - 10.0 * 4.75).abs() < 1e-4);
        let flat = Array2::from_elem((12, 12), 1234.0);
        assert!(
            degrade(&flat, 6)
                .unwrap()
                .iter()
                .all(|&v| (v - 1234.0).abs() < 1e-3)
        );
        assert!((degrade(&a, 2).unwrap().mean().unwrap() - a.mean().unwrap()).abs() < 1e-3);
    }

    #[test]
    fn a_degraded_pixel_is_marked_if_a_marked_one_changes_it() {
        for (factor, at) in [
            (2, (9, 12)),
            (2, (0, 23)),
            (3, (11, 4)),
            (6, (6, 17)),
            (6, (23, 0)),
        ] {
            let mut a = Array2::<f32>::zeros((24, 24));
            a[at] = 1e6;
            let low = degrade(&a, factor).unwrap();
            let mask = degraded_mask(&a.mapv(|v| v > 0.0), factor).unwrap();
            assert_eq!(mask, low.mapv(|v| v > 0.0), "{factor} {at:?}");
        }
    }
}
