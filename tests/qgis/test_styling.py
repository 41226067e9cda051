# SPDX-License-Identifier: GPL-2.0-or-later
"""How results look when they are loaded."""

import pytest

pytest.importorskip("qgis.core", reason="QGIS is not installed")

import numpy as np  # noqa: E402
import tiny_product  # noqa: E402
from osgeo import gdal  # noqa: E402
from qgis.core import (  # noqa: E402
    QgsApplication,
    QgsProcessingContext,
    QgsProject,
    QgsRasterLayer,
)
from running import Log, run  # noqa: E402

pytestmark = pytest.mark.usefixtures("qgis", "fake")


def test_the_result_is_styled(stack):
    from s2sr_qgis import styling

    layer = QgsRasterLayer(str(stack), "stack")
    assert styling.band_names(layer) == ["B5", "B6", "B8A", "B11", "B12"]
    styling.PercentileStyle().postProcessLayer(layer, QgsProcessingContext(), Log())
    renderer = layer.renderer()
    assert (renderer.redBand(), renderer.greenBand(), renderer.blueBand()) == (5, 3, 1)
    stretch = renderer.redContrastEnhancement()
    assert 1000 < stretch.minimumValue() < 1300 and 3200 < stretch.maximumValue() < 3500


@pytest.fixture
def sure(tmp_path):
    """A result with expected errors, under a given name, loaded and styled as QGIS does it: the
    result's layer, and that of the errors."""
    from processing.gui.Postprocessing import handleAlgorithmResults

    from s2sr_qgis import styling

    def sure(name):
        output = str(
            tiny_product.write_stack(
                tmp_path / name, ("B5", "B11", "B5_uncertainty", "B11_uncertainty")
            )
        )
        context = QgsProcessingContext()
        context.setProject(QgsProject.instance())
        context.addLayerToLoadOnCompletion(
            output, QgsProcessingContext.LayerDetails("sharp", QgsProject.instance(), "OUTPUT")
        )
        styling.attach(context, output, styling.WithUncertaintyStyle)
        algorithm = QgsApplication.processingRegistry().algorithmById("s2sr:superresolve")
        assert handleAlgorithmResults(algorithm, context, Log())
        names = ("sharp", "sharp (uncertainty)")
        return [QgsProject.instance().mapLayersByName(name)[0] for name in names]

    yield sure
    QgsProject.instance().clear()


@pytest.mark.parametrize("name", ["sure.tif", "u?x.tif"])
def test_expected_errors_are_shown_as_a_layer_of_their_own(name, sure):
    result, layer = sure(name)
    assert layer.isValid()
    renderer = layer.renderer()
    assert renderer.type() == "singlebandpseudocolor" and renderer.band() == 3
    assert renderer.classificationMin() < 1300
    assert 2500 < renderer.classificationMax() < 2700  # the errors', not those of B5
    # The result itself looks as ever.
    assert result.renderer().type() == "singlebandgray"


def test_expected_errors_move_with_their_project(sure, tmp_path):
    sure("sure.tif")
    project = QgsProject.instance()
    assert project.write(str(tmp_path / "project.qgs"))
    project.clear()
    moved = tmp_path.rename(tmp_path.with_name(tmp_path.name + "-moved"))
    assert project.read(str(moved / "project.qgs"))
    layers = project.mapLayers().values()
    assert len(layers) == 2 and all(layer.isValid() for layer in layers)


def test_each_run_that_loads_its_result_has_it_styled(band_folder, tmp_path):
    """QGIS deletes the post-processor after each run, so the second run must not meet a dead
    one."""
    import gc

    from processing.gui.Postprocessing import handleAlgorithmResults

    for number in range(3):
        context = QgsProcessingContext()
        context.setProject(QgsProject.instance())
        output = str(tmp_path / f"out{number}.tif")
        details = QgsProcessingContext.LayerDetails(
            f"result {number}", QgsProject.instance(), "OUTPUT"
        )
        context.addLayerToLoadOnCompletion(output, details)
        run({"INPUT": str(band_folder), "OUTPUT": output}, context=context)
        gc.collect()
        algorithm = QgsApplication.processingRegistry().algorithmById("s2sr:superresolve")
        assert handleAlgorithmResults(algorithm, context, Log())
        layer = QgsProject.instance().mapLayersByName(f"result {number}")[0]
        assert layer.renderer().type() == "multibandcolor" and layer.renderer().redBand() == 5
        del context
        gc.collect()
    QgsProject.instance().clear()


@pytest.mark.parametrize(
    "kind, scale, values",
    [
        (gdal.GDT_UInt16, 0.0001, (0, 1000, 4000)),
        (gdal.GDT_Float32, 0.0001, (0, 1000, 4000)),
        (gdal.GDT_Float32, None, (0.01, 0.2, 2.5)),
        (gdal.GDT_Float32, None, (0.01, 0.2, 12.0)),  # glint
        (gdal.GDT_Float64, None, (float("nan"), 0.2, float("nan"))),
        (gdal.GDT_Float32, None, (-9999, -9999, -9999)),
    ],
)
@pytest.mark.parametrize("names", [("B4",), ("B2", "B3", "B4")])
def test_a_virtual_layer_is_stretched_over_reflectance(kind, scale, values, names, tmp_path):
    from s2sr_qgis import styling

    file = str(tmp_path / "layer.tif")
    dataset = gdal.GetDriverByName("GTiff").Create(file, 90, 90, len(names), kind)
    for number, name in enumerate(names, 1):
        band = dataset.GetRasterBand(number)
        band.SetDescription(name)
        if kind != gdal.GDT_UInt16:
            band.SetNoDataValue(-9999)
        if scale:
            band.SetScale(scale)
        band.WriteArray(np.repeat(values, 2700).reshape(90, 90))
    del dataset, band
    layer = QgsRasterLayer(file, "layer")
    styling.ReflectanceStyle().postProcessLayer(layer, QgsProcessingContext(), Log())
    renderer = layer.renderer()
    if len(names) == 1:
        stretches = [renderer.contrastEnhancement()]
    else:
        stretches = [
            renderer.redContrastEnhancement(),
            renderer.greenContrastEnhancement(),
            renderer.blueContrastEnhancement(),
        ]
    assert [(s.minimumValue(), s.maximumValue()) for s in stretches] == [(0, 0.35)] * len(names)
    assert not list(tmp_path.glob("*.aux.xml"))  # nothing is written beside the layer
