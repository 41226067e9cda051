"""What other scenes tell of how the 60 m bands hang together with the finer ones."""

import torch
import torch.nn.functional as F
from torch import nn

from .blocks import fixed, haar
from .constants import pick
from .regression import Layout, LocalRegression, averaged
from .resample import upsample, upsample_linear, upsample_phases

LEVELS = ("L1C", "L2A")


class Prior(nn.Module):
    """A second regression of the 60 m bands, beside that of `networks.FastS6x`, with knowledge from
    other scenes, and how far it is to be trusted.

    Of each band there are two mixtures of the finer bands, one fitted to scenes of either level
    (`mixtures`, as fixed numbers; they are not learnt with the network, which has learnt the scenes
    by heart and would have no use for them). Each gets a gain around each pixel, shrunk towards a
    half, and what they leave is regressed as the bands themselves are.

    The share of this regression in the result falls with how far it is from the one without
    knowledge: `trust` times the mean square of the difference in each pixel of 60 m, against the
    variance of the band's detail, is what weighs against it. Between two means of a quantity with
    errors alike that is James and Stein's (1961) rule, which never takes more than it has evidence
    for; `most` is all that it gets, as the network knows more ground than those that it was chosen
    with. It gets that in L1C only, where the atmosphere is still in the way: water vapour leaves B9
    less detail than B8A, and haze leaves B1 less than B2. `hazy` is the ratio of the two variances
    at which the share begins to be taken away, `steep` how quickly. Without it the network is left
    alone: there it loses as often as it gains.
    """

    gains = LocalRegression(Layout(guides=2, targets=1, fine=2), mean=3, window=5)
    # Twice each band: as it is, and less what the mixtures explain.
    regression = LocalRegression(Layout(guides=10, targets=4, fine=4), mean=3, window=5)
    injection = Layout(guides=10, targets=2, fine=4)
    trust, most, hazy, steep = 25.0, 0.5, 0.4, 6
    clear_guides = (0, 7)  # B2 and B8A, as B1 and B9 would be without the atmosphere
    ratios = 10.0  # of `hazy`, at most, for numbers that float32 holds

    def __init__(self):
        super().__init__()
        self.register_buffer("mixtures", torch.zeros(2, len(LEVELS), 10))

    def fitted(self):
        return bool(self.mixtures.any())

    def forward(self, b10, b20, b60):
        """On the 20 m grid: what this regression adds to that without knowledge, (N, 2 * 4, h, w),
        folded, and its share, (N, 2, h, w)."""
        low10, low20 = F.avg_pool2d(b10, 6), F.avg_pool2d(b20, 3)
        slopes, sd, sd_clear = self.slopes(torch.cat([low10, low20], 1), b60)
        slopes, rg = upsample_linear(slopes, 3), self.injection
        fine, coarse = haar(b10 - upsample(low10, 6)), b20 - upsample(low20, 3)
        fused10 = fixed(pick(slopes, rg.fine_slopes) * torch.cat([fine, fine], 1), rg.sum_fine)
        fused20 = fixed(
            pick(slopes, rg.coarse_slopes) * torch.cat([coarse, coarse], 1), rg.sum_coarse
        )
        more = fixed(fused10, rg.unfold) + upsample_phases(fused20, 2)
        return more, upsample_linear(self.share(more, sd, sd_clear), 3)

    def slopes(self, low, b60):
        """How much this regression's slopes are more than those without knowledge,
        (N, 2 * 10, h, w), and the standard deviations of the detail of the bands and of those that
        are clear where they are not."""
        gains, known = [], []
        for band, mixtures in enumerate(self.mixtures):
            mixed, target = F.conv2d(low, mixtures[:, :, None, None]), b60[:, band : band + 1]
            gain = 0.5 + self.gains(mixed, target - mixed.mean(1, keepdim=True))[-1]
            gains.append(gain)
            known.append((gain * (mixed - averaged(mixed, self.gains.mean))).sum(1, keepdim=True))
        known = torch.cat([torch.zeros_like(b60), *known], 1)
        sd_guide, sd, _, _, slopes = self.regression(low, torch.cat([b60, b60], 1), known)
        added = torch.cat(
            [torch.einsum("nkhw,kg->nghw", g, m) for g, m in zip(gains, self.mixtures)], 1
        )
        return slopes[:, 20:] + added - slopes[:, :20], sd[:, :2], sd_guide[:, self.clear_guides]

    def share(self, more, sd, sd_clear):
        """(N, 2, h, w) on the 60 m grid."""
        apart = F.avg_pool2d(more.square(), 3).unflatten(1, (2, 4)).mean(2)
        ratio = (sd / sd_clear).square() / self.hazy
        clear = ratio.clamp(max=self.ratios) ** self.steep
        level = torch.stack([clear[:, 0] + clear[:, 1], clear[:, 1]], 1)
        return self.most / (1 + self.trust * apart / sd.square() + level)
