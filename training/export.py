"""Network + weights -> ONNX with the model's contract. The blocks' residual scale goes into their
second convolution; `exported` reads them back.
"""

import math

import numpy as np

from . import functions, kernels, networks
from .export_regression import (
    detail_of,
    injected,
    local_regression,
    regression_with_prior,
    sharpened_detail,
)
from .graph import BANDS, Graph, contract

CUBIC = kernels.CUBIC_RADIUS


def back(steps):
    """What back-projection adds to the halo, in coarse pixels. Strictly it is 3 a step; but of
    each further step's reach only the first pixel weighs more than 1e-6 (verify.reach measures
    it)."""
    return steps + 2 if steps else 0


class Weights:
    """A network's state as numpy, with the names of its layers."""

    def __init__(self, state):
        self.state = state

    def layer(self, g, layer, scale=1.0, relu=False, add=False):
        """One layer of `functions.convolutions`. `scale`: of all that it gives, or of each channel.
        A bias that the network does not have is zero there."""
        w = (self.state[layer + ".weight"].T * scale).T
        bias = self.state.get(layer + ".bias")
        named = bias is not None
        bias = bias * scale if named else np.zeros(len(w), np.float32)
        names = (
            g.constant(w, "weight", f"{layer}.weight"),
            g.constant(bias, "none", f"{layer}.bias" if named else None),
        )
        return *names, relu, add

    def conv(self, g, x, layer, scale=1.0, **options):
        w = self.state[layer + ".weight"] * scale
        bias = self.state.get(layer + ".bias")
        return g.conv(x, w, None if bias is None else bias * scale, layer=layer, **options)


def haar(g, folded):
    """blocks.haar of the 10 m bands, folded."""
    k = kernels.haar_kernel()
    matrix = np.einsum("op,cd->ocpd", k, np.eye(4, dtype=np.float32)).reshape(16, 16)
    return functions.filters(g, folded, matrix[:, :, None, None])


def trunk(g, w, x, net):
    if isinstance(net, networks.Deep):
        return deep(g, w, x, net)
    return functions.convolutions(g, [(x, 1)], layers(g, w, net, "trunk"))


def layers(g, w, net, name, scale=1.0):
    """blocks.Trunk, what it gives times `scale`: layers of `functions.convolutions`."""
    head = w.layer(g, f"{name}.head", relu=net.relu)
    tail = w.layer(g, f"{name}.tail", scale=scale)
    return [head, *blocks(g, w, net.blocks, f"{name}.blocks"), tail]


def blocks(g, w, net, name):
    """blocks.Block, one after the other: layers of `functions.convolutions`."""
    layers = []
    for i, block in enumerate(net):
        layers.append(w.layer(g, f"{name}.{i}.first", relu=True))
        layers.append(w.layer(g, f"{name}.{i}.second", scale=block.scale, add=True))
    return layers


def deep(g, w, x, net):
    """networks.Deep."""
    x = functions.convolutions(g, [(x, 1)], [w.layer(g, "trunk.fine.head")])
    y = w.conv(g, x, "trunk.down", pad=0, stride=2)
    y = functions.convolutions(g, [(y, 1)], blocks(g, w, net.coarse, "trunk.coarse"))
    x = g.add(x, g.unfold(w.conv(g, y, "trunk.up"), 2))
    last = [*blocks(g, w, net.fine.blocks, "trunk.fine.blocks"), w.layer(g, "trunk.fine.tail")]
    return functions.convolutions(g, [(x, 1)], last)


def convs(net):
    """How far a trunk on the target's grid sees, in its pixels: 3x3 layers, those on a coarser
    grid counted twice."""
    if isinstance(net, networks.Deep):
        return convs(net.fine) + 2 * (1 + 2 * len(net.coarse))
    return 2 + 2 * len(net.blocks)


def doubt(g, net, w, seen, given, unit):
    """blocks.Doubt in the bands' own unit, a second output. `unit`: an image of all targets, and
    the ground sample distance of its pixels."""
    if net.doubt is None:
        return
    (unit, gsd), bands = unit, len(BANDS[net.target])
    layers = ("of_seen.weight", "of_seen.bias", "of_given.weight", "out.weight", "out.bias")
    weights = [(f"doubt.{layer}", w.state[f"doubt.{layer}"]) for layer in layers]
    g.errors(functions.doubt(g, seen, given, (unit, bands), weights), bands, gsd)


