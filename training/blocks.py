"""What the networks are made of."""

import torch
import torch.nn.functional as F
from torch import nn

from . import kernels
from .constants import constant
from .winograd import conv3x3


class Conv(nn.Conv2d):
    """3x3, the same size out; trained the quicker way where the processor does it."""

    def forward(self, x):
        quick = (
            torch.is_grad_enabled()
            and x.device.type == "cpu"
            and not torch.is_autocast_enabled("cpu")
        )
        if quick and min(self.in_channels, self.out_channels) >= 32:
            return conv3x3(x, self.weight, self.bias)
        return super().forward(x)


def conv(i, o, bias=True, zero=False):
    layer = Conv(i, o, 3, padding=1, bias=bias)
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
    """Run a layer in float32 also under autocast: bfloat16 keeps 8 bits, too few for the bands
    themselves."""
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


class Doubt(nn.Module):
    """How far the bands of a result are off, one number a band and pixel of a trunk's grid, in the
    unit of what the trunk gives: from the sizes of what it sees and gives there.

    Learnt after the network, which stays as it is (`doubt`).
    """

    def __init__(self, seen, given, bands, hidden):
        super().__init__()
        self.seen = seen
        self.of_seen = nn.Conv2d(seen, hidden, 1)
        self.of_given = nn.Conv2d(given, hidden, 1, bias=False)
        self.out = nn.Conv2d(hidden, bands, 1)
        nn.init.zeros_(self.out.weight), nn.init.zeros_(self.out.bias)

    def forward(self, seen, given):
        """`seen` may have more channels than count."""
        hidden = exact(self.of_seen, seen[:, : self.seen].abs()) + exact(self.of_given, given.abs())
        return exact(self.out, F.relu(hidden)).exp()


def fixed(x, kernel):
    return F.conv2d(x, constant(kernel, x.device))


def haar(b10):
    """10 m bands on the 20 m grid: mean and amplified differences of each 2 x 2 block."""
    k = constant(kernels.haar_kernel(), b10.device)
    n, c, h, w = b10.shape
    y = torch.einsum(
        "op,ncphw->nochw", k, F.pixel_unshuffle(b10.float(), 2).reshape(n, c, 4, h // 2, w // 2)
    )
    return y.reshape(n, 4 * c, h // 2, w // 2)  # all means first, then each kind of difference


def nearest(x, s):
    return F.interpolate(x, scale_factor=s, mode="nearest")
