"""The networks. Each takes bands at their native sizes, divided by `divisor`, and gives bands at the target size.

Fusion networks take (b10, b20[, b60]); single-band ones take (N, 1, h, w). Two families each:
  fast   trunk on the grid of the 20 m bands (of the source, for single bands): the 10 m bands come folded into
         channels, the result is unfolded at the end, so a channel costs a quarter
  dsen2, vdsr   the published architectures, on the target's grid
All start as bicubic interpolation: the last convolutions are zero at the start.
"""
import torch
import torch.nn.functional as F
from torch import nn

from . import kernels
from .resample import degrade, upsample, upsample_phases

BANDS = {10: ["B2", "B3", "B4", "B8"], 20: ["B5", "B6", "B7", "B8A", "B11", "B12"], 60: ["B1", "B9"]}
HAAR_GAIN = 4.0


def conv(i, o, bias=True, zero=False):
    layer = nn.Conv2d(i, o, 3, padding=1, bias=bias)
    if zero:
        nn.init.zeros_(layer.weight)
    else:
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    if bias:
        nn.init.zeros_(layer.bias)
    return layer


class Block(nn.Module):
    """x + scale * conv(ReLU(conv(x)))."""

    def __init__(self, channels, bias=True, scale=1.0):
        super().__init__()
        self.first = conv(channels, channels, bias)
        self.second = conv(channels, channels, bias, zero=True)
        self.scale = scale

    def forward(self, x):
        y = self.second(F.relu(self.first(x)))
        return x + (y if self.scale == 1.0 else self.scale * y)


def exact(layer, x):
    """Run a layer in float32 also under autocast: bfloat16 keeps 8 bits, too few for the bands themselves."""
    with torch.autocast(x.device.type, enabled=False):
        return layer(x.float())


class Trunk(nn.Module):
    def __init__(self, inputs, outputs, channels, blocks, bias=True, scale=1.0, relu=False):
        super().__init__()
        self.head = conv(inputs, channels, bias)
        self.blocks = nn.ModuleList(Block(channels, bias, scale) for _ in range(blocks))
        self.tail = conv(channels, outputs, bias, zero=True)
        self.relu = relu

    def forward(self, x):
        x = exact(self.head, x)
        if self.relu:
            x = F.relu(x)
        for block in self.blocks:
            x = block(x)
        return exact(self.tail, x)


class FastT2x(nn.Module):
    kind, gsd_in, target, factor = "fusion", (10, 20), 20, 2

    def __init__(self, channels, blocks):
        super().__init__()
        self.trunk = Trunk(4 * 4 + 6, 6 * 4, channels, blocks)

    def forward(self, b10, b20):
        x = torch.cat([haar(b10), b20], 1)
        return F.pixel_shuffle(upsample_phases(b20, 2) + self.trunk(x), 2)


def haar(b10):
    """10 m bands on the 20 m grid: mean and amplified differences of each 2 x 2 block."""
    k = torch.from_numpy(kernels.haar_kernel(HAAR_GAIN)).to(b10.device)
    n, c, h, w = b10.shape
    y = torch.einsum("op,ncphw->nochw", k, F.pixel_unshuffle(b10.float(), 2).reshape(n, c, 4, h // 2, w // 2))
    return y.reshape(n, 4 * c, h // 2, w // 2)  # all means first, then each kind of difference


class FastS6x(nn.Module):
    """60 m -> 10 m with a trunk on the 20 m grid. There are few 60 m pixels to learn from, so the network is shown what
    holds anywhere: for each guide (10 and 20 m band) its detail times the local regression coefficient of the 60 m band
    on it, with the correlation that says how far to trust it. A guide's brightness or haze cancels out in these."""

    kind, gsd_in, target, factor = "fusion", (10, 20, 60), 60, 6
    window = 5  # 60 m pixels in a local regression
    noise = (8 / 2000) ** 2  # variance that means nothing

    def __init__(self, channels, blocks, raw=True, regression=True):
        super().__init__()
        self.raw, self.regression = raw, regression
        inputs = 12 + 10 + 12 * raw + (20 + 24 + 20) * regression
        self.trunk = Trunk(inputs, 2 * 4, channels, blocks)

    def forward(self, b10, b20, b60):
        with torch.autocast(b10.device.type, enabled=False):
            x, skip = self.features(b10.float(), b20.float(), b60.float())
        return F.pixel_shuffle(F.pixel_unshuffle(skip, 2) + self.trunk(x), 2)

    def features(self, b10, b20, b60):
        folded = haar(b10)
        means, differences = folded[:, :4], folded[:, 4:]
        guides = torch.cat([means, b20], 1)  # (N, 10) on the 20 m grid
        low = F.avg_pool2d(guides, 3)
        detail = guides - upsample(low, 3)
        parts = [differences, detail * HAAR_GAIN]
        if self.raw:
            parts += [means, b20, upsample(b60, 3)]
        if self.regression:
            slope, trust = self.local_regression(low, b60)  # (N, 20) each, on the 60 m grid: (target, guide)
            slope = upsample(slope, 3)
            n, _, h, w = slope.shape
            slope = slope.reshape(n, 2, 10, h, w)
            parts.append((slope * detail[:, None] * HAAR_GAIN).flatten(1, 2))
            parts.append((slope[:, :, None, :4] * differences.reshape(n, 1, 3, 4, h, w)).flatten(1, 3))
            parts.append(upsample(trust, 3))
        return torch.cat(parts, 1), upsample(b60, 6)

    def local_regression(self, low, b60):
        """Of the 60 m bands on the guides, both less their local means; products of small numbers, so float32 does."""

        def mean(x):
            return F.avg_pool2d(x, self.window, 1, self.window // 2, count_include_pad=False)

        guide, target = low - mean(low), b60 - mean(b60)
        vg = mean(guide * guide)[:, None] + self.noise
        vt = mean(target * target)[:, :, None] + self.noise
        product = guide[:, None] * target[:, :, None]
        cov = mean(product.flatten(1, 2)).reshape(product.shape)
        return (cov / vg).flatten(1, 2), (cov * cov / (vg * vt)).flatten(1, 2)


class Dsen2(nn.Module):
    """Lanaras et al. 2018, arXiv 1803.04271."""

    kind = "fusion"

    def __init__(self, gsd_in, channels=128, blocks=6):
        super().__init__()
        self.gsd_in, self.target = tuple(gsd_in), gsd_in[-1]
        self.factor = self.target // 10
        outputs = len(BANDS[self.target])
        self.trunk = Trunk(sum(len(BANDS[g]) for g in gsd_in), outputs, channels, blocks, scale=0.1, relu=True)

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
    """No biases: the result scales with the input, so a network learnt on one brightness holds for another."""

    kind = "single-band"

    def __init__(self, factor, channels, blocks):
        super().__init__()
        self.factor = factor
        self.trunk = Trunk(1, factor**2, channels, blocks, bias=False)

    def forward(self, x):
        return F.pixel_shuffle(upsample_phases(x, self.factor) + self.trunk(x), self.factor)


def build(config):
    """A network from its config's [network] table."""
    options = dict(config["network"])
    return {"fast-t2x": FastT2x, "fast-s6x": FastS6x, "dsen2": Dsen2, "vdsr": Vdsr, "fast-single": FastSingle}[options.pop("type")](**options)


def parameters(net):
    return sum(p.numel() for p in net.parameters())
