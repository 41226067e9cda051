"""The networks. Each takes bands at their native sizes, divided by `divisor`, and gives bands at
the target size.

Fusion networks take (b10, b20[, b60]); single-band ones take (N, 1, h, w). Two families each:
  fast   trunk on the grid of the 20 m bands (of the source, for single bands): the 10 m bands come
  folded into
         channels, the result is unfolded at the end, so a channel costs a quarter
  dsen2, vdsr   the published architectures, on the target's grid
`doubt`: hidden channels of what tells how far the result is off, 0 without it. The last
convolutions are zero at the start: the fast fusion networks begin as a local regression,
the others as bicubic interpolation.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from . import kernels
from .blocks import Block, Doubt, Trunk, conv, exact, fixed, haar, nearest
from .constants import pick
from .prior import LEVELS, Prior
from .regression import REGRESSIONS, Layout, unfolded
from .resample import upsample, upsample_linear, upsample_phases

BANDS = {
    10: ["B2", "B3", "B4", "B8"],
    20: ["B5", "B6", "B7", "B8A", "B11", "B12"],
    60: ["B1", "B9"],
}


class FastT2x(nn.Module):
    """20 m -> 10 m with a trunk on the 20 m grid.

    Each 20 m band's detail is regressed, around each pixel, on that of the 10 m bands at 20 m; the
    slopes times their detail at 10 m are added to bicubic interpolation, and the trunk learns what
    is left. Beside the details it sees the bands themselves at 20 m.

    `fine` = [channels, blocks] puts a second, narrow trunk on the 10 m grid behind it. That sees
    the 10 m bands' details, the regression's result and what the first trunk gives, these in local
    standard deviations, and the bands. It gives two residuals more: one in local standard
    deviations, one in the bands' own unit. `regression` is one of REGRESSIONS.
    """

    kind, gsd_in, target, factor = "fusion", (10, 20), 20, 2
    plain = 0.1  # of the residual in the bands' own unit, so that both learn at like speed
    passed = 6  # images on the 10 m grid that the first trunk gives the second beside its result
    # Of what the trunk sees, the 10 m bands' details and the regression's result, (band, Haar
    # component), and how they are unfolded.
    sharp = [k * 4 + b for b in range(4) for k in range(4)] + list(range(46, 70))
    unfold = unfolded(4 + 6)
    # Channels of what the trunk sees that tell of errors: details and correlations. What the slopes
    # bring tells nothing beside them, and to read it again would cost time.
    telling = 16 + 6 + 24

    def __init__(self, channels, blocks, fine=None, doubt=0, regression="smooth"):
        super().__init__()
        self.regression = REGRESSIONS[regression]
        passed = self.passed if fine else 0
        self.trunk = Trunk(16 + 6 + 24 + 24 + 4 + 6, (6 + passed) * 4, channels, blocks)
        self.fine = Trunk(4 + 4 + 6 + 6 + 6 + passed, 12, *fine) if fine else None
        self.doubt = Doubt(self.telling, 24, 6, doubt) if doubt else None

    def forward(self, b10, b20):
        return self.with_parts(b10, b20)[0]

    def with_parts(self, b10, b20):
        """The result; what the trunk sees, what it gives, and the unit of that."""
        with torch.autocast(b10.device.type, enabled=False):
            b10, b20 = b10.float(), b20.float()
            x, first, unit = self.features(b10, b20)
            up, sharp = upsample_phases(b20, 2), fixed(pick(x, self.sharp), self.unfold)
        y = self.trunk(x)
        given, result = y[:, :24], up + first
        if self.fine:
            parts = torch.cat([sharp, up, y], 1)
            z = F.pixel_unshuffle(self.fine(torch.cat([b10, F.pixel_shuffle(parts, 2)], 1)), 2)
            given, result = given + z[:, :24], result + z[:, 24:] * self.plain
        return F.pixel_shuffle(result + given * unit, 2), x, given, unit

    def features(self, b10, b20):
        """What the trunk sees; the regression's own result (folded) that it adds to; the unit of
        what it gives."""
        rg = self.regression.layout
        low = F.avg_pool2d(b10, 2)
        fine = haar(b10 - upsample(low, 2))
        sd_guide, sd_target, detail, correlation, slopes = self.regression(low, b20)
        fused = fixed(pick(slopes, rg.fine_slopes) * fine.repeat(1, rg.targets, 1, 1), rg.sum_fine)
        unit = pick(sd_target, rg.fourfold)
        x = [
            fine / pick(sd_guide, rg.fine_of),
            detail / sd_target,
            correlation,
            fused / unit,
            low,
            b20,
        ]
        return torch.cat(x, 1), fixed(fused, rg.unfold), unit


class FineT2x(nn.Module):
    """20 m -> 10 m with a trunk on the 10 m grid, behind the regressions that FastT2x has.

    The regression's maps come up to the 10 m grid by nearest neighbour. Beside them the trunk sees
    the 10 m bands and the interpolated 20 m bands. It gives two residuals: one in local standard
    deviations, one in the bands' own unit. `coarse` = [channels, blocks] puts a level on the 20 m
    grid between the head and the blocks, for a wider view.
    """

    kind, gsd_in, target, factor = "fusion", (10, 20), 20, 2
    plain = FastT2x.plain
    telling = 4 + 6 + 24  # as in FastT2x

    def __init__(self, channels, blocks, coarse=None, doubt=0, regression="smooth"):
        super().__init__()
        self.regression = REGRESSIONS[regression]
        self.trunk = Trunk(4 + 6 + 24 + 6 + 4 + 6, 12, channels, blocks)
        self.doubt = Doubt(self.telling, 12, 6, doubt) if doubt else None
        if coarse:
            self.trunk = Deep(self.trunk, channels, *coarse)

    def forward(self, b10, b20):
        return self.with_parts(b10, b20)[0]

    def with_parts(self, b10, b20):
        """The result; what the trunk sees, what it gives, and the unit of that."""
        with torch.autocast(b10.device.type, enabled=False):
            b10, b20 = b10.float(), b20.float()
            x, first, unit = self.features(b10, b20)
        y = self.trunk(x)
        return first + y[:, :6] * unit + y[:, 6:] * self.plain, x, y, unit

    def features(self, b10, b20):
        """What the trunk sees; the regression's own result that it adds to; the unit of what it
        gives."""
        rg = self.regression.layout
        low = F.avg_pool2d(b10, 2)
        rest = b10 - upsample(low, 2)
        sd_guide, sd_target, detail, correlation, slopes = self.regression(low, b20)
        fused = fixed(
            pick(slopes, rg.fine_slopes) * haar(rest).repeat(1, rg.targets, 1, 1), rg.sum_fine
        )
        first = F.pixel_shuffle(fixed(fused, rg.unfold), 2)
        unit, up = nearest(sd_target, 2), upsample(b20, 2)
        x = [
            rest / nearest(sd_guide, 2),
            nearest(detail / sd_target, 2),
            nearest(correlation, 2),
            first / unit,
            b10,
            up,
        ]
        return torch.cat(x, 1), up + first, unit


class Deep(nn.Module):
    """A trunk with a level of half the resolution between its head and its blocks."""

    def __init__(self, trunk, channels, wide, blocks):
        super().__init__()
        self.fine = trunk
        self.down = nn.Conv2d(channels, wide, 2, stride=2)
        self.coarse = nn.ModuleList(Block(wide) for _ in range(blocks))
        self.up = nn.Conv2d(wide, 4 * channels, 1)
        nn.init.zeros_(self.up.weight), nn.init.zeros_(self.up.bias)

    def forward(self, x):
        x = exact(self.fine.head, x)
        y = self.down(x)
        for block in self.coarse:
            y = block(y)
        x = x + F.pixel_shuffle(self.up(y), 2)
        for block in self.fine.blocks:
            x = block(x)
        return exact(self.fine.tail, x)


def in_levels(prior):
    """(16, 8, 3, 3), of phases on the 20 m grid: what the 60 m bands see in L1C, and what they see
    in L2A less that."""
    l1c, l2a = (
        kernels.on_phases(kernels.spot(prior.spread[level], prior.more)) for level in LEVELS
    )
    return np.concatenate([l1c, l2a - l1c])


class FastS6x(nn.Module):
    """60 m -> 10 m with a trunk on the 20 m grid.

    There are few 60 m pixels to learn from, so as much as can be is not learnt from them. The 20 m
    bands are `sharpened` first, by a local regression alone. Each 60 m band is regressed on all ten
    finer bands at 60 m, with what other scenes tell (`Prior`), and the slopes times their detail at
    10 m are `blurred`. The trunk sees nothing but details in local units: neither a band's
    brightness nor haze matters to it.
    """

    kind, gsd_in, target, factor = "fusion", (10, 20, 60), 60, 6
    layout = Layout(guides=10, targets=2)
    regression = Prior.regression
    sharpening = REGRESSIONS["smooth"]
    blurred = in_levels(Prior)
    # Of what the trunk has learnt, in use: on ground that it does not know the whole of it is worse
    # than nothing in L1C, and a part of it better than either.
    kept = 0.7
    seen = 20 + 8 + 2

    def __init__(self, channels, blocks, doubt=0):
        super().__init__()
        self.prior = Prior()
        self.trunk = Trunk(self.seen, 2 * 4, channels, blocks)
        self.doubt = Doubt(self.seen, 8, 2, doubt) if doubt else None

    def forward(self, b10, b20, b60):
        return self.with_parts(b10, b20, b60)[0]

    def with_parts(self, b10, b20, b60):
        """The result; what the trunk sees, what it gives, and the unit of that."""
        with torch.autocast(b10.device.type, enabled=False):
            b10, b20, b60 = b10.float(), b20.float(), b60.float()
            x, first, unit = self.features(b10, b20, b60)
        y = self.trunk(x)
        y = y if self.training else y * self.kept
        return upsample(b60, 6) + F.pixel_shuffle(first + y * unit, 2), x, y, unit

    def features(self, b10, b20, b60):
        """What the trunk sees; the regression's own result (folded) that it adds to; the unit of
        what it gives."""
        low = torch.cat([F.avg_pool2d(b10, 6), F.avg_pool2d(b20, 3)], 1)
        fine = torch.cat([b10, self.sharpened(b10, b20)], 1) - upsample(low, 6)
        sd_guide, sd_target, detail, correlation, slopes, level = (
            upsample_linear(x, 3) for x in self.prior(low, b60)
        )
        phases = F.pixel_unshuffle(fine, 2).unflatten(1, (1, 10, 4))
        fused = (slopes.unflatten(1, (2, 10, 1)) * phases).sum(2).flatten(1, 2)
        seen = fixed(F.pad(fused, (1, 1, 1, 1), mode="replicate"), self.blurred)
        first = seen[:, :8] + seen[:, 8:] * level
        means, unit = F.avg_pool2d(fine, 2) / sd_guide, pick(sd_target, self.layout.fourfold)
        x = [correlation * torch.cat([means, means], 1), first / unit, detail / sd_target]
        return torch.cat(x, 1), first, unit

    @classmethod
    def sharpened(cls, b10, b20):
        """20 m bands at 10 m."""
        low = F.avg_pool2d(b10, 2)
        slopes = nearest(cls.sharpening(low, b20)[-1], 2).unflatten(1, (6, 4))
        return upsample(b20, 2) + (slopes * (b10 - upsample(low, 2))[:, None]).sum(2)


class Dsen2(nn.Module):
    """Lanaras et al. 2018, arXiv 1803.04271."""

    kind = "fusion"

    def __init__(self, gsd_in, channels=128, blocks=6):
        super().__init__()
        self.gsd_in, self.target = tuple(gsd_in), gsd_in[-1]
        self.factor = self.target // 10
        outputs = len(BANDS[self.target])
        self.trunk = Trunk(
            sum(len(BANDS[g]) for g in gsd_in), outputs, channels, blocks, scale=0.1, relu=True
        )

    def forward(self, *bands):
        ups = [bands[0]] + [upsample(b, g // 10) for b, g in zip(bands[1:], self.gsd_in[1:])]
        return ups[-1] + self.trunk(torch.cat(ups, 1))


class Vdsr(nn.Module):
    """Kim et al. 2016 (CVPR), without biases: the result scales with the input."""

    kind = "single-band"

    def __init__(self, factor, channels=64, layers=20):
        super().__init__()
        self.factor = factor
        self.layers = nn.ModuleList(
            [conv(1, channels, False)]
            + [conv(channels, channels, False) for _ in range(layers - 2)]
            + [conv(channels, 1, False, zero=True)]
        )

    def forward(self, x):
        up = upsample(x, self.factor)
        y = F.relu(exact(self.layers[0], up))
        for layer in self.layers[1:-1]:
            y = F.relu(layer(y))
        return up + exact(self.layers[-1], y)


class FastSingle(nn.Module):
    """No biases: the result scales with the input, so a network learnt on one brightness holds
    for another."""

    kind = "single-band"

    def __init__(self, factor, channels, blocks):
        super().__init__()
        self.factor = factor
        self.trunk = Trunk(1, factor**2, channels, blocks, bias=False)

    def forward(self, x):
        return F.pixel_shuffle(upsample_phases(x, self.factor) + self.trunk(x), self.factor)


def with_error(net, *bands):
    """What a network with a `doubt` gives, and the expected error of it once it is
    back-projected, on the trunk's grid."""
    y, seen, given, unit = net.with_parts(*bands)
    error = net.doubt(seen, given)
    return y, error * unit[:, :: unit.shape[1] // error.shape[1]]


def build(config):
    """A network from its config's [network] table."""
    options = dict(config["network"])
    return {
        "fast-t2x": FastT2x,
        "fine-t2x": FineT2x,
        "fast-s6x": FastS6x,
        "dsen2": Dsen2,
        "vdsr": Vdsr,
        "fast-single": FastSingle,
    }[options.pop("type")](**options)


def gsd_in(net):
    """The ground sample distances that go in."""
    return net.gsd_in if net.kind == "fusion" else (10,)


def grown(old, new):
    """The state of a small network as that of a larger one of its kind (more channels, more blocks)
    that gives the same: what was there sees nothing of what is new, and the result is made without
    it at first."""
    state = {}
    for name, value in new.items():
        state[name] = value = value.clone()
        if name not in old:
            continue  # a new block, which adds nothing at first
        corner = tuple(slice(n) for n in old[name].shape)
        if value.ndim == 4:
            value[corner[:1]] = 0
        value[corner] = old[name]
    return state


def parameters(net):
    return sum(p.numel() for p in net.parameters())
