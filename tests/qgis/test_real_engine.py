# SPDX-License-Identifier: GPL-2.0-or-later
"""The algorithms with the real engine and its networks on a tiny product: the command line's
pixels, exact grids."""

import json
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

pytest.importorskip("qgis.core", reason="QGIS is not installed")

import numpy as np  # noqa: E402
import tiny_product  # noqa: E402
from osgeo import gdal, osr  # noqa: E402
from qgis.core import (  # noqa: E402
    QgsApplication,
    QgsFeatureRequest,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
)
from running import Log  # noqa: E402
from test_model import index_model  # noqa: E402
from test_model import run as run_model

pytestmark = pytest.mark.usefixtures("qgis", "real")

WEST, NORTH = tiny_product.ORIGIN


def run(algorithm="superresolve", **parameters):
    import processing

    parameters = {
        name: value if isinstance(value, (int, list)) else str(value)
        for name, value in parameters.items()
    }
    return processing.run(f"s2sr:{algorithm}", parameters, feedback=QgsProcessingFeedback(False))[
        "OUTPUT"
    ]


def command_line(library, *arguments):
    subprocess.run([library.parent / "s2sr", *map(str, arguments)], check=True, capture_output=True)


def pixels(path):
    return gdal.Open(str(path)).ReadAsArray().astype(float)


def names(path):
    dataset = gdal.Open(str(path))
    return [dataset.GetRasterBand(i + 1).GetDescription() for i in range(dataset.RasterCount)]


@pytest.mark.parametrize("target, metres", [(0, 10), (1, 5)])
def test_same_pixels_as_the_command_line_on_the_exact_grid(
    target, metres, band_folder, real_library, tmp_path
):
    output = run(INPUT=band_folder, TARGET=target, OUTPUT=tmp_path / "plugin.tif")
    command_line(real_library, "run", band_folder, tmp_path / "cli.tif", "--to", metres, "--quiet")
    assert names(output) == names(tmp_path / "cli.tif")
    assert np.abs(pixels(output) - pixels(tmp_path / "cli.tif")).max() <= 1
    dataset = gdal.Open(output)
    assert dataset.GetGeoTransform() == (WEST, metres, 0, NORTH, 0, -metres)
    assert dataset.RasterXSize == tiny_product.SIZE * 10 // metres
    assert dataset.GetSpatialRef().GetAuthorityCode(None) == str(tiny_product.EPSG)


def test_an_extent_in_degrees_gives_that_part_of_the_whole(band_folder, tmp_path):
    whole = run(INPUT=band_folder, BANDS=["B11"], OUTPUT=tmp_path / "whole.tif")
    layer = QgsRasterLayer(whole, "whole")
    degrees = "-75.9,-75.895,37.395,37.4 [EPSG:4326]"
    part = run(INPUT=band_folder, BANDS=["B11"], EXTENT=degrees, OUTPUT=tmp_path / "part.tif")
    west, size, _, north, _, _ = gdal.Open(part).GetGeoTransform()
    assert size == 10 and layer.extent().contains(QgsRasterLayer(part, "part").extent())
    column, row = round((west - WEST) / 10), round((NORTH - north) / 10)
    values = pixels(part)
    expected = pixels(whole)[row : row + values.shape[0], column : column + values.shape[1]]
    assert values.shape[0] < tiny_product.SIZE and np.abs(values - expected).max() <= 1


def test_bands_and_native_bands(band_folder, tmp_path):
    output = run(INPUT=band_folder, BANDS="B5,B11", NATIVE=1, OUTPUT=tmp_path / "o.tif")
    assert {"B5", "B11"} <= set(names(output)) and "B6" not in names(output)
    everything = run(INPUT=band_folder, NATIVE=1, OUTPUT=tmp_path / "all.tif")
    assert {"B2", "B3", "B4", "B8", "B12"} <= set(names(everything))


def test_a_result_is_an_input_too(band_folder, tmp_path):
    """A raster whose band descriptions name the bands, as a layer of the project."""
    stack = run(INPUT=band_folder, NATIVE=1, OUTPUT=tmp_path / "stack.tif")
    output = run(INPUT=stack, TARGET=1, BANDS=["B8"], OUTPUT=tmp_path / "five.tif")
    assert gdal.Open(output).GetGeoTransform()[1] == 5


def test_cog(band_folder, tmp_path):
    output = run(INPUT=band_folder, BANDS=["B5"], FORMAT=1, OUTPUT=tmp_path / "o.tif")
    assert gdal.Open(output).GetMetadataItem("LAYOUT", "IMAGE_STRUCTURE") == "COG"


