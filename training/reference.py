"""The definitions in plain numpy that everything else is held against: bicubic interpolation and
the scores."""

import numpy as np


def cubic_up(x, s):
    """Bicubic (a = -0.5), half-pixel centres, edges repeated: (H, W) -> (sH, sW)."""

    def along(a):
        n = a.shape[0]
        position = (np.arange(n * s) + 0.5) / s - 0.5
        first = np.floor(position).astype(int)
        out = 0
        for k in range(-1, 3):
            t = np.abs(position - (first + k))
            w = np.where(t < 1, 1.5 * t**3 - 2.5 * t**2 + 1, -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2)
            out = out + w[:, None] * a[np.clip(first + k, 0, n - 1)]
        return out

    return along(along(x.astype(np.float64)).T).T


def scores(target, result, counted=None):
    """(C, H, W) in DN -> per band: SRE in dB, RMSE, mean error. SRE is 10 log10(mean(target)^2 /
    MSE).

    `counted` (H, W) says which pixels count; among them every value has to be a number.
    """
    target, result = (a.reshape(len(a), -1).astype(np.float64) for a in (target, result))
    if counted is not None:
        target, result = target[:, counted.ravel()], result[:, counted.ravel()]
    if target.size == 0:
        raise ValueError("no pixel is left that could be scored")
    if not (np.isfinite(target).all() and np.isfinite(result).all()):
        raise ValueError("what is to be scored holds values that are not numbers")
    error = result - target
    mse, mean = (error**2).mean(1), target.mean(1)
    return {
        "sre": 10 * np.log10(mean**2 / mse),
        "rmse": np.sqrt(mse),
        "bias": error.mean(1),
        "mean": mean,
    }
