"""models/index.json, made from the .onnx files beside it: what is there, how large, what it costs,
what it scores.

Scores come from measure.py and are kept as long as the file they were measured with is unchanged,
speed as long as size and cost are.
"""

import hashlib
import json
from pathlib import Path

TILE = 10980  # 10 m pixels along a product's side
ORDER = [
    "fast-t2x",
    "small-t2x",
    "flagship-t2x",
    "fast-s6x",
    "fast-x2",
    "flagship-x2",
    "fast-x4",
    "dsen2-t2x",
    "dsen2-s6x",
    "vdsr-x2",
    "vdsr-x4",
]
SCORES = {"standard": "scores", "best": "scores_best"}  # under which key, for each quality
LICENCE = "MIT OR Apache-2.0"


def contract(model):
    return {p.key.removeprefix("s2sr."): p.value for p in model.metadata_props}


def parameters(model):
    """Learnt ones; those carry the name of their layer, with dots."""
    return sum(
        int(prod(i.dims)) for i in model.graph.initializer if "." in i.name and not of_doubt(i.name)
    )


def of_doubt(weight):
    """Whether a weight is for the expected error, which is computed where it is asked for only."""
    return weight.startswith("doubt.")


def prod(values):
    n = 1
    for v in values:
        n *= v
    return n


def tflop(model):
    """Of all convolutions, fixed filters included, for a whole product; single-band: for one 10
    m band."""
    import onnx
    from onnx.inliner import inline_local_functions

    fixed = inline_local_functions(model)
    inputs = json.loads(contract(model)["inputs"])
    for value, i in zip(fixed.graph.input, inputs):
        side = TILE * 10 // i.get("gsd", 10)
        for d, n in zip(value.type.tensor_type.shape.dim, (1, len(i["bands"]), side, side)):
            d.dim_value = n
    fixed.graph.output[0].type.tensor_type.ClearField("shape")
    graph = onnx.shape_inference.infer_shapes(fixed, data_prop=True).graph
    shapes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in graph.value_info}
    weights = {i.name: list(i.dims) for i in graph.initializer}
    weights |= {
        n.output[0]: list(n.attribute[0].t.dims) for n in graph.node if n.op_type == "Constant"
    }
    total = 0
    for node in graph.node:
        if node.op_type == "Conv" and not of_doubt(node.input[1]):
            total += 2 * prod(weights[node.input[1]]) * prod(shapes[node.output[0]][2:])
    return total / 1e12


def task(c):
    if c["kind"] == "single-band":
        return f"x{json.loads(c['outputs'])[0]['factor']}"
    return "t2x" if len(json.loads(c["inputs"])) == 2 else "s6x"


def entry(path, old):
    import onnx

    model = onnx.load(path)
    c = contract(model)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    cost = {"parameters": parameters(model), "tflop_per_tile": round(tflop(model), 1)}
    return {
        "name": c["name"],
        "family": c["name"].rsplit("-", 1)[0],
        "task": task(c),
        "version": c["version"],
        "file": path.name,
        "sha256": digest,
        "card": f"{c['name']}.md",
        "licence": LICENCE,
        "uncertainty": any("sigma_of" in o for o in json.loads(c["outputs"])),
        **cost,
        "speed": old.get("speed", {}) if cost.items() <= old.items() else {},
        **{
            key: old.get(key, {}) if old.get("sha256") == digest else {}
            for key in [*SCORES.values(), "coverage"]
        },
    }


def load(folder):
    index = Path(folder) / "index.json"
    return json.loads(index.read_text())["models"] if index.exists() else []


def save(folder, models):
    text = json.dumps({"contract": 1, "default": "fast", "models": models}, indent=1) + "\n"
    (Path(folder) / "index.json").write_text(text)


def update(folder):
    """Rewrite the index from the models."""
    old = {m["name"]: m for m in load(folder)}
    models = [entry(p, old.get(p.stem, {})) for p in Path(folder).glob("*.onnx")]
    models.sort(key=lambda m: ORDER.index(m["name"]) if m["name"] in ORDER else len(ORDER))
    save(folder, models)
    return models


def add(folder, name, key, values):
    """Into one model's scores ({scene: {...}}) or "speed"."""
    models = load(folder)
    next(m for m in models if m["name"] == name)[key].update(values)
    save(folder, models)
