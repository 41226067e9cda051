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
    return {"fast-t2x": FastT2x, "dsen2": Dsen2, "vdsr": Vdsr, "fast-single": FastSingle}[options.pop("type")](**options)


def parameters(net):
    return sum(p.numel() for p in net.parameters())
