"""What a network of 60 m bands gains from a regression with knowledge from other scenes
(`mixtures`) where it has not been.

  python -m training.shares SCENES CONFIG WEIGHTS=SCENE,SCENE …

Each WEIGHTS is of a training without the scenes behind it, and the mixtures are fitted without
them, too. The network's result and that of the regression are averaged, with a fixed share of the
regression for B9, or with shares that differ from pixel to pixel (`shares`). Prints, for each of
these scenes that is not tiny, SRE in dB of B1 and B9 of the network alone and what either brings;
of the tiny ones the mean, the least, and how many lose more than 0.1 dB.
"""

import argparse

import numpy as np
import torch
import torch.nn.functional as F

from . import networks
from .__main__ import load_config, load_weights
from .mixtures import NOISE, Scenes, around, averaged, detail, injected, scaled
from .resample import upsample, upsample_linear

BANDS, WINDOW, RIDGE = (0, 1), networks.FastS6x.regression.window, 0.05
QUARTER = torch.tensor([0, 0.25])[None, :, None, None]
# Chosen on the scenes that fast-s6x's two folds have not seen.
TRUST, HAZE, STEEP = 25.0, 0.4, 6


def regressions(mixtures, c):
    """The detail that the local regression brings, and the one that begins with gains of both
    levels' `mixtures` of each band."""
    zero = torch.zeros(mixtures[0].shape[1])
    plain = [around(c, b, zero, WINDOW, RIDGE) for b in BANDS]
    known = [around(c, b, scaled(c, b, mixtures[b], WINDOW, RIDGE), WINDOW, RIDGE) for b in BANDS]
    return injected(c, plain), injected(c, known)


def shares(c, plain, known):
    """How much of the regression with knowledge is to be taken, on the degraded grid.

    It falls with how far the two regressions are apart there, against the variance of the band's
    detail. B1 is left to the network but where it has far less detail than B2, as haze makes it in
    L1C: there other scenes know it better.
    """
    variance, guide = (
        averaged(detail(x).square(), WINDOW) + NOISE for x in (c.coarse, c.low[:, :1])
    )
    apart = F.avg_pool2d((known - plain).square(), c.factor)
    clear = (variance[:, :1] / guide / HAZE) ** STEEP
    against = TRUST * apart / variance + torch.cat([clear, torch.zeros_like(clear)], 1)
    return 1 / (1 + against)


def gained(net, mixtures, c):
    """SRE of the bands: of the network alone, with the fixed share, with those from pixel to
    pixel."""
    plain, known = regressions(mixtures, c)
    with torch.no_grad():
        y = net(*c.bands) - upsample(c.coarse, c.factor)
    own = upsample_linear(shares(c, plain, known), c.factor)
    return np.stack([c.scored(y + s * (known - y)) for s in (0, QUARTER, own)])


def main():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("scenes", help="folder of scenes")
    p.add_argument("config", help="of the networks")
    p.add_argument(
        "fold",
        nargs="+",
        metavar="WEIGHTS=SCENE,SCENE",
        help="weights, and the scenes that they have not seen",
    )
    o = p.parse_args()
    torch.set_num_threads(1)
    config, all_, tiny = load_config(o.config), Scenes(o.scenes), []
    net = networks.build(config)
    for fold in o.fold:
        path, names = fold.split("=", 1)
        unseen = [n for n in all_.scenes if n in names.split(",")]
        net.load_state_dict(load_weights(config, path))
        levels = [
            [n for n in all_.scenes if all_.level[n] == level and n not in unseen]
            for level in ("L1C", "L2A")
        ]
        mixtures = [torch.stack([all_.fitted(seen, b) for seen in levels]) for b in BANDS]
        for n in unseen:
            sre = np.mean([gained(net, mixtures, c) for c in all_.cases[n]], 0)
            if n in all_.large:
                row = ["/".join(f"{v:.2f}" for v in sre[0])]
                row += ["/".join(f"{v:+.2f}" for v in more - sre[0]) for more in sre[1:]]
                print(f"{n:24s}", *(f"{r:>12s}" for r in row), flush=True)
            else:
                tiny.append(sre[1:] - sre[0])
    if tiny:
        bands = np.concatenate([tiny, np.mean(tiny, 2, keepdims=True)], 2)
        for way, what in enumerate(("a quarter for B9", "shares of pixels")):
            for band, name in enumerate(("B1", "B9", "mean")):
                v = bands[:, way, band]
                print(
                    f"{len(v)} tiny, {what}, {name:4s} {v.mean():+.3f}, least {v.min():+.2f},"
                    f" {(v < -0.1).sum()} below -0.1"
                )


if __name__ == "__main__":
    main()
