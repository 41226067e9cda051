"""The local regressions and what they bring, as parts of ONNX graphs (`export`)."""

import numpy as np

from . import functions, kernels
from .graph import folded, per_band
from .prior import B8A, DARK

# From what each guide of prior.Prior.gains explains to what is known of each target of
# prior.Prior.regression.
KNOWN = np.float32([[0] * 5, [0] * 5, [1, 1, 0, 0, 0], [0, 0, 1, 1, 1]])


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


def averaged(g, x, side):
    """regression.averaged, of one pass."""
    return g.op(
        "AveragePool", x, kernel_shape=[side] * 2, pads=[side // 2] * 4, count_include_pad=0
    )


def level(g, prior, left):
    """prior.Prior.level."""
    least, most = prior.vapour
    share = g.op("Sub", left, g.constant(np.float32(least), "least"))
    share = g.op("Div", share, g.constant(np.float32(most - least), "range"))
    return g.op("Clip", share, *(g.constant(np.float32(v), "bound") for v in (0, 1)))


def left_of(g, prior, b8a, b60):
    """prior.Prior.left."""
    b9, b8a = (averaged(g, b, prior.regression.mean) for b in (g.pick(b60, [1]), b8a))
    b8a = g.op("Max", b8a, g.constant(np.float32(DARK), "dark"))
    return g.op("Min", g.op("Div", b9, b8a), g.constant(np.float32(prior.most), "most"))


def regression_with_prior(g, net, w, low, b60):
    """prior.Prior: maps as those of `local_regression`, and the level."""
    mixtures = w.state["prior.mixtures"].reshape(4, 10)  # (band, level), finer bands
    weight = g.constant(mixtures[:, :, None, None], "weight", "prior.mixtures")
    b8a = g.pick(low, [B8A])
    left = left_of(g, net, b8a, b60)
    mixed = g.op("Conv", low, weight, kernel_shape=[1, 1])
    guides = [g.pick(mixed, [0, 1]), g.concat(g.pick(mixed, [2, 3]), g.op("Mul", left, b8a))]
    gains = []
    for band, (own, shares) in enumerate(zip(guides, net.shares)):
        rest = np.float32([[*(-s for s in shares), 1]])[:, :, None, None]
        rest = functions.filters(g, g.concat(own, g.pick(b60, [band])), rest)
        found = local_regression(g, net.gains[band], own, rest)[-1][0]
        shares = np.float32(shares)[None, :, None, None]
        gains.append(g.add(found, g.constant(shares, "shares")))
    guides, gains = g.concat(*guides), g.concat(*gains)
    detail = g.op("Sub", guides, averaged(g, guides, net.gains[0].mean))
    known = functions.filters(g, g.op("Mul", gains, detail), KNOWN[:, :, None, None])
    maps = local_regression(g, net.regression, low, g.concat(b60, b60), known)
    sd_guide, sd, detail, correlation, slopes = (x for x, _ in maps)
    change = np.zeros((20, 5 + 40), np.float32)
    for i, m in enumerate(mixtures):
        change[i // 2 * 10 : i // 2 * 10 + 10, i] = m
    change[10 + B8A, 4] = 1
    change[range(20), range(25, 45)] = 1
    of_b8a = g.op("Mul", g.pick(gains, [4]), left)
    slopes = g.concat(g.pick(gains, range(4)), of_b8a, slopes)
    slopes = functions.filters(g, slopes, change[:, :, None, None])
    own = [(g.pick(x, range(n)), n) for x, n in ((sd, 2), (detail, 2), (correlation, 20))]
    return [(sd_guide, 10), *own, (slopes, 20), (level(g, net, left), 1)]
