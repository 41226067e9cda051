"""Results that Dask computes chunk by chunk. A chunk takes of every band the pixels that the
library says it needs (`Job.reads`), each on the band's own grid, so the chunks of the source may be
any, and those of the result never show.

What travels through the graph is the description of the bands and the names of the networks. Each
process opens the networks once (`job.job`).
"""

from typing import Any, List

import dask
import dask.array as da
import numpy as np

from . import units
from .blocks import Work, compute, is_reflectance
from .engine import ArgumentError
from .job import Job

# Pixels of a chunk along each axis.
CHUNK = 2048


def compute_lazily(work: Work, planned: Job, arrays: List[Any], chunks: Any) -> da.Array:
    """The result of shape (..., bands, rows, columns). No pixel is read here."""
    scale = planned.plan["scale"]
    size = _size(chunks, scale)
    arrays = [da.asarray(a) for a in arrays]
    parts = _windows(planned, max(1, size // scale))
    places = np.empty(arrays[0].shape[:-2], dtype=object)
    if not places.size:
        plan = planned.plan
        shape = (*places.shape, len(plan["bands"]), plan["rows"], plan["cols"])
        return da.zeros(shape, dtype=work.dtype, chunks=(*places.shape, -1, size, size))
    # Asked once, by all chunks.
    reflectance = None
    looks = units.looks(work.in_doubt(arrays))
    if looks:
        reflectance = dask.delayed(is_reflectance, pure=True)(work, *looks)
    for at in np.ndindex(*places.shape):
        places[at] = da.block(
            [
                [_chunk(work, planned, w, reflectance, [a[at] for a in arrays]) for w in row]
                for row in parts
            ]
        )
    return _stacked(places) if places.shape else places.item()


def _size(chunks, least) -> int:
    """Pixels along each axis of a chunk, from what the caller said."""
    if chunks is None:
        return CHUNK
    try:
        size = int(chunks)
        if isinstance(chunks, bool) or size != chunks:
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        raise ArgumentError(
            f"chunks takes one number, the pixels along each axis such as {CHUNK}, not {chunks!r}"
        ) from None
    if size < least:
        raise ArgumentError(f"chunks of {size} pixels are too small; {CHUNK} is usual")
    return size


def _windows(planned, size):
    _, _, cols, rows = planned.whole
    return [
        [(x, y, min(size, cols - x), min(size, rows - y)) for x in range(0, cols, size)]
        for y in range(0, rows, size)
    ]


def _chunk(work, planned, window, reflectance, arrays):
    pixels = [
        a[y : y + h, x : x + w] if w else None
        for (x, y, w, h), a in zip(planned.reads(window), arrays)
    ]
    shape = (
        len(planned.plan["bands"]),
        window[3] * planned.plan["scale"],
        window[2] * planned.plan["scale"],
    )
    made = dask.delayed(compute, pure=True)(work, window, reflectance, *pixels)
    return da.from_delayed(made, shape, dtype=np.dtype(work.dtype))


def _stacked(places):
    """Arrays in an array of objects become one, its axes first."""
    if places.ndim == 1:
        return da.stack(list(places))
    return da.stack([_stacked(row) for row in places])
