"""What a result carries besides its bands, through every door: the scene classification, a mask,
the outline of an area."""

import json
import shutil
import sqlite3

import numpy as np
import pytest
from conftest import S2SR, SIZE, TILE, gdal, pixels, tool, work

NAMES = ["no data", "saturated or defective", "dark area", "cloud shadow"]


@pytest.fixture(scope="module")
def classified(product):
    """The product with a scene classification at 20 m: each class in strips."""
    folder = work / "classified"
    shutil.copytree(product, folder)
    n = SIZE // 2
    like = gdal.Open(str(folder / "T33_B05.tif"))
    scl = gdal.GetDriverByName("GTiff").Create(
        str(folder / "T33_SCL_20m.tif"), n, n, 1, gdal.GDT_Byte
    )
    scl.SetProjection(like.GetProjection())
    scl.SetGeoTransform(like.GetGeoTransform())
    y, x = np.mgrid[0:n, 0:n]
    scl.GetRasterBand(1).WriteArray(((x // 20 + y // 30) % 12).astype(np.uint8))
    return folder


@pytest.fixture(scope="module")
def field():
    """A triangle with its right angle in the south-west, 2 km wide, in the product's
    coordinates."""
    ring = [
        [301000.0, 5996500.0],
        [303000.0, 5996500.0],
        [301000.0, 5998500.0],
        [301000.0, 5996500.0],
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}}
    polygon = {
        "type": "Feature",
        "properties": {},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    file = work / "fi, eld.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": [polygon]}))
    return file


@pytest.fixture(params=["10", "5"])
def doors(request, entry, classified, field):
    """The file that `s2sr run` makes with everything, and the name that GDAL opens."""
    to = request.param
    options = ["--to", to, "--with-scl", "--mask", "--cutline", field, "--tile", TILE]
    made = work / f"extras{to}.tif"
    if not made.exists():
        tool(S2SR, "run", classified, made, *options, "--quiet")
    if entry == "driver":
        return (
            made,
            f'S2SR:"{classified}",to={to},with-scl=yes,mask=yes,cutline={field},tile={TILE}',
        )
    vrt = work / f"extras{to}.vrt"
    tool(S2SR, "vrt", classified, vrt, *options)
    return made, str(vrt)


def test_as_run_makes_it(doors):
    made, name = (gdal.Open(str(f)) for f in doors)
    assert made.GetGeoTransform() == name.GetGeoTransform()
    a, b = made.ReadAsArray().astype(np.int64), name.ReadAsArray().astype(np.int64)
    assert a.shape == b.shape and np.abs(a - b).max() <= 1
    for dataset, values in ((made, a), (name, b)):
        band = dataset.GetRasterBand(1)
        assert band.GetMaskFlags() == gdal.GMF_PER_DATASET
        mask = band.GetMaskBand().ReadAsArray()
        assert set(np.unique(mask)) == {0, 255}
        assert ((mask == 0) == (values[:-1] == 0).any(0)).all()
        last = dataset.GetRasterBand(dataset.RasterCount)
        assert last.GetDescription() == "SCL" and last.GetCategoryNames()[:4] == NAMES
    assert len(np.unique(a[-1])) == 9
    # Outside of the outline there is no class, and inside there are some.
    assert (a[-1][a[0] == 0] == 0).all() and (a[-1][a[0] > 0] > 0).mean() > 0.8
    # Half of the square around the triangle.
    assert abs((a[0] > 0).mean() - 0.5) < 0.02


def table(band):
    rows = band.GetDefaultRAT()
    assert [rows.GetUsageOfCol(i) for i in range(rows.GetColumnCount())] == [
        gdal.GFU_MinMax,
        gdal.GFU_Name,
        gdal.GFU_Red,
        gdal.GFU_Green,
        gdal.GFU_Blue,
    ]
    return [
        [rows.GetValueAsString(row, column) for column in range(5)]
        for row in range(rows.GetRowCount())
    ]


def test_classes_have_their_colours(doors):
    made, dataset = (gdal.Open(str(f)) for f in doors)
    last = dataset.GetRasterBand(dataset.RasterCount)
    assert table(last)[6] == ["6", "water", "0", "0", "255"]
    assert table(last) == table(made.GetRasterBand(made.RasterCount))
    first = dataset.GetRasterBand(1)
    assert first.GetDefaultRAT() is None and first.GetCategoryNames() is None


def test_overviews_beside_classes(classified, entry):
    """GDAL refuses them where one of several bands has a colour table."""
    product = shutil.copytree(classified, work / f"overviews-{entry}")
    name = f'S2SR:"{product}",with-scl=yes'
    if entry == "vrt":
        name = str(work / "overviews.vrt")
        tool(S2SR, "vrt", product, name, "--with-scl")
    out = work / f"overviews-{entry}.tif"
    tool("gdal_translate", "-q", "-of", "COG", "-co", "BLOCKSIZE=128", name, out)
    cog = gdal.Open(str(out))
    assert cog.GetRasterBand(cog.RasterCount).GetOverviewCount() > 0
    assert cog.GetRasterBand(cog.RasterCount).GetCategoryNames()[:4] == NAMES
    tool("gdaladdo", "-q", name, "2", "4")
    dataset = gdal.Open(name)
    classes = dataset.GetRasterBand(dataset.RasterCount)
    assert classes.GetOverviewCount() == 2
    assert len(np.unique(classes.GetOverview(1).ReadAsArray())) == 12


