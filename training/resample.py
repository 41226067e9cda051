"""kernels.py in PyTorch: upsample, degrade and back-project batches of images, on the CPU or a
GPU."""

import torch
import torch.nn.functional as F

from . import kernels
from .constants import constant


def _conv(x, kernel, pad):
    """One fixed kernel over each band (or each band's phases) alone, edges repeated, always in
    float32."""
    n, c, h, w = x.shape
    kernel = constant(kernel, x.device)
    with torch.autocast(x.device.type, enabled=False):
        x = F.pad(x.float().reshape(-1, kernel.shape[1], h, w), (pad,) * 4, mode="replicate")
        return F.conv2d(x, kernel).reshape(n, -1, h, w)


def upsample_phases(x, s):
    """(N, C, h, w) -> (N, C*s*s, h, w), ready for pixel_shuffle(s)."""
    return _conv(x, kernels.upsample_kernel(s), kernels.CUBIC_RADIUS)


def upsample(x, s):
    """Bicubic (a = -0.5), half-pixel centres."""
    return F.pixel_shuffle(upsample_phases(x, s), s)


def upsample_linear(x, s):
    return F.pixel_shuffle(
        _conv(x, kernels.upsample_kernel(s, kernels.linear_taps), kernels.CUBIC_RADIUS), s
    )


def degrade(x, s):
    """Wald's degradation: Gaussian of 1/s px, then the s x s mean."""
    return _conv(F.pixel_unshuffle(x, s), kernels.degrade_kernel(s), kernels.DEGRADE_RADIUS)


def back_project(fine, coarse, s, steps):
    """Move `fine` so that degrading it gives `coarse` back."""
    for _ in range(steps):
        fine = fine + upsample(coarse - degrade(fine, s), s)
    return fine
