"""A window of a result from pixels in memory: the one place where numbers become what the library
takes, and come back in the type that they had. It is all that a Dask worker runs.
"""

from typing import NamedTuple, Optional, Sequence, Tuple

import numpy as np

from .job import Band, Options, Window, job

# Sentinel-2's own numbers. No surface reflects as much as the least of them that is seen in a
# scene; see `unit`.
DN_PER_REFLECTANCE = 10000.0
BRIGHTEST_REFLECTANCE = 10.0


class Work(NamedTuple):
    """All that a window needs besides its pixels. It travels through Dask's graph, so it is
    small."""

    bands: Tuple[Band, ...]
    options: Options
    # Whether floats have to be looked at to know whether they are DN or reflectance.
    unit_unknown: bool
    # Type of the pixels as they came.
    dtype: str


def compute(work: Work, window: Window, *pixels: Optional[np.ndarray], progress=None) -> np.ndarray:
    """The result in a window, of shape (bands, rows, columns) and the type of the source."""
    taken = [None if p is None else _taken(p, band) for p, band in zip(pixels, work.bands)]
    bands = work.bands
    if work.unit_unknown and is_reflectance(taken, bands):
        bands = tuple(b._replace(quantification=1.0, add_offset=0.0) for b in bands)
    result = job(bands, work.options).run(window, taken, progress)
    return _given_back(result, np.dtype(work.dtype))


def is_reflectance(pixels: Sequence[Optional[np.ndarray]], bands: Sequence[Band]) -> bool:
    """Whether floats are reflectance rather than DN: four orders of magnitude lie between them."""
    brightest = 0.0
    for values, band in zip(pixels, bands):
        if values is None or not values.size:
            continue
        valid = np.isfinite(values) & (values != band.nodata)
        brightest = max(brightest, float(np.max(np.abs(values), where=valid, initial=0.0)))
    return brightest <= BRIGHTEST_REFLECTANCE


def _taken(pixels, band):
    """Pixels of the library's type, in memory of their own."""
    if isinstance(pixels, np.ma.MaskedArray):
        pixels = pixels.filled(band.nodata)
    pixels = np.asarray(pixels)
    # Strides of half a value, as in records, cannot be told to the library, nor pixels off their
    # boundaries, as they come out of messages.
    even = all(s % pixels.itemsize == 0 for s in pixels.strides) and pixels.flags.aligned
    native = pixels.dtype.isnative and pixels.dtype.name == band.dtype
    return pixels if even and native else np.array(pixels, dtype=band.dtype)


def _given_back(result, dtype):
    if result.dtype == dtype:
        return result
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        whole = np.rint(result.astype(np.float64))
        return np.clip(np.nan_to_num(whole), limits.min, limits.max).astype(dtype)
    return result.astype(dtype)
