# SPDX-License-Identifier: GPL-2.0-or-later
"""Lets the running QGIS read virtual super-resolved rasters."""

import os

from .engine import EngineError
from .i18n import tr

MARK = b"<PixelFunctionType>s2sr</PixelFunctionType>"


def register():
    """Registers the engine's pixel function and driver with the GDAL of this process."""
    from . import settings

    settings.engine().register_in_gdal()


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
