"""What GDAL keeps beside a product (statistics, overviews, what users add) is true of what the
product is now, or passed by; and a product's own files are safe from GDAL."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from changing import names_of
from conftest import gdal, osr, tool, work


def keep_something(name):
    """Statistics, overviews and an item of the user's, all of them beside the product."""
    dataset = gdal.Open(name)
    dataset.GetRasterBand(1).GetStatistics(False, True)
    dataset.SetMetadataItem("MINE", "stays")
    dataset.BuildOverviews("NEAREST", [2])


def what_it_is(name):
    """What a dataset says of itself and gives at half its size."""
    dataset = gdal.Open(name)
    bands = [dataset.GetRasterBand(i + 1) for i in range(dataset.RasterCount)]
    half = dataset.ReadAsArray(buf_xsize=dataset.RasterXSize // 2)
    about = [(b.GetDescription(), b.GetMetadata(), b.GetOverviewCount()) for b in bands]
    return dataset.GetMetadata(), about, half.tolist()


def moved(folder, name):
    place = work / f"{folder.name}-{name}"
    shutil.rmtree(place, ignore_errors=True)
    Path(f"{place}.aux.xml").unlink(missing_ok=True)
    return place


@pytest.mark.parametrize("change", ["a band more", "other pixels"])
def test_what_was_kept_of_other_pixels_is_passed_by(own, change):
    def name_of(folder):
        return f'S2SR:"{folder}",to=5,model=dummy-x2'

    changed = own / "T33_B02.tif"
    aside = own.parent / "aside.tif"
    shutil.copy(changed, aside)
    if change == "a band more":
        changed.unlink()
    else:
        raster = gdal.Open(str(changed), gdal.GA_Update)
        raster.GetRasterBand(1).Fill(700)
        raster = None
        os.utime(changed, (1e9, 1e9))  # not in the second of the next change
    keep_something(name_of(own))
    assert Path(f"{own}.aux.xml").exists()
    shutil.copy(aside, changed)
    fresh = moved(own, "fresh")
    shutil.copytree(own, fresh)
    now, then = what_it_is(name_of(own)), what_it_is(name_of(fresh))
    now[0].pop("S2SR_PRODUCT"), then[0].pop("S2SR_PRODUCT")
    assert now == then
    # What is kept from now on takes the place of what was.
    keep_something(name_of(own))
    text = Path(f"{own}.aux.xml").read_text()
    assert text.count("<Subdataset ") == 1 and text.count("STATISTICS_MEAN") == 1


def test_what_was_kept_of_another_network_is_passed_by(own):
    models = work / "other-default"
    shutil.rmtree(models, ignore_errors=True)
    shutil.copytree(os.environ["S2SR_MODELS"], models)
    index = json.loads((models / "index.json").read_text())
    (models / "index.json").write_text(json.dumps({**index, "default": "sure"}))
    code = """
import sys
from osgeo import gdal
gdal.UseExceptions()
dataset = gdal.Open(sys.argv[1])
print(dataset.GetMetadataItem("S2SR_MODEL"), dataset.GetRasterBand(1).GetMetadata())
if sys.argv[2] == "keep": dataset.GetRasterBand(1).GetStatistics(False, True)
"""
    name = f'S2SR:"{own}",to=10,bands=B5'
    assert "dummy-t2x" in tool(sys.executable, "-c", code, name, "keep")
    assert "STATISTICS_MEAN" in tool(sys.executable, "-c", code, name, "look")
    said = tool(sys.executable, "-c", code, name, "look", S2SR_MODELS=str(models))
    assert "sure-t2x" in said and "STATISTICS_MEAN" not in said, said


def test_what_was_kept_goes_with_a_product_that_is_moved(own):
    keep_something(f'S2SR:"{own}"')
    elsewhere = moved(own, "elsewhere")
    shutil.move(own, elsewhere)
    shutil.move(f"{own}.aux.xml", f"{elsewhere}.aux.xml")
    dataset = gdal.Open(f'S2SR:"{elsewhere}"')
    assert "STATISTICS_MEAN" in dataset.GetRasterBand(1).GetMetadata()
    assert dataset.GetMetadataItem("MINE") == "stays"
    assert dataset.GetMetadataItem("S2SR_PRODUCT") == elsewhere.name
    inner = [name for name, _ in dataset.GetSubDatasets()]
    assert inner and all(str(elsewhere) in name for name in inner), inner


def test_overviews_that_lead_elsewhere_are_passed_by(own):
    """Whoever made a product may have made what lies beside it."""
    name = f'S2SR:"{own}",to=10,bands=B5'
    keep_something(name)
    kept = Path(f"{own}.aux.xml")
    text = kept.read_text()
    (file,) = re.findall(":::BASE:::([^<]+)", text)
    elsewhere = work / "elsewhere.tif"
    gdal.Translate(str(elsewhere), str(own.with_name(file)), scaleParams=[[0, 1, 7, 7]])
    gdal.Translate(str(own.with_name("beside.vrt")), str(elsewhere), format="VRT")
    kept_here = f":::BASE:::{file}"
    for place, passed_by in (
        (str(elsewhere), True),
        (f":::BASE:::../{work.name}/elsewhere.tif", True),
        (":::BASE:::beside.vrt", True),
        (":::BASE:::elsewhere.tif", False),
    ):
        kept.write_text(text.replace(kept_here, place))
        dataset = gdal.Open(name)
        band = dataset.GetRasterBand(1)
        assert (band.GetOverview(0).ReadAsArray().max() > 7) == passed_by, place
        assert "STATISTICS_MEAN" in band.GetMetadata()


def test_what_follows_from_the_product_is_not_set(own):
    name = names_of(own)["driver"]
    dataset = gdal.Open(name)
    band = dataset.GetRasterBand(1)
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(4326)
    for attempt in (
        lambda: dataset.SetGeoTransform((0, 1, 0, 0, 0, -1)),
        lambda: dataset.SetProjection("EPSG:4326"),
        lambda: dataset.SetSpatialRef(crs),
        lambda: dataset.CreateMaskBand(gdal.GMF_PER_DATASET),
        lambda: band.SetNoDataValue(5),
        lambda: band.DeleteNoDataValue(),
        lambda: band.SetScale(2),
        lambda: band.SetOffset(2),
        lambda: band.SetColorInterpretation(gdal.GCI_RedBand),
        lambda: band.SetCategoryNames(["a", "b"]),
        lambda: band.SetDescription("mine"),
        lambda: band.CreateMaskBand(0),
    ):
        with pytest.raises(RuntimeError, match="cannot be set"):
            attempt()
    dataset = band = None
    assert not Path(f"{own}.aux.xml").exists()


@pytest.fixture
def stack(product):
    """A product that is one file."""
    file = work / "one-file.tif"
    bands = [str(product / f"T33_{b}.tif") for b in ("B02", "B03", "B04", "B08")]
    gdal.Translate(str(file), gdal.BuildVRT("", bands, separate=True))
    return file


def test_a_product_is_not_deleted_by_the_name_of_what_is_made_of_it(stack):
    name = f'S2SR:"{stack}",to=5,model=dummy-x2,band-names="B2,B3,B4,B8"'
    before = stack.read_bytes()
    driver = gdal.GetDriverByName("S2SR")
    other = str(work / "elsewhere.tif")
    for attempt in (
        lambda: driver.Delete(name),
        lambda: driver.Rename(other, name),
        lambda: driver.CopyFiles(other, name),
    ):
        with pytest.raises(RuntimeError, match="own names"):
            attempt()
        assert stack.read_bytes() == before
    for command in (
        ["gdalmanage", "delete", name],
        ["gdalwarp", "-q", "-overwrite", stack, name],
    ):
        subprocess.run([str(c) for c in command], cwd=work, capture_output=True)
        assert stack.exists() and stack.read_bytes() == before, command
