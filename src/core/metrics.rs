//! The scores that super-resolution of Sentinel-2 is compared by.

use ndarray::{Array2, s};
use serde::Serialize;

use super::grid::Rect;
use super::tiling::tiles;

/// Scores of a set of bands against their targets, in DN without the offset.
#[derive(Clone, Debug, Serialize)]
pub struct Scores {
    /// Root mean square error in DN, mean over the bands.
    pub rmse: f64,
    /// Signal to reconstruction error in dB, 10 log10(mean(target)^2 / MSE), mean over the bands (Lanaras et al. 2018, eq. 9).
    pub sre: f64,
    /// Spectral angle in degrees, mean over the pixels.
    pub sam: f64,
    /// Relative dimensionless global error in synthesis (Wald 2000).
    pub ergas: f64,
    /// Universal image quality index in blocks of 8 x 8 pixels, mean over the bands (Wang and Bovik 2002).
    pub uiq: f64,
    /// RMSE of each band.
    pub rmse_bands: Vec<f64>,
    /// SRE of each band.
    pub sre_bands: Vec<f64>,
}

/// Compares `predictions` with `targets`, band by band, over the pixels that are not `invalid`. `ratio` is the fine
/// pixel size over the coarse one (1/2 for 20 m -> 10 m), as ERGAS wants it.
pub fn scores(targets: &[Array2<f32>], predictions: &[Array2<f32>], invalid: &Array2<bool>, ratio: f64) -> Scores {
    let valid = || invalid.indexed_iter().filter(|(_, bad)| !**bad).map(|(p, _)| p);
    let n = valid().count().max(1) as f64;
    let per_band = |f: &dyn Fn(f64, f64) -> f64| -> Vec<f64> {
        let one = |(t, y): (&Array2<f32>, &Array2<f32>)| valid().map(|p| f(f64::from(t[p]), f64::from(y[p]))).sum::<f64>() / n;
        targets.iter().zip(predictions).map(one).collect()
    };
    let mse = per_band(&|t, y| (t - y) * (t - y));
    let mean = per_band(&|t, _| t);
    let sre_bands: Vec<f64> = mse.iter().zip(&mean).map(|(e, m)| 10.0 * (m * m / e.max(1e-12)).log10()).collect();
    let rmse_bands: Vec<f64> = mse.iter().map(|e| e.sqrt()).collect();
    let relative = mse.iter().zip(&mean).map(|(e, m)| e / (m * m)).collect::<Vec<_>>();
    let angle = |p: (usize, usize)| {
        let (mut dot, mut tt, mut yy) = (0.0, 0.0, 0.0);
        for (t, y) in targets.iter().zip(predictions) {
            let (t, y) = (f64::from(t[p]), f64::from(y[p]));
            (dot, tt, yy) = (dot + t * y, tt + t * t, yy + y * y);
        }
        (dot / (tt * yy).sqrt().max(1e-9)).clamp(-1.0, 1.0).acos().to_degrees()
    };
    let uiq: Vec<f64> = targets.iter().zip(predictions).map(|(t, y)| quality_index(t, y, invalid)).collect();
    Scores {
        rmse: average(&rmse_bands),
        sre: average(&sre_bands),
        sam: valid().map(angle).sum::<f64>() / n,
        ergas: 100.0 * ratio * average(&relative).sqrt(),
        uiq: average(&uiq),
        rmse_bands,
        sre_bands,
    }
}

fn average(v: &[f64]) -> f64 {
    v.iter().sum::<f64>() / v.len().max(1) as f64
}

/// Mean of the universal image quality index over the blocks without invalid pixels.
fn quality_index(t: &Array2<f32>, y: &Array2<f32>, invalid: &Array2<bool>) -> f64 {
    let whole = Rect::new(0, 0, t.ncols() as i64, t.nrows() as i64);
    let index = |r: Rect| {
        let cut = s![r.y as usize..r.y1() as usize, r.x as usize..r.x1() as usize];
        if r.w < 8 || r.h < 8 || invalid.slice(cut).iter().any(|&b| b) {
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
    average(&tiles(whole, 8).filter_map(index).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_errors_give_known_scores() {
        let t = Array2::from_shape_fn((16, 16), |(r, c)| 1000.0 + ((r * 7 + c * 3) % 11) as f32);
        let good = Array2::from_elem((16, 16), false);
        let off = t.mapv(|v| v + 10.0);
        let s = scores(std::slice::from_ref(&t), &[off], &good, 0.5);
        assert!((s.rmse - 10.0).abs() < 1e-3);
        let mean = f64::from(t.mean().unwrap());
        assert!((s.sre - 10.0 * (mean * mean / 100.0).log10()).abs() < 1e-3);
        assert!((s.ergas - 50.0 * 10.0 / mean).abs() < 1e-4);
        let same = scores(&[t.clone(), t.clone()], &[t.clone(), t.clone()], &good, 0.5);
        assert!(same.sam < 1e-3 && (same.uiq - 1.0).abs() < 1e-6 && same.rmse == 0.0);
    }

    #[test]
    fn invalid_pixels_do_not_count() {
        let t = Array2::from_elem((8, 8), 100.0);
        let mut y = t.clone();
        let mut bad = Array2::from_elem((8, 8), false);
        y[(3, 3)] = 9e9;
        bad[(3, 3)] = true;
        assert_eq!(scores(&[t], &[y], &bad, 0.5).rmse, 0.0);
    }
}
