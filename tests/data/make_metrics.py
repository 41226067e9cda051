#!/usr/bin/env python3
"""Makes the cases of golden.json: small bands, what Wald's degradation makes of them, and the
scores of bicubic interpolation.

The golden values that the engine (src/raster/metrics.rs) and the training side
(training/tests/test_metrics.py) are both held against. Nothing of either is used: SciPy filters,
and the scores are written down as the papers have them. Needs numpy and scipy: python3
tests/data/make_metrics.py
"""

import json
from pathlib import Path

import numpy as np
from scipy.ndimage import correlate1d, gaussian_filter, generic_filter


def filled(band):
    """Each NaN becomes the mean of its neighbours that are numbers, ring after ring."""
    band = band.copy()
    while np.isnan(band).any():
        means = generic_filter(
            band,
            lambda v: np.nanmean(v) if np.isfinite(v).any() else np.nan,
            size=3,
            mode="constant",
            cval=np.nan,
        )
        band = np.where(np.isnan(band), means, band)
    return band


def degraded(band, factor):
    h, w = band.shape
    return (
        gaussian_filter(band, 1 / factor)
        .reshape(h // factor, factor, w // factor, factor)
        .mean((1, 3))
    )


def cubic(band, factor):
    """Zeros between the pixels, then Keys' kernel at each phase, edges repeated: (h, w) -> (fh,
    fw)."""

    def keys(t):
        t = abs(t)
        return (
            (1.5 * t - 2.5) * t * t + 1
            if t < 1
            else ((-0.5 * t + 2.5) * t - 4) * t + 2
            if t < 2
            else 0.0
        )

    for axis in (0, 1):
        phases = []
        for phase in range(factor):
            at = (phase + 0.5) / factor - 0.5
            phases.append(
                correlate1d(band, [keys(at - k) for k in range(-2, 3)], axis, mode="nearest")
            )
        band = np.stack(phases, axis + 1).reshape(
            [n * factor if i == axis else n for i, n in enumerate(band.shape)]
        )
    return band


def quality_index(t, y):
    """Wang and Bovik 2002, in the blocks of 8 x 8 without a gap."""
    values = []
    for r in range(0, t.shape[0] - 7, 8):
        for c in range(0, t.shape[1] - 7, 8):
            a, b = t[r : r + 8, c : c + 8].ravel(), y[r : r + 8, c : c + 8].ravel()
            if np.isfinite(a).all():
                cov = np.cov(a, b, bias=True)
                values.append(
                    4
                    * cov[0, 1]
                    * a.mean()
                    * b.mean()
                    / (cov[0, 0] + cov[1, 1])
                    / (a.mean() ** 2 + b.mean() ** 2)
                )
    return np.mean(values)


def scores(target, result, ratio):
    """NaN in the target: not counted."""
    counted = np.isfinite(target).all(0)
    t, y = target[:, counted], result[:, counted]
    mse, mean = ((y - t) ** 2).mean(1), t.mean(1)
    cosine = (t * y).sum(0) / np.linalg.norm(t, axis=0) / np.linalg.norm(y, axis=0)
    sre, rmse = 10 * np.log10(mean**2 / mse), np.sqrt(mse)
    return {
        "rmse": rmse.mean(),
        "sre": sre.mean(),
        "sam": np.degrees(np.arccos(cosine)).mean(),
        "ergas": 100 * ratio * np.sqrt((mse / mean**2).mean()),
        "uiq": np.mean(
            [quality_index(a, b) for a, b in zip(np.where(counted, target, np.nan), result)]
        ),
        "rmse_bands": rmse.tolist(),
        "sre_bands": sre.tolist(),
    }


def case(factor, gaps, rng):
    n = 24
    y, x = np.mgrid[:n, :n]
    ground = [
        1500 + 400 * np.sin(x / 5 + k) * np.cos(y / 4) + 600 * ((x // 9 + y // 7 + k) % 2)
        for k in range(2)
    ]
    target = np.rint(np.stack(ground) + rng.normal(0, 30, (2, n, n)))
    for band, rows, cols in gaps:
        target[band, rows, cols] = np.nan
    # What is missing in one band counts in none.
    missing = np.isnan(target).any(0)
    low = np.stack([degraded(filled(np.where(missing, np.nan, band)), factor) for band in target])
    high = np.stack([cubic(band, factor) for band in low])
    numbers = {"target": target, "degraded": low.round(3)}
    lists = {
        k: [[[None if np.isnan(v) else v for v in row] for row in band] for band in a.tolist()]
        for k, a in numbers.items()
    }
    return {
        "factor": factor,
        **lists,
        "scores": {k: np.round(v, 6).tolist() for k, v in scores(target, high, 1 / factor).items()},
    }


def main():
    rng = np.random.default_rng(1)
    gaps = [(0, slice(0, 7), slice(0, 5)), (1, 15, 10), (1, slice(19, 21), slice(22, 24))]
    cases = [case(2, [], rng), case(2, gaps, rng), case(6, gaps, rng)]
    file = Path(__file__).with_name("golden.json")
    kept = json.loads(file.read_text())  # what networks give is there, too
    kept["cases"] = cases
    file.write_text(json.dumps(kept, separators=(",", ":")) + "\n")


main()
