"""Bands in memory, planned and computed by the library (s2sr_job in s2sr.h). No file is touched."""

import ctypes
import functools
import os
import threading
from math import isnan
from typing import Any, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from .engine import ArgumentError, Engine, bindings, find_onnxruntime
from .places import engine

# The types that the library works on; others come and go as 32-bit floats.
TYPES = {"uint8": 1, "uint16": 2, "int16": 3, "float32": 4}

Window = Tuple[int, int, int, int]  # first column, first row, columns, rows


class Band(NamedTuple):
    """What a band is and where it lies, as s2sr_band has it."""

    name: str
    west: float
    north: float
    gsd: float
    cols: int
    rows: int
    dtype: str
    quantification: float
    add_offset: float
    nodata: float


Options = Tuple[Tuple[str, Any], ...]


# West and north in multiples of this do not matter to a plan: the size of the coarsest pixels, of
# which the others' are parts.
SHIFT = 60.0
# Jobs that keep their networks.
KEPT = 2
# The one NaN of what jobs are told apart by: one that came from another process equals none.
NAN = float("nan")


class _Opened:
    """What the library holds of a job: a plan for some bands, and the networks once it has run.
    Freed with the last that uses it."""

    def __init__(self, bands: Sequence[Band], options: Options):
        self._engine = _engine()
        self.handle = None
        given = (bindings.Band * len(bands))(
            *(bindings.Band(b.name.encode(), *b[1:6], TYPES[b.dtype], *b[7:]) for b in bands)
        )
        handle = ctypes.c_void_p()
        with self._engine.options(
            {"onnxruntime": find_onnxruntime(), **dict(options)}
        ) as set_options:
            self._engine.library.s2sr_job_open(given, len(bands), set_options, ctypes.byref(handle))
        self.handle = handle
        self.plan = self._engine.json(self._engine.library.s2sr_job_describe, handle)

    def __del__(self):
        if getattr(self, "handle", None):
            self._engine.library.s2sr_job_free(self.handle)


class Job:
    """The plan for some bands, with its networks. Threads may share it."""

    def __init__(self, bands: Sequence[Band], opened: _Opened, east: float, north: float):
        self.bands = tuple(bands)
        self._engine = _engine()
        self._opened = opened
        plan = opened.plan
        self.plan = {**plan, "west": plan["west"] + east, "north": plan["north"] + north}

    @property
    def whole(self) -> Window:
        """The whole, in pixels of the finest band, as windows are."""
        return (
            0,
            0,
            self.plan["cols"] // self.plan["scale"],
            self.plan["rows"] // self.plan["scale"],
        )

    def reads(self, window: Window) -> List[Window]:
        """Which pixels of each band a window needs; (0, 0, 0, 0) where none are."""
        numbers = (ctypes.c_int64 * (4 * len(self.bands)))()
        self._engine.library.s2sr_job_reads(
            self._opened.handle, (ctypes.c_int64 * 4)(*window), numbers
        )
        windows = zip(*(numbers[i::4] for i in range(4)))
        return [(col, row, cols, rows) for col, row, cols, rows in windows]

    def run(
        self, window: Window, pixels: Sequence[Optional[np.ndarray]], progress=None
    ) -> np.ndarray:
        """The result in a window, of shape (bands, rows, columns), from the pixels that `reads`
        names."""
        scale = self.plan["scale"]
        shape = (len(self.plan["bands"]), window[3] * scale, window[2] * scale)
        result = np.empty(shape, self.plan["dtype"])
        images = (bindings.Image * len(pixels))(*(_image(p) for p in pixels))
        output = _image(result)
        with self._engine.progress(progress) as callback:
            self._engine.library.s2sr_job_run(
                self._opened.handle,
                (ctypes.c_int64 * 4)(*window),
                images,
                len(pixels),
                ctypes.byref(output),
                callback,
                None,
            )
        return result


_opening = threading.RLock()
if hasattr(os, "register_at_fork"):
    # A child has none of the other threads, one of which may hold the lock.
    os.register_at_fork(
        before=_opening.acquire,
        after_in_parent=_opening.release,
        after_in_child=_opening.release,
    )


def job(bands: Sequence[Band], options: Options) -> Job:
    """The job for these bands and options. Those that differ in their place alone share one a
    process, so that its networks are opened once."""
    east = _whole_shifts(min(b.west for b in bands))
    north = _whole_shifts(max(b.north for b in bands))
    moved = tuple(
        b._replace(
            west=b.west - east, north=b.north - north, nodata=NAN if isnan(b.nodata) else b.nodata
        )
        for b in bands
    )
    with _opening:
        opened = _open(moved, options, os.getpid())
    return Job(bands, opened, east, north)


@functools.lru_cache(maxsize=KEPT)
def _open(bands, options, _process):
    return _Opened(bands, options)


def _whole_shifts(place):
    # What is no place on Earth is left for the library to say.
    return SHIFT * (place // SHIFT) if abs(place) < 1e9 else 0.0


@functools.lru_cache(maxsize=256)
def describe(name: str) -> Optional[dict]:
    """What the library knows of the band that a name stands for; None if it stands for none."""
    loaded = _engine()
    try:
        return loaded.json(loaded.library.s2sr_band_describe, name.encode())
    except ValueError:
        return None


def working_type(dtype: np.dtype, name: str) -> str:
    """The type in which pixels go to the library."""
    if dtype.name in TYPES:
        return dtype.name
    if dtype.kind in "iuf":
        return "float32"
    raise ArgumentError(
        f"{name} is of type {dtype}, which is no number of a pixel; convert it to uint16 or float32"
    )


@functools.lru_cache(maxsize=None)
def _engine() -> Engine:
    loaded = engine()
    bindings.declare_jobs(loaded.library)
    return loaded


def _image(pixels):
    """Pixels as the library takes them; the array has to outlive the call."""
    if pixels is None:
        return bindings.Image()
    shape, strides = pixels.shape, [s // pixels.itemsize for s in pixels.strides]
    if pixels.ndim == 2:
        shape, strides = (1, *shape), [shape[0] * shape[1], *strides]
    return bindings.Image(pixels.ctypes.data, TYPES[pixels.dtype.name], *shape, *strides)
