"""The fixed filters: bicubic upsampling and Wald's degradation, written as small convolutions on
the coarse grid.

Everything is block-centred (half-pixel centres): a coarse pixel is the mean of the s x s fine
pixels it covers. A fine image of s x s pixels per coarse pixel is kept as s*s "phases" (what
pixel_unshuffle yields), so both filters are convolutions whose size does not depend on s, and
neither needs an ONNX Resize.
"""

from functools import cache

import numpy as np

CUBIC_RADIUS = 2  # coarse pixels that the bicubic kernel reaches to each side
DEGRADE_RADIUS = 1  # the same for the degradation


def cubic_taps(s):
    """(s, 5): weights on coarse pixels -2..2 that give each of the s fine pixels of coarse pixel
    0 (a = -0.5)."""
    taps = np.zeros((s, 5))
    for phase in range(s):
        position = (phase + 0.5) / s - 0.5
        for k in range(-2, 3):
            t = abs(position - k)
            if t < 1:
                taps[phase, k + 2] = 1.5 * t**3 - 2.5 * t**2 + 1
            elif t < 2:
                taps[phase, k + 2] = -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2
    return taps


def linear_taps(s):
    """(s, 5): the same for linear interpolation, for what must not overshoot."""
    taps = np.zeros((s, 5))
    for phase in range(s):
        position = (phase + 0.5) / s - 0.5
        taps[phase] = np.maximum(0, 1 - np.abs(position - np.arange(-2, 3)))
    return taps


def degrade_taps(s):
    """(s, 3): weights on the s phases of coarse pixels -1, 0, 1: a Gaussian of 1/s px (scipy's
    taps, cut off at 4 sigma), then the mean of s pixels."""
    sigma = 1 / s
    radius = int(4 * sigma + 0.5)
    gauss = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    box = np.convolve(
        gauss / gauss.sum(), np.full(s, 1 / s)
    )  # on fine pixels -radius .. s-1+radius
    line = np.zeros(3 * s)
    line[s - radius : 2 * s + radius] = box
    return line.reshape(3, s).T


@cache
def upsample_kernel(s, taps=cubic_taps):
    """(s*s, 1, 5, 5): one coarse band to its s*s phases."""
    t = taps(s)
    return np.einsum("ay,bx->abyx", t, t).reshape(s * s, 1, 5, 5).astype(np.float32)


@cache
def degrade_kernel(s):
    """(1, s*s, 3, 3): the s*s phases of a band to its coarse pixel."""
    t = degrade_taps(s)
    return np.einsum("ay,bx->abyx", t, t).reshape(1, s * s, 3, 3).astype(np.float32)


HAAR_GAIN = 4.0


@cache
def haar_kernel(gain=HAAR_GAIN):
    """(4, 4): the four phases of a 2 x 2 block to their mean and three differences, these times
    `gain`.

    The phases are nearly equal; their differences are what sharpens. Shown as they are they would
    be a small signal on a large common one, and training would spend its time on finding them.
    """
    h = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]) / 4
    h[1:] *= gain
    return h.astype(np.float32)


def spot(spread, more):
    """(bands, 1, 3, 3): `more` times what a pixel of each band sees of itself and of the pixels
    around it, each of the four beside it a share `spread`."""
    itself = np.float32([[0, 0, 0], [0, 1, 0], [0, 0, 0]])
    beside = np.float32([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
    seen = [m * (itself + share * beside) for share, m in np.float32([spread, more]).T]
    return np.stack(seen)[:, None]


def on_phases(kernels):
    """Kernels of single bands (bands, 1, 3, 3) on phases (band, phase) of twice coarser pixels, a
    3x3 kernel there."""
    n = len(kernels)
    phases = np.zeros((n, 2, 2, n, 2, 2, 3, 3), np.float32)
    for band, kernel in enumerate(kernels[:, 0]):
        for y, x, dy, dx in np.ndindex(2, 2, 3, 3):
            (row, from_y), (col, from_x) = divmod(y + dy - 1, 2), divmod(x + dx - 1, 2)
            phases[band, y, x, band, from_y, from_x, 1 + row, 1 + col] += kernel[dy, dx]
    return phases.reshape(4 * n, 4 * n, 3, 3)
