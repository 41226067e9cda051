# SPDX-License-Identifier: GPL-2.0-or-later
"""Lets the running QGIS read virtual super-resolved rasters: those made here, and those that the
user agrees to.

A file that comes from elsewhere does not bring the engine into the process by what is written in
it.
"""

import hashlib
import os

from osgeo import gdal
from qgis.core import Qgis, QgsMessageLog, QgsSettings

from .engine import EngineError
from .i18n import tr

LOOK = 512  # columns of the overview
COARSEST = 60.0  # metres; with pixels of at least this size, every band comes from the source
ALLOW_MODEL_FILES = "S2SR_ALLOW_MODEL_FILES"
TRUSTED = "s2sr/trusted_virtual_layers"  # sha256 of the files, newest last
KEPT = 1000  # of them
LARGEST = 4 << 20  # bytes; virtual rasters are small
MARK = b"<PixelFunctionType>s2sr</PixelFunctionType>"


def register():
    """Registers the engine's pixel function and driver with the GDAL of this process."""
    from . import settings

    engine = settings.engine()
    for key, value in settings.gdal_configuration().items():
        if value:
            gdal.SetConfigOption(key, value)
    engine.register_in_gdal()


def model_files_allowed():
    """Whether virtual rasters may name a network's file, which is for the reader to say."""
    return (gdal.GetConfigOption(ALLOW_MODEL_FILES) or "").upper() == "YES"


def add_overview(path):
    """Writes a coarse overview of the virtual raster beside it (`.vrt.ovr`).

    QGIS asks for a histogram when it loads a layer, in the window's thread, and without an overview
    GDAL would take it from whole blocks, which the network would have to make first. A coarse look
    comes from the source, without it.
    """
    dataset = gdal.Open(path)
    width = max(1, min(LOOK, int(dataset.RasterXSize * dataset.GetGeoTransform()[1] / COARSEST)))
    gdal.Translate(
        path + ".ovr",
        dataset,
        format="GTiff",
        width=width,
        height=0,
        creationOptions=["COMPRESS=DEFLATE"],
    )


def is_virtual(source):
    """Whether a layer's source is a virtual raster that needs the engine."""
    if not source.lower().endswith(".vrt") or not os.path.isfile(source):
        return False
    with open(source, "rb") as file:
        return MARK in file.read(LARGEST)


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read(LARGEST)).hexdigest()


def trusted(path):
    return digest(path) in QgsSettings().value(TRUSTED, [], type=list)


def trust(path):
    """Remembers that the user made this virtual raster or agreed to read it; wherever it lies,
    it may be read from now on."""
    known = [d for d in QgsSettings().value(TRUSTED, [], type=list) if d != digest(path)]
    QgsSettings().setValue(TRUSTED, (known + [digest(path)])[-KEPT:])


class Reader:
    """Brings the engine for virtual layers that come into the project, before they are drawn."""

    def __init__(self, iface=None):
        self.iface = iface

    def prepare(self, layers):
        for layer in layers:
            if layer.providerType() != "gdal" or not is_virtual(layer.source()):
                continue
            if trusted(layer.source()):
                self.bring()
            else:
                self.ask(layer)

    def bring(self):
        try:
            register()
        except EngineError as error:
            self.log(str(error))

    def ask(self, layer):
        """The user decides about a file that was not made here."""
        source = layer.source()
        sentence = tr(
            "{} would be super-resolved as it is drawn, from the files that it names."
        ).format(source)
        self.log(sentence)
        if self.iface is None:
            return
        from qgis.PyQt.QtWidgets import QPushButton

        bar = self.iface.messageBar()
        item = bar.createMessage(tr("Sentinel-2 super-resolution"), sentence)
        button = QPushButton(tr("Read it"))

        def agreed():
            trust(source)
            self.bring()
            bar.popWidget(item)
            layer.reload()
            layer.triggerRepaint()

        button.clicked.connect(agreed)
        item.layout().addWidget(button)
        bar.pushWidget(item, Qgis.MessageLevel.Info)

    def log(self, sentence):
        QgsMessageLog.logMessage(
            sentence, tr("Sentinel-2 super-resolution"), Qgis.MessageLevel.Warning
        )
