//! The columns or rows that a pixel function is asked for, along one axis: whole numbers where GDAL
//! picks pixels, others where it interpolates or averages.

use super::levels::Look;

/// Positions that are closer to a pixel than this are that pixel's.
const CLOSE: f64 = 1e-3;

/// Whether a position lies between pixels.
pub fn is_between(position: f64) -> bool {
    (position - position.round()).abs() > CLOSE
}

/// Whether two lines hold the same positions. GDAL resamples each line on its own, which moves them
/// by less than a pixel: where integers are rounded, by one.
pub fn alike(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1.0)
}

/// The pixel of a position.
pub fn nearest(position: f64) -> i64 {
    (position + 0.5) as i64
}

/// What is asked for, if the positions are those of a raster that is being shrunk to half its size
/// or less.
pub fn look(xs: &[f64], ys: &[f64]) -> Option<Look> {
    let (x, y) = (step(xs).or(step(ys))?, step(ys).or(step(xs))?);
    let axis = |v: &[f64], step: f64| (start(v, step), step, v.len() as i64);
    (x.min(y) > 1.999).then(|| Look {
        x: axis(xs, x),
        y: axis(ys, y),
    })
}

/// From which position on they say where things are: those that GDAL means lie closer together at
/// the raster's edges.
fn inner(v: &[f64]) -> usize {
    if v.iter().any(|v| is_between(*v)) {
        (v.len().saturating_sub(1) / 4).min(3)
    } else {
        0
    }
}

/// How far one position is from the next.
fn step(v: &[f64]) -> Option<f64> {
    let (first, last) = (inner(v), v.len().checked_sub(1 + inner(v))?);
    (last > first).then(|| (v[last] - v[first]) / (last - first) as f64)
}

/// Where the first pixel begins. GDAL gives the middle of each, a mean; or where it picks pixels,
/// the one that the middle lies in.
fn start(v: &[f64], step: f64) -> f64 {
    let first = inner(v);
    // A line alone may be one at the raster's edge: it begins with a pixel, if all do.
    let whole = first == 0 && (step - step.round()).abs() < CLOSE;
    let start = if whole || !v.iter().any(|v| is_between(*v)) {
        (v[0] - step / 2.0 - CLOSE).ceil()
    } else {
        let exact = v[first] - first as f64 * step + 0.5 - step / 2.0;
        // Means are not quite in the middle.
        if (exact - exact.round()).abs() < 0.05 {
            exact.round()
        } else {
            exact
        }
    };
    start.max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strides_become_looks() {
        let range = |n: i64, from: f64, step: f64| {
            (0..n).map(|i| from + i as f64 * step).collect::<Vec<_>>()
        };
        assert_eq!(look(&range(50, 100.0, 1.0), &range(1, 7.0, 1.0)), None);
        assert_eq!(look(&[2.0, 2.0, 3.0, 3.0], &[0.0]), None);
        // Every fourth pixel of a part that starts at 100: by its own place (nearest), or by the
        // middle of four (average).
        for from in [102.0, 101.5] {
            let whole = Look {
                x: (100.0, 4.0, 300),
                y: (100.0, 4.0, 200),
            };
            assert_eq!(
                look(&range(300, from, 4.0), &range(200, from, 4.0)),
                Some(whole)
            );
        }
        // One line of it.
        assert_eq!(
            look(&range(300, 1.0, 3.0), &[7.0]),
            Some(Look {
                x: (0.0, 3.0, 300),
                y: (6.0, 3.0, 1)
            })
        );
    }

    #[test]
    fn lines_may_differ_by_rounding() {
        assert!(alike(&[10.0, 12.0, 13.5], &[11.0, 12.0, 13.4999]));
        assert!(!alike(&[0.0, 1.0], &[0.0, 3.0]));
    }

    #[test]
    fn means_at_edges_do_not_move_the_rest() {
        // Every eighth of 80 pixels, by GDAL's bilinear means.
        let mut means: Vec<f64> = (0..10).map(|i| 3.5 + 8.0 * f64::from(i)).collect();
        (means[0], means[9]) = (4.4, 74.6);
        let axis = (0.0, 8.0, 10);
        assert_eq!(look(&means, &means), Some(Look { x: axis, y: axis }));
        // From the middle of a pixel on.
        let half: Vec<f64> = means.iter().map(|v| v + 100.25).collect();
        assert_eq!(look(&half, &half).map(|l| l.x), Some((100.25, 8.0, 10)));
    }
}
