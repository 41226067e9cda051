#!/usr/bin/env python3
"""How much memory super-resolving arrays through the C ABI takes beside the caller's: four bands of
SIZE x SIZE pixels, doubled.

benches/array_memory.py [SIZE [NETWORK.onnx]]; 10980 is a whole product and takes 5 GB for the
arrays alone. Needs a release build and numpy.
"""

import ctypes
import sys
import threading
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
UINT16 = 2


class Image(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("dtype", ctypes.c_int32)] + [
        (name, ctypes.c_int64)
        for name in ("bands", "rows", "cols", "band_stride", "row_stride", "col_stride")
    ]

    def __init__(self, array):
        bands, rows, cols = array.shape
        super().__init__(array.ctypes.data, UINT16, bands, rows, cols, rows * cols, cols, 1)


def resident():
    """MiB."""
    line = next(line for line in open("/proc/self/status") if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def main():
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 2200
    network = sys.argv[2] if len(sys.argv) > 2 else str(ROOT / "tests/data/dummy-x2.onnx")
    library = ctypes.CDLL(str(ROOT / "target/release/libs2sr.so"))
    library.s2sr_last_error.restype = ctypes.c_char_p

    def call(function, *arguments):
        if getattr(library, function)(*arguments):
            sys.exit(library.s2sr_last_error().decode())

    source = np.empty((4, size, size), np.uint16)
    source[:] = np.arange(size) % 700 + 900
    result = np.ones((4, 2 * size, 2 * size), np.uint16)
    before, peak, done = resident(), [0.0], threading.Event()

    def watch():
        while not done.wait(0.01):
            peak[0] = max(peak[0], resident())

    watcher = threading.Thread(target=watch)
    watcher.start()
    start = time.monotonic()
    try:
        model = ctypes.c_void_p()
        call("s2sr_model_open", network.encode(), None, ctypes.byref(model))
        images = (
            ctypes.byref(Image(source)),
            ctypes.c_size_t(1),
            ctypes.byref(Image(result)),
            ctypes.c_size_t(1),
        )
        call("s2sr_model_run", model, *images, None, None, None)
    finally:
        done.set()
        watcher.join()
    arrays = (source.nbytes + result.nbytes) / 2**20
    print(
        f"{size} x {size}: arrays {arrays:.0f} MiB, beside them {peak[0] - before:.0f} MiB,"
        f" {time.monotonic() - start:.0f} s"
    )


main()
