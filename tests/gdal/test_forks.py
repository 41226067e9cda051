"""A forked process opens all anew and computes what its parent does."""

import ctypes
import os
import subprocess
import sys
import threading
import time

import numpy as np
from changing import names_of
from conftest import LIBRARY, TILE, gdal, pixels, work

CHILD = 60  # seconds after which a child hangs


def fork(work_of_child):
    """Runs it in a child; how the child ended, or None if it did not."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = work_of_child() or 0
        except BaseException as e:  # noqa: BLE001
            os.write(2, f"in the child: {e}\n".encode())
        finally:
            os._exit(code)
    end = time.monotonic() + CHILD
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return None


def test_a_forked_child_opens_anew(own, made, entry):
    name = names_of(own)[entry].replace('",to=10', f'",to=10,tile={TILE}')
    whole = pixels(made["10"])
    parents = gdal.Open(name)
    parents.ReadAsArray(0, 0, 20, 20)

    def read():
        assert np.abs(pixels(name) - whole).max() <= 1
        assert (
            np.abs(
                parents.ReadAsArray(300, 300, 100, 100).astype(np.int64)
                - whole[:, 300:400, 300:400]
            ).max()
            <= 1
        )
        half = gdal.Open(name).ReadAsArray(buf_xsize=120, buf_ysize=120)  # a coarse look
        assert half.shape[1:] == (120, 120)

    assert fork(read) == 0
    assert fork(lambda: fork(read)) == 0
    assert np.abs(parents.ReadAsArray().astype(np.int64) - whole).max() <= 1


def test_a_child_that_was_forked_while_others_compute(own):
    name = f'S2SR:"{own}",to=5,tile=96'
    gdal.Open(name).ReadAsArray(0, 0, 9, 9)
    stop = threading.Event()

    def busy():
        # A dataset whose blocks GDAL forgets; its own locks are not what is tried here.
        dataset = gdal.Open(name)
        while not stop.is_set():
            dataset.ReadAsArray()
            dataset.FlushCache()
            ctypes.CDLL(str(LIBRARY)).s2sr_forget()

    threads = [threading.Thread(target=busy) for _ in range(2)]
    [t.start() for t in threads]
    try:
        for _ in range(4):
            time.sleep(0.1)
            assert (
                fork(
                    lambda: int(
                        gdal.Open(f'S2SR:"{own}",to=10,threads=1').ReadAsArray(200, 200, 9, 9).max()
                        == 0
                    )
                )
                == 0
            )
    finally:
        stop.set()
        [t.join() for t in threads]


def test_a_forked_child_writes_files(product):
    code = """
import ctypes, os, sys
library = ctypes.CDLL(sys.argv[1])
def run(name, *options):
    made = library.s2sr_options_new
    made.restype = ctypes.c_void_p
    o = ctypes.c_void_p(made())
    for key, value in options:
        assert library.s2sr_options_set(o, key, value) == 0
    source, output = sys.argv[2].encode(), (sys.argv[3] + "/" + name).encode()
    return library.s2sr_run(source, output, o, None, None, None)
assert run("parent.tif") == 0
cog, asked = (b"format", b"COG"), (b"co", b"NUM_THREADS=4")
for name, options in [("plain.tif", []), ("cog.tif", [cog]), ("asked.tif", [asked])]:
    child = os.fork()
    if child == 0:
        os._exit(run(name, *options))
    assert os.waitpid(child, 0)[1] == 0, name
"""
    folder = work / "forked"
    folder.mkdir(exist_ok=True)
    subprocess.run(
        [sys.executable, "-c", code, LIBRARY, product, folder], check=True, timeout=CHILD
    )
    for name in ("plain", "cog", "asked"):
        assert np.array_equal(pixels(folder / f"{name}.tif"), pixels(folder / "parent.tif"))
