"""What other scenes tell of how the 60 m bands hang together with the finer ones."""

import torch
import torch.nn.functional as F
from torch import nn

from .regression import Layout, LocalRegression, averaged

LEVELS = ("L1C", "L2A")


class Prior(nn.Module):
    """The regression of the 60 m bands on the finer ones, with knowledge from other scenes.

    Of each band there are two mixtures of the finer bands, one fitted to scenes of either level
    (`mixtures`, as fixed numbers; they are not learnt with the network). Each gets a gain around
    each pixel, shrunk towards a half, and what they leave is regressed on the finer bands.

    The 60 m bands see a wider spot than the mean of the finer bands' pixels inside theirs: beside
    one of their pixels, each of the four around it takes a share `spread` of the detail (B1, B9).
    """

    gains = LocalRegression(Layout(guides=2, targets=1), mean=3, window=5)
    # Twice each band: as it is, and less what the mixtures explain.
    regression = LocalRegression(Layout(guides=10, targets=4), mean=3, window=5)
    spread = (0.09, 0.055)

    def __init__(self):
        super().__init__()
        self.register_buffer("mixtures", torch.zeros(2, len(LEVELS), 10))

    def forward(self, low, b60):
        """As LocalRegression, of the 60 m bands on the finer ones at 60 m; the slopes with what is
        known, all else without."""
        gains, known = [], []
        for band, mixtures in enumerate(self.mixtures):
            mixed, target = F.conv2d(low, mixtures[:, :, None, None]), b60[:, band : band + 1]
            gain = 0.5 + self.gains(mixed, target - mixed.mean(1, keepdim=True))[-1]
            gains.append(gain)
            known.append((gain * (mixed - averaged(mixed, self.gains.mean))).sum(1, keepdim=True))
        known = torch.cat([torch.zeros_like(b60), *known], 1)
        sd_guide, sd, detail, correlation, slopes = self.regression(
            low, torch.cat([b60, b60], 1), known
        )
        added = torch.cat(
            [torch.einsum("nkhw,kg->nghw", g, m) for g, m in zip(gains, self.mixtures)], 1
        )
        return sd_guide, sd[:, :2], detail[:, :2], correlation[:, :20], slopes[:, 20:] + added
