# SPDX-License-Identifier: GPL-2.0-or-later
"""What QGIS loads and unloads: the Processing provider, and GDAL support for virtual layers of
saved projects."""

from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QAction

from . import i18n, virtual_layers
from .i18n import tr
from .provider import ICON, SuperResolutionProvider


class SuperResolutionPlugin:
    def __init__(self, iface):
        self.iface = iface  # None under qgis_process
        self.provider = None
        self.reader = virtual_layers.Reader(iface)
        self.translator = i18n.install()
        self.action = None
        self.options = None

    def initProcessing(self):
        """All that qgis_process needs; touches no GUI."""
        self.provider = SuperResolutionProvider()
        QgsApplication.processingRegistry().addProvider(self.provider)

    def initGui(self):
        self.initProcessing()
        self.add_engine_panel()
        project = QgsProject.instance()
        project.layersAdded.connect(self.reader.prepare)
        self.reader.prepare(project.mapLayers().values())

    def add_engine_panel(self):
        """The engine's panel in the menu and in QGIS's options."""
        from .engine_panel import OptionsFactory

        self.action = QAction(QIcon(ICON), tr("Install the engine…"), self.iface.mainWindow())
        self.action.triggered.connect(self.show_engine_panel)
        self.iface.addPluginToMenu(tr("Sentinel-2 super-resolution"), self.action)
        self.options = OptionsFactory(ICON)
        self.iface.registerOptionsWidgetFactory(self.options)

    def show_engine_panel(self):
        from .engine_panel import EngineDialog

        EngineDialog(self.iface.mainWindow()).exec()

    def unload(self):
        if self.iface is not None and self.action is not None:
            self.iface.removePluginMenu(tr("Sentinel-2 super-resolution"), self.action)
            self.iface.unregisterOptionsWidgetFactory(self.options)
        if self.iface is not None:
            QgsProject.instance().layersAdded.disconnect(self.reader.prepare)
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
            self.provider = None
        if self.translator is not None:
            QCoreApplication.removeTranslator(self.translator)
            self.translator = None
