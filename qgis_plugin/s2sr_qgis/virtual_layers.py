# SPDX-License-Identifier: GPL-2.0-or-later
"""Lets the running QGIS read virtual super-resolved rasters."""

import os

from osgeo import gdal

from .engine import EngineError
from .i18n import tr

LOOK = 512  # columns of the coarse look
COARSEST = 60.0  # metres; with pixels of at least this size, every band comes from the source
MARK = b"<PixelFunctionType>s2sr</PixelFunctionType>"


def register():
    """Registers the engine's pixel function and driver with the GDAL of this process."""
    from . import settings

    settings.engine().register_in_gdal()


def add_statistics(path):
    """Writes statistics of a coarse look at the raster into the file.

    QGIS asks for statistics when it loads a layer, in the window's thread, and GDAL would compute them from whole
    blocks, which the network would have to make first. A coarse look comes from the source, without the network.
    """
    dataset = gdal.Open(path, gdal.GA_Update)
    pixel_size = dataset.GetGeoTransform()[1]
    width = max(1, min(LOOK, int(dataset.RasterXSize * pixel_size / COARSEST)))
    look = gdal.Translate("", dataset, format="MEM", width=width, height=0)
    for number in range(1, dataset.RasterCount + 1):
        band = dataset.GetRasterBand(number)
        try:
            band.SetStatistics(*look.GetRasterBand(number).ComputeStatistics(False))
        except (RuntimeError, TypeError):
            continue  # no valid pixel, so no statistics
        band.SetMetadataItem("STATISTICS_APPROXIMATE", "YES")


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
