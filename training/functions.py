"""Functions of the domain `s2sr` in an exported model. Each has a standard body, so that any
runtime can run it; s2sr has operators of the same names (src/kernels) and runs those on the
processor instead. Both give the same to 1e-4.

A function's kind is its name up to the first underscore: two of a kind with different bodies in one
model differ in what follows it.
"""

import numpy as np
from onnx import helper, numpy_helper

DOMAIN, VERSION = "s2sr", 1


def convolutions(g, images, layers, fold=1):
    """3x3 convolutions one after the other, of the channels of all images (name, side) together.
    An image whose side is 2 is unfolded first: its channels are phases of others (channel, phase)
    that are twice as fine. Each layer: (weights, bias, whether a ReLU follows, whether the input of
    the layer before is added ahead of it), the first two names of initializers. With `fold` 2 the
    result is folded (phase, channel).

    Inputs: the images, then weights and bias of each layer. Attributes: `relu` and `add`, a number
    for each layer; where there is more than one image as it is, `sides`, a number for each, and
    `fold`.
    """
    relu, add = ([int(layer[i]) for layer in layers] for i in (2, 3))
    sides = [side for _, side in images]

    def body(f, *inputs):
        before, weights = None, inputs[len(images) :]
        unfolded = [
            x if side == 1 else f.op("DepthToSpace", x, blocksize=side, mode="CRD")
            for x, side in zip(inputs, sides)
        ]
        x = f.concat(*unfolded)
        for i in range(len(layers)):
            y = f.op("Conv", x, *weights[2 * i : 2 * i + 2], kernel_shape=[3, 3], pads=[1] * 4)
            y = f.add(before, y) if add[i] else y
            before, x = x, f.relu(y) if relu[i] else y
        return [x if fold == 1 else f.op("SpaceToDepth", x, blocksize=fold)]

    weights = [name for layer in layers for name in layer[:2]]
    inputs = [*(name for name, _ in images), *weights]
    more = {} if sides == [1] and fold == 1 else {"sides": sides, "fold": fold}
    return call(g, "Convolutions", inputs, body, relu=relu, add=add, **more)[0]


def local_regression(g, regression, guide, target, known=None):
    """regression.LocalRegression on two images of one size: the standard deviations of the guides'
    and the targets' detail, the targets' detail, and per (target, guide) the correlation and the
    slope. `known`, a third input as the targets: what is known of their detail, taken off it.

    Attributes: `mean` and `window` in pixels to each side, the variance `noise` that means nothing,
    and `ridge`, the share of each guide's variance that is added to it; where there are more than
    one, `passes` of the window's mean.
    """
    rg = regression.layout

    def body(f, guide, target, *known):
        noise, sides = variance_of_noise(f, regression), (guide, target)
        guide, target = (detail(f, regression, x) for x in sides)
        target = f.op("Sub", target, known[0]) if known else target
        gram, cov, variance = covariances(f, regression, guide, target)
        own = mean_product(f, regression, target, target)
        sd_guide, sd_target = (f.op("Sqrt", f.add(v, noise)) for v in (variance, own))
        t, of = rg.target_guide_pairs
        both = f.op("Mul", f.pick(sd_guide, of), f.pick(sd_target, t))
        slopes = regressed(f, regression, gram, cov, variance)
        return [sd_guide, sd_target, target, divide(f, cov, both), slopes]

    inputs = [guide, target, *([known] if known else [])]
    return call(g, "LocalRegression", inputs, body, **numbers(regression))


def local_slopes(g, regression, guide, target):
    """The slopes of `local_regression` alone."""

    def body(f, *sides):
        guide, target = (detail(f, regression, x) for x in sides)
        return [regressed(f, regression, *covariances(f, regression, guide, target))]

    return call(g, "LocalSlopes", [guide, target], body, **numbers(regression))[0]


def numbers(regression):
    """A regression's attributes."""
    found = {name: getattr(regression, name) for name in ("mean", "window", "noise", "ridge")}
    return found | ({"passes": regression.passes} if regression.passes > 1 else {})


def variance_of_noise(f, regression):
    return f.constant(np.float32(regression.noise), "noise")


