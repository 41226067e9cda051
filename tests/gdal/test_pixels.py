"""The pixels of `s2sr run`, whatever program reads them and in whatever order, and one run of
the networks per tile."""

import os
import random
import shutil
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT, S2SR, SIZE, TILE, count, gdal, ground, pixels, runs, tool, work

TILES = (-(-SIZE // TILE)) ** 2


def same(a, b):
    assert a.shape == b.shape
    assert np.abs(a - b).max() <= 1


def test_whole(names, made, target, entry):
    out = work / "whole.tif"
    said = tool("gdal_translate", "-q", names[target, entry], out)
    same(pixels(out), pixels(made[target]))
    assert runs(said) == TILES * count(out)  # each once
    a, b = gdal.Open(str(out)), gdal.Open(str(made[target]))
    assert a.GetGeoTransform() == b.GetGeoTransform()
    assert a.GetSpatialRef().IsSame(b.GetSpatialRef())
    for i in range(1, a.RasterCount + 1):
        x, y = a.GetRasterBand(i), b.GetRasterBand(i)
        for about in (x, y):
            about.facts = (
                about.GetDescription(),
                about.DataType,
                about.GetNoDataValue(),
                about.GetScale(),
                about.GetOffset(),
                about.GetMetadataItem("WAVELENGTH"),
            )
        assert x.facts == y.facts


def test_results_go_into_a_mosaic_with_what_is_computed_when_it_is_read(names, made, target, entry):
    """gdalbuildvrt leaves out rasters whose bands mean another colour than those of the first."""
    rasters = [made[target], names[target, entry]]
    for order in (rasters, rasters[::-1]):
        mosaic = gdal.BuildVRT("", [str(raster) for raster in order])
        text = mosaic.GetMetadata("xml:VRT")[0]
        assert text.count("<SourceFilename") == 2 * mosaic.RasterCount, text


def test_small_reads_and_their_cost(names, made, target, entry):
    k = 10 // int(target)
    for x, y, w, h, tiles in [
        (180, 180, 24, 24, 4),
        (0, 0, 1, 1, 1),
        (193, 3, 120, 80, 1),
        (479, 0, 1, 480, 3),
        (160, 382, 320, 98, 6),
    ]:
        out = work / "part.tif"
        x, y, w, h = (v * k for v in (x, y, w, h))
        said = tool("gdal_translate", "-q", "-srcwin", x, y, w, h, names[target, entry], out)
        same(pixels(out), pixels(made[target], x, y, w, h))
        assert runs(said) == tiles * count(out)


@pytest.mark.parametrize(
    "target, band, together", [("10", "B1", 2), ("10", "B5", 6), ("5", "B2", 1), ("5", "B9", 2)]
)
def test_a_band_costs_what_is_computed_with_it(names, made, entry, target, band, together):
    """Whoever looks at one band need not wait for all."""
    dataset = gdal.Open(str(made[target]))
    bands = (dataset.GetRasterBand(i).GetDescription() for i in range(1, dataset.RasterCount + 1))
    place = list(bands).index(band)
    out = work / "one.tif"
    said = tool("gdal_translate", "-q", "-b", place + 1, names[target, entry], out)
    same(pixels(out), pixels(made[target])[place])
    assert runs(said) == TILES * together


def test_several_bands_at_once(names, made, target, entry):
    """GDAL 3.10 loses pixels of a VRT with pixel functions that says INTERLEAVE=PIXEL when bands
    are read together."""
    dataset = gdal.Open(names[target, entry])
    if entry == "vrt":
        assert dataset.GetMetadataItem("INTERLEAVE", "IMAGE_STRUCTURE") != "PIXEL"
    same(dataset.ReadAsArray().astype(np.int64), pixels(made[target]))
    same(
        dataset.ReadAsArray(30, 20, 400, 300, band_list=[2, 1]).astype(np.int64),
        pixels(made[target], 30, 20, 400, 300)[[1, 0]],
    )


def test_any_order(names, made, entry):
    whole = pixels(made["10"])
    dataset = gdal.Open(names["10", entry])
    order = [
        (b, x, y)
        for b in range(whole.shape[0])
        for x in range(0, SIZE, 90)
        for y in range(0, SIZE, 130)
    ]
    random.Random(4).shuffle(order)
    for b, x, y in order:
        w, h = min(90, SIZE - x), min(130, SIZE - y)
        same(
            dataset.GetRasterBand(b + 1).ReadAsArray(x, y, w, h).astype(np.int64),
            whole[b, y : y + h, x : x + w],
        )


def test_a_cache_that_is_too_small_costs_time_only(names, made, entry):
    out = work / "small.tif"
    said = tool(
        "gdal_translate", "-q", names["10", entry], out, S2SR_CACHEMAX="0", GDAL_CACHEMAX="1"
    )
    same(pixels(out), pixels(made["10"]))
    assert runs(said) > TILES * count(out)


@pytest.mark.parametrize(
    "options",
    [
        ("-of", "COG"),
        ("-co", "TILED=YES", "-co", "COMPRESS=DEFLATE", "-co", "NUM_THREADS=ALL_CPUS"),
        ("-co", "INTERLEAVE=BAND"),
    ],
)
def test_formats(names, made, entry, options):
    out = work / "format.tif"
    said = tool("gdal_translate", "-q", *options, names["10", entry], out)
    same(pixels(out), pixels(made["10"]))
    assert runs(said) == TILES * count(out)


def test_warp_with_threads(names, made, entry):
    options = (
        "-q",
        "-overwrite",
        "-t_srs",
        "EPSG:3035",
        "-r",
        "bilinear",
        "-multi",
        "-wo",
        "NUM_THREADS=ALL_CPUS",
    )
    tool("gdalwarp", *options, names["10", entry], work / "warped.tif")
    tool("gdalwarp", *options, made["10"], work / "expected.tif")
    same(pixels(work / "warped.tif"), pixels(work / "expected.tif"))


def test_checksums_and_statistics(names, made, entry):
    def told(name):
        said = tool("gdalinfo", "-checksum", "-stats", name, GDAL_PAM_ENABLED="NO")
        lines = [line.strip() for line in said.splitlines()]
        # GDAL lists statistics in the order in which it came by them.
        return [line for line in lines if "Checksum" in line], sorted(
            line for line in lines if "STATISTICS_M" in line
        )

    assert told(names["10", entry]) == told(made["10"])


def test_one_location(names, made, entry):
    values = tool("gdallocationinfo", "-valonly", names["5", entry], 201, 99).split()
    assert [int(v) for v in values if v.isdigit()][
        : gdal.Open(names["5", entry]).RasterCount
    ] == list(pixels(made["5"], 201, 99, 1, 1).ravel())


def test_overviews_can_be_built(names, made, product, entry):
    name = names["10", entry]
    tool("gdaladdo", "-q", "-r", "average", name, 2, 4)
    dataset = gdal.Open(name)
    assert [
        dataset.GetRasterBand(1).GetOverview(i).XSize
        for i in range(dataset.GetRasterBand(1).GetOverviewCount())
    ] == [240, 120]
    built = np.stack(
        [
            dataset.GetRasterBand(b).GetOverview(0).ReadAsArray()
            for b in range(1, dataset.RasterCount + 1)
        ]
    ).astype(np.int64)
    tool("gdal_translate", "-q", made["10"], work / "copy.tif")
    tool("gdaladdo", "-q", "-r", "average", work / "copy.tif", 2)
    copy = gdal.Open(str(work / "copy.tif"))
    same(
        built,
        np.stack(
            [
                copy.GetRasterBand(b).GetOverview(0).ReadAsArray()
                for b in range(1, copy.RasterCount + 1)
            ]
        ).astype(np.int64),
    )
    dataset = None
    for file in [*work.glob("*.ovr"), *work.glob("*.aux.xml")]:
        file.unlink()


def test_a_vrt_by_hand(product, made):
    text = (ROOT / "examples/by_hand.vrt").read_text()
    for old, new in [
        ("10980", str(SIZE)),
        ("/path/product.SAFE", str(product)),
        ("399960", "300000"),
        ("5900040", "6000000"),
    ]:
        assert old in text
        text = text.replace(old, new)
    (work / "by_hand.vrt").write_text(text)
    expected = gdal.Open(str(made["10"]))
    names = [expected.GetRasterBand(b).GetDescription() for b in range(1, 9)]
    same(pixels(work / "by_hand.vrt"), pixels(made["10"])[names.index("B11")])


def test_the_best_quality(product, made):
    """Asked for at every door, it gives the same pixels, and others than the standard one."""
    window = 100, 120, 90, 60
    run, vrt = work / "best.tif", work / "best.vrt"
    tool(S2SR, "run", product, run, "--quality", "best", "--srcwin", *window, "--quiet")
    tool(S2SR, "vrt", product, vrt, "--quality", "best", "--tile", TILE)
    assert gdal.Open(str(run)).GetMetadataItem("S2SR_QUALITY") == "best"
    for name in (str(vrt), f'S2SR:"{product}",quality=best,tile={TILE}'):
        same(pixels(name, *window), pixels(run))
    assert np.abs(pixels(run) - pixels(made["10"], *window)).max() > 1


def test_one_nodata_where_bands_declare_different_ones(product, entry):
    """The same number in every band's holes, whole and zoomed out, and in no other pixel."""
    folder = work / f"mixed-{entry}"
    shutil.copytree(product, folder)
    band = gdal.Open(str(folder / "T33_B11.tif"), gdal.GA_Update)
    a = band.ReadAsArray()
    hole = a == 0
    hole[100:140, 80:140] = True
    band.GetRasterBand(1).WriteArray(np.where(hole, 65535, a))
    band.GetRasterBand(1).SetNoDataValue(65535)
    band = None
    name, run = f'S2SR:"{folder}",tile={TILE}', work / f"mixed-{entry}.tif"
    if entry == "vrt":
        name = str(work / "mixed.vrt")
        tool(S2SR, "vrt", folder, name, "--tile", TILE)
    tool(S2SR, "run", folder, run, "--quiet")
    same(pixels(name), pixels(run))
    empty = np.kron(hole, np.ones((2, 2), bool)) | ground()[1]
    for file in (name, str(run)):
        dataset = gdal.Open(file)
        bands = {
            dataset.GetRasterBand(i).GetDescription(): dataset.GetRasterBand(i)
            for i in range(1, dataset.RasterCount + 1)
        }
        assert {b.GetNoDataValue() for b in bands.values()} == {0}
        for b in ("B5", "B11"):
            assert ((bands[b].ReadAsArray() == 0) == empty).all()
    dataset = gdal.Open(name)
    for k in (2, 4):
        look = np.stack(
            [
                dataset.GetRasterBand(i).ReadAsArray(buf_xsize=SIZE // k, buf_ysize=SIZE // k)
                for i in range(1, 9)
            ]
        )
        assert look.max() < 10000
        assert (look[list(bands).index("B11"), 210 // k : 270 // k, 170 // k : 270 // k] == 0).all()


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux")
def test_names_in_any_encoding(product, made, entry):
    """A product whose name is Latin-1, as old archives have it."""
    folder = os.fsencode(work) + b"/\xfcber \xe9t\xe9, & <" + entry.encode()
    shutil.copytree(os.fsencode(product), folder)
    outline = os.fsencode(work) + b"/\xe9 & <" + entry.encode() + b".geojson"
    with open(outline, "w") as file:
        file.write(
            '{"type": "Polygon", "coordinates": [[[10, 40], [18, 40], [18, 60], [10, 60], [10,'
            " 40]]]}"
        )
    name = b'S2SR:"' + folder + b'",tile=192,cutline=' + outline
    if entry == "vrt":
        name = os.fsencode(work) + b"/\xfcber.vrt"
        tool(S2SR, "vrt", os.fsdecode(folder), os.fsdecode(name), "--cutline", os.fsdecode(outline))
    out = work / "latin.tif"
    done = subprocess.run([b"gdal_translate", b"-q", name, os.fsencode(out)], capture_output=True)
    assert done.returncode == 0, done.stderr
    same(pixels(out), pixels(made["10"]))
    if entry == "driver":
        # Its sub-datasets are opened by the names that it gives.
        told = subprocess.run(
            [b"gdalinfo", b'S2SR:"' + folder + b'"'], check=True, capture_output=True
        ).stdout
        part = next(
            line.split(b"=", 1)[1] for line in told.splitlines() if b"SUBDATASET_2_NAME=" in line
        )
        assert subprocess.run([b"gdalinfo", part], capture_output=True).returncode == 0


def test_expected_errors(product, tmp_path):
    """The driver and a VRT give what the run gives, in the same bands, and shrunk reads show
    errors, not reflectance."""
    run, vrt = tmp_path / "run.tif", tmp_path / "sure.vrt"
    asked = ["--model", "sure", "--bands", "B5,B12", "--uncertainty"]
    tool(S2SR, "run", product, run, *asked, "--quiet")
    tool(S2SR, "vrt", product, vrt, *asked)
    name = f'S2SR:"{product}",model=sure,bands=B5,B12,uncertainty=yes'
    written = gdal.Open(str(run))
    described = [written.GetRasterBand(i + 1).GetDescription() for i in range(written.RasterCount)]
    assert described == ["B5", "B12", "B5_uncertainty", "B12_uncertainty"]
    for dataset in (gdal.Open(str(vrt)), gdal.Open(name)):
        assert [
            dataset.GetRasterBand(i + 1).GetDescription() for i in range(dataset.RasterCount)
        ] == described
        same(dataset.ReadAsArray().astype(np.int64), written.ReadAsArray().astype(np.int64))
        error = dataset.GetRasterBand(3)
        assert error.GetOffset() == 0 and error.GetScale() == 1e-4
        small = error.ReadAsArray(buf_xsize=80, buf_ysize=80)
        assert abs(small[40:].mean() - written.GetRasterBand(3).ReadAsArray()[240:].mean()) < 2
