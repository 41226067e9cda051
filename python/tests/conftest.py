"""Tiny networks, tiny scenes, and the library under test: S2SR_LIBRARY, else the release build."""

import hashlib
import json
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data"
if "S2SR_INSTALLED" not in os.environ:
    sys.path.insert(0, str(ROOT / "python"))
    os.environ["PYTHONPATH"] = str(ROOT / "python")  # for the processes of a cluster

GSD = {
    "B1": 60,
    "B2": 10,
    "B3": 10,
    "B4": 10,
    "B5": 20,
    "B6": 20,
    "B7": 20,
    "B8": 10,
    "B8A": 20,
    "B9": 60,
    "B11": 20,
    "B12": 20,
}
SIZE = 240  # in 10 m pixels
WEST, NORTH, EPSG = 600000.0, 5000040.0, 32633


def _tiny_models() -> str:
    folder = Path(tempfile.mkdtemp(prefix="s2sr-models-"))
    models = []
    for file in [*sorted(DATA.glob("dummy-*.onnx")), DATA / "sure-t2x.onnx"]:
        data = file.read_bytes()
        (folder / file.name).write_bytes(data)
        sha = hashlib.sha256(data).hexdigest()
        models.append(
            {"name": file.stem, "family": file.stem.split("-")[0], "file": file.name, "sha256": sha}
        )
    (folder / "index.json").write_text(
        json.dumps({"contract": 1, "default": "dummy", "models": models})
    )
    return str(folder)


# Through the environment, so that the processes of a cluster have them, too.
os.environ["S2SR_MODELS"] = _tiny_models()


def bands(size=SIZE, dtype="uint16", empty_corner=True):
    """Bands by name at native sizes: fields, edges and texture, and a corner without data."""
    y, x = np.mgrid[0:size, 0:size]
    land = 900 + 700 * ((x // 37 + y // 29) % 3) + 250 * np.sin(x / 3.1) * np.cos(y / 4.3)
    empty = (x + y < 50) & empty_corner
    result = {}
    for i, (name, gsd) in enumerate(GSD.items()):
        k, n = gsd // 10, size // (gsd // 10)
        fine = (land * (0.6 + 0.1 * i)).reshape(n, k, n, k).mean((1, 3))
        fine[empty.reshape(n, k, n, k).all((1, 3))] = 0
        result[name] = fine.round().astype(dtype)
    return result


@pytest.fixture(scope="session")
def arrays():
    return bands()


@pytest.fixture(scope="session")
def whole(arrays):
    """What the whole gives at once, in memory."""
    import s2sr

    return s2sr.super_resolve(arrays)


@pytest.fixture(scope="session")
def product(tmp_path_factory, arrays):
    """The same bands as a folder of GeoTIFFs."""
    rasterio = pytest.importorskip("rasterio")
    folder = tmp_path_factory.mktemp("product") / "bands"
    folder.mkdir()
    for name, pixels in arrays.items():
        transform = rasterio.Affine(GSD[name], 0, WEST, 0, -GSD[name], NORTH)
        profile = {
            "driver": "GTiff",
            "width": pixels.shape[1],
            "height": pixels.shape[0],
            "count": 1,
            "dtype": "uint16",
        }
        with rasterio.open(
            folder / f"T33_{name}.tif",
            "w",
            crs=f"EPSG:{EPSG}",
            transform=transform,
            nodata=0,
            **profile,
        ) as file:
            file.write(pixels, 1)
    return folder


def data_array(pixels, gsd, dims=("y", "x"), **attributes):
    """Pixels with the coordinates of their centres and a spatial_ref as rioxarray writes it."""
    import xarray as xr

    rows, cols = pixels.shape[-2:]
    y, x = (d for d in dims[-2:])
    coordinates = {
        x: WEST + (np.arange(cols) + 0.5) * gsd,
        y: NORTH - (np.arange(rows) + 0.5) * gsd,
        "spatial_ref": xr.DataArray(
            0, attrs={"crs_wkt": UTM, "GeoTransform": f"{WEST} {gsd} 0.0 {NORTH} 0.0 {-gsd}"}
        ),
    }
    return xr.DataArray(
        pixels, coordinates, dims, attrs={"grid_mapping": "spatial_ref", **attributes}
    )


UTM = (
    'PROJCS["WGS 84 / UTM zone 33N",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS'
    ' 84",6378137,298.257223563]],'
    'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
    'UNIT["metre",1],AUTHORITY["EPSG","32633"]]'
)


@pytest.fixture(scope="module")
def client():
    """Two processes of a thread each."""
    distributed = pytest.importorskip("distributed")
    options = {
        "n_workers": 2,
        "threads_per_worker": 1,
        "processes": True,
        "dashboard_address": None,
    }
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        yield client
