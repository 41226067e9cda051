"""The local regressions and what they bring, as parts of ONNX graphs (`export`)."""

import numpy as np

from . import functions

# From what each mixture explains to what is known of each target of prior.Prior.regression.
KNOWN = np.float32([[0, 0, 0, 0], [0, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1]])


def radius(regression):
    return regression.mean // 2 + regression.window // 2


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
    `functions.products` of (slopes, detail): `bands` details of each guide, (detail, guide)."""
    return [
        [
            (slopes, t * rg.guides + guide, "*", detail, k * len(of) + i)
            for i, guide in enumerate(of)
        ]
        for t in range(rg.targets)
        for k in range(bands)
    ]


def injection(g, rg, slopes, fine, coarse):
    """What slopes bring of the details, folded, and the two parts that it is made of."""
    fused10 = functions.products(g, [slopes, (fine, 16)], injected(rg, 0, 1, 4, range(4)))
    fused20 = functions.products(g, [slopes, (coarse, 6)], injected(rg, 0, 1, 1, range(4, 10)))
    first = g.upsample_phases(fused20, 2, 2, base=functions.filters(g, fused10, rg.unfold))
    return first, fused10, fused20


def regressions(g, net, w, low, b60):
    """prior.Prior.slopes and the maps of the regression without knowledge, both at once."""
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
    change[range(20), range(4, 24)], change[range(20), range(24, 44)] = -1, 1
    more = functions.filters(g, g.concat(gains, slopes), change[:, :, None, None])
    halves = [
        (g.pick(x, range(n)), n) for x, n in ((sd, 2), (detail, 2), (correlation, 20), (slopes, 20))
    ]
    return [(sd_guide, 10), *halves], more


def shares(g, net, more, maps):
    """prior.Prior.share, and what is left to 1, on the 60 m grid."""
    (sd_guide, _), (sd, _) = maps[:2]
    apart = g.op("AveragePool", g.op("Mul", more, more), kernel_shape=[3, 3], strides=[3, 3])
    mean = np.kron(np.eye(2), np.full((1, 4), net.trust / 4)).astype(np.float32)
    against = functions.filters(g, apart, mean[:, :, None, None])
    against = functions.divide(g, against, g.op("Mul", sd, sd))
    ratio = functions.divide(g, sd, g.pick(sd_guide, net.clear_guides))
    ratio = g.op("Mul", g.op("Mul", ratio, ratio), g.constant(np.float32(1 / net.hazy), "hazy"))
    ratio = g.op("Min", ratio, g.constant(np.float32(net.ratios), "ratios"))
    clear = g.op("Pow", ratio, g.constant(np.float32(net.steep), "steep"))
    level = functions.filters(g, clear, np.float32([[1, 1], [0, 1]])[:, :, None, None])
    one = g.constant(np.float32(1), "one")
    share = g.op("Reciprocal", g.add(one, g.add(against, level)))
    share = g.op("Mul", share, g.constant(np.float32(net.most), "most"))
    return share, g.op("Sub", one, share)
