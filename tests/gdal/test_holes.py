"""Zoomed out, what has no data goes into no mean, whatever marks it and whatever the file's own
coarse levels made of it. All that has data holds the same number, so that any other shows a mean
that something else went into."""

import shutil

import numpy as np
import pytest
from conftest import BANDS, S2SR, gdal, osr, tool, work

SIDE = 960  # in 10 m pixels
DATA = 3000


@pytest.fixture(autouse=True)
def cleared():
    """The products of one test are large enough not to be kept for all."""
    yield
    for file in [*work.glob("holes-*"), *work.glob("levels-*")]:
        if file.is_dir():
            shutil.rmtree(file)
        else:
            file.unlink()


def swath(gsd, first=60, slope=0.35):
    """Where the edge of a swath leaves a band without data."""
    y, x = np.mgrid[0 : SIDE * 10 // gsd, 0 : SIDE * 10 // gsd] * (gsd / 10)
    return x + gsd / 10 <= first + slope * y


def write(file, bands, gsd, kind=gdal.GDT_UInt16, masked=None):
    """Writes bands, of which one called alpha is the last, and a mask."""
    file.parent.mkdir(exist_ok=True)
    first = next(iter(bands.values()))
    driver = gdal.GetDriverByName("MEM" if file.suffix == ".jp2" else "GTiff")
    out = driver.Create(str(file), first.shape[1], first.shape[0], len(bands), kind)
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(32633)
    out.SetProjection(srs.ExportToWkt())
    out.SetGeoTransform((300000, gsd, 0, 6000000, 0, -gsd))
    for number, (name, values) in enumerate(bands.items(), 1):
        band = out.GetRasterBand(number)
        band.SetDescription(name)
        if name == "alpha":
            band.SetColorInterpretation(gdal.GCI_AlphaBand)
        band.WriteArray(values)
    if masked is not None:
        out.CreateMaskBand(gdal.GMF_PER_DATASET)
        out.GetRasterBand(1).GetMaskBand().WriteArray(np.where(masked, 0, 255).astype(np.uint8))
    if file.suffix == ".jp2":
        how = ["REVERSIBLE=YES", "QUALITY=100", "BLOCKXSIZE=256", "BLOCKYSIZE=256"]
        gdal.GetDriverByName("JP2OpenJPEG").CreateCopy(str(file), out, options=how)
    out = None
    if file.suffix == ".jp2":
        assert gdal.Open(str(file)).GetRasterBand(1).GetOverviewCount() > 0


def folder(name, filler=0, kind=gdal.GDT_UInt16, suffix="tif", masked=False, **shape):
    """A folder of bands that tell nothing of what fills their holes."""
    for gsd, bands in list(BANDS.items())[:2]:
        hole = swath(gsd, **shape)
        for band in bands:
            file = work / name / f"T33_{band}.{suffix}"
            values = {band: np.where(hole, filler, DATA)}
            write(file, values, gsd, kind, hole if masked else None)
    return work / name


def stack(name):
    """One raster, whose alpha band says where there is data."""
    hole = swath(10)
    values = np.where(hole, 60000, DATA).astype(np.uint16)
    names = ["B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B11", "B12"]
    alpha = np.where(hole, 0, 65535).astype(np.uint16)
    file = work / name
    write(file, {band: values for band in names} | {"alpha": alpha}, 10)
    return file


def with_overviews(product):
    for file in sorted(product.glob("*.tif")) if product.is_dir() else [product]:
        gdal.Open(str(file)).BuildOverviews("AVERAGE", [2, 4, 8])
    return product


MADE = {
    "zeros": lambda name: folder(name),
    "zeros, overviews": lambda name: with_overviews(folder(name)),
    "zeros, JPEG 2000": lambda name: folder(name, suffix="jp2"),
    "to a point, JPEG 2000": lambda name: folder(name, suffix="jp2", first=0, slope=0.12),
    "impossible": lambda name: folder(name, filler=-9999, kind=gdal.GDT_Int16),
    "by option": lambda name: folder(name, filler=7),
    "by option, JPEG 2000": lambda name: folder(name, filler=7, suffix="jp2"),
    "mask": lambda name: folder(name, filler=60000, masked=True),
    "mask, overviews": lambda name: with_overviews(folder(name, filler=60000, masked=True)),
    "alpha": lambda name: stack(name + ".tif"),
    "alpha, overviews": lambda name: with_overviews(stack(name + ".tif")),
}


def opened(product, entry, nodata=None):
    """B2 and B5 of a product."""
    if entry == "driver":
        told = "" if nodata is None else f",nodata={nodata}"
        dataset = gdal.Open(f'S2SR:"{product}",bands=B5,with-native=yes{told}')
    else:
        file = work / f"{product.name}.vrt"
        told = [] if nodata is None else ["--nodata", nodata]
        tool(S2SR, "vrt", product, file, "--bands", "B5", "--with-native", *told)
        dataset = gdal.Open(str(file))
    numbers = range(1, dataset.RasterCount + 1)
    bands = {dataset.GetRasterBand(n).GetDescription(): dataset.GetRasterBand(n) for n in numbers}
    return dataset, bands["B2"], bands["B5"]


def look(band, factor):
    """A band that many times smaller, and which of its pixels have data."""
    n = SIDE // factor
    seen = band.ReadAsArray(buf_xsize=n, buf_ysize=n, resample_alg=gdal.GRIORA_Average)
    return seen, seen != band.GetNoDataValue()


@pytest.mark.parametrize("what", MADE)
def test_holes_go_into_no_mean(what, entry):
    product = MADE[what](f"holes-{list(MADE).index(what)}-{entry}")
    told = 7 if what.startswith("by option") else None
    dataset, *bands = opened(product, entry, told)
    shape = {"first": 0, "slope": 0.12} if what.startswith("to a point") else {}
    for gsd, band in zip((10, 20), bands, strict=True):
        own = 10 if "alpha" in what else gsd
        for factor in (2, 3, 4, 8, 16):
            seen, valid = look(band, factor)
            assert set(np.unique(seen[valid])) == {DATA}, (gsd, factor)
            if factor != 3:
                n, k = SIDE // factor, factor * 10 // own
                full = ~swath(own, **shape).reshape(n, k, n, k)
                assert (valid == full.any((1, 3))).all(), (gsd, factor)


def test_coarse_levels_answer_far_from_holes(entry):
    """They are read as they are, so that a look at a whole product does not decode all of it; a
    line that a wavelet took down to nodata is no hole."""
    product = with_overviews(folder(f"levels-{entry}"))
    for file in product.glob("*.tif"):
        raster = gdal.Open(str(file), gdal.GA_Update)
        band = raster.GetRasterBand(1)
        for level in range(band.GetOverviewCount()):
            coarse = band.GetOverview(level)
            values = coarse.ReadAsArray()
            values[values > 0] += 100
            values[:, -4] = 0
            coarse.WriteArray(values)
        raster = band = coarse = None
    dataset, band, _ = opened(product, entry)
    seen, valid = look(band, 4)
    n = SIDE // 4
    hole = swath(10).reshape(n, 4, n, 4).all((1, 3))
    assert (valid == ~hole).all()
    assert (seen[:, -3:] == DATA + 100).all() and (seen[:, -40:-5] == DATA + 100).all()
    beside = np.zeros_like(hole)
    for away in range(1, 20):
        beside[:, away:] |= hole[:, :-away]
    assert (seen[beside & ~hole] == DATA).all()
