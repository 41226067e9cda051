"""Where the library and ONNX Runtime are: in the wheel, in the environment, in the system."""

import functools
from pathlib import Path

from . import gdal
from .engine import Engine, EngineNotFound, find
from .memory import keep_for_next_tile

HERE = Path(__file__).parent
# The folders where the library lies in a wheel and in a build tree.
FOLDERS = (HERE / "lib", HERE.parent.parent / "target" / "release")


@functools.lru_cache(maxsize=None)
def engine() -> Engine:
    """The library, loaded once a process. Arrays need no more."""
    keep_for_next_tile()
    advice = "Install the wheel of s2sr for this system (pip install s2sr)"
    return Engine(find(folders=FOLDERS, place="the environment", advice=advice))


def engine_for_files() -> Engine:
    """The library, with a GDAL in the process that it takes."""
    gdal.load()
    return engine()


def program() -> Path:
    """The program `s2sr`: in the wheel, or beside the library."""
    for folder in (
        HERE / "bin",
        Path(engine().path).parent,
        Path(engine().path).parent.parent / "bin",
    ):
        for name in ("s2sr", "s2sr.exe"):
            if (folder / name).is_file():
                return folder / name
    raise EngineNotFound(
        "The program s2sr is not there. Install the wheel of s2sr for this system."
    )
