"""What is left open, and how to forget what is kept."""

import os
import subprocess
import sys

import pytest
from changing import names_of, names_of_many
from conftest import LIBRARY, gdal, tool, work


@pytest.mark.parametrize(
    "command",
    [
        "gdalwarp -q -overwrite -t_srs EPSG:3035",
        "gdal_translate -q",
        "gdalwarp -q -overwrite -multi",
    ],
)
def test_no_file_stays_open(own, names, entry, command):
    program, *options = command.split()
    done = subprocess.run(
        [program, *options, names["10", entry], work / "closed.tif"], capture_output=True, text=True
    )
    assert done.returncode == 0 and done.stderr == ""


def open_files(folder):
    links = [os.path.join("/proc/self/fd", fd) for fd in os.listdir("/proc/self/fd")]
    return [
        target
        for target in (os.readlink(link) for link in links if os.path.islink(link))
        if str(folder) in target
    ]


def test_files_are_closed_with_the_last_dataset(own, entry):
    name = names_of(own)[entry]
    first, second = gdal.Open(name), gdal.Open(name)
    first.ReadAsArray()
    second.ReadAsArray(buf_xsize=100, buf_ysize=100)
    first = None
    assert open_files(own) or entry == "vrt"
    second = None
    assert not open_files(own)


def test_a_mosaic_of_many_products_takes_few_open_files(product, entry):
    """GDAL keeps a hundred sources of a mosaic open, and a product has a dozen files."""
    names = names_of_many(product, entry, 30)
    code = """
import resource, sys
from osgeo import gdal
gdal.UseExceptions()
resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))
datasets = [gdal.Open(name) for name in sys.argv[1:]]
for dataset in datasets: dataset.ReadAsArray(0, 0, 2, 2)
"""
    tool(sys.executable, "-c", code, *names)


@pytest.mark.parametrize("how", ["function", "configuration", "nothing"])
def test_everything_can_be_forgotten(own, entry, how):
    code = """
import ctypes, sys
from osgeo import gdal
library, name, how = sys.argv[1:]
def read(): return gdal.Open(name).ReadAsArray().sum()
a = read()
if how == "function": assert ctypes.CDLL(library).s2sr_forget() == 0
if how == "configuration": gdal.SetConfigOption("S2SR_CACHEMAX", "0")
assert read() == a
kept = gdal.Open(name)
if how == "function": assert ctypes.CDLL(library).s2sr_forget() == 0
assert kept.ReadAsArray().sum() == a
"""
    said = tool(sys.executable, "-c", code, LIBRARY, names_of(own)[entry], how)
    # Read three times; forgotten before the second and the third.
    assert said.count("S2SR: opened") == (1 if how == "nothing" else 3), said
