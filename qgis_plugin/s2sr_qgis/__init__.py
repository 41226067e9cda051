# SPDX-License-Identifier: GPL-2.0-or-later
"""Sentinel-2 super-resolution in the QGIS Processing toolbox."""


def classFactory(iface):
    from .plugin import SuperResolutionPlugin

    return SuperResolutionPlugin(iface)
