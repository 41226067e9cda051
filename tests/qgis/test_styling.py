# SPDX-License-Identifier: GPL-2.0-or-later
"""How results look when they are loaded."""

import pytest

pytest.importorskip("qgis.core", reason="QGIS is not installed")

import tiny_product  # noqa: E402
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


def test_expected_errors_are_shown_as_a_layer_of_their_own(tmp_path):
    from processing.gui.Postprocessing import handleAlgorithmResults

    from s2sr_qgis import styling

    output = str(
        tiny_product.write_stack(
            tmp_path / "sure.tif", ("B5", "B11", "B5_uncertainty", "B11_uncertainty")
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
    layer = QgsProject.instance().mapLayersByName("sharp (uncertainty)")[0]
    assert layer.isValid() and styling.band_names(layer) == ["B5_uncertainty", "B11_uncertainty"]
    renderer = layer.renderer()
    assert renderer.type() == "singlebandpseudocolor" and renderer.band() == 1
    assert renderer.classificationMin() < 1300 and 2500 < renderer.classificationMax() < 4000
    # The result itself looks as ever.
    assert QgsProject.instance().mapLayersByName("sharp")[0].renderer().type() == "singlebandgray"
    QgsProject.instance().clear()


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
