"""The local regressions and what they bring, as parts of ONNX graphs (`export`)."""

import numpy as np

from . import functions, kernels
from .graph import folded, per_band

# From what each mixture explains to what is known of each target of prior.Prior.regression.
KNOWN = np.float32([[0, 0, 0, 0], [0, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1]])


def local_regression(g, regression, guide, target, known=None):
    """functions.local_regression: maps on the coarsest grid, each with its number of channels."""
    rg = regression.layout
    maps = functions.local_regression(g, regression, guide, target, known)
    return list(
        zip(
            maps,
            (rg.guides, rg.targets, rg.targets, rg.guides * rg.targets, rg.guides * rg.targets),
        )
    )


def injected(rg, slopes, detail, bands, of):
    """The sums of slopes times details, each target's with the guides `of`, for
    `functions.products` of (slopes, detail): `bands` details of each guide, (detail, guide). The
    sums are (target, detail)."""
    return [
        [
            (slopes, t * rg.guides + guide, "*", detail, k * len(of) + i)
            for i, guide in enumerate(of)
        ]
        for t in range(rg.targets)
        for k in range(bands)
    ]


def detail_of(g, fine, bands, low, s):
    """What bands on the 10 m grid, folded to (phase, band), differ by from their means over s x s
    pixels, `low`; folded likewise."""
    kernel = -per_band(kernels.upsample_kernel(s), bands)
    # From (band, row, column) to phases of the 20 m grid's pixels, each of which has a phase and a
    # band of its own.
    order = np.arange(bands * s * s).reshape(bands, s // 2, 2, s // 2, 2)
    kernel = kernel[order.transpose(2, 4, 0, 1, 3).flatten()]
    if s == 2:
        return functions.filters(g, low, kernel, fine)
    return g.unfold(functions.filters(g, low, kernel), s // 2, fine)


def sharpened_detail(g, regression, b10, fine10, b20, low20):
    """What networks.FastS6x.sharpened differs by from the means of the 20 m bands at 60 m, `low20`;
    it and `fine10`, the 10 m bands, are folded to (phase, band)."""
    low = g.op("AveragePool", b10, kernel_shape=[2, 2], strides=[2, 2])
    slopes = functions.local_slopes(g, regression, low, b20)
    detail = detail_of(g, fine10, 4, low, 2)
    order = folded(6, 2)
    up = functions.filters(g, b20, per_band(kernels.upsample_kernel(2), 6)[order])
    terms = injected(regression.layout, 0, 1, 4, range(4))
    sums = [[(2, i), *terms[place]] for i, place in enumerate(order)]
    images = [(slopes, 24), (detail, 16), (detail_of(g, up, 6, low20, 6), 24)]
    return functions.products(g, images, sums)


def regression_with_prior(g, net, w, low, b60):
    """prior.Prior: maps as those of `local_regression`."""
    mixtures = w.state["prior.mixtures"].reshape(4, 10)  # (band, level), finer bands
    weight = g.constant(mixtures[:, :, None, None], "weight", "prior.mixtures")
    mixed = g.op("Conv", low, weight, kernel_shape=[1, 1])
    side = net.gains.mean
    means = g.op(
        "AveragePool", mixed, kernel_shape=[side] * 2, pads=[side // 2] * 4, count_include_pad=0
    )
    gains = []
    for band in range(2):
        own = g.pick(mixed, [2 * band, 2 * band + 1])
        left = functions.filters(
            g, g.concat(own, g.pick(b60, [band])), np.float32([[-0.5, -0.5, 1]])[:, :, None, None]
        )
        gains.append(local_regression(g, net.gains, own, left)[-1][0])
    gains = g.add(g.concat(*gains), g.constant(np.float32(0.5), "half"))
    explained = g.op("Mul", gains, g.op("Sub", mixed, means))
    known = functions.filters(g, explained, KNOWN[:, :, None, None])
    maps = local_regression(g, net.regression, low, g.concat(b60, b60), known)
    sd_guide, sd, detail, correlation, slopes = (x for x, _ in maps)
    change = np.zeros((20, 4 + 40), np.float32)
    for i, m in enumerate(mixtures):
        change[i // 2 * 10 : i // 2 * 10 + 10, i] = m
    change[range(20), range(24, 44)] = 1
    slopes = functions.filters(g, g.concat(gains, slopes), change[:, :, None, None])
    own = [(g.pick(x, range(n)), n) for x, n in ((sd, 2), (detail, 2), (correlation, 20))]
    return [(sd_guide, 10), *own, (slopes, 20)]
