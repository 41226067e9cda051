"""What the regression at 60 or 20 m gives alone, back-projected and without a network, and what
knowledge from other scenes adds to it.

  python -m training.mixtures SCENES [--bands 20]
  python -m training.mixtures SCENES --fit OUT [--exclude SCENE,SCENE]

Slopes are regressed on the degraded grid (360 m, 40 m) and used on the bands' own, as Wald's
protocol has it. From other places come fixed mixtures of the finer bands, one learnt on L1C scenes
and one on L2A scenes: slopes are shrunk towards one of them instead of towards zero, or each gets a
gain around each pixel. Prints SRE in dB (at 60 m of B1 and B9, at 20 m the mean of the bands) for
each train scene with 60 m bands that is not tiny. As in fast-s6x, 20 m bands are sharpened first
where 60 m bands are regressed on them, and what the slopes bring is blurred. `--fit` writes what a
training of fast-s6x starts from: the mixtures of `prior`, fitted to all scenes but those excluded.
"""

import argparse
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import torch
import torch.nn.functional as F

from .kernels import spot
from .networks import BANDS, FastS6x, FastT2x
from .prior import LEVELS, Prior
from .reference import scores
from .resample import back_project, upsample, upsample_linear
from .scenes import FLOOR, manifest, read
from .score import wald_pair

NETWORKS, DIVISOR = {20: FastT2x, 60: FastS6x}, 2000  # by the bands that are sharpened
MARGIN = 12  # degraded pixels mirrored at the edges, as `infer` does it
# Pixels cut off first: small scenes say more in several phases.
STARTS = {20: [(0, 0), (1, 1)], 60: [(0, 0), (0, 4), (2, 2), (4, 0), (4, 4)]}
LEAST = 200  # 10 m pixels to a side of scenes that are scored
MEAN, NOISE = 3, (8 / DIVISOR) ** 2
WINDOWS = {2: 9, 6: 5}  # by the factor


@dataclass
class Case:
    """Bands in units of DIVISOR, the margin included: `low` the finer bands on the degraded grid,
    `fine` their detail on the target's, `coarse` the target degraded; without it the target in DN
    and which of its pixels count. `bands`: what a network takes.
    """

    low: torch.Tensor
    fine: torch.Tensor
    coarse: torch.Tensor
    target: np.ndarray
    counts: np.ndarray
    factor: int
    level: str
    bands: tuple = ()

    def scored(self, detail):
        """SRE of the bands where `detail` is added to what bicubic makes of them."""
        y = back_project(upsample(self.coarse, self.factor) + detail, self.coarse, self.factor, 2)
        return scores(
            self.target, np.rint(self.inner(y)[0].numpy() * DIVISOR).clip(1, 65535), self.counts
        )["sre"]

    def counted(self, x):
        """(bands, pixels): those that count."""
        return self.inner(x)[0][:, torch.from_numpy(self.counts)].double()

    def left(self, band):
        """(pixels,): what bicubic leaves of those that count."""
        target = torch.from_numpy(self.target[band][self.counts] / DIVISOR)
        return target - self.counted(upsample(self.coarse, self.factor))[band]

    def inner(self, x):
        """Without the margin, on the target's grid."""
        m = MARGIN * self.factor
        return x[:, :, m:-m, m:-m]


