"""A window of a result from pixels in memory: the one place where numbers become what the library
takes, and come back in the type that they had. It is all that a Dask worker runs.
"""

from typing import Any, Iterable, List, NamedTuple, Optional, Tuple

import numpy as np

from . import units
from .engine import ArgumentError
from .job import Band, Job, Options, Window, job


class Work(NamedTuple):
    """All that a window needs besides its pixels. It travels through Dask's graph, so it is
    small."""

    bands: Tuple[Band, ...]
    options: Options
    # For each band what is added to its numbers if a look tells that they are reflectance; None
    # where no look is needed.
    as_reflectance: Tuple[Optional[float], ...]
    # Type of the pixels as they came.
    dtype: str
    # For each band whether nobody says its offset.
    offset_is_open: Tuple[bool, ...]

    def in_doubt(self, of_bands: Iterable[Any]) -> List[Any]:
        """Of what there is for each band, that of the bands to look at."""
        return [one for one, added in zip(of_bands, self.as_reflectance) if added is not None]


def plan(work: Work) -> Job:
    """The job of the whole. Says what it assumes of bands whose unit needs no look."""
    planned = job(work.bands, work.options)
    _tell_of_offset(work, lambda added: added is None)
    return planned


def is_reflectance(work: Work, *samples: np.ndarray) -> Optional[bool]:
    """Whether numbers of unknown unit are reflectance, by what `units.looks` gives of them; None
    where that holds no data. Told once for all windows, so that none differs from the whole."""
    told = _told(samples, work.in_doubt(work.bands))
    if told is False:
        _tell_of_offset(work, lambda added: added is not None)
    return told


def compute(
    work: Work,
    window: Window,
    reflectance: Optional[bool],
    *pixels: Optional[np.ndarray],
    progress=None,
) -> np.ndarray:
    """The result in a window, of shape (bands, rows, columns) and the type of the source.
    `reflectance` is what `is_reflectance` told."""
    taken = [None if p is None else _taken(p, band) for p, band in zip(pixels, work.bands)]
    if reflectance is None:
        # The looks met no data: what the window itself has tells.
        reflectance = _told(work.in_doubt(taken), work.in_doubt(work.bands))
    bands = work.bands
    if reflectance:
        bands = tuple(
            b if added is None else b._replace(quantification=1.0, add_offset=added)
            for b, added in zip(bands, work.as_reflectance)
        )
    result = job(bands, work.options).run(window, taken, progress)
    return _given_back(result, np.dtype(work.dtype))


def _tell_of_offset(work, is_meant):
    bands = zip(work.bands, work.as_reflectance, work.offset_is_open)
    names = [b.name for b, added, is_open in bands if is_open and is_meant(added)]
    units.tell_of_offset(names, len(work.bands))


def _told(samples, bands):
    seen = [(pixels, b) for pixels, b in zip(samples, bands) if pixels is not None]
    names, nodata = [b.name for _, b in seen], [b.nodata for _, b in seen]
    return units.is_reflectance([pixels for pixels, _ in seen], names, nodata)


def _taken(pixels, band):
    """Pixels of the library's type, in memory of their own."""
    if isinstance(pixels, np.ma.MaskedArray):
        # The type comes first: it may hold a nodata that that of the pixels does not.
        pixels = pixels.astype(band.dtype, copy=False)
        pixels = pixels.filled(_held(band)) if np.ma.is_masked(pixels) else pixels.data
    pixels = np.asarray(pixels)
    # Strides of half a value, as in records, and those of 0, as broadcasting makes them, cannot be
    # told to the library, nor pixels off their boundaries, as they come out of messages.
    even = all(s and s % pixels.itemsize == 0 for s in pixels.strides) and pixels.flags.aligned
    native = pixels.dtype.isnative and pixels.dtype.name == band.dtype
    return pixels if even and native else np.array(pixels, dtype=band.dtype)


def _held(band):
    """Nodata as a number of the band's type."""
    dtype = np.dtype(band.dtype)
    if dtype.kind == "f":
        return band.nodata
    limits = np.iinfo(dtype)
    if limits.min <= band.nodata <= limits.max and band.nodata == int(band.nodata):
        return int(band.nodata)
    raise ArgumentError(
        f"{band.name} has masked pixels and is of type {dtype}, which cannot hold the nodata"
        f" {band.nodata:g}; give one that it can, from {limits.min} to {limits.max}"
    )


def _given_back(result, dtype):
    if result.dtype == dtype:
        return result
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        whole = np.rint(result.astype(np.float64))
        return np.clip(np.nan_to_num(whole), limits.min, limits.max).astype(dtype)
    return result.astype(dtype)
