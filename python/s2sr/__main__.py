"""The command line: ``python -m s2sr run …`` and ``s2sr run …`` are the library's own program.

The program is told where this Python's ONNX Runtime and GDAL are, unless the environment says so
already.
"""

import os
import signal
import subprocess
import sys
from typing import Dict

from . import gdal, places
from .engine import EngineError, find_onnxruntime


def environment() -> Dict[str, str]:
    """The environment of the program."""
    variables = dict(os.environ)
    runtime, library = find_onnxruntime(), gdal.library()
    if runtime:
        variables["ORT_DYLIB_PATH"] = runtime
    if library and not variables.get("S2SR_GDAL"):
        variables["S2SR_GDAL"] = str(library)
        # rasterio's GDAL does not say where the libraries are that it needs.
        paths = [str(library.parent), variables.get("LD_LIBRARY_PATH", "")]
        variables["LD_LIBRARY_PATH"] = os.pathsep.join(p for p in paths if p)
        variables.update(gdal.data())
    return variables


def main() -> int:
    """Runs the program with this process's arguments."""
    try:
        program = str(places.program())
    except EngineError as error:
        print(f"s2sr: {error}", file=sys.stderr)
        return 1
    arguments = [program, *sys.argv[1:]]
    if os.name == "posix":
        os.execve(program, arguments, environment())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the program hears Ctrl-C itself
    return subprocess.run(arguments, env=environment(), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
