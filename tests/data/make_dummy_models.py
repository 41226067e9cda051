#!/usr/bin/env python3
"""Makes dummy-t2x.onnx, dummy-s6x.onnx, dummy-x2.onnx and sure-t2x.onnx: tiny networks with the
contract of the real ones.

Each is bicubic interpolation plus two random convolutions, so a result depends on its neighbours up
to a known halo, and a wrong band order or a shifted grid shows. faulty-nan.onnx and faulty-inf.onnx
give what is no number where DN reach 20000, faulty-sigma.onnx gives such expected errors.
sure-t2x.onnx is dummy-t2x with an expected error of each band and 20 m pixel: 10 DN and a hundredth
of what lies around. Needs numpy and onnx: python3 tests/data/make_dummy_models.py
"""

import sys
from pathlib import Path

import numpy as np
import onnx

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))
from training.graph import BANDS, Graph, contract  # noqa: E402

CHANNELS = 8


def two_convs(g, x, inputs, outputs, rng):
    """What a network would add to bicubic: a few per cent of the signal."""
    a = rng.normal(0, (2 / (9 * inputs)) ** 0.5, (CHANNELS, inputs, 3, 3))
    b = rng.normal(0, 0.05 / (9 * CHANNELS) ** 0.5, (outputs, CHANNELS, 3, 3))
    return g.conv(g.relu(g.conv(x, a)), b)


def fusion(name, gsds, rng, sure=False):
    """Works on the 10 m grid. The halo, in pixels of the coarsest input: 2 for bicubic, 1 for
    two 3x3 at 10 m."""
    g = Graph()
    bands = [g.input(f"b{d}", len(BANDS[d]), d) for d in gsds]
    fine = bands[:1] + [g.upsample(x, len(BANDS[d]), d // 10) for x, d in zip(bands[1:], gsds[1:])]
    outputs = len(BANDS[gsds[-1]])
    y = two_convs(g, g.concat(*fine), sum(len(BANDS[d]) for d in gsds), outputs, rng)
    g.output(g.add(fine[-1], y), "y", outputs)
    if sure:
        around = g.op("AveragePool", bands[-1], kernel_shape=[3, 3], pads=[1] * 4)
        hundredth, least = (
            g.constant(np.float32(v), hint) for v, hint in ((0.01, "hundredth"), (0.005, "least"))
        )
        errors = g.add(g.op("Mul", g.op("Abs", around), hundredth), least)
        g.errors(errors, outputs, gsds[-1])
    return g.model(contract(name, "0.0.1", gsds=gsds, halo=3))


def single(name, factor, rng):
    """Works on the source grid. Halo: 2, for bicubic as for two 3x3."""
    g = Graph()
    x = g.input("x", 1, 0)
    y = g.add(g.upsample_phases(x, 1, factor), two_convs(g, x, 1, factor**2, rng))
    g.output(g.unfold(y, factor), "y", 1)
    return g.model(contract(name, "0.0.1", factor=factor, halo=2))


def faulty(name, spoil, sigma=False):
    """Bicubic, and a little of the root or the inverse of 20000 less the DN; or that of the 20 m
    bands as their expected error."""
    g = Graph()
    bands, fine = (
        len(BANDS[20]),
        (g.input("b10", len(BANDS[10]), 10), g.input("b20", len(BANDS[20]), 20)),
    )
    up = g.upsample(fine[1], bands, 2)
    ten, little = (g.constant(np.float32(v), hint) for v, hint in ((10, "ten"), (1e-3, "little")))
    spoilt = g.op("Mul", spoil(g, g.op("Sub", ten, fine[1] if sigma else up)), little)
    unused = g.conv(fine[0], np.zeros((bands, len(BANDS[10]), 1, 1)))
    y = g.add(up, unused)
    g.output(y if sigma else g.add(y, spoilt), "y", bands)
    if sigma:
        g.errors(spoilt, bands, 20)
    return g.model(contract(name, "0.0.1", gsds=(10, 20), halo=3))


def main():
    rng = np.random.default_rng(1)
    onnx.save(faulty("faulty-nan", lambda g, x: g.op("Sqrt", x)), HERE / "faulty-nan.onnx")
    model = faulty("faulty-sigma", lambda g, x: g.op("Sqrt", x), sigma=True)
    onnx.save(model, HERE / "faulty-sigma.onnx")
    onnx.save(
        faulty("faulty-inf", lambda g, x: g.op("Reciprocal", g.relu(x))), HERE / "faulty-inf.onnx"
    )
    models = [
        fusion("dummy-t2x", (10, 20), rng),
        fusion("dummy-s6x", (10, 20, 60), rng),
        single("dummy-x2", 2, rng),
    ]
    for model in [*models, fusion("sure-t2x", (10, 20), np.random.default_rng(1), sure=True)]:
        name = next(p.value for p in model.metadata_props if p.key == "s2sr.name")
        onnx.save(model, HERE / f"{name}.onnx")


main()
