"""Zoomed out, the source answers; the networks run only where their pixels are finer than what
is asked for."""

import numpy as np
import pytest
from conftest import SIZE, gdal, pixels, runs, tool, work

BY_NAME = {"B5": (20, "B05"), "B12": (20, "B12"), "B1": (60, "B01")}


def number(file, name):
    dataset = gdal.Open(file)
    return [
        dataset.GetRasterBand(i).GetDescription() for i in range(1, dataset.RasterCount + 1)
    ].index(name) + 1


def band(file, name):
    dataset = gdal.Open(str(file))
    bands = [dataset.GetRasterBand(i) for i in range(1, dataset.RasterCount + 1)]
    return next(b for b in bands if b.GetDescription() == name).ReadAsArray().astype(float)


def means(a, k):
    """Of the valid pixels of each k x k block."""
    n = a.shape[0] // k
    blocks = a.reshape(n, k, n, k).swapaxes(1, 2).reshape(n, n, k * k)
    return np.where(blocks.any(2), blocks.sum(2) / np.maximum((blocks > 0).sum(2), 1), 0)


def test_the_source_answers(names, product, entry):
    found = [
        b for b in BY_NAME if entry == "vrt" or b != "B1"
    ]  # the driver's only overview has 20 m pixels
    chosen = [word for b in found for word in ("-b", number(names["10", entry], b))]
    out = work / "coarse.tif"
    said = tool(
        "gdal_translate",
        "-q",
        "-r",
        "average",
        "-outsize",
        SIZE // 12,
        SIZE // 12,
        *chosen,
        names["10", entry],
        out,
    )
    assert runs(said) == 0
    for name in found:
        gsd, file = BY_NAME[name]
        expected = means(pixels(product / f"T33_{file}.tif").astype(float), 120 // gsd)
        assert np.abs(band(out, name) - expected)[5:, 5:].max() <= 1, (
            name
        )  # away from the corner without data


@pytest.mark.parametrize(
    "factor, name, inferred", [(2, "B5", False), (2, "B1", True), (6, "B1", False)]
)
def test_each_band_by_its_own_pixels(names, made, product, entry, factor, name, inferred):
    out = work / "look.tif"
    said = tool(
        "gdal_translate",
        "-q",
        "-b",
        number(names["10", entry], name),
        "-outsize",
        SIZE // factor,
        SIZE // factor,
        names["10", entry],
        out,
    )
    if entry == "vrt" or factor == 2:
        assert (runs(said) > 0) == inferred
    if factor == 2 and inferred:
        expected = means(band(made["10"], name), 2)
    elif factor == 2:
        expected = pixels(product / f"T33_{BY_NAME[name][1]}.tif").astype(float)
    else:
        return
    assert np.abs(band(out, name) - expected).max() <= 1


def test_nothing_stays_nothing(names, entry):
    out = work / "empty.tif"
    tool("gdal_translate", "-q", "-outsize", SIZE // 4, SIZE // 4, names["10", entry], out)
    a = pixels(out)
    assert (a[:, 0, 0] == 0).all() and (a[:, 20:, 20:] > 0).all()


def test_overviews_of_the_driver(names):
    dataset = gdal.Open(names["5", "driver"])
    first = dataset.GetRasterBand(1)
    assert [first.GetOverview(i).XSize for i in range(first.GetOverviewCount())] == [480, 240]
    name = names["5", "driver"].replace(",tile", ",bands=B5,B11,tile")
    assert (
        runs(
            tool(
                "gdalwarp",
                "-q",
                "-overwrite",
                "-t_srs",
                "EPSG:3035",
                "-tr",
                40,
                40,
                name,
                work / "warped.tif",
            )
        )
        == 0
    )
