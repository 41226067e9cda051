"""Pairs for the 60 m bands out of the finer ones, of which there are thirty-six times as many
pixels.

On a ground of 20 m pixels one band plays the part of a 60 m band, and where it would be seen among
the finer bands a mixture of others stands in its place: nothing can be copied, all has to be
inferred from bands that go along with it.
"""

import torch

from .ground import Ground
from .resample import degrade, upsample
from .scenes import FLOOR


class Standins(Ground):
    """Draws ground of the 10 and 20 m bands; `pair` makes of it what FastS6x takes, 20 m pixels
    in the place of 60 m ones."""

    def __init__(self, folder, patch, device, kept):
        super().__init__(folder, (10, 20), 6, patch, device, kept)

    def pair(self, bands, hard):
        b10, b20 = degrade(bands[10], 2), bands[20]
        n = len(b20)
        all_bands = torch.cat([b10, b20], 1)
        order = torch.rand(n, all_bands.shape[1], device=b20.device).argsort(1)[:, :2]
        target = all_bands.gather(1, order[:, :, None, None].expand(-1, -1, *b20.shape[2:]))
        played = torch.zeros(n, all_bands.shape[1], device=b20.device).scatter(1, order, 1.0)[
            :, :, None, None
        ]
        b10 = replaced(b10, played[:, :4])
        b20 = replaced(b20, played[:, 4:])
        f = self.factor
        b60 = degrade(target, f)
        inputs = [
            b10[:, :, f:-f, f:-f],
            degrade(b20, 2)[:, :, f // 2 : -f // 2, f // 2 : -f // 2],
            b60[:, :, 1:-1, 1:-1],
        ]
        target = target[:, :, f:-f, f:-f]
        left = (target - upsample(b60, f)[:, :, f:-f, f:-f]).square().mean((2, 3))
        return inputs, target, (left + FLOOR**2).sqrt()


def replaced(x, played):
    """Bands that play a part (1) are mixtures of those that don't (0)."""
    n, c = x.shape[:2]
    share = torch.rand(n, c, c, device=x.device) * (1 - played[:, :, 0, 0])[:, None, :] + 1e-6
    mixture = torch.einsum("noc,nchw->nohw", share / share.sum(2, keepdim=True), x)
    return torch.where(played > 0, mixture, x)
