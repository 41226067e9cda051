"""What an exported model promises, checked: ONNX Runtime gives what PyTorch gives, and the halo
is enough."""

import numpy as np

# Of the coarsest input: as the others, and where the atmosphere takes its detail, as in L1C.
CONTRASTS = (1.0, 0.1)


def random_bands(session, size, rng, contrast=1.0):
    """Smooth-ish random bands in the model's units, `size` pixels of the coarsest input, which has
    `contrast` times that of the others."""
    coarsest = session.inputs[-1].get("gsd", 10)
    feed = {}
    for i in session.inputs:
        n = size * (coarsest // i.get("gsd", 10))
        feed[i["name"]] = rng.uniform(0.05, 1.5, (1, len(i["bands"]), n, n)).astype(np.float32)
    bands = feed[session.inputs[-1]["name"]]
    bands[:] = 0.775 + contrast * (bands - 0.775)
    return feed


def parity(session, net, steps, size=24):
    """Largest absolute difference, in the model's units (about reflectance * 5), and of expected
    errors relative to them."""
    import torch

    from .networks import with_error
    from .resample import back_project

    net.eval()
    differences = []
    for contrast in CONTRASTS:
        feed = random_bands(session, size, np.random.default_rng(0), contrast)
        x = [torch.from_numpy(v) for v in feed.values()]
        with torch.no_grad():
            y = back_project(net(*x), x[-1], net.factor, steps).numpy()
            results = session.run(None, feed)
            differences.append(np.abs(results[0] - y).max())
            if len(results) > 1:
                differences.append(np.abs(results[1] / with_error(net, *x)[1].numpy() - 1).max())
    return float(max(differences))


def reach(session, seed=0, contrast=1.0):
    """Smallest radius, in coarsest pixels, such that nothing further away changes a pixel's result
    by more than 1e-6 (0.002 digital numbers), on one draw of random bands."""
    rng = np.random.default_rng(seed)
    middle = session.halo + 4
    size = 2 * middle + 1
    feed = random_bands(session, size, rng, contrast)
    s = session.factor
    block = np.s_[..., middle * s : (middle + 1) * s, middle * s : (middle + 1) * s]
    before = session.run(None, feed)[0][block]
    for radius in range(middle - 1, -1, -1):
        other = random_bands(session, size, rng, contrast)
        for name, v in feed.items():
            k = v.shape[-1] // size
            keep = np.s_[
                ...,
                (middle - radius) * k : (middle + radius + 1) * k,
                (middle - radius) * k : (middle + radius + 1) * k,
            ]
            other[name][keep] = v[keep]
        if np.abs(session.run(None, other)[0][block] - before).max() > 1e-6:
            return radius + 1
    return 0


def measured_halo(session):
    """What a trained network reaches is well inside what its convolutions could: the least halo
    with a margin of 2."""
    reached = max(reach(session, seed, c) for seed in (1, 2, 3) for c in CONTRASTS)
    return min(session.halo, reached + 2)


def speed(session, tflop_per_tile, side=512):
    """One thread on a tile of `side` x `side` 10 m pixels: CPU time, so that other work on the
    machine hardly counts."""
    import time

    import onnxruntime as ort

    coarsest = session.inputs[-1].get("gsd", 10)
    feed = random_bands(session, side * 10 // coarsest, np.random.default_rng(0))
    session.run(None, feed)
    best = 1e9
    for _ in range(3):
        start = time.process_time()
        y = session.run(None, feed)[0]
        best = min(best, time.process_time() - start)
    gflop = tflop_per_tile * 1000 * feed[session.inputs[0]["name"]].shape[-1] ** 2 / 10980**2
    megapixels = y.shape[-1] * y.shape[-2] / 1e6
    return {
        "cpu_s_per_megapixel": round(best / megapixels, 2),
        "gflops": round(gflop / best),
        "onnxruntime": ort.__version__,
    }
