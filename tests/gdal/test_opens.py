"""How often files are opened: a raster once for each band that is read from it, a network once."""

import ctypes
import os
import struct
from collections import Counter
from contextlib import contextmanager

import pytest
from conftest import S2SR, tool

OPEN, ACCESS, CLOSE = 0x20, 0x1, 0x8 | 0x10


@contextmanager
def opened(*folders):
    """Counts how often each file of the folders is opened meanwhile."""
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.inotify_init1(os.O_NONBLOCK)
    assert fd >= 0
    counts = Counter()
    for folder in folders:
        # Reading and closing are asked for as well: the system tells of like events in a row once.
        assert libc.inotify_add_watch(fd, os.fsencode(folder), OPEN | ACCESS | CLOSE) >= 0
    try:
        yield counts
        while True:
            try:
                events = os.read(fd, 1 << 20)
            except BlockingIOError:
                break
            while events:
                _, mask, _, length = struct.unpack_from("iIII", events)
                name = os.fsdecode(events[16 : 16 + length].rstrip(b"\0"))
                counts[name] += bool(mask & OPEN and name)
                events = events[16 + length :]
    finally:
        os.close(fd)


def ask(what, product, folder):
    out = folder / "out.tif"
    if what == "driver":
        return tool("gdal_translate", "-q", f'S2SR:"{product}"', out)
    if what == "evaluate":
        said = tool(S2SR, "evaluate", product, "--html", folder / "page.html")
        assert "data:image/png" in (folder / "page.html").read_text()
        return said
    command, _, preview = what.partition(", ")
    return tool(
        S2SR,
        command,
        product,
        out,
        "--quiet",
        *(["--preview", folder / preview] if preview else []),
    )


@pytest.mark.parametrize(
    "what", ["driver", "run", "run, preview.png", "run, preview.tif", "evaluate"]
)
def test_a_product_is_opened_once(product, tmp_path, what):
    models = os.environ["S2SR_MODELS"]
    with opened(product, models) as counts:
        ask(what, product, tmp_path)
    bands = {name: n for name, n in counts.items() if name.endswith(".tif")}
    networks = {name: n for name, n in counts.items() if name.endswith(".onnx")}
    assert len(bands) == 12 and set(bands.values()) == {1}, bands
    assert {"dummy-t2x.onnx", "dummy-s6x.onnx"} <= set(networks) and set(networks.values()) == {
        1
    }, networks
