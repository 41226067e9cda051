"""The GDAL that the package rasterio brings along. The library takes the process's own, so it
has to be there first."""

import ctypes
import functools
import importlib.machinery
import importlib.util
import os
import sys
from pathlib import Path
from typing import Dict, List, Optional


def library() -> Optional[Path]:
    """rasterio's GDAL, where there is one."""
    for folder in _packages():
        files = sorted(folder.parent.glob("rasterio.libs/*gdal*"))
        if files:
            return files[0]
    return None


def data() -> Dict[str, str]:
    """Where its files are, under the names of GDAL's and PROJ's options; those that the
    environment says are left out."""
    folders = {"GDAL_DATA": "gdal_data", "PROJ_DATA": "proj_data"}
    said = {*os.environ, *(["PROJ_DATA"] if "PROJ_LIB" in os.environ else [])}
    return {
        option: str(package / name)
        for package in _packages()
        for option, name in folders.items()
        if option not in said and (package / name).is_dir()
    }


@functools.lru_cache(maxsize=None)
def load() -> None:
    """Has a GDAL in the process, if there is one to be had from Python."""
    if "osgeo" in sys.modules or "rasterio" in sys.modules or library() is None:
        return
    if not _load_alone():
        try:
            importlib.import_module("rasterio")
        except ImportError:
            pass  # broken; the library says what it lacks once a file is asked for


def _load_alone() -> bool:
    """Does with one compiled module what importing rasterio does for GDAL; that takes ten times
    as long, and numpy."""
    for folder in _packages():
        for suffix in importlib.machinery.EXTENSION_SUFFIXES if os.name == "posix" else ():
            try:
                gdal = ctypes.CDLL(str(folder / f"_env{suffix}"))
                set_option, set_proj = gdal.CPLSetConfigOption, gdal.OSRSetPROJSearchPaths
            except (OSError, AttributeError):
                continue
            found = {option: os.fsencode(path) for option, path in data().items()}
            set_option.argtypes, set_option.restype = [ctypes.c_char_p, ctypes.c_char_p], None
            if "GDAL_DATA" in found:
                set_option(b"GDAL_DATA", found["GDAL_DATA"])
            set_proj.restype = None
            if "PROJ_DATA" in found:
                set_proj((ctypes.c_char_p * 2)(found["PROJ_DATA"], None))
            return True
    return False


def _packages() -> List[Path]:
    found = importlib.util.find_spec("rasterio")
    return [Path(folder) for folder in found.submodule_search_locations or ()] if found else []
