"""Networks out of the ONNX files that `export` made, so a shipped model is all that is needed to go
on training."""

import numpy as np
import onnx
from onnx import numpy_helper

from . import functions, networks
from .blocks import Trunk
from .export import to_onnx


def nodes(model, kind):
    """The nodes of one kind of `functions`. Those of other bodies have a number behind it."""
    return [n for n in model.graph.node if n.op_type.split("_")[0] == kind]


def attributes(node):
    return {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}


class OtherOrder(ValueError):
    """A model whose trunk sees its inputs in another order than networks of its name do now."""


def order_of_inputs(model):
    """Which products a model's first convolutions see, as they lie, or what makes the images that
    they see side by side; None where they see neither."""
    made = {output: node for node in model.graph.node for output in node.output}
    first = next(iter(nodes(model, "Convolutions")), None)
    node = made.get(first.input[0]) if first else None
    if node in nodes(model, "Products"):
        return attributes(node)
    if node and node.op_type == "Concat":
        return [made[i].op_type.split("_")[0] if i in made else i for i in node.input]


def onnx_weights(config, path):
    """The state dict in a model that `to_onnx` made."""
    import torch

    net, model = networks.build(config), onnx.load(path)
    seen = order_of_inputs(model)
    if seen and seen != order_of_inputs(to_onnx(config, net.state_dict(), "0")):
        raise OtherOrder(
            f"{path}: its trunk sees its inputs in another order than {config['name']} does now;"
            " give a newer version"
        )
    found = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
    state = {}
    for name, like in net.state_dict().items():
        doubt = name.startswith("doubt.")  # which is found after the rest
        if doubt and (name not in found or found[name].shape != tuple(like.shape)):
            state[name] = like
            continue
        if name not in found:  # a block more than the file has: `networks.grown` begins it
            continue
        a = found[name].copy()
        if ".second." in name and isinstance(net.trunk, Trunk):
            a /= net.trunk.blocks[0].scale
        if name.startswith("fine.tail."):
            a[6:] /= net.plain
        if name.startswith("trunk.tail."):
            a /= getattr(net, "kept", 1)
        state[name] = torch.from_numpy(a).reshape(like.shape)
    return state


def same_regression(net, path):
    """Whether a model that `to_onnx` made begins with the local regression that a network has."""
    found = nodes(onnx.load(path), "LocalRegression")
    found = attributes(found[-1]) if found else {}  # the last of them is the network's own
    wanted = functions.numbers(net.regression) if hasattr(net, "regression") else {}
    return found.keys() == wanted.keys() and all(np.isclose(found[k], wanted[k]) for k in wanted)
