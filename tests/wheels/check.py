"""One way to use libs2sr in a process whose GDAL came out of Python's wheels: check.py WAY LIBRARY
PRODUCT EXPECTED.tif VRT [GDAL]

vrt      rasterio reads the VRT through the plug-in library  the library runs in rasterio's process,
by ctypes, and hears rasterio.Env three    fiona, pyogrio and rasterio, each with a GDAL of its own,
have loaded the plug-in none     no GDAL at all: arrays bare     the C functions of the library GDAL
read the VRT, and register the plug-ins once more while it is open; the
         library runs with them
"""

import base64
import ctypes
import http.server
import os
import re
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np

way, library, product, expected, vrt, *other = sys.argv[1:]


def gdals():
    """The files of the GDALs in this process."""
    return set(re.findall(r"/\S*libgdal\S*\.so\S*", Path("/proc/self/maps").read_text()))


def load():
    lib = ctypes.CDLL(library)
    lib.s2sr_last_error.restype = ctypes.c_char_p
    lib.s2sr_options_new.restype = ctypes.c_void_p
    return lib


def run(lib, out):
    options = ctypes.c_void_p(lib.s2sr_options_new())
    assert lib.s2sr_options_set(options, b"to", b"10") == 0
    code = lib.s2sr_run(product.encode(), str(out).encode(), options, None, None, None)
    assert code == 0, lib.s2sr_last_error().decode()


def same(rasterio, name):
    """The file holds what `s2sr run` made, whole and in parts, to the last DN."""
    from rasterio.windows import Window

    with rasterio.open(expected) as made, rasterio.open(name) as read:
        whole = made.read()
        assert np.array_equal(read.read(), whole)
        for x, y, w, h in [
            (180, 180, 24, 24),
            (479, 0, 1, 480),
            (0, 0, 1, 1),
            (150, 380, 330, 100),
        ]:
            assert np.array_equal(
                read.read(window=Window(x, y, w, h)), whole[:, y : y + h, x : x + w]
            )
        # Zoomed out by three, the pixels picked in the middle of each.
        coarse = read.read(out_shape=(read.count, 160, 160))
        assert (
            coarse.shape == (read.count, 160, 160)
            and coarse.max() > 0
            and (coarse[:, 0, 0] == 0).all()
        )


class Guarded(http.server.BaseHTTPRequestHandler):
    """Gives a file, and parts of it, to those who say who they are."""

    contents = b""

    def do_GET(self):
        if self.headers.get("Authorization") != "Basic " + base64.b64encode(
            b"me:secret"
        ).decode() or not self.path.endswith("/stack.tif"):
            return self.send_error(401)
        part = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        first, last = (int(part[1]), int(part[2] or 1 << 40)) if part else (0, 1 << 40)
        body = self.contents[first : last + 1]
        self.send_response(206 if part else 200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Accept-Ranges", "bytes")
        if part:
            self.send_header(
                "Content-Range", f"bytes {first}-{first + len(body) - 1}/{len(self.contents)}"
            )
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


def credentials(rasterio, lib):
    """What is set for the calling thread holds on the library's own threads."""
    with tempfile.TemporaryDirectory() as folder:
        with rasterio.open(Path(product) / "T33_B02.tif") as band:
            about, pixels = band.profile, band.read(1)
        with rasterio.open(f"{folder}/stack.tif", "w", **about) as out:
            out.set_band_description(1, "B2")
            out.write(pixels, 1)
        Guarded.contents = Path(f"{folder}/stack.tif").read_bytes()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Guarded)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        name = f"/vsicurl/http://127.0.0.1:{server.server_port}/stack.tif".encode()
        out = f"{folder}/out.tif".encode()
        options = ctypes.c_void_p(lib.s2sr_options_new())
        assert (
            lib.s2sr_options_set(options, b"to", b"5") == 0
            and lib.s2sr_options_set(options, b"model", b"dummy-x2") == 0
        )
        with rasterio.Env(
            GDAL_HTTP_AUTH="BASIC",
            GDAL_HTTP_USERPWD="me:secret",
            GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR",
        ):
            code = lib.s2sr_run(name, out, options, None, None, None)
            assert code == 0, lib.s2sr_last_error().decode()
        # Without them the server gives nothing.
        assert lib.s2sr_run(name + b"?", out, options, None, None, None) != 0
        server.shutdown()


if way == "vrt":
    import rasterio

    same(rasterio, vrt)
    assert len(gdals()) == 1, gdals()
    print(f"GDAL {rasterio.__gdal_version__}: the VRT has the pixels of s2sr run, 0 DN apart")