def averaged(f, x, side):
    pads = [side // 2] * 4
    return f.op("AveragePool", x, kernel_shape=[side] * 2, pads=pads, count_include_pad=0)


def averaged_in_passes(f, x, side, passes):
    reach = side // 2
    # How far beyond the edges a pass gives more than zeros that a later one sees.
    margins = [reach * min(i, passes - i) for i in range(passes + 1)]

    def smoothed(x):
        for before, after in zip(margins, margins[1:]):
            pads = [after - before + reach] * 4
            x = f.op("AveragePool", x, kernel_shape=[side] * 2, pads=pads, count_include_pad=1)
        return x

    return divide(f, smoothed(x), smoothed(ones(f, x)))


def ones(f, x):
    """An image of one band as large as another."""
    value = numpy_helper.from_array(np.float32([1]))
    return f.op("ConstantOfShape", f.op("Shape", f.pick(x, [0])), value=value)


def detail(f, regression, x):
    return f.op("Sub", x, averaged(f, x, regression.mean))


def mean_product(f, regression, a, b):
    product = f.op("Mul", a, b)
    if regression.passes == 1:
        return averaged(f, product, regression.window)
    return averaged_in_passes(f, product, regression.window, regression.passes)


def covariances(f, regression, guide, target):
    """Of the guides with each other, of the targets with the guides, and the guides' variances."""
    rg = regression.layout
    one, other = rg.guide_pairs
    gram = mean_product(f, regression, f.pick(guide, one), f.pick(guide, other))
    t, of = rg.target_guide_pairs
    cov = mean_product(f, regression, f.pick(target, t), f.pick(guide, of))
    return gram, cov, f.pick(gram, rg.diagonal)


def regressed(f, regression, gram, cov, variance):
    """The slopes."""
    rg = regression.layout
    ridge = f.op("Mul", variance, f.constant(np.float32(regression.ridge), "ridge"))
    ridge = f.add(ridge, variance_of_noise(f, regression))
    system = f.pick(f.concat(gram, cov), rg.augmented)
    identity = f.constant(rg.identity, "identity")
    system = f.add(system, f.op("Mul", f.pick(ridge, rg.rows), identity))
    return solve(f, rg, system)


def filters(g, x, kernel, base=None):
    """A convolution with a fixed kernel, most of which is zeros, beyond the edges on repeated
    edge pixels; `base` is added."""
    pad = kernel.shape[-1] // 2

    def body(f, x, kernel, *base):
        if pad:
            pads = f.constant(np.array([0, 0, pad, pad, 0, 0, pad, pad], np.int64), "pads")
            x = f.op("Pad", x, pads, mode="edge")
        y = f.op("Conv", x, kernel, kernel_shape=[2 * pad + 1] * 2, pads=[0] * 4)
        return [f.add(base[0], y) if base else y]

    weights = g.constant(kernel.astype(np.float32), "weight")
    return call(g, "Filters", [x, weights, *([base] if base else [])], body)[0]


def products(g, inputs, sums):
    """Sums of products, pixel by pixel. `inputs`: images and their numbers of channels. `sums`: a
    list for each channel of the result, of terms (image, channel), those and "*" or "/" and (image,
    channel); an image is its place in `inputs`.

    Attributes, a number for each term: `sum`, the channel of the result; `first` and `second`,
    channels among those of all inputs one after the other; `how`: 0 the first alone, 1 their
    product, 2 their quotient.
    """
    starts = np.cumsum([0] + [count for _, count in inputs])

    def channel(image, number):
        return int(starts[image]) + number

    terms = [
        (sum_, channel(*t[:2]), channel(*t[3:] or t[:2]), " */".index(t[2] if len(t) > 2 else " "))
        for sum_, ts in enumerate(sums)
        for t in ts
    ]

    def body(f, *images):
        x, parts, order = f.concat(*images), [], []
        for kind in range(3):
            these = [i for i, t in enumerate(terms) if t[3] == kind]
            if these:
                a, b = (
                    (f.pick(x, [terms[i][j] for i in these]) for j in (1, 2))
                    if kind
                    else (f.pick(x, [terms[i][1] for i in these]), None)
                )
                parts.append(
                    a if kind == 0 else f.op("Mul", a, b) if kind == 1 else divide(f, a, b)
                )
                order += these
        y = f.concat(*parts)
        if len(terms) > len(sums):
            matrix = np.zeros((len(sums), len(terms), 1, 1), np.float32)
            for place, i in enumerate(order):
                matrix[terms[i][0], place] = 1
            return [f.op("Conv", y, f.constant(matrix, "weight"), kernel_shape=[1, 1])]
        return [y if order == sorted(order) else f.pick(y, np.argsort(order))]

    numbers = {
        name: [t[i] for t in terms] for i, name in enumerate(("sum", "first", "second", "how"))
    }
    return call(g, "Products", [name for name, _ in inputs], body, **numbers)[0]


def doubt(g, seen, given, unit, weights):
    """blocks.Doubt in the unit of the bands: the expected errors of an image's bands, from the
    sizes of what a trunk sees and gives. `unit`: an image of the bands, with their number.
    `weights`: name and array of those for what is seen and their bias, for what is given, and of
    the result and their bias. Of what is seen, the first channels count, as many as there are
    weights for.
    """
    unit, bands = unit
    channels = weights[0][1].shape[1]

    def body(f, seen, given, unit, of_seen, of_seen_bias, of_given, of_result, of_result_bias):
        def layer(x, *weights):
            return f.op("Conv", x, *weights, kernel_shape=[1, 1])

        seen = layer(f.op("Abs", f.pick(seen, range(channels))), of_seen, of_seen_bias)
        given = layer(f.op("Abs", given), of_given)
        error = f.op("Exp", layer(f.relu(f.add(seen, given)), of_result, of_result_bias))
        return [f.op("Mul", error, f.pick(unit, range(bands)))]

    names = [g.constant(array, "weight", name) for name, array in weights]
    return call(g, "Doubt", [seen, given, unit, *names], body)[0]


def fold(g, x, s):
    """SpaceToDepth."""
    return call(g, "Fold", [x], lambda f, x: [f.op("SpaceToDepth", x, blocksize=s)], side=s)[0]


def unfold(g, x, s, base=None):
    """DepthToSpace in the order of PyTorch's pixel_shuffle; `base` is added."""

    def body(f, x, *base):
        y = f.op("DepthToSpace", x, blocksize=s, mode="CRD")
        return [f.add(base[0], y) if base else y]

    return call(g, "Unfold", [x, *([base] if base else [])], body, side=s)[0]


def solve(f, rg, m):
    """Gauss-Jordan on all pixels at once, one column a step."""
    for s in rg.elimination:
        row = divide(f, f.pick(m, s.pivot), f.pick(m, s.lead))
        column = f.op("Sub", f.pick(m, s.column), f.constant(s.one, "one"))
        m = f.op("Sub", f.pick(m, s.rest), f.op("Mul", column, f.pick(row, s.row)))
    return f.pick(m, rg.transposed)


def divide(f, a, b):
    """a / b. What a function is given might be whole numbers for all that a reader knows, and
    those end some by dividing."""
    return f.op("Mul", a, f.op("Reciprocal", b))


def call(g, kind, inputs, body, **attributes):
    """The outputs of a call of a function. `body(f, *inputs)` writes it into an empty graph and
    gives its outputs."""
    f = type(g)()
    f.constant = lambda array, hint, name=None: f.op(
        "Constant", value=numpy_helper.from_array(np.ascontiguousarray(array), hint)
    )
    names = [f"input_{i + 1}" for i in range(len(inputs))]
    outputs = body(f, *names)
    name = function(g, kind, names, outputs, f.nodes, attributes)
    g.count += 1
    made = [f"{name.lower()}_{g.count}_{i + 1}" for i in range(len(outputs))]
    g.nodes.append(
        helper.make_node(
            name, inputs, made, name=f"{name.lower()}_{g.count}", domain=DOMAIN, **attributes
        )
    )
    return made


def function(g, kind, inputs, outputs, nodes, attributes):
    """The name of the function with this body in the model, which is added where it is not there
    yet."""
    for number in range(1, 100):
        name = kind if number == 1 else f"{kind}_{number}"
        opset = [helper.make_opsetid("", g.opset)]
        made = helper.make_function(DOMAIN, name, inputs, outputs, nodes, opset, sorted(attributes))
        if g.functions.setdefault(name, made) == made:
            return name
    raise ValueError(f"too many functions {kind} in one model")
