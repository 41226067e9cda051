# SPDX-License-Identifier: GPL-2.0-or-later
"""libs2sr through ctypes. Knows nothing of QGIS; needs nothing but Python's standard library."""

from .engine import Engine
from .errors import RUNTIME, EngineCancelled, EngineError, EngineNotFound, EngineUnusable
from .library import ENVIRONMENT_VARIABLE, file_name, find

__all__ = [
    "ENVIRONMENT_VARIABLE",
    "RUNTIME",
    "Engine",
    "EngineCancelled",
    "EngineError",
    "EngineNotFound",
    "EngineUnusable",
    "file_name",
    "find",
]
