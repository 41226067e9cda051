"""Training on a GPU in minutes: patches are drawn, changed and degraded on the device, and a whole
step is one CUDA graph.

The same loss, optimizers and schedule as `train`; the teachers see each patch as it is drawn.
"""

import copy
import time
from pathlib import Path

import torch

from . import networks
from .augment import KINDS, augmented, mixed
from .ground import Ground
from .optimizer import Muon, by_shape, inner_and_outer
from .train import learning_rate, loss_width, save


class Trainer:
    """One network's training. `step` is all that a graph holds; `rate`, `width`, `keep` are what
    changes from step to step."""

    def __init__(
        self,
        config,
        folder,
        device,
        kept,
        start=None,
        teachers=(),
        augment="full",
        seed=1,
        rate=None,
    ):
        t = config["training"]
        torch.manual_seed(seed)
        self.config, self.device, self.kind = config, device, KINDS[augment]
        self.net = networks.build(config).to(device, memory_format=torch.channels_last)
        if start:
            self.net.load_state_dict(networks.grown(start, self.net.state_dict()))
        self.ema = copy.deepcopy(self.net).requires_grad_(False)
        self.teachers = list(teachers)
        gsds = networks.gsd_in(self.net)
        self.source = Ground(folder, gsds, self.net.factor, t["patch"], device, kept)
        self.size = t["batch"]
        self.peak = rate or t["rate"]
        self.rate, self.width, self.keep, self.mean = (
            torch.zeros((), device=device) for _ in range(4)
        )
        inner, outer = inner_and_outer(self.net)
        graph = torch.device(device).type == "cuda"
        options = {"capturable": True} if graph else {"foreach": False}
        self.opts = [Muon(k, self.rate, 1e-3) for k in by_shape(inner)]
        self.opts.append(torch.optim.AdamW(outer, lr=self.rate, weight_decay=1e-3, **options))
        self.border, self.divisor = t["border"], config["divisor"]
        self.graph = self.captured() if graph else None

    def batch(self):
        bands, hard = augmented(*self.source.draw(2 * self.size), self.kind)
        bands, hard = mixed(bands, hard, self.kind["mix"])
        inputs, target, hard = self.source.pair(bands, hard)
        inputs = [x.contiguous(memory_format=torch.channels_last) / self.divisor for x in inputs]
        return inputs, target, 1 / hard[:, :, None, None]

    def loss(self):
        with torch.no_grad():
            inputs, target, weight = self.batch()
            soft = target
            if self.teachers:
                soft = 0.5 * target + 0.5 * self.divisor * sum(
                    t(*inputs).float() for t in self.teachers
                ) / len(self.teachers)
        b = self.border
        e = ((self.net(*inputs) * self.divisor - soft) * weight)[:, :, b:-b, b:-b]
        size = e.abs()
        return (
            torch.where(
                size < self.width, 0.5 * e * e, self.width * (size - 0.5 * self.width)
            ).mean()
            / self.width.sqrt()
        )

    def step(self):
        for opt in self.opts:
            opt.zero_grad(set_to_none=True)
        with torch.autocast(
            torch.device(self.device).type,
            torch.bfloat16,
            enabled=self.device != "cpu",
            cache_enabled=False,
        ):
            loss = self.loss()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 0.5)
        for opt in self.opts:
            opt.step()
        with torch.no_grad():
            for a, p in zip(self.ema.parameters(), self.net.parameters()):
                a.lerp_(p, 1 - self.keep)
            self.mean.lerp_(loss.detach(), 0.01)

    def captured(self):
        """The step as a graph. The steps that warm up must not train: the rate is nought."""
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        self.width.fill_(1.0), self.keep.fill_(1.0)
        with torch.cuda.stream(side):
            for _ in range(3):
                self.step()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.step()
        return graph

    def run(self, out, until, report=50):
        """Trains until the clock (time.monotonic) says `until`; curve.csv and the averaged
        weights are left in `out`."""
        out = Path(out)
        out.mkdir(parents=True, exist_ok=True)
        begin = time.monotonic()
        step, progress, told = 0, 0.0, begin
        self.mean.zero_()
        while progress < 1:
            self.rate.fill_(learning_rate(progress, step, self.peak))
            self.width.fill_(loss_width(progress))
            self.keep.fill_(min(0.999, (step + 1) / (step + 10)))
            self.graph.replay() if self.graph else self.step()
            step += 1
            if step % 10 == 0 or not self.graph:
                if self.graph:
                    torch.cuda.synchronize()
                now = time.monotonic()
                progress = (now - begin) / (until - begin)
            if step % report == 0 and (now - told > 5 or progress >= 1):
                told = now
                line = f"{step},{(now - begin) / 60:.2f},{progress:.3f},{self.mean.item():.4f}"
                print(self.config["name"], line, flush=True)
                with open(out / "curve.csv", "a") as curve:
                    curve.write(line + "\n")
        state = {k: v.cpu() for k, v in self.ema.state_dict().items()}
        save(
            out / "checkpoint.pt",
            {
                "ema": state,
                "step": step,
                "spent": time.monotonic() - begin,
                "name": self.config["name"],
            },
        )
        return step
