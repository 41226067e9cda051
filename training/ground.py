"""Scenes held on the training device, and random patches of them drawn there: no processor keeps a
GPU waiting.

The same pairs as `scenes` makes, degraded after they are cut: the cut's origin takes the place of
the phases.
"""

from pathlib import Path

import numpy as np
import torch

from .kernels import DEGRADE_RADIUS
from .resample import degrade
from .scenes import FLOOR, make_pair, manifest, read, series

SATURATED = 60000  # DN without the offset


class Ground:
    """Patches with a margin that degrading takes off again.

    `gsds`: what goes in, the target last. `patch`: the target's pixels to a side. `kept`: {scene:
    part of its columns that may be trained on}, 0 for none; the others are trained on whole.
    """

    def __init__(self, folder, gsds, factor, patch, device, kept):
        self.gsds, self.factor, self.device = gsds, factor, device
        self.margin = DEGRADE_RADIUS * factor
        self.side = patch + 2 * self.margin
        names = [m["name"] for m in manifest(folder) if m.get("split", "train") == "train"]
        count = {}
        for n in names:
            count[series(n)] = count.get(series(n), 0) + 1
        flat = {g: [] for g in gsds}
        rows, weights, spots, hard = [], [], [], []
        for n in names:
            scene = read(Path(folder) / f"{n}.npz")
            if any(g not in scene for g in gsds) or kept.get(n, 1) == 0:
                continue
            scene = left_part({g: scene[g] for g in gsds}, kept.get(n, 1))
            area = scene[10].shape[1] * scene[10].shape[2]
            weights.append(area**0.6 / np.sqrt(count[series(n)]))
            hard.append(
                make_pair([whole(scene[g], g, gsds[-1], factor) for g in gsds], factor).difficulty
            )
            scene = self.framed(scene)
            self.bands = {g: len(a) for g, a in scene.items()}
            spots.append(self.places(scene))
            rows.append(
                [scene[gsds[-1]].shape[2]]
                + [sum(a.size for a in flat[g]) for g in gsds]
                + [scene[gsds[-1]][0].size]
            )
            for g in gsds:
                flat[g].append(scene[g].astype(np.float32).reshape(-1))
        self.scenes = len(rows)
        self.flat = {g: torch.from_numpy(np.concatenate(a)).to(device) for g, a in flat.items()}
        self.table = torch.tensor(np.array(rows), device=device)
        self.hard = torch.tensor(np.array(hard), dtype=torch.float32, device=device)
        self.floor = torch.tensor(FLOOR, device=device)
        weights = np.cumsum(weights) / np.sum(weights)
        self.chance = torch.tensor(weights, dtype=torch.float32, device=device)
        ends = np.cumsum([len(s) for s in spots])
        self.starts = torch.tensor(ends - [len(s) for s in spots], device=device)
        self.counts = torch.tensor([len(s) for s in spots], device=device)
        self.spots = torch.tensor(np.concatenate(spots), device=device)

    def framed(self, scene):
        """Mirrored at the edges by the margin, and further where a patch would not fit in each
        phase, as a network sees edges in use."""
        rows, columns = scene[self.gsds[-1]].shape[1:]
        more = [max(self.margin, (self.side - n + 1 + self.factor) // 2) for n in (rows, columns)]
        out = {}
        for g, a in scene.items():
            k = self.gsds[-1] // g
            out[g] = np.pad(a, [(0, 0)] + [(m * k, m * k) for m in more], mode="symmetric")
        return out

    def places(self, scene):
        """(n, 2): rows and columns where a cut without a missing pixel begins, on the target's
        grid."""
        rows, columns = scene[self.gsds[-1]].shape[1:]
        bad = np.zeros((rows, columns), bool)
        for g, a in scene.items():
            k = self.gsds[-1] // g
            missing = ((a == 0) | (a >= SATURATED)).any(0)
            bad |= missing.reshape(rows, k, columns, k).any((1, 3))
        total = np.zeros((rows + 1, columns + 1), np.int64)
        total[1:, 1:] = bad.cumsum(0).cumsum(1)
        n = self.side
        inside = total[n:, n:] - total[:-n, n:] - total[n:, :-n] + total[:-n, :-n]
        found = np.argwhere(inside == 0)
        return found if len(found) else np.zeros((1, 2), np.int64)

    def draw(self, size):
        """({gsd: (size, bands, side, side)} in DN, turned and mirrored at random, and (size,
        targets): what bicubic leaves)."""

        def chance(*shape):
            return torch.rand(*shape, device=self.device)

        scene = torch.searchsorted(self.chance, chance(size)).clamp(max=self.scenes - 1)
        spot = (chance(size) * self.counts[scene]).long().minimum(
            self.counts[scene] - 1
        ) + self.starts[scene]
        top, left = (self.spots[spot, i].view(-1, 1, 1, 1) for i in (0, 1))
        swap, down, right = (chance(size, 1, 1, 1) < 0.5 for _ in range(3))
        width, area = (self.table[scene, i].view(-1, 1, 1, 1) for i in (0, -1))
        out = {}
        for i, g in enumerate(self.gsds):
            k = self.gsds[-1] // g
            n = self.side * k
            line = torch.arange(n, device=self.device)
            row, column = line.view(1, 1, n, 1), line.view(1, 1, 1, n)
            row, column = torch.where(swap, column, row), torch.where(swap, row, column)
            row = torch.where(down, n - 1 - row, row) + top * k
            column = torch.where(right, n - 1 - column, column) + left * k
            band = torch.arange(self.bands[g], device=self.device).view(1, -1, 1, 1) * (
                area * k * k
            )
            out[g] = self.flat[g][
                self.table[scene, 1 + i].view(-1, 1, 1, 1) + band + row * (width * k) + column
            ]
        return out, torch.hypot(self.hard[scene], self.floor)

    def pair(self, bands, hard):
        """What goes in, degraded and without the margin; the target; how hard it is."""
        inputs = []
        for g, x in bands.items():
            k = self.gsds[-1] // g * DEGRADE_RADIUS
            inputs.append(degrade(x, self.factor)[:, :, k:-k, k:-k])
        return (
            inputs,
            bands[self.gsds[-1]][:, :, self.margin : -self.margin, self.margin : -self.margin],
            hard,
        )


def whole(bands, gsd, target, factor):
    """The part whose target pixels fill blocks of factor x factor."""
    k = target // gsd
    rows, columns = (n // k // factor * factor * k for n in bands.shape[1:])
    return bands[:, :rows, :columns]


def left_part(scene, part, right=False):
    """The scene's columns up to this part of them, or from there on; all grids cut at the same
    place."""
    if part == 1:
        return scene
    coarsest = max(scene)
    at = int(scene[coarsest].shape[2] * part)
    cuts = {g: at * (coarsest // g) for g in scene}
    return {g: a[:, :, cuts[g] :] if right else a[:, :, : cuts[g]] for g, a in scene.items()}
