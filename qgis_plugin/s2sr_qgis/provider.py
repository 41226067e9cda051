# SPDX-License-Identifier: GPL-2.0-or-later
"""The Processing provider `s2sr`: its algorithms and its options."""

from pathlib import Path

from qgis.core import QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from . import settings
from .algorithms.assess import Assess
from .algorithms.superresolve import SuperResolve
from .algorithms.virtual import Virtual
from .i18n import tr

ICON = str(Path(__file__).parent / "icon.svg")


class SuperResolutionProvider(QgsProcessingProvider):
    def id(self):
        return "s2sr"

    def name(self):
        return tr("Sentinel-2 super-resolution")

    def longName(self):
        return tr("Sentinel-2 super-resolution (DSen2, VDSR)")

    def icon(self):
        return QIcon(ICON)

    def svgIconPath(self):
        return ICON

    def load(self):
        settings.register(self.name(), self.icon())
        self.refreshAlgorithms()
        return True

    def unload(self):
        settings.unregister()

    def loadAlgorithms(self):
        for algorithm in (SuperResolve, Virtual, Assess):
            self.addAlgorithm(algorithm())

    def supportedOutputRasterLayerExtensions(self):
        return ["tif", "tiff"]

    def supportsNonFileBasedOutput(self):
        return False