def fast_t2x(g, net, w, steps):
    """networks.FastT2x, operation for operation."""
    rg = net.regression.layout
    b10, b20 = g.input("b10", 4, 10), g.input("b20", 6, 20)
    low = g.op("AveragePool", b10, kernel_shape=[2, 2], strides=[2, 2])
    fine = haar(g, detail_of(g, g.fold(b10, 2), 4, low, 2))
    maps = local_regression(g, net.regression, low, b20)
    (_, _), sd_target, (_, _), (_, _), slopes = maps
    fused = functions.products(g, [slopes, (fine, 16)], injected(rg, 0, 1, 4, range(4)))
    images = [(fine, 16), (fused, 24), (low, 4), (b20, 6), *maps[:4]]
    x = [[(0, i, "/", 4, guide)] for i, guide in enumerate(rg.fine_of)]
    x += [[(6, t, "/", 5, t)] for t in range(6)]
    x += [[(7, i)] for i in range(24)]
    x += [[(1, i, "/", 5, t)] for i, t in enumerate(rg.fourfold)]
    x += [[(image, i)] for image in (2, 3) for i in range(images[image][1])]
    seen = functions.products(g, images, x)
    given = trunk(g, w, seen, net.trunk)
    reach = CUBIC + net.regression.reach + convs(net.trunk)
    images, sums = (
        [(given, 24), sd_target],
        [[(0, i, "*", 1, t)] for i, t in enumerate(rg.fourfold)],
    )
    up = None
    if net.fine:
        reach += math.ceil(convs(net.fine) / 2)
        up = g.upsample_phases(b20, 6, 2)
        more = refined(g, net, w, (seen, b10, up, given))
        # Folded, its residuals are (phase, one and the other, band).
        local = [i % 4 * 12 + t for i, t in enumerate(rg.fourfold)]
        images += [(more, 48), (up, 24)]
        for i, terms in enumerate(sums):
            terms += [(2, local[i], "*", 1, rg.fourfold[i]), (2, local[i] + 6), (3, i)]
        images[0] = given, 24 + 4 * net.passed
        both = [[(0, i), (1, place)] for i, place in enumerate(local)]
        given = functions.products(g, [images[0], (more, 48)], both)
    y = functions.products(g, images, sums)
    y = functions.filters(g, fused, rg.unfold, y)
    y = y if up else g.upsample_phases(b20, 6, 2, base=y)
    g.output(g.unfold(g.back_project(y, b20, 6, 2, steps), 2), "y", 6)
    doubt(g, net, w, seen, given, (sd_target[0], 20))
    return reach


def refined(g, net, w, images):
    """What the second trunk of networks.FastT2x gives, folded, the plain residual in the bands'
    own unit. `images`: what the first trunk sees, the 10 m bands, the interpolated 20 m bands
    (folded), and what the first trunk gives."""
    seen, b10, up, given = images
    kernel = np.zeros((4 * 10, 80, 1, 1), np.float32)
    kernel[:, net.sharp] = net.unfold
    images = [(b10, 1), (functions.filters(g, seen, kernel), 2), (up, 2), (given, 2)]
    scale = np.repeat([1, net.plain], 6).astype(np.float32)
    return functions.convolutions(g, images, layers(g, w, net.fine, "fine", scale), fold=2)


def fine_t2x(g, net, w, steps):
    """networks.FineT2x, operation for operation."""
    rg = net.regression.layout
    b10, b20 = g.input("b10", 4, 10), g.input("b20", 6, 20)
    low = g.op("AveragePool", b10, kernel_shape=[2, 2], strides=[2, 2])
    rest = g.unfold(g.upsample_phases(low, 4, 2, weight=-1), 2, b10)
    fine = haar(g, g.fold(rest, 2))
    sd_guide, sd_target, detail, correlation, slopes = (
        x for x, _ in local_regression(g, net.regression, low, b20)
    )
    fused = functions.products(g, [(slopes, 24), (fine, 16)], injected(rg, 0, 1, 4, range(4)))
    first, up = g.unfold(functions.filters(g, fused, rg.unfold), 2), g.upsample(b20, 6, 2)
    unit = g.nearest(sd_target, 6, 2)
    x = [
        functions.divide(g, rest, g.nearest(sd_guide, 4, 2)),
        g.nearest(functions.divide(g, detail, sd_target), 6, 2),
        g.nearest(correlation, 24, 2),
        functions.divide(g, first, unit),
        b10,
        up,
    ]
    seen = g.concat(*x)
    given = trunk(g, w, seen, net.trunk)
    local = g.op("Mul", g.pick(given, range(6)), unit)
    plain = g.op("Mul", g.pick(given, range(6, 12)), g.constant(np.float32(net.plain), "plain"))
    y = g.add(g.add(up, first), g.add(local, plain))
    reach = fine_end(
        g, y, b20, 6, 2, steps, CUBIC + net.regression.reach + math.ceil(convs(net.trunk) / 2)
    )
    doubt(g, net, w, seen, given, (unit, 10))
    return reach


