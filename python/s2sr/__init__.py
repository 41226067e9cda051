"""Super-resolution of Sentinel-2: the 20 m and 60 m bands to 10 m, all bands to 5 m.

One function does the work, on whatever holds the bands:

>>> import s2sr
>>> s2sr.super_resolve("S2B_MSIL2A_….SAFE", "out.tif", bands=["B5"])   # files
>>> s2sr.super_resolve(dataset)                                        # xarray, lazy if it was lazy
>>> s2sr.super_resolve({"B2": b2, "B3": b3, …})                       # numpy arrays at native sizes

The work is done by the native library libs2sr. Every failure is an :class:`Error` whose text is one
sentence that says what, where and what to do.
"""

from ._version import VERSION as __version__
from .calls import evaluate, gdal_plugins, info, models, super_resolve, write_vrt
from .engine import (
    ArgumentError,
    InputError,
    ModelError,
    OptionError,
    OutputError,
    RuntimeFailure,
)
from .engine import EngineCancelled as Cancelled
from .engine import EngineError as Error
from .engine import EngineNotFound as NotFound
from .engine import EngineUnusable as Unusable
from .many import super_resolve_many
from .report import Info, Models, Report, Scores

__all__ = [
    "ArgumentError",
    "Cancelled",
    "Error",
    "Info",
    "InputError",
    "ModelError",
    "Models",
    "NotFound",
    "OptionError",
    "OutputError",
    "Report",
    "RuntimeFailure",
    "Scores",
    "Unusable",
    "__version__",
    "evaluate",
    "gdal_plugins",
    "info",
    "models",
    "super_resolve",
    "super_resolve_many",
    "write_vrt",
]
