"""How much a network of 60 m bands gains from the regression with knowledge from other scenes
(`mixtures`) where it has not been.

  python -m training.shares SCENES CONFIG WEIGHTS=SCENE,SCENE WEIGHTS=SCENE,SCENE

Each WEIGHTS is of a training without the scenes behind it. On these, for each band, the network's
result and that of the regression (its mixtures fitted to the other scenes) are averaged such that
the errors are least; the share of the regression that is found with one network is tried with the
other, on the other's scenes. Prints SRE in dB of B1 and B9.
"""

import argparse
from functools import partial

import numpy as np
import torch

from . import networks
from .__main__ import load_config, load_weights
from .mixtures import DIVISOR, Scenes, around, injected, scaled
from .resample import upsample
from .scenes import FLOOR

BANDS = (0, 1)


def regression(mixtures, c):
    """The detail that gains of both levels' `mixtures` of each band bring, and the local
    regression of what they leave."""
    return injected(c, [around(c, b, scaled(c, b, mixtures[b], 9, 0.05), 5, 0.2) for b in BANDS])


def details(net, mixtures, c):
    """What the network and the regression add to bicubic interpolation."""
    with torch.no_grad():
        return net(*c.bands) - upsample(c.coarse, c.factor), regression(mixtures, c)


def shares(found):
    """(bands,): how much of the regression brings the least error. `found`: for each scene its area
    and, for each case, the case, the network's detail and the regression's."""
    above, below = np.zeros(len(BANDS)), np.zeros(len(BANDS))
    for area, cases in found:
        for c, y, r in cases:
            y, more = c.counted(y), c.counted(r) - c.counted(y)
            for b in BANDS:
                left = c.left(b)
                weight = (
                    area**0.6
                    / (left.square().mean() + (FLOOR / DIVISOR) ** 2)
                    / len(left)
                    / len(cases)
                )
                above[b] += weight * (more[b] @ (left - y[b]))
                below[b] += weight * more[b].square().sum()
    return above / below


def averaged(y, r, part):
    part = torch.tensor(part, dtype=y.dtype)[None, :, None, None]
    return (1 - part) * y + part * r


def main():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("scenes", help="folder of scenes")
    p.add_argument("config", help="of both networks")
    p.add_argument(
        "fold",
        nargs=2,
        metavar="WEIGHTS=SCENE,SCENE",
        help="weights, and the scenes that they have not seen",
    )
    o = p.parse_args()
    torch.set_num_threads(1)
    config, all_ = load_config(o.config), Scenes(o.scenes)
    folds = []
    for fold in o.fold:
        path, names = fold.split("=", 1)
        unseen = [n for n in all_.scenes if n in names.split(",")]
        net = networks.build(config)
        net.load_state_dict(load_weights(config, path))
        levels = [
            [n for n in all_.scenes if all_.level[n] == level and n not in unseen]
            for level in ("L1C", "L2A")
        ]
        mixtures = [torch.stack([all_.fitted(seen, b) for seen in levels]) for b in BANDS]
        folds.append({n: [(c, *details(net, mixtures, c)) for c in all_.cases[n]] for n in unseen})
    for mine, other in (folds, folds[::-1]):
        found = shares([(all_.scenes[n][10][0].size, cases) for n, cases in other.items()])
        print("shares from the other's scenes:", *(f"{s:.2f}" for s in found), flush=True)
        for n in (n for n in mine if n in all_.large):
            ways = [lambda y, r: y, lambda y, r: r, partial(averaged, part=found)]
            rows = [np.mean([c.scored(way(y, r)) for c, y, r in mine[n]], 0) for way in ways]
            print(f"{n:24s}", *("/".join(f"{v:.2f}" for v in row) for row in rows), flush=True)


if __name__ == "__main__":
    main()
