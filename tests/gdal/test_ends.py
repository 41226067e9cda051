"""A program may end GDAL's drivers (GDALDestroyDriverManager) while something of ours is open."""

import sys

import pytest
from changing import names_of, stack_of
from conftest import LIBRARY, tool, work

# Python would close once more what the drivers' end has closed, so it ends without tidying up.
CODE = """
import ctypes, os, sys
from osgeo import gdal
gdal.UseExceptions()
library, out, product, *names = sys.argv[1:]
s2sr = ctypes.CDLL(library)
s2sr.s2sr_last_error.restype = ctypes.c_char_p
open_ones = [gdal.Open(name) for name in names]
for dataset in open_ones:
    dataset.GetRasterBand(2).ReadAsArray(0, 0, 9, 9)
if not names:
    code = s2sr.s2sr_write_vrt(product.encode(), out.encode(), None)
    assert code == 0, s2sr.s2sr_last_error()
gdal.DontUseExceptions()  # Python's wrapper of newer versions crashes with them
gdal.GDALDestroyDriverManager()
gdal.UseExceptions()
assert s2sr.s2sr_forget() == 0
json = ctypes.c_void_p()
code = s2sr.s2sr_info(product.encode(), None, ctypes.byref(json))
assert code == 0, s2sr.s2sr_last_error()
gdal.AllRegister()
for name in names or [out]:
    dataset = gdal.Open(name)
    assert dataset.GetRasterBand(2).ReadAsArray(99, 99, 9, 9).any()
sys.stdout.flush(), sys.stderr.flush()
os._exit(0)
"""


@pytest.mark.parametrize("of", ["folder", "vrt"])
@pytest.mark.parametrize("what", ["driver", "vrt", "both", "nothing"])
def test_drivers_end_while_something_is_open(own, what, of):
    product = own
    if of == "vrt":
        # Whose sources GDAL opens itself.
        product = work / "ending.vrt"
        stack_of(own, product, str(own / "T33_B04.tif"))
    names = names_of(product)
    chosen = {"both": list(names.values()), "nothing": []}.get(what, [names.get(what)])
    tool(sys.executable, "-c", CODE, LIBRARY, work / "ending-out.vrt", product, *chosen)
