"""Scenes on disk -> pairs by Wald's protocol -> random training patches. Numpy only.

A scene is NAME.npz with b10 (4, H, W) and usually b20 (6, H/2, W/2) and b60 (2 or 3, H/6, W/6):
digital numbers with the offset removed, uint16, 0 = no data. `manifest.json` beside the folder or
in it says which scenes are "train".
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.ndimage import convolve, gaussian_filter

from .reference import cubic_up

RATIO = {10: 6, 20: 3, 60: 1}  # pixels per 60 m pixel
FLOOR = 15.0  # DN: what bicubic leaves on a scene counts as at least about this much


def degrade(x, s):
    """(C, H, W) -> (C, H//s, W//s): Gaussian of sigma 1/s px, then the mean of each s x s block."""
    y = np.stack([gaussian_filter(c.astype(np.float32), 1 / s) for c in x])
    c, h, w = y.shape
    h, w = h // s * s, w // s * s
    return y[:, :h, :w].reshape(c, h // s, s, w // s, s).mean((2, 4))


def filled(band, invalid):
    """The band (H, W), invalid pixels replaced by the mean of their neighbours ring after ring,
    as the engine does it."""
    known, around = ~invalid, np.ones((3, 3))
    band = np.where(known, band, 0).astype(np.float64)
    while known.any() and not known.all():
        count = convolve(known.astype(np.float64), around, mode="constant")
        ring = ~known & (count > 0)
        band[ring] = convolve(band, around, mode="constant")[ring] / count[ring]
        known |= ring
    return band


def reached(invalid, s):
    """The pixels of a degraded band that an invalid pixel went into."""
    return degrade(invalid[None].astype(np.float32), s)[0] > 1e-6


def manifest(folder):
    folder = Path(folder)
    for place in (folder / "manifest.json", folder.parent / "manifest.json"):
        if place.exists():
            return json.loads(place.read_text())
    return [{"name": f.stem, "split": "train"} for f in sorted(folder.glob("*.npz"))]


def read(path):
    """{gsd: (C, H, W) uint16}; a third 60 m band (B10) is left out: it is never a target."""
    z = np.load(path)
    out = {g: z[f"b{g}"] for g in (10, 20, 60) if f"b{g}" in z.files}
    if 60 in out:
        out[60] = out[60][:2]
    return out


@dataclass
class Pair:
    """The inputs (coarse) and the target, in DN, and per target band what bicubic leaves to be
    done (RMS)."""

    inputs: list
    target: np.ndarray
    difficulty: np.ndarray


def fusion_pairs(scene, gsds, s):
    """All pairs of a scene: the target's grid shifted by each of s x s phases, so each pixel is
    degraded in s*s ways."""
    coarsest = gsds[-1]
    pairs = []
    for dy in range(s):
        for dx in range(s):
            h, w = (n - d for n, d in zip(scene[coarsest].shape[1:], (dy, dx)))
            h, w = h // s * s, w // s * s
            if min(h, w) < s:
                continue
            cut = {}
            for g in gsds:
                k = coarsest // g
                cut[g] = scene[g][:, dy * k : (dy + h) * k, dx * k : (dx + w) * k]
            pairs.append(make_pair([cut[g] for g in gsds], s))
    return pairs


def single_pairs(scene, s):
    """Each 10 m band is a scene of its own; phases as above, a few of them where there are many."""
    pairs = []
    step = max(1, s // 2)
    for dy in range(0, s, step):
        for dx in range(0, s, step):
            for band in scene[10]:
                v = band[None, dy:, dx:]
                h, w = (n // s * s for n in v.shape[1:])
                pairs.append(make_pair([v[:, :h, :w]], s))
    return pairs


def make_pair(bands, s):
    invalid = [(b == 0).any(0) for b in bands]
    inputs = [degrade(b, s) for b in bands]
    for x, bad in zip(
        inputs, invalid
    ):  # a coarse pixel that any missing pixel went into is missing
        if bad.any():
            x[:, reached(bad, s)] = np.nan
    target = bands[-1].astype(np.float32)
    target[:, invalid[-1]] = np.nan
    error = target - np.stack([cubic_up(c, s) for c in inputs[-1]])
    return Pair(inputs, target, np.sqrt(np.nanmean(error**2, axis=(1, 2))))


def native_pair(scene, made):
    """A pair at the scale in which networks are used: the 10 and 20 m bands as they are, and what
    was `made` of them in place of the truth, which nobody knows there."""
    missing = (scene[20] == 0).any(0)
    h, w = missing.shape
    fine = scene[10][:, : 2 * h, : 2 * w]
    missing |= (fine == 0).any(0).reshape(h, 2, w, 2).any((1, 3))
    inputs, target = [a.astype(np.float32) for a in (fine, scene[20])], made.astype(np.float32)
    lost = np.repeat(np.repeat(missing, 2, 0), 2, 1) | (made == 0).any(0)
    inputs[0][:, lost], inputs[1][:, missing], target[:, lost] = np.nan, np.nan, np.nan
    error = target - np.stack([cubic_up(c, 2) for c in inputs[-1]])
    return Pair(inputs, target, np.sqrt(np.nanmean(error**2, axis=(1, 2))))


def enlarge(pair, patch, s):
    """Mirror a pair that is smaller than a patch at its edges, as the network will see edges
    when it is used."""
    coarse = pair.inputs[-1].shape[1:]
    more = [max(0, patch // s - n) for n in coarse]
    if any(more):
        arrays = []
        for a in pair.inputs + [pair.target]:
            k = a.shape[1] // coarse[0]
            arrays.append(
                np.pad(
                    a, [(0, 0)] + [((m // 2) * k, (m - m // 2) * k) for m in more], mode="symmetric"
                )
            )
        pair.inputs, pair.target = arrays[:-1], arrays[-1]
    return pair


def series(name):
    """Scenes of one place at many dates share this."""
    return re.sub(r"_\d{4}-?\d{2}-?\d{2}$", "", name)


class Sampler:
    """Random patches: scene by area**0.6 (series of one place shared out), phase, position,
    flip, turn, gain."""

    def __init__(
        self,
        folder,
        gsds,
        factor,
        patch,
        size,
        seed,
        exclude=(),
        jitter=0.0,
        mix=0.0,
        soften=None,
        native=None,
    ):
        """`gsds`: what goes in, the target last; of 10 m bands alone, each is a scene of its
        own. `size`: patches a batch. `native`: a folder of what was made of the scenes as they
        are (`native.py`), which gives each of them one pair more."""
        names = [
            m["name"]
            for m in manifest(folder)
            if m.get("split", "train") == "train" and m["name"] not in exclude
        ]
        self.seed = seed
        self.factor, self.patch, self.size, self.jitter, self.mix = factor, patch, size, jitter, mix
        self.scenes, weights = [], []
        count = {}
        for n in names:
            count[series(n)] = count.get(series(n), 0) + 1
        for n in names:
            scene = read(Path(folder) / f"{n}.npz")
            if any(g not in scene for g in gsds):
                continue
            pairs = (
                fusion_pairs(scene, gsds, factor) if len(gsds) > 1 else single_pairs(scene, factor)
            )
            pairs = [soften(p) for p in pairs] if soften else pairs
            made = Path(native) / f"{n}.npy" if native else None
            if made and made.exists():
                pairs.append(native_pair(scene, np.load(made)))
            self.scenes.append([enlarge(p, patch, factor) for p in pairs])
            weights.append(
                (scene[10].shape[1] * scene[10].shape[2]) ** 0.6 / np.sqrt(count[series(n)])
            )
        self.weights = np.array(weights) / np.sum(weights)

    def one(self, rng):
        while True:
            pairs = self.scenes[rng.choice(len(self.scenes), p=self.weights)]
            pair = pairs[rng.integers(len(pairs))]
            n = self.patch // self.factor
            coarse = pair.inputs[-1]
            y, x = (rng.integers(d - n + 1) for d in coarse.shape[1:])
            cuts = []
            for a in pair.inputs + [pair.target]:
                k = a.shape[1] // coarse.shape[1]
                cuts.append(a[:, y * k : (y + n) * k, x * k : (x + n) * k])
            if all(np.isfinite(c).all() for c in cuts):
                break
        turn, flip = rng.integers(4), rng.integers(2)
        cuts = [np.rot90(c, turn, (1, 2)) for c in cuts]
        if flip:
            cuts = [c[:, :, ::-1] for c in cuts]
        gain = np.exp(rng.normal(0, 0.25))
        gains = [
            gain * np.exp(rng.normal(0, self.jitter, len(c))).astype(np.float32) for c in cuts[:-1]
        ]
        gains.append(gains[-1])
        # Errors count relative to bicubic's on this scene and band, so a hard scene does not drown
        # the others. The floor keeps scenes where there is only noise to predict from being
        # amplified.
        weight = 1 / (gains[-1] * np.hypot(pair.difficulty, FLOOR))
        return [c * g[:, None, None] for c, g in zip(cuts, gains)], weight

    def mixed(self, rng):
        """A patch, or the weighted mean of two: degrading is linear, so that is a pair too, of a
        ground that never was."""
        bands, weight = self.one(rng)
        if rng.random() >= self.mix:
            return bands, weight
        other, its_weight = self.one(rng)
        a = rng.random()
        return [a * x + (1 - a) * y for x, y in zip(bands, other)], 1 / np.hypot(
            a / weight, (1 - a) / its_weight
        )

    def __getitem__(self, step):
        """The batch of this step: inputs, target, weight. It hangs on seed and step alone, so
        workers can draw it."""
        rng = np.random.default_rng((self.seed, step))
        drawn = [self.mixed(rng) for _ in range(self.size)]
        stacks = [
            np.ascontiguousarray(np.stack(a), np.float32) for a in zip(*(d[0] for d in drawn))
        ]
        return (
            stacks[:-1],
            stacks[-1],
            np.stack([d[1] for d in drawn]).astype(np.float32)[:, :, None, None],
        )