def test_zoomed_out(doors):
    """Classes are picked, never averaged; the outline and the mask hold."""
    made, name = (gdal.Open(str(f)) for f in doors)
    cols, rows = made.RasterXSize // 4, made.RasterYSize // 4
    classes = name.GetRasterBand(name.RasterCount).ReadAsArray(buf_xsize=cols, buf_ysize=rows)
    full = (
        made.GetRasterBand(made.RasterCount)
        .ReadAsArray()[: rows * 4, : cols * 4]
        .reshape(rows, 4, cols, 4)
    )
    assert (full == classes[:, None, :, None]).any((1, 3)).all()
    assert 0.4 < (classes == 0).mean() < 0.65
    band = name.GetRasterBand(1)
    look = band.ReadAsArray(buf_xsize=cols, buf_ysize=rows)
    mask = band.GetMaskBand().ReadAsArray(buf_xsize=cols, buf_ysize=rows)
    assert ((look == 0) == (mask == 0)).mean() > 0.98
    assert abs((look > 0).mean() - 0.5) < 0.03


def test_translated(doors):
    out = work / "translated.tif"
    tool("gdal_translate", "-q", doors[1], out)
    copy, made = gdal.Open(str(out)), gdal.Open(str(doors[0]))
    assert np.abs(pixels(out) - pixels(doors[0])).max() <= 1
    assert copy.GetRasterBand(1).GetMaskFlags() == gdal.GMF_PER_DATASET
    assert (
        copy.GetRasterBand(1).GetMaskBand().ReadAsArray()
        == made.GetRasterBand(1).GetMaskBand().ReadAsArray()
    ).all()


def test_an_outline_that_changed_is_seen(classified, field):
    file = work / "changing.geojson"
    shutil.copy(field, file)
    name = f'S2SR:"{classified}",cutline={file}'
    assert gdal.Open(name).RasterXSize == 200
    file.write_text(file.read_text().replace("303000.0", "302000.0"))
    assert gdal.Open(name).RasterXSize == 100


def test_what_cannot_be_had(product, classified, field):
    for name, words in [
        (f'S2SR:"{product}",with-scl=yes', "no scene classification"),
        (f'S2SR:"{classified}",cutline={work}/none.geojson', "no file on this machine"),
        (
            f'S2SR:"{classified}",cutline=/vsicurl/http://127.0.0.1:9/a.geojson',
            "no file on this machine",
        ),
        (f'S2SR:"{classified}",srcwin=0 0 60 60', "there are to, model"),
    ]:
        assert words in tool("gdalinfo", name, fails=True), name
    vrt = work / "by_band.vrt"
    tool(S2SR, "vrt", classified, vrt)
    text = vrt.read_text()
    for band, words in (("SCL", "with-scl="), ("mask", "mask=")):
        vrt.write_text(text.replace('band="B5"', f'band="{band}"'))
        assert words in tool("gdalinfo", "-checksum", vrt, fails=None)


def test_data_names_plain_outlines_only(classified, field):
    """A stranger's VRT does not make the process open databases, services or other virtual
    files."""
    leads_on = work / "outline.vrt"
    leads_on.write_text(
        "<OGRVRTDataSource><OGRVRTLayer"
        f' name="a"><SrcDataSource>{field}</SrcDataSource><SrcLayer>fi,'
        " eld</SrcLayer></OGRVRTLayer></OGRVRTDataSource>"
    )
    assert "cannot be opened" in tool(
        "gdalinfo", f'S2SR:"{classified}",cutline={leads_on}', fails=True
    )
    assert "cannot be opened" in tool(
        S2SR, "vrt", classified, work / "no.vrt", "--cutline", leads_on, fails=True
    )
    # GDAL would write a list of what is in a GML beside it, and a GML names schemas.
    outline = work / "gml" / "outline.gml"
    outline.parent.mkdir()
    tool("ogr2ogr", outline, field)
    before = sorted(outline.parent.iterdir())
    assert "cannot be opened" in tool(
        "gdalinfo", f'S2SR:"{classified}",cutline={outline}', fails=True
    )
    assert sorted(outline.parent.iterdir()) == before

    # What a view gives is computed when it is read, and may never end.
    outline = work / "view.gpkg"
    tool("ogr2ogr", outline, field, "-nln", "area")
    name = f'S2SR:"{classified}",cutline={outline}'
    assert gdal.Open(name).RasterXSize == 200
    with sqlite3.connect(outline) as package:
        package.execute("CREATE VIEW computed AS SELECT * FROM area")
        for table in ("gpkg_contents", "gpkg_geometry_columns"):
            package.execute(f"CREATE TEMP TABLE own AS SELECT * FROM {table}")
            package.execute("UPDATE own SET table_name = 'computed'")
            if table == "gpkg_contents":
                package.execute("UPDATE own SET identifier = 'computed'")
            package.execute(f"INSERT INTO {table} SELECT * FROM own")
            package.execute("DROP TABLE own")
    package.close()
    assert "computed when they are read" in tool("gdalinfo", name, fails=True)
