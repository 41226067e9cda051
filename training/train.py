"""One network's training: config -> weights. Resumes by itself; runs on the CPU or a GPU.

The learning rate follows progress from 0 to 1, counted in steps, or in minutes of wall clock when
asked for. Beside the checkpoint, curve.csv gets a line each 100 steps: step, minutes, progress,
loss (its width changes with progress, so losses compare at equal progress).
"""

import copy
import itertools
import math
import os
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

from . import networks
from .optimizer import Muon, by_shape, inner_and_outer
from .scenes import Sampler


def learning_rate(progress, step, peak, warm_up=200):
    return (
        peak
        * min(1, (step + 1) / warm_up)
        * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1, progress))))
    )


def loss_width(progress):
    """Nearly the mean absolute error at first (robust), towards the squared error, which SRE
    measures, at the end."""
    return 0.1 + 1.9 * max(0.0, (progress - 0.5) / 0.5)


def batch_loss(net, inputs, target, weight, divisor, border, width):
    """Huber loss of the errors in units of bicubic's; the outermost pixels, which see the
    padding, do not count."""
    y = net(*[x / divisor for x in inputs]) * divisor
    e = ((y - target) * weight)[:, :, border:-border, border:-border]
    return F.huber_loss(e, torch.zeros_like(e), delta=width) / width**0.5


def mixed_precision(device):
    """Whether bfloat16 is faster than float32: on a GPU, and on processors that have
    instructions for it."""
    if torch.device(device).type != "cpu":
        return True
    has = torch.cpu.get_capabilities()
    return bool(has.get("avx512_bf16") or has.get("amx_bf16"))


def save(path, state):
    torch.save(state, str(path) + ".part")
    os.replace(str(path) + ".part", path)


def train(
    config,
    folder,
    out,
    minutes=None,
    start=None,
    device="cpu",
    seed=1,
    exclude=(),
    teacher=None,
    workers=0,
    native=None,
):
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    t = config["training"]
    torch.manual_seed(seed)
    net = networks.build(config).to(device, memory_format=torch.channels_last)
    mixed, on_gpu = mixed_precision(device), torch.device(device).type == "cuda"
    precision = torch.autocast(torch.device(device).type, torch.bfloat16, enabled=mixed)
    torch.backends.cudnn.allow_tf32, torch.backends.cudnn.benchmark = (
        False,
        True,
    )  # TF32 is too coarse for the bands, too
    gsds, augment = (
        networks.gsd_in(net),
        {"jitter": t.get("band_gain", 0.0), "mix": t.get("mix", 0.0)},
    )
    if native and tuple(gsds) != (10, 20):
        sys.exit(f"{config['name']} is none for 20 m bands, which --native is for; leave it out")
    if teacher:
        print(f"asking {len(teacher.nets)} teachers for each pair, once", flush=True)
    with precision:
        soften = teacher.soften if teacher else None
        sampler = Sampler(
            folder,
            gsds,
            net.factor,
            t["patch"],
            t["batch"],
            seed,
            exclude,
            soften=soften,
            native=native,
            **augment,
        )
    print(
        f"{config['name']}: {networks.parameters(net)} parameters, {len(sampler.scenes)} scenes",
        flush=True,
    )
    if start:
        net.load_state_dict(networks.grown(start, net.state_dict()))
    elif not (out / "checkpoint.pt").exists() and any(True for _ in net.buffers()):
        sys.exit(
            f"{config['name']} has numbers that are not learnt with it; begin with a file that"
            " holds them (--from; python -m training.mixtures SCENES --fit START)"
        )
    ema = copy.deepcopy(net)
    inner, outer = inner_and_outer(net)
    groups = [{"params": kernels} for kernels in by_shape(inner)]
    opts = [
        Muon(groups, t["rate"], 1e-3),
        torch.optim.AdamW(outer, lr=t["rate"], weight_decay=1e-3),
    ]
    step, spent = 0, 0.0
    checkpoint = out / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=device)
        net.load_state_dict(state["net"]), ema.load_state_dict(state["ema"])
        for opt, saved_opt in zip(opts, state["opt"]):
            opt.load_state_dict(saved_opt)
        step, spent = state["step"], state["spent"]
        print(f"resumed at step {step}, {spent / 60:.1f} min", flush=True)

    def snapshot():
        save(
            checkpoint,
            {
                "net": net.state_dict(),
                "ema": ema.state_dict(),
                "opt": [o.state_dict() for o in opts],
                "step": step,
                "spent": spent,
                "name": config["name"],
            },
        )

    batches = iter(
        DataLoader(
            sampler,
            batch_size=None,
            sampler=itertools.count(step),
            num_workers=workers,
            pin_memory=on_gpu,
        )
    )
    last = saved = time.monotonic()
    mean = None  # of the loss; stays on the device between reports
    while True:
        progress = spent / (60 * minutes) if minutes else step / t["steps"]
        if progress >= 1:
            break
        inputs, target, weight = next(batches)
        inputs = [
            x.to(device, non_blocking=True, memory_format=torch.channels_last) for x in inputs
        ]
        target, weight = (x.to(device, non_blocking=True) for x in (target, weight))
        for group in (g for o in opts for g in o.param_groups):
            group["lr"] = learning_rate(progress, step, t["rate"])
        with precision:
            loss = batch_loss(
                net, inputs, target, weight, config["divisor"], t["border"], loss_width(progress)
            )
        net.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 0.5)
        for opt in opts:
            opt.step()
        with (
            torch.no_grad()
        ):  # the average follows slowly, but not more slowly than there are steps
            keep = min(0.999, (step + 1) / (step + 10))
            torch._foreach_lerp_(list(ema.parameters()), list(net.parameters()), 1 - keep)
        step += 1
        mean = loss.detach() if mean is None else mean.lerp(loss.detach(), 0.01)
        now = time.monotonic()
        spent, last = spent + now - last, now
        if step % 100 == 0:
            print(
                f"step {step}  {spent / 60:.2f} min  progress {progress:.3f}  loss"
                f" {mean.item():.4f}",
                flush=True,
            )
            with open(out / "curve.csv", "a") as curve:
                curve.write(f"{step},{spent / 60:.2f},{progress:.3f},{mean.item():.4f}\n")
        if now - saved > 100:
            snapshot()
            saved = now
    snapshot()
    print(f"done: {step} steps, {spent / 60:.1f} min", flush=True)
