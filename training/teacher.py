"""Softer targets for a network: the truth averaged with what trained networks make of the same inputs.

What they make lacks the noise that nothing in the inputs foretells. At each step one of them is asked, in one of the eight
ways to turn and mirror the patches, so that over many steps their mean over all eight is learnt from, which is better than
any of them alone (as `--quality best` is).
"""
import numpy as np
import torch


def turned(patches, turns, flip):
    patches = [torch.rot90(p, turns, (2, 3)) for p in patches]
    return [p.flip(3) for p in patches] if flip else patches


def turned_back(patch, turns, flip):
    return torch.rot90(patch.flip(3) if flip else patch, -turns, (2, 3))


class Teacher:
    """Trained networks of one task, without back-projection, as in the training."""

    share = 0.5

    def __init__(self, nets, divisor, seed):
        self.nets, self.divisor, self.rng = nets, divisor, np.random.default_rng(seed)

    @torch.no_grad()
    def soften(self, inputs, target):
        """Inputs and target in DN; the target moved towards one network's result in one view."""
        net = self.nets[self.rng.integers(len(self.nets))]
        turns, flip = int(self.rng.integers(4)), bool(self.rng.integers(2))
        result = net(*[x / self.divisor for x in turned(inputs, turns, flip)]) * self.divisor
        return (1 - self.share) * target + self.share * turned_back(result, turns, flip)
