"""Compares the pixels of two rasters: compare.py A B [MOST]. They may differ by MOST (0). B may
be plain 16-bit numbers."""

import sys

import numpy as np
from osgeo import gdal

gdal.UseExceptions()
a = gdal.Open(sys.argv[1]).ReadAsArray()
b = (
    np.fromfile(sys.argv[2], "<u2").reshape(a.shape)
    if sys.argv[2].endswith(".raw")
    else gdal.Open(sys.argv[2]).ReadAsArray()
)
most = int(sys.argv[3]) if len(sys.argv) > 3 else 0
assert a.shape == b.shape and a.any(), (a.shape, b.shape)
off = np.abs(a.astype(int) - b)
print(f"largest difference {off.max()} DN, in {(off > 0).mean():.3%} of {a.size} pixels")
sys.exit(int(off.max() > most))
