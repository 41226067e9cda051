//! The scores that super-resolution of Sentinel-2 is compared by.

use ndarray::{Array2, s};
use serde::Serialize;

use super::grid::Rect;
use super::tiling::tiles;

/// Scores of a set of bands against their targets, in DN without the offset.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Scores {
    /// Root mean square error in DN, mean over the bands.
    pub rmse: f64,
    /// Signal to reconstruction error in dB, 10 log10(mean(target)^2 / MSE), mean over the bands
    /// (Lanaras et al. 2018, eq. 9).
    pub sre: f64,
    /// Spectral angle in degrees, mean over the pixels.
    pub sam: f64,
    /// Relative dimensionless global error in synthesis (Wald 2000).
    pub ergas: f64,
    /// Universal image quality index in blocks of 8 x 8 pixels, mean over the bands (Wang and Bovik
    /// 2002); `None` where no block is whole.
    pub uiq: Option<f64>,
    /// RMSE of each band.
    pub rmse_bands: Vec<f64>,
    /// SRE of each band.
    pub sre_bands: Vec<f64>,
}

/// Compares `predictions` with `targets`, band by band, over the pixels that are not `skipped`.
/// `ratio` is the fine pixel size over the coarse one (1/2 for 20 m -> 10 m), as ERGAS wants it.
/// What cannot be scored is an error that says why: no number is made up for it.
pub fn scores(
    targets: &[Array2<f32>],
    predictions: &[Array2<f32>],
    skipped: &Array2<bool>,
    ratio: f64,
) -> Result<Scores, String> {
    let counted = || {
        skipped
            .indexed_iter()
            .filter(|(_, skip)| !**skip)
            .map(|(p, _)| p)
    };
    let n = counted().count() as f64;
    if n == 0.0 || targets.is_empty() {
        return Err("no pixel is left that could be scored".into());
    }
    let lost = |bands: &[Array2<f32>]| {
        bands
            .iter()
            .map(|b| counted().filter(|p| !b[*p].is_finite()).count())
            .sum::<usize>()
    };
    if let Some((what, lost)) = [("band", lost(targets)), ("result", lost(predictions))]
        .into_iter()
        .find(|(_, lost)| *lost > 0)
    {
        return Err(format!(
            "the {what} to be scored holds {lost} values that are not numbers"
        ));
    }
    let per_band = |f: &dyn Fn(f64, f64) -> f64| -> Vec<f64> {
        let one = |(t, y): (&Array2<f32>, &Array2<f32>)| {
            counted()
                .map(|p| f(f64::from(t[p]), f64::from(y[p])))
                .sum::<f64>()
                / n
        };
        targets.iter().zip(predictions).map(one).collect()
    };
    let mse = per_band(&|t, y| (t - y) * (t - y));
    let mean = per_band(&|t, _| t);
    if mean.contains(&0.0) {
        return Err(
            "a band is 0 on average where it could be scored, and errors are measured \
             against its level"
                .into(),
        );
    }
    // The floor stands for no error at all.
    let sre_bands: Vec<f64> = mse
        .iter()
        .zip(&mean)
        .map(|(e, m)| 10.0 * (m * m / e.max(1e-12)).log10())
        .collect();
    let rmse_bands: Vec<f64> = mse.iter().map(|e| e.sqrt()).collect();
    let relative = mse
        .iter()
        .zip(&mean)
        .map(|(e, m)| e / (m * m))
        .collect::<Vec<_>>();
    let angle = |p: (usize, usize)| {
        let (mut dot, mut tt, mut yy) = (0.0, 0.0, 0.0);
        for (t, y) in targets.iter().zip(predictions) {
            let (t, y) = (f64::from(t[p]), f64::from(y[p]));
            (dot, tt, yy) = (dot + t * y, tt + t * t, yy + y * y);
        }
        (dot / (tt * yy).sqrt().max(1e-9))
            .clamp(-1.0, 1.0)
            .acos()
            .to_degrees()
    };
    let uiq: Option<Vec<f64>> = targets
        .iter()
        .zip(predictions)
        .map(|(t, y)| quality_index(t, y, skipped))
        .collect();
    Ok(Scores {
        rmse: average(&rmse_bands),
        sre: average(&sre_bands),
        sam: counted().map(angle).sum::<f64>() / n,
        ergas: 100.0 * ratio * average(&relative).sqrt(),
        uiq: uiq.map(|bands| average(&bands)),
        rmse_bands,
        sre_bands,
    })
}

fn average(v: &[f64]) -> f64 {
    v.iter().sum::<f64>() / v.len() as f64
}

