"""What a network of 60 m bands gains by what other scenes tell (`prior`) where it has not been.

  python -m training.shares SCENES WEIGHTS=SCENE,SCENE …

Each WEIGHTS is of a training of fast-s6x without the scenes behind it, and the mixtures are fitted
without them, too. Prints, for each of these scenes that is not tiny, SRE in dB of B1 and B9
without the prior and what it adds; of the tiny ones the mean and the worst.
"""

import argparse

import numpy as np
import torch

from . import networks
from .__main__ import load_config, load_weights
from .mixtures import Scenes, fit
from .resample import upsample


def details(net, c):
    """What the network adds to bicubic interpolation."""
    with torch.no_grad():
        return net(*c.bands) - upsample(c.coarse, c.factor)


def gained(net, weights, cases):
    """SRE of the bands without the prior, and how much more it is with it."""
    without = {k: torch.zeros_like(v) if k == "prior.mixtures" else v for k, v in weights.items()}
    sre = []
    for state in (without, weights):
        net.load_state_dict(state, strict=False)  # the doubt does not matter
        sre.append(np.mean([c.scored(details(net, c)) for c in cases], 0))
    return sre[0], sre[1] - sre[0]


def main():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("scenes", help="folder of scenes")
    p.add_argument(
        "fold",
        nargs="+",
        metavar="WEIGHTS=SCENE,SCENE",
        help="weights, and the scenes that they have not seen",
    )
    o = p.parse_args()
    torch.set_num_threads(1)
    config, all_, tiny = load_config("fast-s6x"), Scenes(o.scenes), []
    net = networks.build(config).eval()
    for fold in o.fold:
        path, names = fold.split("=", 1)
        unseen = [n for n in all_.scenes if n in names.split(",")]
        weights = fit(all_, unseen, load_weights(config, path))
        for n in unseen:
            before, more = gained(net, weights, all_.cases[n])
            if n in all_.large:
                row = (f"{b:6.2f} {m:+.2f}" for b, m in zip(before, more))
                print(f"{n:24s}", *row, f" mean {more.mean():+.2f}", flush=True)
            else:
                tiny.append([*more, more.mean()])
    for what, v in zip(("B1", "B9", "mean"), np.transpose(tiny)):
        print(
            f"{len(v)} tiny, {what:4s} {v.mean():+.3f}, worst {v.min():+.2f}, {(v < -0.1).sum()}"
            " below -0.1"
        )


if __name__ == "__main__":
    main()
