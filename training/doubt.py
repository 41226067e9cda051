"""The expected error of a trained network's result (blocks.Doubt), learnt while the network stays
as it is.

Pixels of degraded scenes are drawn, and the quantile is found below which QUANTILE of the errors
there lie, by quantile regression (Koenker and Bassett 1978) of the logarithm of their sizes in
local units. Then each band gets a factor that holds on scenes from which neither the network nor
the doubt learnt.
"""

import numpy as np
import torch
import torch.nn.functional as F

from . import networks
from .holdout import KEPT, held_out
from .resample import back_project
from .scenes import fusion_pairs, manifest, series
from .score import BORDER

# Errors have longer tails than Gaussian ones: with 68 % inside, somewhat fewer than 95 % would be
# inside twice that.
QUANTILE = 0.70
LEAST = 0.3  # DN: smaller errors count as this much, as results are rounded
PIXELS = 250_000  # that are drawn in all, on the grid of the doubt
REACH = 2  # coarse pixels around one without data that see what it is filled with


def sizes(net, config, folder, kept, seed=1):
    """What a doubt sees, the sizes of errors in local units, all that lie in one of its pixels, and
    per pixel its scene. `kept`: scenes or parts of them, as in `holdout`."""
    rng = np.random.default_rng(seed)
    gsds, count = networks.gsd_in(net), {}
    for n in kept:
        count[series(n)] = count.get(series(n), 0) + 1
    scenes = dict(held_out(folder, kept, gsds))
    weights = {n: s[10][0].size ** 0.6 / count[series(n)] ** 0.5 for n, s in scenes.items()}
    drawn = []
    for name, scene in scenes.items():
        pairs = fusion_pairs(scene, gsds, net.factor)
        pairs = [
            pairs[i] for i in rng.permutation(len(pairs))[: 4 if scene[10][0].size < 10**6 else 2]
        ]
        for pair in pairs:
            some = max(50, int(PIXELS * weights[name] / sum(weights.values()) / len(pairs)))
            drawn.append([*drawn_from(net, config["divisor"], pair, some, rng), name])
    seen, given, error = (torch.cat(x) for x in list(zip(*drawn))[:3])
    return seen, given, error, np.repeat([d[3] for d in drawn], [len(d[0]) for d in drawn])


@torch.no_grad()
def drawn_from(net, divisor, pair, some, rng):
    """Pixels of one pair: (pixels, channels) each of what is seen, what is given, and the
    errors."""
    inputs = [
        torch.from_numpy(np.nan_to_num(b[None] / divisor).astype(np.float32)) for b in pair.inputs
    ]
    y, seen, given, unit = net.with_parts(*inputs)
    target = torch.from_numpy(pair.target[None] / divisor)
    error = (back_project(y, inputs[-1], net.factor, 2) - target).abs() + LEAST / divisor
    if unit.shape[1] > y.shape[1]:
        error = F.pixel_unshuffle(error, 2)
    missing = torch.isnan(torch.from_numpy(pair.inputs[-1])).any(0)[None, None].float()
    reached = F.interpolate(F.max_pool2d(missing, 2 * REACH + 1, 1, REACH), error.shape[2:])[0, 0]
    ok = torch.zeros(error.shape[2:], dtype=torch.bool)
    edge = BORDER * error.shape[2] // y.shape[2]
    ok[edge:-edge, edge:-edge] = True
    ok &= (reached == 0) & torch.isfinite(error[0]).all(0)
    at = torch.nonzero(ok.reshape(-1))[:, 0].numpy()
    at = torch.from_numpy(rng.choice(at, min(some, len(at)), replace=False))
    return [x[0].flatten(1).T[at] for x in (seen, given, error / unit)]


def learn(net, seen, given, error, steps, batch=1024, rate=3e-3, seed=1):
    """Fits the network's doubt."""
    torch.manual_seed(seed)
    opt = torch.optim.AdamW(net.doubt.parameters(), lr=rate, weight_decay=1e-3)
    log = error.log()
    for step in range(steps):
        opt.param_groups[0]["lr"] = rate * (1 - step / steps)
        i = torch.randint(len(log), (batch,))
        left = by_band(net, log[i]) - doubted(net, seen[i], given[i]).log()
        loss = torch.maximum(QUANTILE * left, (QUANTILE - 1) * left).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()


def doubted(net, seen, given):
    """The doubt of pixels in a list: (pixels, bands, 1)."""
    return net.doubt(seen[:, :, None, None], given[:, :, None, None])[:, :, 0]


def by_band(net, error):
    """Errors as `sizes` gives them: (pixels, bands, pixels of the target in one of the
    doubt's)."""
    return error.unflatten(1, (len(networks.BANDS[net.target]), -1))


@torch.no_grad()
def ratios(net, seen, given, error):
    """Errors as multiples of what was expected, as `by_band`."""
    return by_band(net, error) / doubted(net, seen, given)


def weighed(names):
    """Weights that let each scene count as much as its pixels to the power 0.6."""
    scenes, of, count = np.unique(names, return_inverse=True, return_counts=True)
    return torch.from_numpy((count**-0.4)[of]).float()


@torch.no_grad()
def calibrate(net, ratio, names):
    """Multiplies each band's doubt by a factor so that QUANTILE of these errors are inside."""
    bands = ratio.shape[1]
    share = weighed(names)[:, None].expand(-1, ratio.shape[2]).flatten()
    factors = []
    for b in range(bands):
        r, order = ratio[:, b].flatten().sort()
        mass = share[order].cumsum(0)
        factors.append(float(r[torch.searchsorted(mass, QUANTILE * mass[-1])]))
    net.doubt.out.bias += torch.tensor(factors).log()
    return factors


def inside(ratio):
    """Per cent of errors inside what was expected, and inside twice that."""
    return [100 * float((ratio <= k).float().mean()) for k in (1, 2)]


def fit(config, weights, folder, learnt, calibrated, steps=4000):
    """The state with its doubt. `learnt`, `calibrated`: lists of (weights, scenes): networks,
    and what to ask them about, as in `holdout`."""
    net = networks.build(config)

    def of(sources):
        parts = []
        for state, kept in sources:
            net.load_state_dict(
                {k: v for k, v in state.items() if not k.startswith("doubt.")}, strict=False
            )
            parts.append(sizes(net.eval(), config, folder, kept))
        *tensors, names = zip(*parts)
        return [torch.cat(t) for t in tensors], np.concatenate(names)

    tensors, _ = of(learnt)
    learn(net, *tensors, steps=steps)
    tensors, names = of(calibrated)
    ratio = ratios(net, *tensors)
    factors = calibrate(net, ratio, names)
    print("factors", " ".join(f"{f:.3f}" for f in factors))
    ratio = ratio / torch.tensor(factors)[None, :, None]
    for name in dict.fromkeys(names):
        print(
            f"{name:24s} {inside(ratio[torch.from_numpy(names == name)])[0]:5.1f}"
            f" {inside(ratio[torch.from_numpy(names == name)])[1]:5.1f}"
        )
    print(f"{'all':24s} {inside(ratio)[0]:5.1f} {inside(ratio)[1]:5.1f}")
    doubt = {k: v.clone() for k, v in net.state_dict().items() if k.startswith("doubt.")}
    return {**weights, **doubt}


def all_scenes(folder):
    return [m["name"] for m in manifest(folder) if m.get("split", "train") == "train"]


def named(text, folder):
    """Scenes with commas between, "all", or a name in `holdout`, as in `holdout`."""
    names = all_scenes(folder) if text == "all" else text.split(",")
    return KEPT.get(text) or dict.fromkeys(names, 0)
