"""Scores by Wald's protocol: degrade a scene, bring it back, compare. The same crop, rounding and border as a product."""
import numpy as np

from .reference import cubic_up, scores
from .scenes import RATIO, degrade, read

BORDER = 4


def wald_pair(scene, gsds, factor):
    """(inputs, target) of the scene, cropped so that every grid nests after degrading; inputs rounded to whole DN."""
    ratio = {g: RATIO[g] // RATIO[max(scene)] for g in scene}
    if len(gsds) == 1:
        scene, ratio = {10: scene[10]}, {10: 1}
    n = [d // factor * factor for d in scene[max(scene)].shape[1:]]
    cut = {g: scene[g][:, : n[0] * ratio[g], : n[1] * ratio[g]] for g in gsds}
    return [np.clip(np.rint(degrade(cut[g], factor)), 1, 65535) for g in gsds], cut[gsds[-1]]


def score_scene(model, path, gsds, factor):
    """{"model": scores, "bicubic": scores, "closure": RMS of re-aggregation in DN per band}."""
    inputs, target = wald_pair(read(path), gsds, factor)
    result = np.clip(np.rint(model(inputs)), 1, 65535)
    bicubic = np.stack([cubic_up(c, factor) for c in inputs[-1]])
    e = slice(BORDER, -BORDER)
    closure = np.sqrt(((degrade(result, factor) - inputs[-1])[:, 1:-1, 1:-1] ** 2).mean((1, 2)))
    return {
        "model": scores(target[:, e, e], result[:, e, e]),
        "bicubic": scores(target[:, e, e], bicubic[:, e, e]),
        "closure": closure,
    }
