# SPDX-License-Identifier: MIT OR Apache-2.0
"""libs2sr through ctypes. Needs nothing but Python's standard library.

The QGIS plug-in carries a copy of this folder; ``scripts/build-qgis-plugin.sh`` renews it.
"""

from .engine import Engine
from .errors import (
    RUNTIME,
    ArgumentError,
    EngineCancelled,
    EngineError,
    EngineNotFound,
    EngineUnusable,
    InputError,
    ModelError,
    OptionError,
    OutputError,
    RuntimeFailure,
)
from .library import ENVIRONMENT_VARIABLE, file_name, find, find_onnxruntime

__all__ = [
    "ENVIRONMENT_VARIABLE",
    "RUNTIME",
    "ArgumentError",
    "Engine",
    "EngineCancelled",
    "EngineError",
    "EngineNotFound",
    "EngineUnusable",
    "InputError",
    "ModelError",
    "OptionError",
    "OutputError",
    "RuntimeFailure",
    "file_name",
    "find",
    "find_onnxruntime",
]
