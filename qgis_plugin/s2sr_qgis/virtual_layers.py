# SPDX-License-Identifier: GPL-2.0-or-later
"""Lets the running QGIS read virtual super-resolved rasters: those made here, and those that the
user agrees to.

A file that comes from elsewhere does not bring the engine into the process by what is written in
it.
"""

import hashlib
import json
import os

from osgeo import gdal
from qgis.core import Qgis, QgsMessageLog, QgsSettings
from qgis.PyQt import sip

from .engine import EngineCancelled, EngineError
from .i18n import tr

LOOK = 512  # columns of the overview
COARSEST = 60.0  # metres; with pixels of at least this size, every band comes from the source
ALLOW_MODEL_FILES = "S2SR_ALLOW_MODEL_FILES"
TRUSTED = "s2sr/trusted_virtual_layers"  # their digests, newest last
KEPT = 1000  # of them
LARGEST = 64 << 20  # bytes; virtual rasters are small, but GDAL adds histograms
ELEMENT, TEXT = 0, 1  # kinds of nodes in what GDAL makes of XML
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


def add_overview(path, progress):
    """Writes a coarse overview of the virtual raster beside it (`.vrt.ovr`). Where `progress` says
    that the user cancelled, raises EngineCancelled.

    QGIS asks for a histogram when it loads a layer, in the window's thread, and without an overview
    GDAL would take it from whole blocks, which the network would have to make first. A coarse look
    comes from the source, without it.
    """
    stopped = False

    def step(fraction, _message, _data):
        nonlocal stopped
        stopped = not progress(fraction, "")
        return not stopped

    dataset = gdal.Open(path)
    width = max(1, min(LOOK, int(dataset.RasterXSize * dataset.GetGeoTransform()[1] / COARSEST)))
    try:
        made = gdal.Translate(
            path + ".ovr",
            dataset,
            format="GTiff",
            width=width,
            height=0,
            creationOptions=["COMPRESS=DEFLATE"],
            callback=step,
        )
    except RuntimeError:  # GDAL's, where it was told to raise exceptions
        made = None
    if stopped:
        raise EngineCancelled("cancelled")
    if made is None:
        raise EngineError(
            tr("The overview of the virtual layer cannot be made: {}").format(
                gdal.GetLastErrorMsg()
            )
        )


def is_virtual(source):
    """Whether a layer's source is a virtual raster that needs the engine."""
    if not source.lower().endswith(".vrt") or not os.path.isfile(source):
        return False
    with open(source, "rb") as file:
        return MARK in file.read(LARGEST)


def digest(path):
    """Of what a virtual raster asks of the engine, and of the files that it names. GDAL writes the
    file anew with statistics when QGIS loads it, so its bytes say nothing; it is taken apart as
    GDAL does it.
    """
    with open(path, "rb") as file:
        text = file.read(LARGEST).decode("utf-8", "replace")
    try:
        parsed = gdal.ParseXMLString(text) or []
    except RuntimeError:  # GDAL's, where it was told to raise exceptions
        parsed = []
    said = sorted(json.dumps(part) for part in _asked(parsed)) or [text]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def _asked(node):
    """The parts of a parsed file that count: of the engine's arguments all, of files the names."""
    inner = [child for child in node if isinstance(child, list)]
    if node[:2] == [ELEMENT, "PixelFunctionArguments"]:
        yield sorted(inner)
    elif node[:2] == [ELEMENT, "SourceFilename"]:
        yield [child for child in inner if child[0] == TEXT]
    for child in inner:
        yield from _asked(child)


def trusted(path):
    return digest(path) in QgsSettings().value(TRUSTED, [], type=list)


def trust(path):
    """Remembers that the user made this virtual raster or agreed to read it; wherever it lies,
    it may be read from now on."""
    known = [d for d in QgsSettings().value(TRUSTED, [], type=list) if d != digest(path)]
    QgsSettings().setValue(TRUSTED, (known + [digest(path)])[-KEPT:])


class Reader:
    """Brings the engine for virtual layers of the project, if it can before they are drawn."""

    def __init__(self, iface=None):
        self.iface = iface

    def prepare(self, layers):
        for layer in layers:
            if layer.providerType() != "gdal" or not is_virtual(layer.source()):
                continue
            if trusted(layer.source()):
                self.bring()
                layer.triggerRepaint()
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
            if not sip.isdeleted(layer):
                layer.reload()
                layer.triggerRepaint()

        button.clicked.connect(agreed)
        item.layout().addWidget(button)
        bar.pushWidget(item, Qgis.MessageLevel.Info)

    def log(self, sentence):
        QgsMessageLog.logMessage(
            sentence, tr("Sentinel-2 super-resolution"), Qgis.MessageLevel.Warning
        )
