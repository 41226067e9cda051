"""Functions of the domain `s2sr` in an exported model. Each has a standard body, so that any runtime can run it; s2sr has
operators of the same names (src/kernels) and runs those on the processor instead. Both give the same to 1e-4.

A function's kind is its name up to the first underscore: two of a kind with different bodies in one model differ in what
follows it.
"""
import numpy as np
from onnx import helper, numpy_helper

DOMAIN, VERSION = "s2sr", 1


def convolutions(g, x, layers):
    """3x3 convolutions one after the other. Each layer: (weights, bias, whether a ReLU follows, whether the input of the
    layer before is added ahead of it), the first two names of initializers.

    Inputs: the image, then weights and bias of each layer. Attributes: `relu` and `add`, a number for each layer.
    """
    relu, add = ([int(layer[i]) for layer in layers] for i in (2, 3))

    def body(f, x, *weights):
        before = None
        for i in range(len(layers)):
            y = f.op("Conv", x, *weights[2 * i : 2 * i + 2], kernel_shape=[3, 3], pads=[1] * 4)
            y = f.add(before, y) if add[i] else y
            before, x = x, f.relu(y) if relu[i] else y
        return [x]

    weights = [name for layer in layers for name in layer[:2]]
    return call(g, "Convolutions", [x, *weights], body, relu=relu, add=add)[0]


def local_regression(g, regression, guide, target):
    """regression.LocalRegression on two images of one size: the standard deviations of the guides' and the targets' detail,
    the targets' detail, and per (target, guide) the correlation and the slope.

    Attributes: `mean` and `window` in pixels to each side, the variance `noise` that means nothing, and `ridge`, the share of
    each guide's variance that is added to it.
    """
    rg = regression.layout

    def body(f, guide, target):
        def averaged(x, side):
            return f.op("AveragePool", x, kernel_shape=[side] * 2, pads=[side // 2] * 4, count_include_pad=0)

        def mean_product(a, b):
            return averaged(f.op("Mul", a, b), regression.window)

        def deviation(variance):
            return f.op("Sqrt", f.add(variance, noise))

        noise = f.constant(np.float32(regression.noise), "noise")
        guide, target = (f.op("Sub", x, averaged(x, regression.mean)) for x in (guide, target))
        one, other = rg.guide_pairs
        gram = mean_product(f.pick(guide, one), f.pick(guide, other))
        variance = f.pick(gram, rg.diagonal)
        t, of = rg.target_guide_pairs
        cov = mean_product(f.pick(target, t), f.pick(guide, of))
        sd_guide, sd_target = deviation(variance), deviation(mean_product(target, target))
        correlation = divide(f, cov, f.op("Mul", f.pick(sd_guide, of), f.pick(sd_target, t)))
        ridge = f.add(f.op("Mul", variance, f.constant(np.float32(regression.ridge), "ridge")), noise)
        system = f.pick(f.concat(gram, cov), rg.augmented)
        system = f.add(system, f.op("Mul", f.pick(ridge, rg.rows), f.constant(rg.identity, "identity")))
        return [sd_guide, sd_target, target, correlation, solve(f, rg, system)]

    numbers = {name: getattr(regression, name) for name in ("mean", "window", "noise", "ridge")}
    return call(g, "LocalRegression", [guide, target], body, **numbers)


def solve(f, rg, m):
    """Gauss-Jordan on all pixels at once, one column a step."""
    for s in rg.elimination:
        row = divide(f, f.pick(m, s.pivot), f.pick(m, s.lead))
        column = f.op("Sub", f.pick(m, s.column), f.constant(s.one, "one"))
        m = f.op("Sub", f.pick(m, s.rest), f.op("Mul", column, f.pick(row, s.row)))
    return f.pick(m, rg.transposed)


def divide(f, a, b):
    """a / b. What a function is given might be whole numbers for all that a reader knows, and those end some by dividing."""
    return f.op("Mul", a, f.op("Reciprocal", b))


def call(g, kind, inputs, body, **attributes):
    """The outputs of a call of a function. `body(f, *inputs)` writes it into an empty graph and gives its outputs."""
    f = type(g)()
    f.constant = lambda array, hint, name=None: f.op("Constant", value=numpy_helper.from_array(np.ascontiguousarray(array), hint))
    names = [f"input_{i + 1}" for i in range(len(inputs))]
    outputs = body(f, *names)
    name = function(g, kind, names, outputs, f.nodes, attributes)
    g.count += 1
    made = [f"{name.lower()}_{g.count}_{i + 1}" for i in range(len(outputs))]
    g.nodes.append(helper.make_node(name, inputs, made, name=f"{name.lower()}_{g.count}", domain=DOMAIN, **attributes))
    return made


def function(g, kind, inputs, outputs, nodes, attributes):
    """The name of the function with this body in the model, which is added where it is not there yet."""
    for number in range(1, 100):
        name = kind if number == 1 else f"{kind}_{number}"
        opset = [helper.make_opsetid("", g.opset)]
        made = helper.make_function(DOMAIN, name, inputs, outputs, nodes, opset, sorted(attributes))
        if g.functions.setdefault(name, made) == made:
            return name
    raise ValueError(f"too many functions {kind} in one model")
