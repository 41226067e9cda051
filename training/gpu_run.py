"""One training of `gpu_plan`: config, scenes, folder, until when (seconds of the clock)."""

import argparse
import json
import time
from pathlib import Path

import torch

from . import holdout, networks
from .__main__ import load_config, load_weights
from .device_train import Trainer


def weights_of(text):
    """CONFIG=FILE -> the config and its weights."""
    config, path = text.split("=", 1)
    config = load_config(config)
    return config, {k: v.float() for k, v in load_weights(config, path).items()}


def teacher(text, device):
    config, weights = weights_of(text)
    net = networks.build(config)
    net.load_state_dict(weights)
    return net.to(device, memory_format=torch.channels_last).eval().requires_grad_(False)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("config"), p.add_argument("scenes"), p.add_argument("out", type=Path)
    p.add_argument("--until", type=float, required=True)
    p.add_argument("--device", default="cuda")
    p.add_argument("--augment", default="full")
    p.add_argument("--kept", default="strips", choices=list(holdout.KEPT))
    (
        p.add_argument("--start"),
        p.add_argument("--rate", type=float),
        p.add_argument("--seed", type=int, default=1),
    )
    p.add_argument("--teacher", action="append", default=[])
    o = p.parse_args()
    begin = time.time()
    torch.backends.cudnn.allow_tf32 = False
    config, kept = load_config(o.config), holdout.KEPT[o.kept]
    start = weights_of(o.start)[1] if o.start else None
    teachers = [teacher(t, o.device) for t in o.teacher]
    t = Trainer(config, o.scenes, o.device, kept, start, teachers, o.augment, o.seed, o.rate)
    print(
        f"ready after {time.time() - begin:.1f} s, {networks.parameters(t.net)} parameters",
        flush=True,
    )
    steps = t.run(o.out, time.monotonic() + o.until - time.time())
    print(
        f"{steps} steps;"
        f" {torch.cuda.max_memory_reserved() / 2**30 if o.device != 'cpu' else 0:.1f} GiB",
        flush=True,
    )
    result = holdout.score(t.ema.eval(), config, o.scenes, kept, o.device)
    (o.out / "score.json").write_text(json.dumps({**result, "steps": steps}))
    print(result, flush=True)


if __name__ == "__main__":
    main()
