"""Functions of the domain `s2sr` in an exported model. Each has a standard body, so that any runtime can run it; s2sr has
operators of the same names (src/kernels) and runs those on the processor instead. Both give the same to 1e-4.

A function's kind is its name up to the first underscore: two of a kind with different bodies in one model differ in what
follows it.
"""
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


def call(g, kind, inputs, body, **attributes):
    """The outputs of a call of a function. `body(f, *inputs)` writes it into an empty graph and gives its outputs."""
    f = type(g)()
    f.constant = lambda array, hint, name=None: f.op("Constant", value=numpy_helper.from_array(array, hint))
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
