//! What the network sees in place of pixels that are invalid (nodata, NaN): a continuation of their
//! valid neighbours.

use ndarray::Array2;

use crate::error::Result;
use crate::memory::{copy, push, room, zeros};

/// Replaces the invalid pixels that lie within `radius` pixels (chessboard distance) of a valid one
/// by the mean of their valid or already filled neighbours, ring after ring; the others become 0.
///
/// A network of receptive radius `radius` cannot see those others from a valid pixel. So the result
/// at valid pixels depends on nothing further away than twice the radius, whatever window the
/// raster was read in.
pub fn fill_invalid(data: &mut Array2<f32>, invalid: &Array2<bool>, radius: i64) -> Result<()> {
    let (rows, cols) = data.dim();
    let mut empty = copy(invalid.view())?;
    let around = |r: usize, c: usize| {
        let (r0, r1) = (r.saturating_sub(1), (r + 2).min(rows));
        let (c0, c1) = (c.saturating_sub(1), (c + 2).min(cols));
        (r0..r1).flat_map(move |y| (c0..c1).map(move |x| (y, x)))
    };
    let at_edge = |&((r, c), &e): &((usize, usize), &bool)| e && around(r, c).any(|p| !empty[p]);
    let mut ring: Vec<(usize, usize)> = room(empty.indexed_iter().filter(at_edge).count())?;
    ring.extend(empty.indexed_iter().filter(at_edge).map(|(p, _)| p));
    for ((r, c), &e) in empty.indexed_iter() {
        if e {
            data[(r, c)] = 0.0;
        }
    }
    let mut queued: Array2<bool> = zeros((rows, cols))?;
    for _ in 0..radius {
        if ring.is_empty() {
            break;
        }
        // All means of a ring are taken before any is written: the order of the pixels must not
        // matter.
        let mut means: Vec<f32> = room(ring.len())?;
        means.extend(ring.iter().map(|&(r, c)| {
            let (sum, n) = around(r, c)
                .filter(|&p| !empty[p])
                .fold((0.0, 0), |(s, n), p| (s + data[p], n + 1));
            sum / n.max(1) as f32
        }));
        for (&p, &m) in ring.iter().zip(&means) {
            data[p] = m;
            empty[p] = false;
        }
        let mut next = Vec::new();
        for &(r, c) in &ring {
            for p in around(r, c) {
                if empty[p] && !queued[p] {
                    queued[p] = true;
                    push(&mut next, p)?;
                }
            }
        }
        ring = next;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_takes_the_level_around_it_and_valid_pixels_stay() {
        let mut a = Array2::from_elem((9, 9), 500.0);
        let mut bad = Array2::from_elem((9, 9), false);
        for p in [(4, 4), (4, 5), (5, 4), (5, 5), (6, 6)] {
            a[p] = f32::NAN;
            bad[p] = true;
        }
        fill_invalid(&mut a, &bad, 3).unwrap();
        assert!(a.iter().all(|&v| v == 500.0));
    }

    #[test]
    fn as_far_as_a_network_sees_and_no_farther() {
        let mut row = Array2::from_shape_fn((1, 9), |(_, c)| if c < 2 { 500.0 } else { f32::NAN });
        let bad = row.mapv(f32::is_nan);
        fill_invalid(&mut row, &bad, 4).unwrap();
        assert_eq!(
            row.as_slice().unwrap(),
            [[500.0; 6].as_slice(), &[0.0; 3]].concat()
        );
    }

    #[test]
    fn what_is_filled_does_not_depend_on_the_window() {
        let n = 40;
        let full = Array2::from_shape_fn((n, n), |(r, c)| ((r * 31 + c * 17) % 97) as f32);
        let bad = Array2::from_shape_fn((n, n), |(r, c)| c > 12 + r / 3 && c < 36);
        let radius = 4;
        let mut whole = full.clone();
        fill_invalid(&mut whole, &bad, radius).unwrap();
        let (r0, c0) = (8, 6);
        let cut = ndarray::s![r0..r0 + 24, c0..c0 + 24];
        let mut part = full.slice(cut).to_owned();
        fill_invalid(&mut part, &bad.slice(cut).to_owned(), radius).unwrap();
        // Away from the cut by the radius, every pixel within the radius of a valid one agrees.
        for r in 4..20 {
            for c in 4..20 {
                let near_valid =
                    (r - 4..=r + 4).any(|y| (c - 4..=c + 4).any(|x| !bad[(y + r0, x + c0)]));
                if near_valid {
                    assert_eq!(part[(r, c)], whole[(r + r0, c + c0)], "at {r} {c}");
                }
            }
        }
    }
}
