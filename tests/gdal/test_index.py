"""The files without pixels of their own that tell a pixel function where it is read."""

import pytest
from conftest import gdal, tool


def test_the_index_is_right_up_to_its_limit():
    largest = 1 << 24
    for name in ("columns", "rows", "exact-columns", "exact-rows"):
        size = (largest, 1) if "columns" in name else (1, largest)
        index = gdal.Open(f"/vsis2sr/{name}-{largest}.tif")
        assert (index.RasterXSize, index.RasterYSize) == size
        assert index.ReadAsArray(size[0] - 1, size[1] - 1, 1, 1).tolist() == [[largest - 1]]
        for wrong in (largest + 1, 1 << 32, 0, -5, "x"):
            tool("gdalinfo", f"/vsis2sr/{name}-{wrong}.tif", fails=True)


@pytest.mark.parametrize(
    "name, mode, why",
    [("exact-rows-0", "rb", "No such file"), ("exact-rows-5", "wb", "Read-only file system")],
)
def test_a_file_of_the_index_that_is_not_opened_says_why(name, mode, why):
    assert gdal.VSIFOpenExL(f"/vsis2sr/{name}.tif", mode, True) is None
    assert why in gdal.VSIGetLastErrorMsg()
