"""Where the library and ONNX Runtime are: in the wheel, in the environment, in the system."""

import functools
import importlib.util
import sys
from pathlib import Path
from typing import Optional

from .engine import Engine, EngineNotFound, find

HERE = Path(__file__).parent
# The folders where the library lies in a wheel and in a build tree.
FOLDERS = (HERE / "lib", HERE.parent.parent / "target" / "release")


@functools.lru_cache(maxsize=None)
def engine() -> Engine:
    """The library, loaded once a process."""
    _load_gdal()
    advice = "Install the wheel of s2sr for this system (pip install s2sr)"
    return Engine(find(folders=FOLDERS, place="the environment", advice=advice))


def gdal_library() -> Optional[Path]:
    """The GDAL that the package rasterio brings along, where there is one."""
    found = importlib.util.find_spec("rasterio")
    for folder in (found.submodule_search_locations or ()) if found else ():
        files = sorted(Path(folder).parent.glob("rasterio.libs/*gdal*"))
        if files:
            return files[0]
    return None


def program() -> Path:
    """The program `s2sr`: in the wheel, or beside the library."""
    for folder in (HERE / "bin", Path(engine().path).parent, Path(engine().path).parent.parent / "bin"):
        for name in ("s2sr", "s2sr.exe"):
            if (folder / name).is_file():
                return folder / name
    raise EngineNotFound("The program s2sr is not there. Install the wheel of s2sr for this system.")


def _load_gdal():
    """Files need GDAL, and the library takes the process's own. rasterio's has to be there first."""
    if "osgeo" not in sys.modules and gdal_library() is not None:
        try:
            importlib.import_module("rasterio")
        except ImportError:
            pass  # broken; the library says what it lacks once a file is asked for
