"""How often files are opened: a product's bands and the networks once each, however much is asked about them."""
import collections
import ctypes
import os
import struct
import subprocess
import sys

import pytest
from conftest import S2SR, tool

OPEN, DIRECTORY = 0x20, 0x40000000  # inotify's IN_OPEN and IN_ISDIR

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")


def opened(folders, work):
    """How often each file in the folders was opened while `work` was done."""
    libc = ctypes.CDLL(None, use_errno=True)
    watch = libc.inotify_init1(os.O_NONBLOCK)
    for folder in folders:
        assert libc.inotify_add_watch(watch, str(folder).encode(), OPEN) >= 0
    work()
    events, count = b"", collections.Counter()
    with os.fdopen(watch, "rb", buffering=0) as file:
        while more := file.read(1 << 16):
            events += more
    while events:
        _, mask, _, length = struct.unpack_from("iIII", events)
        name = events[16:16 + length].rstrip(b"\0").decode()
        if not mask & DIRECTORY:
            count[name] += 1
        events = events[16 + length:]
    return count


def networks(count):
    return {name: times for name, times in count.items() if name.endswith(".onnx")}


def bands(count):
    return {name: times for name, times in count.items() if name.endswith(".tif")}


def test_a_dataset_with_its_subdatasets(product):
    count = opened([product, os.environ["S2SR_MODELS"]], lambda: tool("gdalinfo", f'S2SR:"{product}"'))
    assert len(bands(count)) == 12
    # GDAL is asked what kind of file it is before it opens it.
    assert max(bands(count).values()) <= 2, count
    assert networks(count) and max(networks(count).values()) == 1, count


def test_a_run(product, tmp_path):
    def run():
        subprocess.run([S2SR, "run", product, tmp_path / "out.tif", "--quiet"], check=True)

    count = opened([product, os.environ["S2SR_MODELS"]], run)
    # Once for its header, once for its pixels.
    assert max(bands(count).values()) <= 3, count
    assert max(networks(count).values()) == 1, count