/// Mean of the universal image quality index over the blocks in which nothing is skipped and
/// anything is to be seen.
fn quality_index(t: &Array2<f32>, y: &Array2<f32>, skipped: &Array2<bool>) -> Option<f64> {
    let whole = Rect::new(0, 0, t.ncols() as i64, t.nrows() as i64);
    let index = |r: Rect| {
        let cut = s![r.y as usize..r.y1() as usize, r.x as usize..r.x1() as usize];
        if r.w < 8 || r.h < 8 || skipped.slice(cut).iter().any(|&b| b) {
            return None;
        }
        let n = 64.0;
        let (mut st, mut sy, mut tt, mut yy, mut ty) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (&t, &y) in t.slice(cut).iter().zip(y.slice(cut)) {
            let (t, y) = (f64::from(t), f64::from(y));
            (st, sy, tt, yy, ty) = (st + t, sy + y, tt + t * t, yy + y * y, ty + t * y);
        }
        let (mt, my) = (st / n, sy / n);
        let (vt, vy, cov) = (tt / n - mt * mt, yy / n - my * my, ty / n - mt * my);
        let below = (vt + vy) * (mt * mt + my * my);
        (below > 1e-9).then(|| 4.0 * cov * mt * my / below)
    };
    let blocks: Vec<f64> = tiles(whole, 8).filter_map(index).collect();
    (!blocks.is_empty()).then(|| average(&blocks))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::raster::fill::fill_invalid;
    use crate::raster::resample::{bicubic, degrade};

    /// Bands of numbers, `null` where there is none.
    fn bands(v: &Value) -> Vec<Array2<f32>> {
        let rows = |b: &Value| {
            b.as_array()
                .unwrap()
                .iter()
                .map(|r| r.as_array().unwrap().clone())
                .collect::<Vec<_>>()
        };
        let band = |b: &Value| {
            let rows = rows(b);
            Array2::from_shape_fn((rows.len(), rows[0].len()), |(r, c)| {
                rows[r][c].as_f64().map_or(f32::NAN, |v| v as f32)
            })
        };
        v.as_array().unwrap().iter().map(band).collect()
    }

    fn close(a: &[Array2<f32>], b: &[Array2<f32>]) -> bool {
        a.len() == b.len()
            && a.iter().zip(b).all(|(a, b)| {
                a.dim() == b.dim()
                    && a.iter()
                        .zip(b)
                        .all(|(a, b)| (a - b).abs() <= 1e-3 * b.abs().max(1.0))
            })
    }

    /// The same numbers hold for the Python side (training/tests/test_metrics.py); how they were
    /// made: tests/data/make_metrics.py.
    #[test]
    fn the_golden_values() {
        let golden: Value =
            serde_json::from_str(include_str!("../../tests/data/golden.json")).unwrap();
        for case in golden["cases"].as_array().unwrap() {
            let factor = case["factor"].as_u64().unwrap() as usize;
            let targets = bands(&case["target"]);
            let skipped = targets
                .iter()
                .fold(Array2::from_elem(targets[0].dim(), false), |m, t| {
                    m | t.mapv(f32::is_nan)
                });
            let filled = targets.iter().map(|t| {
                let mut t = t.clone();
                fill_invalid(&mut t, &skipped, i64::MAX).unwrap();
                t
            });
            let low: Vec<_> = filled.map(|t| degrade(&t, factor).unwrap()).collect();
            assert!(close(&low, &bands(&case["degraded"])), "{factor}");
            let high: Vec<_> = low.iter().map(|b| bicubic(b, factor).unwrap()).collect();
            let got = serde_json::to_value(
                scores(&targets, &high, &skipped, 1.0 / factor as f64).unwrap(),
            )
            .unwrap();
            for (key, wanted) in case["scores"].as_object().unwrap() {
                let list = |v: &Value| v.as_array().cloned().unwrap_or_else(|| vec![v.clone()]);
                for (a, b) in list(&got[key]).iter().zip(list(wanted)) {
                    let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
                    assert!(
                        (a - b).abs() <= 1e-3 * b.abs(),
                        "{key} with {factor}: {a}, golden is {b}"
                    );
                }
            }
        }
    }

    fn texture(n: usize) -> Array2<f32> {
        Array2::from_shape_fn((n, n), |(r, c)| 1000.0 + ((r * 7 + c * 3) % 11) as f32)
    }

    #[test]
    fn skipped_pixels_do_not_count_whatever_they_hold() {
        let t = texture(16);
        let mut skipped = Array2::from_elem((16, 16), false);
        skipped[(3, 3)] = true;
        let clean = scores(
            std::slice::from_ref(&t),
            &[t.mapv(|v| v + 10.0)],
            &skipped,
            0.5,
        )
        .unwrap();
        assert!((clean.rmse - 10.0).abs() < 1e-3);
        for value in [f32::NAN, f32::INFINITY, 9e9] {
            let (mut a, mut b) = (t.clone(), t.mapv(|v| v + 10.0));
            (a[(3, 3)], b[(3, 3)]) = (value, value);
            let got = scores(&[a], &[b], &skipped, 0.5).unwrap();
            assert_eq!(
                serde_json::to_value(&got).unwrap(),
                serde_json::to_value(&clean).unwrap()
            );
        }
    }

    #[test]
    fn what_cannot_be_scored_is_an_error_and_no_number() {
        let (t, all) = (texture(16), Array2::from_elem((16, 16), true));
        let none = Array2::from_elem((16, 16), false);
        let one = |t: &Array2<f32>, y: &Array2<f32>, skipped: &Array2<bool>| {
            scores(
                std::slice::from_ref(t),
                std::slice::from_ref(y),
                skipped,
                0.5,
            )
        };
        assert!(one(&t, &t, &all).unwrap_err().contains("no pixel"));
        for value in [f32::NAN, f32::NEG_INFINITY] {
            let mut bad = t.clone();
            bad[(8, 8)] = value;
            assert!(
                one(&t, &bad, &none)
                    .unwrap_err()
                    .contains("the result to be scored holds 1 ")
            );
            assert!(
                one(&bad, &t, &none)
                    .unwrap_err()
                    .contains("the band to be scored holds 1 ")
            );
        }
        assert!(
            one(&Array2::zeros((16, 16)), &t, &none)
                .unwrap_err()
                .contains("0 on average")
        );
        // A block that is not whole has no quality index; the other scores stand.
        for part in [s![..7, ..], s![.., ..7]] {
            let t = texture(8).slice(part).to_owned();
            let none = Array2::from_elem(t.dim(), false);
            let small = one(&t, &t, &none).unwrap();
            assert!(small.uiq.is_none() && small.sre > 100.0);
        }
    }
}
