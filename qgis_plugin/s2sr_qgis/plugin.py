# SPDX-License-Identifier: GPL-2.0-or-later
"""What QGIS loads and unloads: the Processing provider, and GDAL support for virtual layers of saved projects."""

from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtCore import QCoreApplication

from . import i18n, virtual_layers
from .provider import SuperResolutionProvider


class SuperResolutionPlugin:
    def __init__(self, iface):
        self.iface = iface  # None under qgis_process
        self.provider = None
        self.reader = virtual_layers.Reader(iface)
        self.translator = i18n.install()

    def initProcessing(self):
        """All that qgis_process needs; touches no GUI."""
        self.provider = SuperResolutionProvider()
        QgsApplication.processingRegistry().addProvider(self.provider)

    def initGui(self):
        self.initProcessing()
        QgsProject.instance().layersAdded.connect(self.reader.prepare)

    def unload(self):
        if self.iface is not None:
            QgsProject.instance().layersAdded.disconnect(self.reader.prepare)
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
            self.provider = None
        if self.translator is not None:
            QCoreApplication.removeTranslator(self.translator)
            self.translator = None
