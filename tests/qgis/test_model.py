# SPDX-License-Identifier: GPL-2.0-or-later
"""A model of the model builder: super-resolution, then an index from its result."""

import pytest

pytest.importorskip("qgis.core", reason="QGIS is not installed")

import numpy as np  # noqa: E402
from osgeo import gdal  # noqa: E402
from qgis.core import (  # noqa: E402
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterRasterLayer,
)

STATIC = QgsProcessingModelChildParameterSource.fromStaticValue
FROM_INPUT = QgsProcessingModelChildParameterSource.fromModelParameter
FROM_STEP = QgsProcessingModelChildParameterSource.fromChildOutput


def index_model(plus, minus, **super_resolution):
    """Product in, (plus - minus) / (plus + minus) out; `plus` and `minus` are band numbers of
    the result."""
    model = QgsProcessingModelAlgorithm("index", "test")
    model.addModelParameter(
        QgsProcessingParameterRasterLayer("product", "Product"),
        QgsProcessingModelParameter("product"),
    )
    step = QgsProcessingModelChildAlgorithm("s2sr:superresolve")
    step.setChildId("super")
    step.setDescription("Super-resolve")
    step.addParameterSources("INPUT", [FROM_INPUT("product")])
    for name, value in super_resolution.items():
        step.addParameterSources(name, [STATIC(value)])
    model.addChildAlgorithm(step)

    layer = "'Super-resolved' from algorithm 'Super-resolve'"
    a, b = f'"{layer}@{plus}"', f'"{layer}@{minus}"'
    step = QgsProcessingModelChildAlgorithm("qgis:rastercalculator")
    step.setChildId("index")
    step.addParameterSources("LAYERS", [FROM_STEP("super", "OUTPUT")])
    step.addParameterSources("EXPRESSION", [STATIC(f"({a} - {b}) / ({a} + {b})")])
    output = QgsProcessingModelOutput("ndvi", "NDVI")
    output.setChildId("index")
    output.setChildOutputName("OUTPUT")
    step.setModelOutputs({"ndvi": output})
    model.addChildAlgorithm(step)
    return model


def run(model, product, output):
    context = QgsProcessingContext()
    feedback = QgsProcessingFeedback()
    parameters = {"product": str(product), "index:ndvi": str(output)}
    results, ok = model.run(parameters, context, feedback)
    assert ok, feedback.textLog()
    return results


def test_an_index_from_a_super_resolved_band_folder(qgis, fake, band_folder, stack, tmp_path):
    output = tmp_path / "index.tif"
    run(index_model(3, 1), band_folder, output)
    bands = gdal.Open(str(stack)).ReadAsArray().astype(float)
    expected = (bands[2] - bands[0]) / (bands[2] + bands[0])
    assert np.allclose(gdal.Open(str(output)).ReadAsArray(), expected, atol=1e-5)
