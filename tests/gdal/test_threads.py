"""Many threads that read at once; configuration that counts on one thread."""

import ctypes
import http.server
import os
import subprocess
import sys
import threading

import pytest
from changing import stack_of
from conftest import LIBRARY, S2SR, gdal, tool, work


class Server(http.server.BaseHTTPRequestHandler):
    """Gives parts of the files in a folder, and remembers who asked."""

    folder, seen = "", []

    def do_GET(self):
        self.seen.append(self.headers.get("User-Agent"))
        file = os.path.join(self.folder, os.path.basename(self.path))
        data = open(file, "rb").read() if os.path.isfile(file) else b""
        asked = self.headers.get("Range")
        first, last = (
            (int(v or len(data) - 1) for v in asked.removeprefix("bytes=").split("-"))
            if asked
            else (0, len(data) - 1)
        )
        last = min(last, len(data) - 1)
        self.send_response(404 if not data else 206 if asked else 200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(last - first + 1 if data else 0))
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data[first : last + 1])

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("how", ["vrt", "run"])
def test_what_is_set_for_the_callers_thread_counts_in_ours(own, how):
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), type("Here", (Server,), {"folder": str(own), "seen": []})
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    vrt = own.parent / "remote.vrt"
    stack_of(own, vrt, f"/vsicurl/http://127.0.0.1:{server.server_port}/T33_B04.tif")
    gdal.SetThreadLocalConfigOption("GDAL_HTTP_USERAGENT", "somebody")
    gdal.SetConfigOption("CPL_VSIL_CURL_ALLOWED_EXTENSIONS", ".tif")
    gdal.SetConfigOption("GDAL_DISABLE_READDIR_ON_OPEN", "EMPTY_DIR")
    try:
        if how == "vrt":
            out = own.parent / "of-remote.vrt"
            subprocess.run(
                [
                    S2SR,
                    "vrt",
                    vrt,
                    out,
                    "--to",
                    "5",
                    "--model",
                    "dummy-x2",
                    "--tile",
                    "96",
                    "--bands",
                    "B4",
                ],
                check=True,
            )
            # One block of several tiles, so that the next one is read by a thread of ours.
            out.write_text(
                out.read_text().replace(
                    'blockXSize="192" blockYSize="192"', 'blockXSize="960" blockYSize="960"'
                )
            )
            server.RequestHandlerClass.seen.clear()
            gdal.Open(str(out)).ReadAsArray()
        else:
            assert (
                ctypes.CDLL(str(LIBRARY)).s2sr_run(
                    str(vrt).encode(), str(work / "remote.tif").encode(), None, None, None, None
                )
                == 0
            )
    finally:
        gdal.SetThreadLocalConfigOption("GDAL_HTTP_USERAGENT", None)
        gdal.SetConfigOption("CPL_VSIL_CURL_ALLOWED_EXTENSIONS", None)
        gdal.SetConfigOption("GDAL_DISABLE_READDIR_ON_OPEN", None)
        server.shutdown()
    seen = server.RequestHandlerClass.seen
    assert seen and set(seen) == {"somebody"}, seen


@pytest.mark.parametrize("limit", ["0", "512"])
def test_sixteen_threads_at_random(made, names, entry, limit):
    code = """
import sys, threading, numpy as np
from osgeo import gdal
gdal.UseExceptions()
whole, wrong = gdal.Open(sys.argv[2]).ReadAsArray().astype(int), []
def read(seed):
    try:
        random = np.random.default_rng(seed)
        for _ in range(2):
            dataset = gdal.Open(sys.argv[1])
            for _ in range(3):
                x, y = (int(v) for v in random.integers(0, 400, 2))
                got = dataset.ReadAsArray(x, y, 80, 75).astype(int)
                if np.abs(got - whole[:, y:y + 75, x:x + 80]).max() > 1: wrong.append((x, y))
            dataset.ReadAsArray(buf_xsize=60, buf_ysize=60)
    except Exception as e: wrong.append(e)
threads = [threading.Thread(target=read, args=(i,)) for i in range(16)]
[t.start() for t in threads]
[t.join() for t in threads]
assert not wrong, wrong
"""
    tool(
        sys.executable,
        "-c",
        code,
        names["10", entry],
        made["10"],
        S2SR_CACHEMAX=limit,
        GDAL_CACHEMAX="5",
    )
