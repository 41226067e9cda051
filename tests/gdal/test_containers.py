"""Files with a raster for each band and for several dates: listed, never mixed, one can be
named."""

import numpy as np
import pytest
from conftest import BANDS, S2SR, gdal, pixels, tool, work

DATES = {"20200111": 18272, "20200126": 18287}


def at_10m(product):
    for gsd, bands in BANDS.items():
        for band in bands:
            raster = gdal.Open(str(product / f"T33_{band}.tif"))
            yield (
                band,
                np.kron(raster.ReadAsArray(), np.ones((gsd // 10, gsd // 10), np.uint16)),
                raster,
            )


def write(product, file, form, declared=True):
    """netCDF of two dates; the second has 300 more in each pixel with data."""
    create = gdal.ExtendedDataType.Create
    dataset = gdal.GetDriverByName("netCDF").CreateMultiDimensional(str(file))
    root, like = dataset.GetRootGroup(), gdal.Open(str(product / "T33_B02.tif"))
    n, (west, step, _, north, _, _) = like.RasterXSize, like.GetGeoTransform()

    def axes(group):
        made = []
        for name, kind, values in [
            ("y", "HORIZONTAL_Y", north - step * (np.arange(n) + 0.5)),
            ("x", "HORIZONTAL_X", west + step * (np.arange(n) + 0.5)),
        ]:
            made.append(group.CreateDimension(name, kind, None, n))
            group.CreateMDArray(name, [made[-1]], create(gdal.GDT_Float64)).Write(values)
        return made

    def put(group, name, dimensions, values):
        array = group.CreateMDArray(name, dimensions, create(gdal.GDT_UInt16))
        array.SetSpatialRef(like.GetSpatialRef())
        if declared:
            array.SetNoDataValueDouble(0)
        array.Write(np.ascontiguousarray(values.astype(np.uint16)))

    def later(values):
        return np.where(values > 0, values + 300, 0)

    groups = {}
    if form == "groups":
        groups = {date: root.CreateGroup(f"t{date}") for date in DATES}
    places = {group: axes(group) for group in groups.values()} or {root: axes(root)}
    if form.endswith("since"):
        unit, start, factor = (
            ("days", "1970-01-01", 1)
            if form == "days since"
            else ("hours", "2019-12-31 12:00:00", 24)
        )
        first = 0 if factor == 1 else 18261.5
        time = root.CreateDimension("time", "TEMPORAL", None, 2)
        array = root.CreateMDArray("time", [time], create(gdal.GDT_Float64))
        array.Write(np.array([(day - first) * factor for day in DATES.values()]))
        array.CreateAttribute("units", [], gdal.ExtendedDataType.CreateString()).Write(
            f"{unit} since {start}"
        )
    for band, values, _ in at_10m(product):
        both = {"20200111": values, "20200126": later(values)}
        if form.endswith("since"):
            put(root, band, [time, *places[root]], np.stack(list(both.values())))
        for date, values in both.items():
            if form == "names":
                put(root, f"{band}_{date}", places[root], values)
            elif form == "groups":
                put(groups[date], band, places[groups[date]], values)


@pytest.mark.parametrize("form", ["days since", "hours since", "names", "groups"])
def test_two_dates(product, made, form, tmp_path):
    file = work / f"{form.replace(' ', '_')}.nc"
    write(product, file, form)
    out = tmp_path / "date.tif"
    refused = tool(S2SR, "run", file, out, fails=True)
    for word in ("01-11", "01-26", "not mixed", f"'{file}/*20200111*'"):
        assert word in refused or word.replace("-", "") in refused, refused
    assert not out.exists()
    tool(S2SR, "run", f"{file}/*20200111*", out, "--quiet")
    assert np.abs(pixels(out) - pixels(made["10"])).max() <= 1
    tool(S2SR, "run", f"{file}/*20200126*", out, "--quiet")
    assert np.abs(pixels(out) - pixels(made["10"])).max() > 100
    assert np.abs(pixels(f'S2SR:"{file}/*20200126*"') - pixels(out)).max() <= 1
    said = tool(S2SR, "run", f"{file}/*2021*", out, fails=True)
    assert "none of the rasters in it fits the pattern" in said and "B02" in said
    # What is read is not written over.
    target = tmp_path / "same.nc"
    target.write_bytes(file.read_bytes())
    assert "which is read" in tool(S2SR, "run", f"{target}/*20200126*", target, fails=True)
    assert target.read_bytes() == file.read_bytes()


def test_zeros_of_integers_are_no_data_where_no_fill_value_is_declared(product, made, tmp_path):
    """As xarray writes DN. What GDAL takes for their nodata value is netCDF's filler."""
    file, out = tmp_path / "bare.nc", tmp_path / "out.tif"
    write(product, file, "names", declared=False)
    tool(S2SR, "run", f"{file}/*20200111*", out, "--quiet")
    assert gdal.Open(str(out)).GetRasterBand(1).GetNoDataValue() == 0
    assert np.abs(pixels(out) - pixels(made["10"])).max() <= 1


def test_one_raster_has_no_dates(product):
    said = tool(S2SR, "info", f"{product}/T33_B02.tif/*2020*", fails=True)
    assert "one raster" in said


def write_days(like, file, days):
    """netCDF of 6 x 6 pixels with so many days; its objects have to go before the file is
    complete."""
    source = gdal.OpenEx(str(like), gdal.OF_MULTIDIM_RASTER).GetRootGroup()
    dataset = gdal.GetDriverByName("netCDF").CreateMultiDimensional(str(file))
    root, create = dataset.GetRootGroup(), gdal.ExtendedDataType.Create
    time = root.CreateDimension("time", "TEMPORAL", None, days)
    array = root.CreateMDArray("time", [time], create(gdal.GDT_Float64))
    array.Write(np.arange(float(days)))
    array.CreateAttribute("units", [], gdal.ExtendedDataType.CreateString()).Write(
        "days since 2016-01-01"
    )
    axes = [
        root.CreateDimension(name, kind, None, 6)
        for name, kind in (("y", "HORIZONTAL_Y"), ("x", "HORIZONTAL_X"))
    ]
    for dimension in axes:
        values = source.OpenMDArray(dimension.GetName()).ReadAsArray()[:6]
        root.CreateMDArray(dimension.GetName(), [dimension], create(gdal.GDT_Float64)).Write(values)
    for band in ("B02", "B03", "B04", "B08", "B05"):
        array = root.CreateMDArray(band, [time, *axes], create(gdal.GDT_UInt16))
        array.SetSpatialRef(source.OpenMDArray("B02").GetSpatialRef())
        array.Write(np.ones((days, 6, 6), np.uint16))


def test_thousands_of_days_are_refused_at_once(product, tmp_path):
    """That many rasters are not opened to say that they are of several dates."""
    like, many = tmp_path / "two.nc", tmp_path / "many.nc"
    write(product, like, "days since")
    write_days(like, many, 4000)
    said = tool(S2SR, "info", many, fails=True)
    assert "4000 dates" in said and "20160101" in said and "more" in said
