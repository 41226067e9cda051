"""What other scenes tell of how the 60 m bands hang together with the finer ones."""

import torch
import torch.nn.functional as F
from torch import nn

from .regression import Layout, LocalRegression, averaged

LEVELS = ("L1C", "L2A")
B8A = 7  # of the finer bands
DARK = 1e-3  # what B8A counts for at least, in units of the divisor, where B9 is divided by it


class Prior(nn.Module):
    """The regression of the 60 m bands on the finer ones, with knowledge from other scenes.

    Of each band there are two mixtures of the finer bands, one fitted to scenes of either level
    (`mixtures`, as fixed numbers; they are not learnt with the network). Each gets a gain around
    each pixel, shrunk towards a half, and what they leave is regressed on the finer bands. B9 has a
    third beside them: B8A, of which water vapour leaves a share that B9 over B8A tells (`left`).

    The 60 m bands see a wider spot than the mean of the finer bands' pixels inside theirs: beside
    one of their pixels, each of the four around it takes a share `spread` of the detail, another
    one in either level. And what a ridge finds is somewhat too small: `more` of it is right.
    """

    # What gains are shrunk towards (B1, B9), and how they are found.
    shares = ((0.5, 0.5), (0.25, 0.25, 0.5))
    gains = tuple(
        LocalRegression(Layout(len(s), targets=1), mean=3, window=3, passes=3, noise=4)
        for s in shares
    )
    # Twice each band: as it is, and less what the mixtures explain.
    regression = LocalRegression(
        Layout(guides=10, targets=4), mean=3, window=3, passes=3, ridge=0.02, noise=4
    )
    spread = {"L1C": (0.1, 0.1), "L2A": (0.128, 0.065)}  # B1, B9
    more = (1.07, 1.05)
    # What is left by water vapour: not more than the first in L1C, all in L2A.
    vapour = (0.6, 0.9)
    most = 3.0  # times B8A: where B9 is more, the two have nothing to do with each other

    def __init__(self):
        super().__init__()
        self.register_buffer("mixtures", torch.zeros(2, len(LEVELS), 10))

    @classmethod
    def left(cls, low, b60):
        """The share of B8A that B9 is around each pixel."""
        b9, b8a = (averaged(b, cls.regression.mean) for b in (b60[:, 1:], low[:, B8A : B8A + 1]))
        return (b9 / b8a.clamp(min=DARK)).clamp(max=cls.most)

    @classmethod
    def level(cls, left):
        """How far bands are L2A and not L1C, from 0 to 1."""
        least, most = cls.vapour
        return ((left - least) / (most - least)).clamp(0, 1)

    def forward(self, low, b60):
        """As LocalRegression, of the 60 m bands on the finer ones at 60 m; the slopes with what is
        known, all else without. Then the level."""
        left = self.left(low, b60)
        known, added = [], []
        for band, mixtures in enumerate(self.mixtures):
            guides = [F.conv2d(low, mixtures[:, :, None, None])]
            if band:
                guides.append(left * low[:, B8A : B8A + 1])
            guides, target = torch.cat(guides, 1), b60[:, band : band + 1]
            share, regression = low.new_tensor(self.shares[band])[:, None, None], self.gains[band]
            rest = target - (share * guides).sum(1, keepdim=True)
            gain = share + regression(guides, rest)[-1]
            known.append((gain * regression.detail(guides)).sum(1, keepdim=True))
            slopes = torch.einsum("nkhw,kg->nghw", gain[:, :2], mixtures)
            if band:
                slopes[:, B8A] += gain[:, 2] * left[:, 0]
            added.append(slopes)
        known = torch.cat([torch.zeros_like(b60), *known], 1)
        sd_guide, sd, detail, correlation, slopes = self.regression(
            low, torch.cat([b60, b60], 1), known
        )
        slopes = slopes[:, 20:] + torch.cat(added, 1)
        return sd_guide, sd[:, :2], detail[:, :2], correlation[:, :20], slopes, self.level(left)
