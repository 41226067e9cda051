# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes a tiny Sentinel-2 product: one GeoTIFF per band on nested 10, 20 and 60 m grids, 120
pixels at 10 m.

The pixels are smooth waves with some texture, not a real scene: enough to compare ways of running
the engine.
"""

import numpy as np
from osgeo import gdal, osr

BANDS = {
    10: ("B02", "B03", "B04", "B08"),
    20: ("B05", "B06", "B07", "B8A", "B11", "B12"),
    60: ("B01", "B09"),
}
EPSG = 32618
ORIGIN = (420000.0, 4140000.0)
SIZE = 120


def write(folder, size=SIZE):
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    y, x = np.mgrid[0:size, 0:size]
    texture = rng.normal(0, 40, (size, size))
    for gsd, names in BANDS.items():
        factor = gsd // 10
        for i, name in enumerate(names):
            fine = 1500 + 100 * i + 600 * np.sin(x / (7 + i)) * np.cos(y / (9 + i)) + texture
            n = size // factor
            pixels = fine.reshape(n, factor, n, factor).mean(axis=(1, 3)).round().astype(np.uint16)
            _write_band(folder / f"T18SVG_20200101T000000_{name}.tif", pixels, gsd)
    return folder


def write_stack(path, names=("B5", "B6", "B8A", "B11", "B12"), size=SIZE):
    """A raster as the engine writes one: bands with descriptions, at 10 m, scale and offset to
    reflectance."""
    rng = np.random.default_rng(2)
    dataset = gdal.GetDriverByName("GTiff").Create(
        str(path), size, size, len(names), gdal.GDT_UInt16
    )
    _georeference(dataset, 10)
    for i, name in enumerate(names, 1):
        band = dataset.GetRasterBand(i)
        band.WriteArray(rng.integers(1000, 1000 + 500 * i, (size, size)).astype(np.uint16))
        band.SetDescription(name)
        band.SetNoDataValue(0)
    return path


def _write_band(path, pixels, gsd):
    rows, cols = pixels.shape
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), cols, rows, 1, gdal.GDT_UInt16)
    _georeference(dataset, gsd)
    dataset.GetRasterBand(1).WriteArray(pixels)
    dataset.GetRasterBand(1).SetNoDataValue(0)


def _georeference(dataset, gsd):
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(EPSG)
    dataset.SetProjection(reference.ExportToWkt())
    dataset.SetGeoTransform((ORIGIN[0], gsd, 0, ORIGIN[1], 0, -gsd))
