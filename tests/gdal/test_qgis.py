"""QGIS opens what GDAL opens, and draws it while one pans and zooms."""

import os
import subprocess
import sys

import pytest

pytest.importorskip("qgis.core")

DRAW = """
import sys
import numpy as np
from osgeo import gdal
from qgis.core import (
    Qgis,
    QgsApplication,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsRasterLayer,
    QgsRectangle,
)
from qgis.PyQt.QtCore import QSize

application = QgsApplication([], False)
application.initQgis()
layer = QgsRasterLayer(sys.argv[1], "look", "gdal")
assert layer.isValid(), layer.error().message()
assert [layer.bandName(i) for i in (1, 2)] == ["Band 1: B1", "Band 2: B5"], layer.bandName(1)

def draw(extent):
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(layer.crs())
    settings.setOutputSize(QSize(300, 300))
    settings.setExtent(extent)
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    assert not job.errors(), job.errors()[0].message
    image = job.renderedImage()
    return len({image.pixel(x, y) for x in range(20, 280, 13) for y in range(20, 280, 13)})

whole = layer.extent()
assert draw(whole) > 20
for zoom in (2, 8, 30):
    for pan in (0.2, 0.5, 0.7):
        side = whole.width() / zoom
        x = whole.xMinimum() + pan * (whole.width() - side)
        y = whole.yMinimum() + pan * (whole.height() - side)
        assert draw(QgsRectangle(x, y, x + side, y + side)) > 20, (zoom, pan)

# What QGIS reads at full resolution is what was made; it applies the scale.
west, north = whole.xMinimum(), whole.yMaximum()
part = QgsRectangle(west + 1500, north - 2500, west + 2500, north - 1500)
block = layer.dataProvider().block(2, part, 100, 100)
read = np.rint(np.frombuffer(block.data(), np.float32).reshape(100, 100) * 10000).astype(int)
made = gdal.Open(sys.argv[2]).ReadAsArray(150, 150, 100, 100)[1].astype(int)
assert abs(read - made).max() <= 1
del layer  # before QGIS goes
application.exitQgis()
"""


def test_qgis_draws(names, made, entry):
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", DRAW, names["10", entry], made["10"]],
        env=env,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
