"""What the stress checks work on: products made on the spot, the tiny networks, and the C ABI
through ctypes."""

import ctypes
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
from osgeo import gdal, osr

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "target" / "release"
TENS = ("B02", "B03", "B04", "B08")
TWENTIES = ("B05", "B06", "B07", "B8A", "B11", "B12")


def product(folder, size):
    """A folder with one GeoTIFF per band; `size` pixels of 10 m a side."""
    folder.mkdir(parents=True)
    utm = osr.SpatialReference()
    utm.ImportFromEPSG(32633)
    noise = np.random.default_rng(1)
    for names, gsd in ((TENS, 10), (TWENTIES, 20)):
        for name in names:
            n = size * 10 // gsd
            file = gdal.GetDriverByName("GTiff").Create(
                str(folder / f"{name}.tif"), n, n, 1, gdal.GDT_UInt16
            )
            file.SetProjection(utm.ExportToWkt())
            file.SetGeoTransform((300000, gsd, 0, 6000000, 0, -gsd))
            for top in range(0, n, 512):
                rows = min(512, n - top)
                file.GetRasterBand(1).WriteArray(
                    noise.integers(500, 4000, (rows, n), dtype=np.uint16), 0, top
                )
    return folder


def tiny_models(folder):
    """A folder of networks that are through in no time."""
    folder.mkdir()
    entries = []
    for task in ("t2x", "s6x", "x2"):
        file = folder / f"dummy-{task}.onnx"
        shutil.copy(ROOT / "tests" / "data" / file.name, file)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        entries.append(
            {"name": f"tiny-{task}", "family": "tiny", "file": file.name, "sha256": digest}
        )
    (folder / "index.json").write_text(json.dumps({"default": "tiny", "models": entries}))
    return folder


def checksums(path):
    """A number for each band; None where the file is not whole."""
    gdal.UseExceptions()
    try:
        file = gdal.Open(str(path))
        return [file.GetRasterBand(i + 1).Checksum() for i in range(file.RasterCount)]
    except RuntimeError:
        return None


class Image(ctypes.Structure):
    """s2sr_image"""

    _fields_ = [("data", ctypes.c_void_p), ("dtype", ctypes.c_int32)] + [
        (name, ctypes.c_int64)
        for name in ("bands", "rows", "cols", "band_stride", "row_stride", "col_stride")
    ]


class Library:
    """The calls of libs2sr that the checks make; the first error ends the check."""

    def __init__(self):
        self.lib = ctypes.CDLL(str(BUILT / "libs2sr.so"))
        self.lib.s2sr_last_error.restype = ctypes.c_char_p
        self.lib.s2sr_model_free.argtypes = [ctypes.c_void_p]
        self.lib.s2sr_model_free.restype = None

    def must(self, code):
        if code != 0:
            raise RuntimeError(self.lib.s2sr_last_error().decode())

    def open(self, name):
        model = ctypes.c_void_p()
        self.must(self.lib.s2sr_model_open(name.encode(), None, ctypes.byref(model)))
        return model

    def run_arrays(self, model, fine, coarse):
        """The six bands of 20 m at 10 m."""
        sharp = np.zeros((len(coarse), *fine.shape[1:]), np.uint16)
        inputs = (Image * 2)(image(fine), image(coarse))
        self.must(
            self.lib.s2sr_model_run(
                model,
                inputs,
                ctypes.c_size_t(2),
                ctypes.byref(image(sharp)),
                ctypes.c_size_t(1),
                None,
                None,
                None,
            )
        )
        return sharp

    def run_files(self, source, output):
        self.must(
            self.lib.s2sr_run(str(source).encode(), str(output).encode(), None, None, None, None)
        )


def image(array):
    bands, rows, cols = array.shape
    return Image(array.ctypes.data, 2, bands, rows, cols, rows * cols, cols, 1)
