"""Scores on ground that was left out of a training: whole scenes, or the last fifth of their
columns."""

from pathlib import Path

import numpy as np

from .ground import left_part
from .infer import torch_model
from .scenes import read
from .score import scores, wald_pair

STRIPS = {
    n: 0.8
    for n in (
        "virginia",
        "thailand_west",
        "australia",
        "coastal_a",
        "toulouse_20180708",
        "punjab_L1C_20200604",
        "punjab_L2A_20200813",
    )
}
PLACES = {
    n: 0
    for n in (
        "australia",
        "coastal_a",
        "thailand_west",
        "punjab_L1C_20200604",
        "punjab_L2A_20200604",
        "punjab_L2A_20200813",
        "ben_03",
        "ben_26",
        "ben_34",
        "ben_48",
        "ben_57",
    )
}
KEPT = {"strips": STRIPS, "places": PLACES, "none": {}}


def held_out(folder, kept, gsds):
    """(name, scene) of each part that is not trained on and has all bands."""
    for name, part in kept.items():
        path = Path(folder) / f"{name}.npz"
        scene = read(path) if path.exists() else {}
        if all(g in scene for g in gsds):
            yield name, left_part({g: scene[g] for g in gsds}, part, right=True)


def score(net, config, folder, kept, device):
    """{name: mean SRE in dB}, with back-projection, as a user meets it."""
    model = torch_model(net, config["divisor"], 2, device)
    out = {}
    for name, scene in held_out(folder, kept, gsds_of(net)):
        inputs, target, counts = wald_pair(scene, gsds_of(net), net.factor)
        if not counts.any():
            continue
        result = np.clip(np.rint(model(inputs)), 1, 65535)
        out[name] = round(float(scores(target, result, counts)["sre"].mean()), 3)
    out["mean"] = round(float(np.mean(list(out.values()))), 3)
    return out


def gsds_of(net):
    from .networks import gsd_in

    return gsd_in(net)
