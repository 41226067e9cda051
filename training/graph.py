"""Writes ONNX graphs by hand: convolutions, folding and unfolding, the fixed filters, and the
model's contract.

A graph made so holds nothing but what the network needs, which a tracing exporter does not promise.
Needs onnx and numpy only.

Order of folded channels: ONNX's SpaceToDepth gives (phase, band); PyTorch's pixel_unshuffle, and
all kernels here, (band, phase). `fold` returns the former, so whoever convolves its output must
order weights by `folded`.
"""

import json

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from . import functions, kernels

OPSET, IR = 17, 8


def folded(bands, s):
    """Permutation: channel i of SpaceToDepth is channel folded(...)[i] of pixel_unshuffle."""
    return np.arange(bands * s * s).reshape(bands, s * s).T.reshape(-1)


def per_band(kernel, bands):
    """(o, i, k, k) for one band -> the dense (bands*o, bands*i, k, k) that treats each band
    alone."""
    o, i, k, _ = kernel.shape
    dense = np.zeros((bands, o, bands, i, k, k), np.float32)
    for b in range(bands):
        dense[b, :, b] = kernel
    return dense.reshape(bands * o, bands * i, k, k)


class Graph:
    opset = OPSET

    def __init__(self):
        self.nodes, self.weights, self.inputs, self.outputs, self.functions = [], [], [], [], {}
        self.count, self.sigma = 0, None

    def op(self, kind, *inputs, **attributes):
        self.count += 1
        name = f"{kind.lower()}_{self.count}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, array, hint, name=None):
        self.count += 1
        name = name or f"{hint}_{self.count}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def input(self, name, bands, gsd):
        shape = ["n", bands, f"h{gsd}", f"w{gsd}"]
        self.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return name

    def output(self, value, name, bands, size=("h", "w")):
        """One of the model's outputs: a value that a node gave gets this name."""
        for node in self.nodes:
            for values in (node.input, node.output):
                values[:] = [name if v == value else v for v in values]
        self.outputs.append(
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", bands, *size])
        )

    def errors(self, value, bands, gsd):
        """An output for the expected error of the other, with the ground sample distance of its
        pixels."""
        self.output(value, "sigma", bands, (f"h{gsd}", f"w{gsd}"))
        self.sigma = {"name": "sigma", "sigma_of": "y", "gsd": gsd}

    def conv(self, x, weight, bias=None, pad=None, layer=None, stride=1):
        """`layer` names the weights after the network's own, so that they can be read back."""
        k = weight.shape[-1]
        pad = k // 2 if pad is None else pad
        names = [x, self.constant(weight.astype(np.float32), "weight", layer and f"{layer}.weight")]
        if bias is not None:
            names.append(self.constant(bias.astype(np.float32), "bias", layer and f"{layer}.bias"))
        strides = {} if stride == 1 else {"strides": [stride] * 2}
        return self.op("Conv", *names, kernel_shape=[k, k], pads=[pad] * 4, **strides)

    def relu(self, x):
        return self.op("Relu", x)

    def add(self, a, b):
        return self.op("Add", a, b)

    def concat(self, *xs):
        return xs[0] if len(xs) == 1 else self.op("Concat", *xs, axis=1)

    def pick(self, x, channels):
        return self.op(
            "Gather", x, self.constant(np.array(list(channels), np.int64), "channels"), axis=1
        )

    def fold(self, x, s):
        return functions.fold(self, x, s)

    def unfold(self, x, s, base=None):
        return functions.unfold(self, x, s, base)

    def nearest(self, x, bands, s):
        """Each pixel s x s times."""
        return self.unfold(self.pick(x, [b for b in range(bands) for _ in range(s * s)]), s)

    def upsample_phases(self, x, bands, s, taps=kernels.cubic_taps, base=None, weight=1):
        """`base` is added to what is enlarged, times a weight."""
        kernel = weight * per_band(kernels.upsample_kernel(s, taps), bands)
        return functions.filters(self, x, kernel, base)

    def upsample_linear(self, x, bands, s):
        return self.unfold(self.upsample_phases(x, bands, s, kernels.linear_taps), s)

    def upsample(self, x, bands, s):
        return self.unfold(self.upsample_phases(x, bands, s), s)

    def back_project(self, fine, coarse, bands, s, steps):
        """`fine` as phases (band, phase) on the coarse grid; all of it stays on that grid."""
        if not steps:
            return fine
        down = -per_band(kernels.degrade_kernel(s), bands)
        for _ in range(steps):
            fine = self.upsample_phases(
                functions.filters(self, fine, down, coarse), bands, s, base=fine
            )
        return fine

    def to_phases(self, x, bands, s):
        """SpaceToDepth brought to (band, phase) order."""
        x = self.fold(x, s)
        if bands == 1:
            return x
        return self.pick(x, np.argsort(folded(bands, s)))

    def model(self, contract):
        graph = helper.make_graph(
            self.nodes, contract["name"], self.inputs, self.outputs, self.weights
        )
        sets = [helper.make_opsetid("", OPSET)]
        if self.functions:
            sets.append(helper.make_opsetid(functions.DOMAIN, functions.VERSION))
        model = helper.make_model(
            graph,
            functions=list(self.functions.values()),
            opset_imports=sets,
            ir_version=IR,
            producer_name="s2sr",
        )
        version = "1"
        if self.sigma:
            version = "2"
            contract = {**contract, "outputs": [*contract["outputs"], self.sigma]}
        for key, value in {"contract": version, **contract}.items():
            text = value if isinstance(value, str) else json.dumps(value)
            model.metadata_props.add(key="s2sr." + key, value=text)
        onnx.checker.check_model(model, full_check=True)
        return model


BANDS = {
    10: ["B2", "B3", "B4", "B8"],
    20: ["B5", "B6", "B7", "B8A", "B11", "B12"],
    60: ["B1", "B9"],
}


def contract(name, version, gsds=None, factor=None, divisor=2000, halo=1, multiple=1):
    """The metadata of a model: fusion when `gsds` (fine to coarse) are given, single-band when
    `factor` is."""
    if gsds:
        kind = "fusion"
        inputs = [{"name": f"b{g}", "gsd": g, "bands": BANDS[g]} for g in gsds]
        outputs = [{"name": "y", "gsd": gsds[0], "bands": BANDS[gsds[-1]]}]
    else:
        kind = "single-band"
        inputs = [{"name": "x", "bands": ["*"]}]
        outputs = [{"name": "y", "bands": ["*"], "factor": factor}]
    return {
        "name": name,
        "version": version,
        "kind": kind,
        "inputs": inputs,
        "outputs": outputs,
        "divisor": str(divisor),
        "halo": str(halo),
        "multiple": str(multiple),
    }