def fast_s6x(g, net, w, steps):
    """networks.FastS6x, operation for operation; images of the 10 m grid are folded."""
    rg = net.layout
    b10, b20, b60 = (g.input(f"b{d}", len(BANDS[d]), d) for d in net.gsd_in)
    low10 = g.op("AveragePool", b10, kernel_shape=[6, 6], strides=[6, 6])
    low20 = g.op("AveragePool", b20, kernel_shape=[3, 3], strides=[3, 3])
    folded = g.fold(b10, 2)
    fine10 = detail_of(g, folded, 4, low10, 6)
    fine20 = sharpened_detail(g, net.sharpening, b10, folded, b20, low20)
    maps = regression_with_prior(g, net.prior, w, g.concat(low10, low20), b60)
    sd_guide, sd_target, detail, correlation, slopes, l2a = (
        (g.upsample_linear(x, n, 3), n) for x, n in maps
    )
    both = zip(injected(rg, 0, 1, 4, range(4)), injected(rg, 0, 2, 4, range(4, 10)))
    images = [slopes, (fine10, 16), (fine20, 24)]
    first = functions.products(g, images, [one + other for one, other in both])
    first = (functions.filters(g, first, net.blurred), 16)
    sums = [[(0, i), (0, 8 + i, "*", 1, 0)] for i in range(8)]
    first = functions.products(g, [first, l2a], sums)
    means = [(functions.filters(g, x, mean_of_phases(n)), n) for x, n in ((fine10, 4), (fine20, 6))]
    quotients = [[(0, i, "/", 2, i)] for i in range(4)]
    quotients += [[(1, i, "/", 2, 4 + i)] for i in range(6)]
    means = functions.products(g, [*means, sd_guide], quotients)
    images = [(means, 10), correlation, (first, 8), detail, sd_target]
    x = [[(1, i, "*", 0, i % 10)] for i in range(20)]
    x += [[(2, i, "/", 4, t)] for i, t in enumerate(rg.fourfold)]
    x += [[(3, t, "/", 4, t)] for t in range(2)]
    seen = functions.products(g, images, x)
    given = functions.convolutions(g, [(seen, 1)], layers(g, w, net.trunk, "trunk", net.kept))
    sums = [[(0, i), (1, i, "*", 2, t)] for i, t in enumerate(rg.fourfold)]
    y = functions.products(g, [(first, 8), (given, 8), sd_target], sums)
    y = g.upsample_phases(b60, 2, 6, base=g.to_phases(g.unfold(y, 2), 2, 6))
    g.output(g.unfold(g.back_project(y, b60, 2, 6, steps), 6), "y", 2)
    doubt(g, net, w, seen, given, (sd_target[0], 20))
    farther = net.prior.gains[0].reach + math.ceil((convs(net.trunk) + 1) / 3)
    return CUBIC + net.regression.reach + farther


def mean_of_phases(bands):
    """(bands, 4 * bands, 1, 1), from (phase, band)."""
    return np.tile(np.eye(bands, dtype=np.float32) / 4, 4)[:, :, None, None]


def dsen2(g, net, w, steps):
    bands = [g.input(f"b{d}", len(BANDS[d]), d) for d in net.gsd_in]
    ups = bands[:1] + [
        g.upsample(b, len(BANDS[d]), d // 10) for b, d in zip(bands[1:], net.gsd_in[1:])
    ]
    y = g.add(ups[-1], trunk(g, w, g.concat(*ups), net.trunk))
    return fine_end(
        g,
        y,
        bands[-1],
        len(BANDS[net.target]),
        net.factor,
        steps,
        CUBIC + math.ceil(convs(net.trunk) / net.factor),
    )


def fine_end(g, y, coarse, bands, s, steps, reach):
    """The end of a network whose result is on the target's grid."""
    if steps:
        y = g.unfold(g.back_project(g.to_phases(y, bands, s), coarse, bands, s, steps), s)
    g.output(y, "y", bands)
    return reach


def vdsr(g, net, w, steps):
    x = g.input("x", 1, 0)
    up = g.upsample(x, 1, net.factor)
    last = len(net.layers) - 1
    y = functions.convolutions(
        g, [(up, 1)], [w.layer(g, f"layers.{i}", relu=i < last) for i in range(last + 1)]
    )
    return fine_end(
        g, g.add(up, y), x, 1, net.factor, steps, CUBIC + math.ceil(len(net.layers) / net.factor)
    )


def fast_single(g, net, w, steps):
    x = g.input("x", 1, 0)
    y = g.upsample_phases(x, 1, net.factor, base=trunk(g, w, x, net.trunk))
    g.output(g.unfold(g.back_project(y, x, 1, net.factor, steps), net.factor), "y", 1)
    return convs(net.trunk)


BUILDERS = {
    "fast-t2x": fast_t2x,
    "fine-t2x": fine_t2x,
    "fast-s6x": fast_s6x,
    "dsen2": dsen2,
    "vdsr": vdsr,
    "fast-single": fast_single,
}


def to_onnx(config, state, version, steps=None):
    """ModelProto; `steps` of back-projection, the config's own number unless given."""
    net = networks.build(config)
    net.load_state_dict(state)
    steps = config.get("back_projection", 2) if steps is None else steps
    g = Graph()
    state = {k: v.detach().cpu().float().numpy() for k, v in net.state_dict().items()}
    halo = BUILDERS[config["network"]["type"]](g, net, Weights(state), steps)
    gsds = net.gsd_in if net.kind == "fusion" else None
    return g.model(
        contract(config["name"], version, gsds, net.factor, config["divisor"], halo + back(steps))
    )


def set_halo(model, halo):
    next(p for p in model.metadata_props if p.key == "s2sr.halo").value = str(halo)
    return model