def case(net, scene, level, start):
    gsds, factor = net.gsd_in, net.factor
    cut = {g: scene[g][:, start[0] * net.target // g :, start[1] * net.target // g :] for g in gsds}
    inputs, target, counts = wald_pair(cut, gsds, factor)
    bands = []
    for a in inputs:
        m = MARGIN * a.shape[1] // inputs[-1].shape[1]
        a = np.pad(a / DIVISOR, ((0, 0), (m, m), (m, m)), mode="symmetric")
        bands.append(torch.from_numpy(a[None].astype(np.float32)))
    *finer, coarse = bands
    low, fine = [], []
    for gsd, b in zip(gsds, finer):
        low.append(F.avg_pool2d(b, net.target // gsd))
        b = b if gsd == 10 else FastS6x.sharpened(finer[0], b)
        fine.append(b - upsample(low[-1], factor))
    low, fine = torch.cat(low, 1), torch.cat(fine, 1)
    return Case(low, fine, coarse, target, counts, factor, level, tuple(bands))


def blurred(x, band, c, more=(1, 1)):
    """Detail that the finer bands bring to a band, as that sees it."""
    if c.factor != FastS6x.factor:
        return x
    kernel = torch.from_numpy(spot(Prior.spread[c.level], more))[band : band + 1]
    kernel = kernel.repeat(x.shape[1], 1, 1, 1)
    return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), kernel, groups=x.shape[1])


def detail(x):
    return x - averaged(x, MEAN)


def averaged(x, side):
    return F.avg_pool2d(x, side, 1, side // 2, count_include_pad=False)


def regressed(guides, target, window, ridge):
    """Slopes (guides, h, w) of one band's detail on that of the guides, each (1, bands, h, w),
    around each pixel."""
    n, size = guides.shape[1], guides.shape[2:]
    gram = averaged((guides[:, :, None] * guides[:, None]).flatten(1, 2), window)
    gram = gram.reshape(n, n, *size).permute(2, 3, 0, 1).double()
    right = averaged(guides * target, window)[0].permute(1, 2, 0).double()
    gram = gram + torch.diag_embed(ridge * gram.diagonal(dim1=2, dim2=3) + NOISE)
    return torch.linalg.solve(gram, right).float().permute(2, 0, 1)


def around(c, band, prior, window, ridge):
    """Slopes on the finer bands, shrunk towards `prior`, which is slopes too: (guides,) or
    (guides, h, w)."""
    prior = prior if prior.ndim == 3 else prior[:, None, None]
    guides = detail(c.low)
    rest = detail(c.coarse[:, band : band + 1]) - (prior * guides).sum(1, keepdim=True)
    return prior + regressed(guides, rest, window, ridge)


def scaled(c, band, mixtures, window, ridge):
    """The sum of the mixtures (k, guides), each with a gain around each pixel that is shrunk
    towards 1 / k."""
    guides, k = torch.einsum("kg,nghw->nkhw", mixtures, detail(c.low)), len(mixtures)
    rest = detail(c.coarse[:, band : band + 1]) - guides.mean(1, keepdim=True)
    return torch.einsum("khw,kg->ghw", 1 / k + regressed(guides, rest, window, ridge), mixtures)


def whole(c, band, prior, ridge):
    """One regression of all degraded pixels, shrunk towards `prior`."""
    inside = slice(MARGIN, -MARGIN)
    x, t = (
        detail(b)[0, :, inside, inside].flatten(1).double()
        for b in (c.low, c.coarse[:, band : band + 1])
    )
    gram, right = x @ x.T / x.shape[1], x @ (t[0] - prior.double() @ x) / x.shape[1]
    return prior + torch.linalg.solve(gram + torch.diag(ridge * gram.diag() + NOISE), right).float()


class Scenes:
    def __init__(self, folder, target=60):
        self.net, self.starts = NETWORKS[target], STARTS[target]
        train = [m for m in manifest(folder) if m.get("split", "train") == "train"]
        self.scenes = {m["name"]: read(f"{folder}/{m['name']}.npz") for m in train}
        self.scenes = {n: s for n, s in self.scenes.items() if 60 in s}
        self.level = {m["name"]: m["level"][:3] for m in train}
        self.large = [n for n, s in self.scenes.items() if min(s[10].shape[1:]) >= LEAST]
        self.cases = {n: self.of(n) for n in self.scenes}

    def of(self, name):
        few = self.scenes[name][10][0].size > 10**6
        return [
            case(self.net, self.scenes[name], self.level[name], s)
            for s in self.starts[: 1 if few else None]
        ]

    @cache  # noqa: B019 (there is one, as long as the program)
    def sums(self, name, band):
        """What is left to bicubic against the finer bands' detail: the normal equations, as
        patches weigh."""
        gram, right = 0, 0
        for c in self.cases[name]:
            x, left = c.counted(blurred(c.fine, band, c)), c.left(band)
            share = (
                1
                / (left.square().mean() + (FLOOR / DIVISOR) ** 2)
                / len(left)
                / len(self.cases[name])
            )
            gram, right = gram + share * (x @ x.T), right + share * (x @ left)
        weight = self.scenes[name][10][0].size ** 0.6
        return weight * gram, weight * right

    def mixtures(self, place, band):
        """(2, guides): the slopes that fit each level, without the scenes of a place."""
        return torch.stack([self.mixture(place, level, band) for level in LEVELS])

    @cache  # noqa: B019 (there is one, as long as the program)
    def mixture(self, place, level, band):
        """(guides,): the slopes that fit the scenes of a level best, without those of a place."""
        return self.fitted(
            [n for n in self.scenes if self.level[n] == level and place_of(n) != place], band
        )

    def fitted(self, names, band):
        """(guides,): the slopes that fit these scenes best."""
        found = [self.sums(n, band) for n in names]
        gram, right = (sum(x) for x in zip(*found))
        return torch.linalg.solve(gram + 1e-3 * torch.diag(gram.diag()), right).float()


def place_of(name):
    return name.split("_")[0]


def ways(one, both, net):
    """{what: slopes on the finer bands of (case, band)}; `one`, `both`: the level's mixture of a
    band, and the two levels'."""
    zero, side = torch.zeros(net.regression.layout.guides), WINDOWS[net.factor]

    def mixed(window, then=None):
        def slopes(c, band):
            s = scaled(c, band, both(band), window, 0.05)
            return s if then is None else around(c, band, s, side, then)

        return slopes

    return {
        "local, ridge 0.05": lambda c, b: around(c, b, zero, side, 0.05),
        "the scene's own slopes": lambda c, b: whole(c, b, zero, 0.01),
        "local, ridge 0.2, towards these": lambda c, b: around(
            c, b, whole(c, b, zero, 0.01), side, 0.2
        ),
        "the level's mixture": lambda c, b: one(b),
        "local, ridge 0.05, towards it": lambda c, b: around(c, b, one(b), side, 0.05),
        "local, ridge 1, towards it": lambda c, b: around(c, b, one(b), side, 1.0),
        "the scene's own, towards it": lambda c, b: whole(c, b, one(b), 0.05),
        "gains of both mixtures, window 9": mixed(9),
        "that, then local, ridge 1": mixed(9, 1.0),
        "that, then local, ridge 0.2": mixed(9, 0.2),
        "gains with window 5, then ridge 1": mixed(5, 1.0),
        "gains with window 15, then ridge 1": mixed(15, 1.0),
    }


def injected(c, slopes):
    """Each band's slopes -> the detail that they bring."""
    sums = []
    for band, s in enumerate(slopes):
        s = s if s.ndim == 3 else s[:, None, None].expand(-1, *c.low.shape[2:])
        brought = (upsample_linear(s[None], c.factor) * c.fine).sum(1, keepdim=True)
        sums.append(blurred(brought, band, c, Prior.more))
    return torch.cat(sums, 1)


def fit(scenes, excluded):
    """What a training of fast-s6x starts from, the mixtures fitted to the scenes of either level
    but those `excluded`."""
    levels = [
        [n for n in scenes.scenes if scenes.level[n] == level and n not in excluded]
        for level in LEVELS
    ]
    mixtures = [
        torch.stack([scenes.fitted(names, band) for names in levels])
        for band in range(len(BANDS[60]))
    ]
    return {"prior.mixtures": torch.stack(mixtures)}


def main():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("scenes", help="folder of scenes")
    p.add_argument(
        "--bands",
        type=int,
        choices=list(NETWORKS),
        default=60,
        help="metres to a side of the bands that are sharpened",
    )
    p.add_argument("--fit", metavar="OUT")
    p.add_argument("--exclude", default="", help="scenes that --fit leaves out, commas between")
    torch.set_num_threads(1)
    o = p.parse_args()
    if o.fit:
        start = fit(Scenes(o.scenes), o.exclude.split(","))
        torch.save({"ema": start, "name": "fast-s6x"}, o.fit)
        return
    all_, bands = Scenes(o.scenes, o.bands), range(len(BANDS[o.bands]))
    print(f"{'':36s}", *(f"{n[:11]:>11s}" for n in all_.large))
    for what in ways(None, None, all_.net):
        row = []
        for n in all_.large:
            own = partial(all_.mixture, place_of(n), all_.level[n])
            both = partial(all_.mixtures, place_of(n))
            slopes = ways(own, both, all_.net)[what]
            sre = np.mean(
                [c.scored(injected(c, [slopes(c, b) for b in bands])) for c in all_.cases[n]], 0
            )
            row.append("/".join(f"{v:.2f}" for v in (sre if o.bands == 60 else [sre.mean()])))
        print(f"{what:36s}", *(f"{r:>11s}" for r in row), flush=True)


if __name__ == "__main__":
    main()