def test_the_engines_sentence_comes_through(tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(QgsProcessingException) as caught:
        run(INPUT=empty, OUTPUT=tmp_path / "o.tif")
    assert str(empty) in str(caught.value)
    assert not list(tmp_path.glob("*.tif"))


def test_cancel_leaves_nothing_and_harms_nothing(band_folder, tmp_path):
    import processing

    output = tmp_path / "out.tif"
    output.write_text("was here before")
    feedback = QgsProcessingFeedback(False)
    threading.Timer(0.3, feedback.cancel).start()  # within the only tile
    parameters = {"INPUT": str(band_folder), "MODEL": "dsen2", "OUTPUT": str(output)}
    assert processing.run("s2sr:superresolve", parameters, feedback=feedback) == {}
    assert [f.name for f in tmp_path.iterdir()] == [
        "out.tif"
    ] and output.read_text() == "was here before"
    run(**parameters)
    assert gdal.Open(str(output)).RasterCount >= 6


@pytest.mark.parametrize(
    "algorithm, ending", [("superresolve", "tif"), ("virtual", "vrt"), ("assess", "html")]
)
def test_cancelled_before_it_begins(algorithm, ending, band_folder, tmp_path):
    import processing

    feedback = QgsProcessingFeedback(False)
    feedback.cancel()
    parameters = {"INPUT": str(band_folder), "OUTPUT": str(tmp_path / f"out.{ending}")}
    assert processing.run(f"s2sr:{algorithm}", parameters, feedback=feedback) == {}
    assert not list(tmp_path.iterdir()) and "Cancelled" in feedback.textLog()


def test_ndvi_model(band_folder, tmp_path):
    stack = run(INPUT=band_folder, NATIVE=1, OUTPUT=tmp_path / "stack.tif")
    nir, red = names(stack).index("B8"), names(stack).index("B4")
    run_model(index_model(nir + 1, red + 1, NATIVE=True), band_folder, tmp_path / "ndvi.tif")
    bands = pixels(stack)
    expected = (bands[nir] - bands[red]) / (bands[nir] + bands[red])
    assert np.allclose(pixels(tmp_path / "ndvi.tif"), expected, atol=1e-4)


@pytest.fixture
def area(tmp_path):
    """A triangle in degrees that covers a part of the product, as GeoJSON; and the scene with
    its classes."""
    inner = [(WEST + 200, NORTH - 200), (WEST + 900, NORTH - 200), (WEST + 200, NORTH - 900)]
    utm, degrees = osr.SpatialReference(), osr.SpatialReference()
    utm.ImportFromEPSG(tiny_product.EPSG)
    degrees.ImportFromEPSG(4326)
    degrees.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    ring = [
        p[:2]
        for p in osr.CoordinateTransformation(utm, degrees).TransformPoints([*inner, inner[0]])
    ]
    file = tmp_path / "area.geojson"
    file.write_text(
        json.dumps(
            {
                "type": "Feature",
                "properties": {},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    )
    return file


@pytest.fixture
def classified(band_folder, tmp_path):
    folder = Path(shutil.copytree(band_folder, tmp_path / "classified"))
    classes = np.arange(60 * 60).reshape(60, 60) % 12
    dataset = gdal.GetDriverByName("GTiff").Create(
        str(folder / "T18SVG_20200101T000000_SCL_20m.tif"), 60, 60
    )
    tiny_product._georeference(dataset, 20)
    dataset.GetRasterBand(1).WriteArray(classes.astype(np.uint8))
    return folder


@pytest.mark.parametrize("algorithm, ending", [("superresolve", "tif"), ("virtual", "vrt")])
def test_cutline_classes_and_mask(algorithm, ending, classified, area, real_library, tmp_path):
    command_line(
        real_library,
        "run",
        classified,
        tmp_path / "cli.tif",
        "--with-scl",
        "--mask",
        "--cutline",
        area,
        "--quiet",
    )
    output = run(
        algorithm, INPUT=classified, SCL=1, MASK=1, CUTLINE=area, OUTPUT=tmp_path / f"o.{ending}"
    )
    assert names(output) == names(tmp_path / "cli.tif") and names(output)[-1] == "SCL"
    assert np.abs(pixels(output) - pixels(tmp_path / "cli.tif")).max() <= 1
    datasets = [gdal.Open(str(f)) for f in (output, tmp_path / "cli.tif")]
    masks = [d.GetRasterBand(1).GetMaskBand().ReadAsArray() for d in datasets]
    assert (masks[0] == masks[1]).all() and 0 < masks[0].mean() < 255


def test_a_virtual_layer_needs_a_cutline_that_stays(band_folder, area, tmp_path):
    layer = QgsVectorLayer(str(area), "area", "ogr").materialize(QgsFeatureRequest())
    QgsProject.instance().addMapLayer(layer)
    whole, part = (
        run(INPUT=band_folder, CUTLINE=c, OUTPUT=tmp_path / f"{n}.tif")
        for n, c in ((0, area), (1, layer.id()))
    )
    assert (pixels(whole) == pixels(part)).all()
    with pytest.raises(QgsProcessingException, match="stays"):
        run("virtual", INPUT=band_folder, CUTLINE=layer.id(), OUTPUT=tmp_path / "o.vrt")
    QgsProject.instance().removeMapLayer(layer.id())


def test_virtual_layer_reads_like_the_run(band_folder, tmp_path):
    virtual = run("virtual", INPUT=band_folder, BANDS=["B11"], OUTPUT=tmp_path / "v.vrt")
    written = run(INPUT=band_folder, BANDS=["B11"], OUTPUT=tmp_path / "o.tif")
    layer = QgsRasterLayer(virtual, "virtual")
    assert layer.isValid() and layer.rasterUnitsPerPixelX() == 10
    window = gdal.Open(virtual).ReadAsArray(30, 20, 50, 40).astype(float)
    assert np.abs(window - pixels(written)[20:60, 30:80]).max() <= 1
    dataset = gdal.Open(virtual)
    assert (
        dataset.GetRasterBand(1).GetOverviewCount() == 1
    )  # or loading the layer would wait for the network
    from s2sr_qgis import virtual_layers

    assert virtual_layers.needing_engine(virtual) == [virtual]
    assert not virtual_layers.needing_engine(written)


def test_a_virtual_layer_with_the_native_bands(band_folder, tmp_path):
    virtual = run("virtual", INPUT=band_folder, NATIVE=1, OUTPUT=tmp_path / "v.vrt")
    assert {"B2", "B3", "B4", "B8", "B11"} <= set(names(virtual))


def test_a_virtual_layer_made_here_is_still_known_after_it_was_looked_at(band_folder, tmp_path):
    """GDAL writes what QGIS asks for into the file."""
    from s2sr_qgis import virtual_layers

    file = Path(run("virtual", INPUT=band_folder, BANDS="B11", OUTPUT=tmp_path / "v.vrt"))
    before = file.read_bytes()
    layer = QgsRasterLayer(str(file), "virtual")
    layer.dataProvider().bandStatistics(1)
    del layer
    assert file.read_bytes() != before
    assert virtual_layers.trusted(str(file))
    text = file.read_text(encoding="utf-8")
    for old, new in (("bands", "B99"), (str(band_folder), "/else"), ("vsis2sr", "vsimem")):
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")
        assert not virtual_layers.trusted(str(file))


def test_a_virtual_layer_can_be_cancelled_until_it_is_there(band_folder, tmp_path):
    import processing

    output = tmp_path / "v.vrt"
    output.write_text("was here before")
    log = Log(cancel_at=1)
    parameters = {"INPUT": str(band_folder), "OUTPUT": str(output)}
    assert processing.run("s2sr:virtual", parameters, feedback=log) == {}
    assert [f.name for f in tmp_path.iterdir()] == ["v.vrt"]
    assert output.read_text() == "was here before"
    assert any("Cancelled" in line for line in log.lines)


def test_a_virtual_layer_of_reflectance_is_not_black(band_folder, tmp_path):
    from s2sr_qgis import styling

    source = run(INPUT=band_folder, NATIVE=1, REFLECTANCE=1, OUTPUT=tmp_path / "r.tif")
    layer = QgsRasterLayer(
        run("virtual", INPUT=source, TARGET=1, OUTPUT=tmp_path / "v.vrt"), "virtual"
    )
    styling.ReflectanceStyle().postProcessLayer(
        layer, QgsProcessingContext(), QgsProcessingFeedback(False)
    )
    assert layer.renderer().greenContrastEnhancement().maximumValue() == 0.35


def test_assess(band_folder, tmp_path):
    page = run("assess", INPUT=band_folder, OUTPUT=tmp_path / "report.html")
    text = Path(page).read_text(encoding="utf-8")
    assert "B11" in text and "RMSE" in text and "bicubic" in text and "data:image/png" in text
    assert "pixels of each band count" in text


def test_the_extent_of_nothing(band_folder, tmp_path):
    with pytest.raises(QgsProcessingException, match="does not touch"):
        run(INPUT=band_folder, EXTENT="0,1,0,1 [EPSG:4326]", OUTPUT=tmp_path / "o.tif")


def test_the_models_of_the_engine_can_be_listed():
    from s2sr_qgis import settings

    listing = settings.engine().models()
    families = {m["family"] for m in listing["models"]}
    assert {"fast", "dsen2", "vdsr"} <= families
    algorithm = QgsApplication.processingRegistry().algorithmById("s2sr:superresolve")
    told = algorithm.parameterDefinition("MODEL").help()
    assert all(f"'{family}'" in told for family in families)
