"""What an installed wheel has to do, in whatever environment: python wheel_check.py
arrays|xarray|files|osgeo|scene ..."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import s2sr

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
SIZE = 240
WEST, NORTH, EPSG = 600000.0, 5000040.0, 32633


def bands():
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    land = 900 + 700 * ((x // 37 + y // 29) % 3) + 250 * np.sin(x / 3.1) * np.cos(y / 4.3)
    means = {
        n: land.reshape(SIZE // (g // 10), g // 10, -1, g // 10).mean((1, 3))
        for n, g in GSD.items()
    }
    return {n: (a * (0.6 + 0.1 * i)).astype("uint16") for i, (n, a) in enumerate(means.items())}


def arrays():
    result = s2sr.super_resolve(bands())
    assert sorted(result) == sorted(n for n, g in GSD.items() if g > 10), result.keys()
    assert all(a.shape == (SIZE, SIZE) and a.dtype == np.uint16 for a in result.values())
    return result


def xarray():
    import xarray as xr

    def layer(name, pixels):
        n, gsd = len(pixels), GSD[name]
        y, x = NORTH - (np.arange(n) + 0.5) * gsd, WEST + (np.arange(n) + 0.5) * gsd
        return xr.DataArray(pixels, {"y": y, "x": x}, ("y", "x"), attrs={"proj:epsg": EPSG})

    layers = {n: layer(n, a) for n, a in bands().items()}
    lazy = s2sr.super_resolve({n: a.chunk(x=50) for n, a in layers.items()}, chunks=100)
    for name, pixels in arrays().items():
        assert np.abs(lazy[name].compute().values.astype(int) - pixels).max() <= 1, name


def same_as_arrays(product, read):
    """Files through the package, through python -m s2sr, and through the command s2sr."""
    expected = arrays()
    out = Path(product).parent
    s2sr.super_resolve(product, out / "a.tif")
    subprocess.run(
        [sys.executable, "-m", "s2sr", "run", product, out / "b.tif", "--quiet"], check=True
    )
    subprocess.run(["s2sr", "run", product, out / "c.tif", "--quiet"], check=True)
    for name in "abc":
        for band, pixels in read(str(out / f"{name}.tif")).items():
            assert np.abs(pixels.astype(int) - expected[band]).max() <= 1, (name, band)
    assert os.path.isdir(s2sr.gdal_plugins())


def files():
    import rasterio

    def read(path):
        with rasterio.open(path) as file:
            return dict(zip(file.descriptions, file.read()))

    with tempfile.TemporaryDirectory() as folder:
        product = Path(folder, "in")
        product.mkdir()
        for name, pixels in bands().items():
            transform = rasterio.Affine(GSD[name], 0, WEST, 0, -GSD[name], NORTH)
            profile = {
                "driver": "GTiff",
                "width": len(pixels),
                "height": len(pixels),
                "count": 1,
                "dtype": "uint16",
            }
            with rasterio.open(
                product / f"T33_{name}.tif", "w", crs=f"EPSG:{EPSG}", transform=transform, **profile
            ) as file:
                file.write(pixels, 1)
        same_as_arrays(product, read)


def scene():
    """A real scene, whose grids do not begin together, by arrays, by xarray and by the program."""
    import rasterio
    import rioxarray
    from rasterio.windows import from_bounds

    folder, box = os.environ["S2SR_SCENE"], (438000, 4164000, 444000, 4170000)
    arrays, layers = {}, {}
    for name in GSD:
        path = f"{folder}/s2_B{name[1:]:0>2}.jp2"
        layers[name] = rioxarray.open_rasterio(path, chunks=512).rio.clip_box(*box)
        with rasterio.open(path) as file:
            arrays[name] = file.read(1, window=from_bounds(*box, file.transform))
    sharp, lazy = s2sr.super_resolve(arrays), s2sr.super_resolve(layers, chunks=400)

    with tempfile.TemporaryDirectory() as work:
        window = map(str, ("--projwin", box[0], box[3], box[2], box[1]))
        subprocess.run(["s2sr", "run", folder, f"{work}/out.tif", *window, "--quiet"], check=True)
        with rasterio.open(f"{work}/out.tif") as file:
            assert file.count == 8 and file.shape == (600, 600)
            for name, pixels in zip(file.descriptions, file.read().astype(int)):
                # Surroundings, which the program sees and arrays do not, are left out.
                inner = (slice(60, -60),) * 2
                assert np.abs(pixels - sharp[name])[inner].max() <= 1, name
                assert np.abs(pixels - lazy[name].values[0])[inner].max() <= 1, name


def osgeo():
    from osgeo import gdal, osr

    gdal.UseExceptions()

    def read(path):
        file = gdal.Open(path)
        return {
            file.GetRasterBand(i).GetDescription(): file.GetRasterBand(i).ReadAsArray()
            for i in range(1, file.RasterCount + 1)
        }

    with tempfile.TemporaryDirectory() as folder:
        product = Path(folder, "in")
        product.mkdir()
        reference = osr.SpatialReference()
        reference.ImportFromEPSG(EPSG)
        for name, pixels in bands().items():
            file = gdal.GetDriverByName("GTiff").Create(
                str(product / f"T33_{name}.tif"), len(pixels), len(pixels), 1, gdal.GDT_UInt16
            )
            file.SetProjection(reference.ExportToWkt())
            file.SetGeoTransform((WEST, GSD[name], 0, NORTH, 0, -GSD[name]))
            file.GetRasterBand(1).WriteArray(pixels)
            file = None
        same_as_arrays(product, read)


if __name__ == "__main__":
    for what in sys.argv[1:]:
        globals()[what]()
    print(
        f"python {sys.version.split()[0]}, numpy {np.__version__}: {' '.join(sys.argv[1:])}: right,"
        f" by {Path(s2sr.__file__).parent}"
    )
