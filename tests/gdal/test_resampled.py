"""What a VRT gives where it is enlarged, shrunk a little or read between its pixels: what GDAL
makes of the file, by the method that was asked for."""

from pathlib import Path

import numpy as np
import pytest
from conftest import gdal, work

B5 = 2


@pytest.fixture
def read(names, made, target):
    """Reads a window as so many pixels, of the file and of the VRT."""
    files = [gdal.Open(str(made[target])), gdal.Open(names[target, "vrt"])]

    def both(window, size, method):
        how = {"buf_xsize": size, "buf_ysize": size, "resample_alg": method}
        return [f.GetRasterBand(B5).ReadAsArray(*window, **how).astype(float) for f in files]

    return both


def off(a, b):
    return np.sqrt(((a - b) ** 2).mean())


@pytest.mark.parametrize(
    "window, size",
    [
        ((0, 0, 480, 480), 960),
        ((0, 0, 480, 480), 500),
        ((150, 20, 90, 90), 210),
        ((10.5, 10.5, 100, 100), 100),
        ((170.25, 100.75, 100, 100), 130),
    ],
)
def test_enlarged(read, window, size):
    for method in (gdal.GRIORA_NearestNeighbour, gdal.GRIORA_Bilinear):
        file, vrt = read(window, size, method)
        assert np.abs(file - vrt).max() <= 1, method
    nearest = read(window, size, gdal.GRIORA_NearestNeighbour)[0]
    for method in (gdal.GRIORA_Cubic, gdal.GRIORA_Lanczos):
        file, vrt = read(window, size, method)
        assert off(file, vrt) < 0.5 * off(file, nearest), method


def test_shrunk_a_little(read):
    window, size = (0, 0, 480, 480), 360
    nearest = read(window, size, gdal.GRIORA_NearestNeighbour)[1]
    for method in (gdal.GRIORA_Average, gdal.GRIORA_Bilinear, gdal.GRIORA_Cubic):
        file, vrt = read(window, size, method)
        assert off(file, vrt) < 0.7 * off(file, nearest), method


def test_nothing_is_mixed_with_nothing(read):
    file, vrt = read((0, 0, 100, 100), 300, gdal.GRIORA_Bilinear)
    assert ((file == 0) == (vrt == 0)).all() and (vrt == 0).any() and vrt[vrt > 0].min() > 500


def test_a_vrt_of_an_earlier_s2sr(names, made, target):
    """It names the positions as integers."""
    text = Path(names[target, "vrt"]).read_text()
    assert "/vsis2sr/exact-" in text
    old = work / "earlier.vrt"
    text = text.replace("/vsis2sr/exact-", "/vsis2sr/")
    old.write_text(text.replace('DataType="Float64"', 'DataType="UInt32"'))
    window = (100, 120, 90, 80)
    found = gdal.Open(str(old)).ReadAsArray(*window).astype(int)
    assert np.abs(found - gdal.Open(str(made[target])).ReadAsArray(*window)).max() <= 1


@pytest.mark.parametrize("size", [480, 380, 321, 300, 250])
def test_a_line_alone_is_that_line(names, size):
    """GDAL's programs read line by line; where it averages, the positions say where each lies."""
    dataset = gdal.Open(names["5", "vrt"])
    band, step = dataset.GetRasterBand(B5), 960 / size

    def rows(first, count, of=gdal.GRIORA_Average):
        return band.ReadAsArray(
            0, first * step, 960, count * step, buf_xsize=size, buf_ysize=count, resample_alg=of
        ).astype(float)

    whole = rows(0, size)
    lines = np.vstack([rows(i, 1) for i in range(0, size, 7)])
    # GDAL averages the positions of a few lines not quite to their middle.
    assert (np.abs(lines - whole[::7]).max(1) > 1).mean() < 0.15
