#!/usr/bin/env python3
"""A step of training on one processor core, with Winograd's convolutions and with PyTorch's own,
side by side.

  .venv/bin/python benches/training_step.py

Prints the median CPU time of a step on 16 patches of 32 x 32 for three sizes of network, and the
ratio. Needs what training needs (training/requirements.txt), and a C compiler.
"""

import statistics
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from training import networks  # noqa: E402
from training.blocks import Conv  # noqa: E402
from training.train import batch_loss  # noqa: E402


def step(net, inputs, target, weight):
    start = time.process_time()
    net.zero_grad(set_to_none=True)
    batch_loss(net, inputs, target, weight, 2000, 2, 1.0).backward()
    return time.process_time() - start


def main():
    torch.set_num_threads(1)
    inputs = [
        (2000 * torch.rand(16, bands, n, n)).to(memory_format=torch.channels_last)
        for bands, n in ((4, 32), (6, 16))
    ]
    target, weight = 2000 * torch.rand(16, 6, 32, 32), torch.full((16, 6, 1, 1), 0.01)
    for channels, blocks in ((48, 4), (80, 7), (128, 8)):
        net = networks.FastT2x(channels, blocks).to(memory_format=torch.channels_last)
        seconds = {}
        for name, forward in (("Winograd", Conv.forward), ("direct", torch.nn.Conv2d.forward)):
            Conv.forward, own = forward, Conv.forward
            step(net, inputs, target, weight)
            seconds[name] = statistics.median(step(net, inputs, target, weight) for _ in range(7))
            Conv.forward = own
        ratio = seconds["direct"] / seconds["Winograd"]
        print(
            f"{channels} channels, {blocks} blocks: "
            + ", ".join(f"{n} {s:.3f} s" for n, s in seconds.items())
            + f", ratio {ratio:.2f}"
        )


main()
