# SPDX-License-Identifier: MIT OR Apache-2.0
"""Finds the engine's shared library on disk. Looks only; nothing is loaded here."""

import importlib.util
import os
import sys
from pathlib import Path

from .errors import EngineNotFound

ENVIRONMENT_VARIABLE = "S2SR_LIBRARY"

_FILE_NAMES = {"win32": "s2sr.dll", "darwin": "libs2sr.dylib"}
_RUNTIMES = {"win32": "onnxruntime*.dll", "darwin": "libonnxruntime*.dylib"}
_SYSTEM_FOLDERS = ("~/.local/lib", "/usr/local/lib", "/usr/lib", "/usr/lib64")


def file_name():
    return _FILE_NAMES.get(sys.platform, "libs2sr.so")


def find(setting="", folders=(), place="the setting", advice="Install it as the s2sr README says"):
    """The library to load, from the first of: `setting`, the environment, `folders`, the system.

    A file named by the setting or the environment is taken at its word: if it is not there, that is
    an error and no other place is tried, because silently running another engine would be worse.
    `place` is what the setting is called in messages, `advice` what to do where there is no engine.
    """
    for called, value in (
        (place, setting),
        (
            f"the environment variable {ENVIRONMENT_VARIABLE}",
            os.environ.get(ENVIRONMENT_VARIABLE, ""),
        ),
    ):
        if value:
            return _named(value, called)
    looked_at = []
    for folder in [Path(f) for f in folders] + [Path(f).expanduser() for f in _SYSTEM_FOLDERS]:
        candidate = folder / file_name()
        if candidate.is_file():
            return str(candidate)
        looked_at.append(str(candidate))
    import ctypes.util  # which takes longer than all the rest

    on_search_path = ctypes.util.find_library("s2sr")
    if on_search_path:
        return on_search_path
    raise EngineNotFound(
        f"The s2sr engine is not installed: {file_name()} was not found. {advice}, or name the file"
        f" in {place}, or in the environment variable {ENVIRONMENT_VARIABLE}. Looked at:"
        f" {', '.join(looked_at)}, and the system's library path."
    )


def find_onnxruntime():
    """ONNX Runtime's library in the Python package onnxruntime; None: there is none, or the
    environment names another."""
    if os.environ.get("ORT_DYLIB_PATH"):
        return None
    # Found without importing it, which would take a second and load it twice.
    package = importlib.util.find_spec("onnxruntime")
    for folder in (package.submodule_search_locations or ()) if package else ():
        for file in sorted(
            Path(folder, "capi").glob(_RUNTIMES.get(sys.platform, "libonnxruntime.so*"))
        ):
            if "providers" not in file.name:
                return str(file)
    return None


def _named(value, place):
    path = Path(value).expanduser()
    if path.is_dir():
        path = path / file_name()
    if not path.is_file():
        raise EngineNotFound(
            f"The s2sr engine {path}, named by {place}, does not exist. Correct the path, or clear"
            " it to let s2sr search."
        )
    return str(path)
