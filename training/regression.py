"""The local regression that the fast fusion networks begin with.

Matrices per pixel are kept as channels, row by row, so that they are solved with gathers and
products of whole images. `Layout` says which channel is what, here (PyTorch) and in `export`
(ONNX).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F

from .constants import constant, pick
from .kernels import haar_kernel

HAAR = 4  # components of a 2 x 2 block


def pairs(n, m):
    """Channel lists a, b such that x[a] * y[b] is (n, m), row by row."""
    return [i for i in range(n) for _ in range(m)], list(range(m)) * n


@dataclass
class Step:
    """Channels of one step of Gauss-Jordan elimination on rows of `c` columns; it drops the
    first column."""

    lead: list  # the pivot
    pivot: list  # the rest of its row
    column: list  # of each row its first element, once per remaining column
    rest: list  # of each row the remaining columns
    row: list  # repeats the pivot row for each row
    one: np.ndarray  # so that the pivot row itself is replaced, not reduced


class Layout:
    """A regression of each of `targets` bands on `guides` bands."""

    def __init__(self, guides, targets):
        self.guides, self.targets = guides, targets
        # Pairs (guide, guide) and (target, guide), row by row.
        self.guide_pairs, self.target_guide_pairs = pairs(guides, guides), pairs(targets, guides)
        self.diagonal = [i * guides + i for i in range(guides)]
        # From the matrix (guide, guide) followed by the right sides (target, guide) to rows of
        # guide + target columns.
        self.augmented = [
            c
            for i in range(guides)
            for c in [i * guides + j for j in range(guides)]
            + [guides**2 + t * guides + i for t in range(targets)]
        ]
        self.rows = [i for i in range(guides) for _ in range(guides + targets)]
        # From the solution (guide, target) to (target, guide).
        self.transposed = [g * targets + t for t in range(targets) for g in range(guides)]
        # Slopes for each target and each Haar component.
        self.fine_slopes = [
            t * guides + b for t in range(targets) for _ in range(HAAR) for b in range(guides)
        ]
        # Which guide each Haar component is of; and each target once per component.
        self.fine_of = list(range(guides)) * HAAR
        self.fourfold = [t for t in range(targets) for _ in range(HAAR)]

    @cached_property
    def identity(self):
        """(1, guides * (guides + targets), 1, 1): where the ridge goes."""
        eye = np.eye(self.guides, self.guides + self.targets, dtype=np.float32)
        return eye.reshape(1, -1, 1, 1)

    @cached_property
    def elimination(self):
        """The steps in order."""
        return [self.step(k) for k in range(self.guides)]

    def step(self, k):
        c = self.guides + self.targets - k
        one = np.zeros((1, self.guides, c - 1, 1, 1), np.float32)
        one[0, k] = 1
        return Step(
            [k * c],
            [k * c + j for j in range(1, c)],
            [i * c for i in range(self.guides) for _ in range(1, c)],
            [i * c + j for i in range(self.guides) for j in range(1, c)],
            list(range(c - 1)) * self.guides,
            one.reshape(1, -1, 1, 1),
        )

    @cached_property
    def sum_fine(self):
        """From slope times detail of (target, Haar component, guide) to (target, Haar
        component)."""
        return sum_terms(HAAR * self.targets, self.guides)

    @cached_property
    def unfold(self):
        """From (target, Haar component) to (target, phase), a 1x1 kernel."""
        return unfolded(self.targets)


def unfolded(bands):
    """From (band, Haar component) to (band, phase), a 1x1 kernel."""
    inverse = np.kron(np.eye(bands), np.linalg.inv(haar_kernel()))
    return inverse.astype(np.float32)[:, :, None, None]


def sum_terms(outputs, terms):
    """The 1x1 kernel that adds each run of `terms` channels up."""
    return np.repeat(np.eye(outputs, dtype=np.float32), terms, 1)[:, :, None, None]


def averaged(x, side, passes=1):
    """Means of side x side pixels, at the edges of those that there are. With more `passes` the
    weights are those of as many means one after the other: what is nearer counts for more."""
    if passes == 1:
        return F.avg_pool2d(x, side, 1, side // 2, count_include_pad=False)

    def smoothed(x):
        x = F.pad(x, (side // 2 * passes,) * 4)
        for _ in range(passes):
            x = F.avg_pool2d(x, side, 1)
        return x

    return smoothed(x) / smoothed(torch.ones_like(x[:1, :1]))


class LocalRegression:
    """Around each pixel of the coarsest grid, the detail of each target band regressed on that of
    all guides (ridge).

    How bands hang together changes from scene to scene and field to field (soils, haze, water
    vapour, L1C or L2A). What is found here holds where it is found, whatever scenes were trained
    on. It sets the units of what is learnt, too: the trunk sees details, and gives them, in local
    standard deviations.

    To inject guides' detail with gains found in a window is the context-driven fusion of Aiazzi et
    al. 2002 (IEEE TGRS 40:2300-2312), here with several guides at once.

    Detail is what a band differs by from its mean over `mean` x `mean` pixels; the regression, the
    deviations and the correlations are over `window` x `window` pixels.
    """

    def __init__(self, layout, mean, window, passes=1, ridge=0.05, noise=8):
        """`passes`: of the mean over the window, one after the other. `ridge`: the share of each
        guide's variance that is added to it. `noise`: DN that mean nothing."""
        self.layout, self.mean, self.window, self.ridge = layout, mean, window, ridge
        self.passes, self.noise = passes, (noise / 2000) ** 2

    @property
    def reach(self):
        """Pixels that it sees to each side."""
        return self.mean // 2 + self.window // 2 * self.passes

    def detail(self, x):
        return x - averaged(x, self.mean)

    def windowed(self, x):
        return averaged(x, self.window, self.passes)

    def __call__(self, guide, target, known=None):
        """Bands (N, C, h, w) -> standard deviations of the guides' and the targets' detail, the
        targets' detail, and per (target, guide) the correlation and the slope of the regression.
        Means are taken off first: products of small numbers, so that float32 does. `known`, as the
        targets: what is known of their detail; it is taken off, and all is of the rest."""
        rg = self.layout
        guide, target = self.detail(guide), self.detail(target)
        target = target if known is None else target - known
        one, other = rg.guide_pairs
        gram = self.windowed(pick(guide, one) * pick(guide, other))
        variance = pick(gram, rg.diagonal)
        t, g = rg.target_guide_pairs
        cov = self.windowed(pick(target, t) * pick(guide, g))
        sd_guide = (variance + self.noise).sqrt()
        sd_target = (self.windowed(target * target) + self.noise).sqrt()
        ridge = self.ridge * variance + self.noise
        system = pick(torch.cat([gram, cov], 1), rg.augmented)
        system = system + pick(ridge, rg.rows) * constant(rg.identity, system.device)
        return (
            sd_guide,
            sd_target,
            target,
            cov / (pick(sd_guide, g) * pick(sd_target, t)),
            self.solve(system),
        )

    def solve(self, m):
        """Gauss-Jordan on all pixels at once, one column a step. The ridge keeps the pivots away
        from zero."""
        for step in self.layout.elimination:
            row = pick(m, step.pivot) / pick(m, step.lead)
            column = pick(m, step.column) - constant(step.one, m.device)
            m = pick(m, step.rest) - column * pick(row, step.row)
        return pick(m, self.layout.transposed)


# Of the 20 m bands on the 10 m bands, as configs name them. Alone, "smooth" is 0.3 dB better.
REGRESSIONS = {
    "box": LocalRegression(Layout(guides=4, targets=6), mean=3, window=9),
    "smooth": LocalRegression(
        Layout(guides=4, targets=6), mean=3, window=3, passes=3, ridge=0.006, noise=4
    ),
}
