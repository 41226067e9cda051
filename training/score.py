"""Scores by Wald's protocol: degrade a scene, bring it back, compare. The same crop, rounding and
border as a product; and as in the engine, missing and saturated pixels are filled first and do not
count, nor does what they reached.
"""

import numpy as np
from scipy.ndimage import binary_dilation

from .reference import cubic_up, scores
from .scenes import RATIO, degrade, filled, reached, read

BORDER = 4
REACH = 2  # degraded pixels around one that a missing pixel went into
SATURATED = 60000  # DN without the offset


def wald_pair(scene, gsds, factor):
    """(inputs, target, counted) of the scene, cropped so that every grid nests after degrading;
    inputs rounded to whole DN."""
    ratio = {g: RATIO[g] // RATIO[max(scene)] for g in scene}
    if len(gsds) == 1:
        scene, ratio = {10: scene[10]}, {10: 1}
    n = [d // factor * factor for d in scene[max(scene)].shape[1:]]
    cut = {g: scene[g][:, : n[0] * ratio[g], : n[1] * ratio[g]] for g in gsds}
    invalid = {g: (a == 0) | (a >= SATURATED) for g, a in cut.items()}
    whole = {g: np.stack([filled(*pair) for pair in zip(cut[g], invalid[g])]) for g in gsds}
    inputs = [np.clip(np.rint(degrade(whole[g], factor)), 1, 65535) for g in gsds]
    return inputs, cut[gsds[-1]], counted(list(invalid.values()), factor)


def counted(invalid, factor):
    """The pixels of the target, whose mask comes last, that count: inside the border, out of
    reach of all that is invalid."""
    rows, cols = (n // factor for n in invalid[-1].shape[1:])
    lost = np.zeros((rows, cols), bool)
    for mask in invalid:
        low = reached(mask.any(0), factor)
        k = len(low) // rows
        lost |= low.reshape(rows, k, cols, k).any((1, 3))
    if lost.any():
        lost = binary_dilation(lost, np.ones((3, 3)), REACH)
    inside = np.zeros(invalid[-1].shape[1:], bool)
    inside[BORDER:-BORDER, BORDER:-BORDER] = True
    return inside & ~np.repeat(np.repeat(lost, factor, 0), factor, 1)


def closure(result, low, counts, factor):
    """How far the result, degraded again, is from its input: root mean square of each band, in
    DN."""
    c, h, w = low.shape
    whole = counts.reshape(h, factor, w, factor).all((1, 3))
    return np.sqrt(((degrade(result, factor) - low)[:, whole] ** 2).mean(1))


def score_scene(model, path, gsds, factor):
    """{"model": scores, "bicubic": scores, "closure": RMS of re-aggregation in DN per band}."""
    inputs, target, counts = wald_pair(read(path), gsds, factor)
    result = np.clip(np.rint(model(inputs)), 1, 65535)
    bicubic = np.stack([cubic_up(c, factor) for c in inputs[-1]])
    return {
        "model": scores(target, result, counts),
        "bicubic": scores(target, bicubic, counts),
        "closure": closure(result, inputs[-1], counts, factor),
    }
