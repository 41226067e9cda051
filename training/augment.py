"""Grounds that never were, of patches that were: what differs from product to product, drawn at
random.

All of it is done before degrading, to all grids alike, so a pair stays a pair.
"""

import torch

PLAIN = {"gain": 0.25, "band": 0.0, "mix": 0.5, "cross": 0.0, "haze": 0.0, "shift": 0.0}
# "band": gains of single bands (L1C against L2A); "cross": bands mixed into each other; "haze": an
# additive field in DN; "shift": pixels (10 m) that the 10 m bands lie off the others, as products'
# bands do.
FULL = {"gain": 0.25, "band": 0.12, "mix": 0.5, "cross": 0.3, "haze": 150.0, "shift": 0.2}
STRONG = {"gain": 0.3, "band": 0.25, "mix": 0.6, "cross": 0.6, "haze": 300.0, "shift": 0.3}
KINDS = {"plain": PLAIN, "full": FULL, "strong": STRONG}
SHARE = 0.5  # of patches that each of band, cross, haze, shift is done to


def normal(like, *shape):
    return torch.randn(*shape, device=like.device)


def some(like, share=SHARE):
    """(n, 1, 1): 1 for the patches chosen, 0 for the others."""
    return (torch.rand(len(like), 1, 1, device=like.device) < share).float()


def spectral(x, hard, kind):
    """Bands mixed into each other and each with a gain of its own, by one matrix a patch; the
    difficulty follows."""
    n, c = x.shape[:2]
    others = torch.rand(n, c, c, device=x.device) ** 3
    others = others / others.sum(2, keepdim=True)
    amount = kind["cross"] * torch.rand(n, c, 1, device=x.device) * some(x)
    matrix = (1 - amount) * torch.eye(c, device=x.device) + amount * others
    matrix = matrix * torch.exp(kind["band"] * normal(x, n, c, 1) * some(x))
    x = torch.einsum("noc,nchw->nohw", matrix, x)
    return x, (
        None if hard is None else (matrix.square() @ hard.square()[:, :, None])[:, :, 0].sqrt()
    )


def shifted(x, amount):
    """Moved by a fraction of a pixel each way (Catmull-Rom, a = -0.5)."""
    for axis in (2, 3):
        t = (amount * normal(x, len(x), 1, 1, 1) * some(x)[..., None]).clamp(-0.9, 0.9)
        back = t < 0
        t = t.abs()
        taps = [
            (-0.5 * t + t**2 - 0.5 * t**3),
            (1 - 2.5 * t**2 + 1.5 * t**3),
            (0.5 * t + 2 * t**2 - 1.5 * t**3),
            (-0.5 * t**2 + 0.5 * t**3),
        ]
        y = 0
        for k, tap in zip((-1, 0, 1, 2), taps):
            y = y + tap * torch.where(back, torch.roll(x, k, axis), torch.roll(x, -k, axis))
        x = y
    return x


def augmented(bands, hard, kind):
    """One ground after another: {gsd: (n, bands, rows, columns)} in DN, finest first, and the
    target's difficulty."""
    target = max(bands)
    gain = torch.exp(kind["gain"] * normal(hard, len(hard), 1, 1, 1))
    out = {}
    for g, x in bands.items():
        x = x * gain
        if kind["band"] or kind["cross"]:
            x, changed = spectral(x, hard if g == target else None, kind)
            hard = changed if g == target else hard
        if kind["shift"] and g == 10:
            x = shifted(x, kind["shift"])
        out[g] = x
    if kind["haze"]:
        out = hazed(out, kind["haze"])
    return out, hard * gain[:, :, 0, 0]


def hazed(bands, strength):
    """A plane of light added, stronger in some bands than in others; the same plane on every
    grid."""
    any_band = next(iter(bands.values()))
    n = len(any_band)
    level, slope = normal(any_band, n, 1, 1, 1), normal(any_band, n, 2, 1, 1) * 0.5
    chosen = some(any_band)[..., None]
    out = {}
    for g, x in bands.items():
        line = torch.linspace(-1, 1, x.shape[2] + 1, device=x.device)
        line = (line[1:] + line[:-1]) / 2
        plane = (
            level + slope[:, :1] * line.view(1, 1, -1, 1) + slope[:, 1:] * line.view(1, 1, 1, -1)
        )
        out[g] = x + chosen * strength * plane * torch.rand(n, x.shape[1], 1, 1, device=x.device)
    return out


def mixed(bands, hard, share):
    """Half of the patches are spent on the others: the weighted mean of two grounds is a ground,
    too."""
    n = len(hard) // 2
    a = torch.where(
        torch.rand(n, 1, device=hard.device) < share, torch.rand(n, 1, device=hard.device), 1.0
    )
    out = {
        g: a[..., None, None] * x[:n] + (1 - a[..., None, None]) * x[n:] for g, x in bands.items()
    }
    return out, torch.hypot(a * hard[:n], (1 - a) * hard[n:])
