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
MOST = 1000  # files looked at for a layer
ELEMENT, TEXT, ATTRIBUTE = 0, 1, 2  # kinds of nodes in what GDAL makes of XML
MARK = "<PixelFunctionType>s2sr</PixelFunctionType>"


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


def needing_engine(source):
    """The virtual rasters that need the engine: a layer's source, or what that is made of, as
    "Build virtual raster" makes a mosaic of others."""
    found, seen, waiting = [], set(), [source]
    while waiting and len(seen) < MOST:
        path = os.path.normpath(waiting.pop())
        if path in seen or not path.lower().endswith(".vrt") or not os.path.isfile(path):
            continue
        seen.add(path)
        text = _read(path)
        if MARK in text:
            found.append(path)
        waiting += _sources(_parsed(text), os.path.dirname(path))
    return found


def digest(path):
    """Of what a virtual raster asks of the engine, and of the files that it names. GDAL writes the
    file anew with statistics when QGIS loads it, so its bytes say nothing; it is taken apart as
    GDAL does it.
    """
    text = _read(path)
    said = sorted(json.dumps(part) for part in _asked(_parsed(text))) or [text]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def _read(path):
    with open(path, "rb") as file:
        return file.read(LARGEST).decode("utf-8", "replace")


def _parsed(text):
    try:
        return gdal.ParseXMLString(text) or []
    except RuntimeError:  # GDAL's, where it was told to raise exceptions
        return []


def _sources(node, folder):
    """The files that a parsed virtual raster in a folder is made of."""
    inner = [child for child in node if isinstance(child, list)]
    if node[:2] == [ELEMENT, "SourceFilename"]:
        is_relative = [ATTRIBUTE, "relativeToVRT", [TEXT, "1"]] in inner
        names = [child[1] for child in inner if child[0] == TEXT]
        yield from (os.path.join(folder if is_relative else "", name) for name in names)
    for child in inner:
        yield from _sources(child, folder)


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
            files = needing_engine(layer.source()) if layer.providerType() == "gdal" else []
            strange = [file for file in files if not trusted(file)]
            if strange:
                self.ask(layer, strange)
            elif files:
                self.bring()
                layer.triggerRepaint()

    def bring(self):
        try:
            register()
        except EngineError as error:
            self.log(str(error))

    def ask(self, layer, files):
        """The user decides about files that were not made here."""
        sentence = tr(
            "{} would be super-resolved as it is drawn, from the files that it names."
        ).format(layer.source())
        self.log(sentence)
        if self.iface is None:
            return
        from qgis.PyQt.QtWidgets import QPushButton

        bar = self.iface.messageBar()
        item = bar.createMessage(tr("Sentinel-2 super-resolution"), sentence)
        button = QPushButton(tr("Read it"))

        def agreed():
            for file in files:
                trust(file)
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
