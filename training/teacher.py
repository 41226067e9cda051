"""Softer targets for a network: the truth averaged with what trained networks make of the same
inputs.

What they make lacks the noise that nothing in the inputs foretells. They are asked once for each
pair, before the training, so that large ones cost little; each in one of the eight ways to turn and
mirror it, which differs from phase to phase of a scene, so that what is learnt from is nearer to
their mean over all eight (as `--quality best` is) than to any of them.
"""

import numpy as np
import torch


def turned(image, turns, flip):
    image = torch.rot90(image, turns, (2, 3))
    return image.flip(3) if flip else image


def turned_back(image, turns, flip):
    return torch.rot90(image.flip(3) if flip else image, -turns, (2, 3))


class Earlier:
    """A network of an earlier version, such as the code here builds no more: its .onnx, in ONNX
    Runtime."""

    def __init__(self, session):
        self.session = session

    def __call__(self, *bands):
        names = [port["name"] for port in self.session.inputs]
        made = self.session.run(None, {n: b.cpu().numpy() for n, b in zip(names, bands)})[0]
        return torch.from_numpy(made).to(bands[0].device)


class Teacher:
    """Trained networks of one task, without back-projection, as in the training."""

    share = 0.5

    def __init__(self, nets, divisor, device, seed):
        self.nets, self.divisor, self.device, self.rng = (
            nets,
            divisor,
            device,
            np.random.default_rng(seed),
        )

    @torch.no_grad()
    def result(self, inputs):
        """Inputs in DN, each (bands, rows, columns) -> the networks' mean, likewise. Beside a
        missing pixel (NaN) all is missing."""
        total = 0.0
        for net in self.nets:
            turns, flip = int(self.rng.integers(4)), bool(self.rng.integers(2))
            x = [
                turned(torch.from_numpy(i[None] / self.divisor).to(self.device), turns, flip)
                for i in inputs
            ]
            total = total + turned_back(net(*x).float(), turns, flip)
        return (total[0] / len(self.nets) * self.divisor).cpu().numpy()

    def soften(self, pair):
        """A pair's target moved towards what the networks make of its inputs."""
        pair.target = (1 - self.share) * pair.target + self.share * self.result(pair.inputs)
        return pair
