"""What the shipped networks give in PyTorch for made-up inputs, kept in tests/data/golden.json
beside the golden scores: the engine (src/model/network/golden.rs) and ONNX Runtime from Python
(training/tests/test_golden.py) are held to the same numbers.

python -m training.golden renews them, after a network was trained anew.
"""

import json
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
FILE = ROOT / "tests/data/golden.json"
# Name and size, in pixels of the coarsest input.
NETWORKS = {"fast-t2x": 20, "fast-s6x": 8, "fast-x2": 24}
POINTS = 48


def inputs(ports, coarsest, size):
    """For each port (bands, ground sample distance) a tensor (1, band, row, column) in the
    network's units, by a formula."""
    for i, (bands, gsd) in enumerate(ports):
        n = size * (coarsest // gsd if gsd else 1)
        b, r, c = np.mgrid[:bands, :n, :n]
        yield (0.05 + (b * 131 + r * 37 + c * 11 + i * 17) % 701 / 700)[None].astype(np.float32)


def main():
    import torch

    from . import networks
    from .__main__ import load_config, load_weights
    from .resample import back_project

    kept = json.loads(FILE.read_text())
    kept["networks"] = []
    rng = np.random.default_rng(1)
    for name, size in NETWORKS.items():
        config = load_config(name)
        net = networks.build(config)
        net.load_state_dict(load_weights(config, str(ROOT / f"models/{name}.onnx")))
        net.eval()
        x = [torch.from_numpy(v) for v in inputs(ports_of(name), coarsest_of(name), size)]
        with torch.no_grad():
            y = back_project(net(*x), x[-1], net.factor, config.get("back_projection", 2)).numpy()[
                0
            ]
        points = [[int(rng.integers(n)) for n in y.shape] for _ in range(POINTS)]
        values = [round(float(y[tuple(p)]), 6) for p in points]
        kept["networks"].append(
            {"name": name, "size": size, "shape": list(y.shape), "points": points, "values": values}
        )
    FILE.write_text(json.dumps(kept, separators=(",", ":")) + "\n")


def session_of(name):
    from .infer import Session

    return Session(ROOT / f"models/{name}.onnx")


def ports_of(name):
    return [(len(i["bands"]), i.get("gsd", 0)) for i in session_of(name).inputs]


def coarsest_of(name):
    return max(gsd for _, gsd in ports_of(name))


if __name__ == "__main__":
    main()
