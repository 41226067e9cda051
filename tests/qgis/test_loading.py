# SPDX-License-Identifier: GPL-2.0-or-later
"""How the plug-in comes and goes."""

import pytest

pytest.importorskip("qgis.core", reason="QGIS is not installed")

from qgis.core import QgsApplication, QgsProject, QgsRasterLayer  # noqa: E402

pytestmark = pytest.mark.usefixtures("qgis", "fake")


class Interface:
    """What of QGIS's window the plug-in uses."""

    def __init__(self):
        from qgis.PyQt.QtWidgets import QMainWindow

        self.window, self.menu, self.factories = QMainWindow(), [], []

    def mainWindow(self):
        return self.window

    def addPluginToMenu(self, name, action):
        self.menu.append((name, action))

    def removePluginMenu(self, name, action):
        self.menu.remove((name, action))

    def registerOptionsWidgetFactory(self, factory):
        self.factories.append(factory)

    def unregisterOptionsWidgetFactory(self, factory):
        self.factories.remove(factory)


def test_the_plugin_may_be_enabled_while_a_project_is_open(monkeypatch, tmp_path):
    from s2sr_qgis import classFactory, virtual_layers

    brought = []
    monkeypatch.setattr("s2sr_qgis.engine.Engine.register_in_gdal", lambda _: brought.append(1))
    virtual = tmp_path / "virtual.vrt"
    virtual.write_text("<VRTDataset><PixelFunctionType>s2sr</PixelFunctionType></VRTDataset>")
    virtual_layers.trust(virtual)
    QgsProject.instance().addMapLayer(QgsRasterLayer(str(virtual), "virtual"))
    window = Interface()
    for count in (1, 2):
        plugin = classFactory(window)
        monkeypatch.setattr(plugin, "initProcessing", lambda: None)  # the session has a provider
        plugin.initGui()
        assert len(window.menu) == len(window.factories) == 1
        assert len(brought) == count
        plugin.unload()
        assert not window.menu and not window.factories
    QgsProject.instance().clear()
    QgsProject.instance().addMapLayer(QgsRasterLayer(str(virtual), "virtual"))
    assert len(brought) == 2
    QgsProject.instance().clear()


def test_plugin_unloads_and_loads_again():
    from s2sr_qgis import classFactory

    registry = QgsApplication.processingRegistry()
    current = registry.providerById("s2sr")
    assert current is not None
    # The session's plug-in stays; another instance cannot register the same id, but must go
    # quietly.
    another = classFactory(None)
    another.unload()
    assert registry.providerById("s2sr") is current