elif way == "library":
    import rasterio

    lib = load()
    with tempfile.TemporaryDirectory() as folder:
        run(lib, f"{folder}/out.tif")
        same(rasterio, f"{folder}/out.tif")
    credentials(rasterio, lib)
    assert len(gdals()) == 1, gdals()
    print(
        f"GDAL {rasterio.__gdal_version__}: s2sr_run has the pixels of s2sr run, 0 DN apart, and"
        " hears rasterio.Env"
    )
elif way == "three":
    import fiona
    import pyogrio
    import rasterio

    assert fiona.supported_drivers and pyogrio.list_drivers()
    same(rasterio, vrt)
    lib = load()
    with tempfile.TemporaryDirectory() as folder:
        run(lib, f"{folder}/out.tif")
        same(rasterio, f"{folder}/out.tif")
    assert len(gdals()) == 3, gdals()
    versions = (
        f"{fiona.__gdal_version__}, {pyogrio.__gdal_version_string__}, {rasterio.__gdal_version__}"
    )
    print(
        f"GDAL {versions} in one process: VRT and s2sr_run have the pixels of s2sr run, 0 DN apart"
    )
elif way == "none":
    os.environ["S2SR_GDAL"] = "/nowhere/libgdal.so"
    lib = load()

    class Image(ctypes.Structure):
        _fields_ = [("data", ctypes.c_void_p), ("dtype", ctypes.c_int32)]
        _fields_ += [
            (n, ctypes.c_int64)
            for n in ("bands", "rows", "cols", "band_stride", "row_stride", "col_stride")
        ]

    def image(a):
        return Image(a.ctypes.data, 2, *a.shape, *(s // a.itemsize for s in a.strides))

    model = ctypes.c_void_p()
    name = str(Path(os.environ["S2SR_MODELS"]) / "dummy-x2.onnx").encode()
    assert lib.s2sr_model_open(name, None, ctypes.byref(model)) == 0, lib.s2sr_last_error().decode()
    small = np.arange(300, 300 + 40 * 30, dtype="uint16").reshape(1, 40, 30)
    large = np.zeros((1, 80, 60), "uint16")
    ends = image(small), image(large)
    code = lib.s2sr_model_run(
        model,
        ctypes.byref(ends[0]),
        ctypes.c_size_t(1),
        ctypes.byref(ends[1]),
        ctypes.c_size_t(1),
        None,
        None,
        None,
    )
    assert code == 0 and large.min() > 0, lib.s2sr_last_error().decode()
    assert lib.s2sr_run(product.encode(), b"/nowhere/out.tif", None, None, None, None) != 0
    said = lib.s2sr_last_error().decode()
    assert "no GDAL" in said and "/nowhere/libgdal.so" in said and "install GDAL" in said, said
    assert not gdals(), gdals()
    print(f"no GDAL: arrays work, and a file says: {said}")
elif way == "bare":
    gdal = ctypes.CDLL(other[0])
    gdal.GDALOpen.restype = ctypes.c_void_p
    gdal.GDALVersionInfo.restype = ctypes.c_char_p
    uint16 = 2

    def opened(name):
        gdal.GDALAllRegister()
        dataset = ctypes.c_void_p(gdal.GDALOpen(name.encode(), 0))
        assert dataset, name
        return dataset

    def read(dataset):
        bands, rows, cols = (
            gdal.GDALGetRasterCount(dataset),
            gdal.GDALGetRasterYSize(dataset),
            gdal.GDALGetRasterXSize(dataset),
        )
        data = np.zeros((bands, rows, cols), "uint16")
        code = gdal.GDALDatasetRasterIO(
            dataset,
            0,
            0,
            0,
            cols,
            rows,
            ctypes.c_void_p(data.ctypes.data),
            cols,
            rows,
            uint16,
            bands,
            None,
            0,
            0,
            0,
        )
        assert code == 0
        return data

    made, first = opened(expected), opened(vrt)
    whole = read(made)
    assert whole.any() and np.array_equal(read(first), whole)
    second = opened(vrt)
    gdal.GDALClose(first)
    assert np.array_equal(read(second), whole)
    gdal.GDALClose(second)
    with tempfile.TemporaryDirectory() as folder:
        run(load(), f"{folder}/out.tif")
        assert np.array_equal(read(opened(f"{folder}/out.tif")), whole)
    assert len(gdals()) == 1, gdals()
    version = gdal.GDALVersionInfo(b"RELEASE_NAME").decode()
    print(
        f"GDAL {version}: the VRT, while plug-ins are registered anew, and s2sr_run have the pixels"
        " of s2sr run, 0 DN apart"
    )
