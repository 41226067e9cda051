"""Names that the driver writes lead back to what they name, whatever is in the paths."""

import shutil

import numpy as np
import pytest
from changing import brighten
from conftest import LIBRARY, TILE, gdal, pixels, tool, work

OUTLINE = """{"type": "FeatureCollection",
"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}},
"features": [{"type": "Feature", "properties": {}, "geometry": {"type": "Polygon",
"coordinates": [[[301000, 5996500], [303000, 5996500], [301000, 5998500], [301000, 5996500]]]}}]}"""


def sizes(dataset):
    """The sizes of what its subdatasets lead to."""
    return [gdal.Open(name).RasterXSize for name, _ in dataset.GetSubDatasets()]


@pytest.mark.parametrize("path", ['a"b', '"', 'a"",to=5', "a\\", '\\"b', "a,to=5"])
def test_any_product(product, path):
    folder = work / "names" / path
    shutil.copytree(product, folder)
    # Without quotes the name is the path, unless a comma with KEY= is in it.
    if ",to=" not in path:
        assert sizes(gdal.Open(f"S2SR:{folder}")) == [480, 960]
    quoted = str(folder).replace('"', '""')
    assert sizes(gdal.Open(f'S2SR:"{quoted}"')) == [480, 960]
    assert gdal.Open(f'S2SR:"{quoted}",to=5').RasterXSize == 960


@pytest.mark.parametrize(
    "outline", ["c,to=5.json", "c,,d.json", 'c"d.json', '"c,to=5".json', "c, d.json"]
)
def test_any_outline(product, outline):
    file = work / outline
    file.write_text(OUTLINE)
    found = gdal.OpenEx(f'S2SR:"{product}"', open_options=[f"CUTLINE={file}"])
    assert sizes(found) == [200, 400]
    quoted = str(file).replace('"', '""')
    name = f'S2SR:"{product}",cutline="{quoted}",bands="B5",to=5'
    assert gdal.Open(name).RasterXSize == 400 and gdal.Open(name).RasterCount == 1


def test_a_relative_name_means_what_it_did_when_it_was_opened(product, monkeypatch):
    """Wherever the program goes meanwhile: there may be another product of that name."""
    here, there = work / "here", work / "there"
    for folder in (here, there):
        shutil.copytree(product, folder / "product")
    for file in (there / "product").glob("*.tif"):
        brighten(file)
    name = f"S2SR:product,tile={TILE}"
    monkeypatch.chdir(here)
    dataset = gdal.Open(name)
    dataset.ReadAsArray(0, 0, 50, 50)
    monkeypatch.chdir(there)
    assert np.array_equal(dataset.ReadAsArray(), pixels(f'S2SR:"{here}/product"'))
    assert np.array_equal(pixels(name), pixels(f'S2SR:"{there}/product"'))
    assert not np.array_equal(pixels(name), dataset.ReadAsArray())
    dataset.GetRasterBand(1).ComputeStatistics(False)
    dataset = None
    assert (here / "product.aux.xml").exists() and not (there / "product.aux.xml").exists()


def test_a_relative_outline_is_that_of_the_folder_where_the_program_is(product, monkeypatch):
    for folder, outline in [("west", OUTLINE), ("east", OUTLINE.replace("303000", "304000"))]:
        (work / folder).mkdir()
        (work / folder / "c.json").write_text(outline)
    widths = []
    for folder in ("west", "east", "west"):
        monkeypatch.chdir(work / folder)
        widths.append(gdal.Open(f'S2SR:"{product}",cutline=c.json').RasterXSize)
    assert widths == [200, 300, 200]


def test_a_gdal_without_the_driver_says_what_gives_the_same(product, tmp_path):
    """The driver is one library per version of GDAL, the pixel function works with any."""
    shutil.copy(LIBRARY, tmp_path / "gdal_S2SR.so")
    said = tool("gdalinfo", f"S2SR:{product}", fails=True, GDAL_DRIVER_PATH=str(tmp_path))
    assert "no driver S2SR" in said and "s2sr vrt" in said and said.count("ERROR") == 1, said
