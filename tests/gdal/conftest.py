"""A small product, tiny networks, and GDAL with the plug-in. Needs a release build and GDAL's
programs and Python."""

import atexit
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
S2SR = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "s2sr"
LIBRARY = S2SR.parent / "libs2sr.so"
BANDS = {
    10: ["B02", "B03", "B04", "B08"],
    20: ["B05", "B06", "B07", "B8A", "B11", "B12"],
    60: ["B01", "B09"],
}
SIZE = 480  # in 10 m pixels
TILE = 192  # so that windows straddle tiles: 3 x 3 of them

work = Path(tempfile.mkdtemp(prefix="s2sr-gdal-"))
atexit.register(shutil.rmtree, work, ignore_errors=True)


def tiny_models():
    folder = work / "models"
    folder.mkdir()
    models = []
    for file in [
        *sorted((ROOT / "tests/data").glob("dummy-*.onnx")),
        ROOT / "tests/data/sure-t2x.onnx",
    ]:
        data = file.read_bytes()
        (folder / file.name).write_bytes(data)
        models.append(
            {
                "name": file.stem,
                "family": file.stem.split("-")[0],
                "file": file.name,
                "sha256": hashlib.sha256(data).hexdigest(),
            }
        )
    (folder / "index.json").write_text(
        json.dumps({"contract": 1, "default": "dummy", "models": models})
    )
    return folder


# GDAL looks for plug-ins when it is imported.
os.environ["S2SR_MODELS"] = str(tiny_models())
os.environ["GDAL_DRIVER_PATH"] = subprocess.run(
    [S2SR, "gdal-plugins"], check=True, capture_output=True, text=True
).stdout.strip()
from osgeo import gdal, osr  # noqa: E402

gdal.UseExceptions()


def ground():
    """Fields, edges and texture at 10 m; a corner without data."""
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    land = 900 + 700 * ((x // 37 + y // 29) % 3) + 250 * np.sin(x / 3.1) * np.cos(y / 4.3)
    return land, x + y < 60


def write_band(folder, band, gsd, gain, offset=0):
    k = gsd // 10
    land, empty = ground()
    n = SIZE // k
    blocks = (land * gain).reshape(n, k, n, k).mean((1, 3))
    nothing = empty.reshape(n, k, n, k).all((1, 3))
    raster = gdal.GetDriverByName("GTiff").Create(
        str(folder / f"T33_{band}.tif"), n, n, 1, gdal.GDT_UInt16
    )
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(32633)
    raster.SetProjection(srs.ExportToWkt())
    raster.SetGeoTransform((300000, gsd, 0, 6000000, 0, -gsd))
    raster.GetRasterBand(1).SetNoDataValue(0)
    raster.GetRasterBand(1).WriteArray(
        np.where(nothing, 0, np.rint(blocks) + offset).astype(np.uint16)
    )


@pytest.fixture(scope="session")
def product():
    folder = work / "prod, uct"  # a comma and a space, as users have them
    folder.mkdir()
    for gsd, bands in BANDS.items():
        for i, band in enumerate(bands):
            write_band(folder, band, gsd, 1 + 0.1 * i + gsd / 100)
    return folder


@pytest.fixture
def own(product, request):
    """A copy of the product that the test may change."""
    folder = work / f"own-{request.node.name.replace('/', '_')}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(product, folder)
    return folder


@pytest.fixture(params=["10", "5"])
def target(request):
    return request.param


@pytest.fixture(scope="session")
def made(product):
    """What `s2sr run` makes, per target: the file and its pixels."""
    files = {}
    for to in ("10", "5"):
        out = work / f"run{to}.tif"
        subprocess.run([S2SR, "run", product, out, "--to", to, "--quiet"], check=True)
        files[to] = out
    return files


@pytest.fixture(scope="session")
def names(product):
    """For each target and entry point what GDAL opens."""
    found = {}
    for to in ("10", "5"):
        vrt = work / f"o{to}.vrt"
        subprocess.run([S2SR, "vrt", product, vrt, "--to", to, "--tile", str(TILE)], check=True)
        found[to, "vrt"] = str(vrt)
        found[to, "driver"] = f'S2SR:"{product}",to={to},tile={TILE}'
    return found


@pytest.fixture(params=["vrt", "driver"])
def entry(request):
    return request.param


def tool(*args, fails=False, **env):
    """Runs a program; gives what it said, debug lines of S2SR included. `fails` None: however it
    ends."""
    done = subprocess.run(
        [str(a) for a in args],
        env={**os.environ, "CPL_DEBUG": "S2SR", **env},
        capture_output=True,
        text=True,
        errors="replace",
    )
    assert fails is None or (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stdout + done.stderr


def runs(said):
    """How many tiles of bands were inferred."""
    return sum(map(int, re.findall(r"S2SR: tile at .*: (\d+) planes inferred", said)))


def count(name):
    """How many bands a raster has."""
    return gdal.Open(str(name)).RasterCount


def pixels(file, *window):
    return gdal.Open(str(file)).ReadAsArray(*window).astype(np.int64)
