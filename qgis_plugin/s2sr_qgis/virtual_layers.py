# SPDX-License-Identifier: GPL-2.0-or-later
"""Lets the running QGIS read virtual super-resolved rasters."""

import os

from osgeo import gdal

from .engine import EngineError
from .i18n import tr

LOOK = 512  # columns of the overview
COARSEST = 60.0  # metres; with pixels of at least this size, every band comes from the source
MARK = b"<PixelFunctionType>s2sr</PixelFunctionType>"


def register():
    """Registers the engine's pixel function and driver with the GDAL of this process."""
    from . import settings

    settings.engine().register_in_gdal()


def add_overview(path):
    """Writes a coarse overview of the virtual raster beside it (`.vrt.ovr`).

    QGIS asks for a histogram when it loads a layer, in the window's thread, and without an overview GDAL would take it
    from whole blocks, which the network would have to make first. A coarse look comes from the source, without it.
    """
    dataset = gdal.Open(path)
    width = max(1, min(LOOK, int(dataset.RasterXSize * dataset.GetGeoTransform()[1] / COARSEST)))
    gdal.Translate(path + ".ovr", dataset, format="GTiff", width=width, height=0, creationOptions=["COMPRESS=DEFLATE"])


def is_virtual(source):
    """Whether a layer's source is a virtual raster that needs the engine. Virtual rasters are small text files."""
    if not source.lower().endswith(".vrt") or not os.path.isfile(source):
        return False
    with open(source, "rb") as file:
        return MARK in file.read()


def prepare(layers):
    """Called when layers come into the project, before they are drawn: a saved project may hold virtual ones."""
    if not any(layer.providerType() == "gdal" and is_virtual(layer.source()) for layer in layers):
        return
    try:
        register()
    except EngineError as error:
        from qgis.core import Qgis, QgsMessageLog

        QgsMessageLog.logMessage(str(error), tr("Sentinel-2 super-resolution"), Qgis.Warning)
