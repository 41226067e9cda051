"""A small product as GeoTIFFs, written with the rasterio of a wheel: product.py FOLDER"""

import sys
from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin

BANDS = {
    10: ["B02", "B03", "B04", "B08"],
    20: ["B05", "B06", "B07", "B8A", "B11", "B12"],
    60: ["B01", "B09"],
}
SIZE = 480  # in 10 m pixels

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
y, x = np.mgrid[0:SIZE, 0:SIZE]
land = 900 + 700 * ((x // 37 + y // 29) % 3) + 250 * np.sin(x / 3.1) * np.cos(y / 4.3)
land[x + y < 60] = 0
for gsd, bands in BANDS.items():
    n, k = SIZE * 10 // gsd, gsd // 10
    for i, band in enumerate(bands):
        pixels = np.rint(land.reshape(n, k, n, k).mean((1, 3)) * (1 + 0.1 * i)).astype("uint16")
        about = dict(
            driver="GTiff", width=n, height=n, count=1, dtype="uint16", nodata=0, crs="EPSG:32633"
        )
        with rasterio.open(
            folder / f"T33_{band}.tif",
            "w",
            transform=from_origin(300000, 6000000, gsd, gsd),
            **about,
        ) as out:
            out.write(pixels, 1)
