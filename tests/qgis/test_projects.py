# SPDX-License-Identifier: GPL-2.0-or-later
"""Projects that hold virtual layers."""

import pytest

pytest.importorskip("qgis.core", reason="QGIS is not installed")

pytestmark = pytest.mark.usefixtures("qgis", "fake")


class TestVirtualLayersOfAProject:
    """A saved project may hold virtual layers; GDAL must know how to read them before they are
    drawn."""

    class Layer:
        def __init__(self, source, provider="gdal"):
            self.source = lambda: str(source)
            self.providerType = lambda: provider
            self.triggerRepaint = lambda: None

    @pytest.fixture
    def registered(self, monkeypatch):
        calls = []
        monkeypatch.setattr(
            "s2sr_qgis.engine.Engine.register_in_gdal", lambda engine: calls.append(engine.path)
        )
        return calls

    @pytest.fixture
    def virtual(self, tmp_path):
        file = tmp_path / "v.vrt"
        file.write_text("<VRTDataset><PixelFunctionType>s2sr</PixelFunctionType></VRTDataset>")
        return file

    def test_a_virtual_layer_made_here_brings_the_engine(self, registered, virtual, stack):
        from s2sr_qgis import virtual_layers

        virtual_layers.trust(virtual)
        virtual_layers.Reader().prepare([self.Layer(stack), self.Layer(virtual)])
        assert len(registered) == 1

    def test_a_strangers_does_not_until_the_user_agrees(self, registered, virtual, tmp_path):
        from qgis.core import QgsRasterLayer
        from qgis.gui import QgsMessageBar
        from qgis.PyQt.QtWidgets import QPushButton

        from s2sr_qgis import virtual_layers

        stranger = tmp_path / "stranger.vrt"
        stranger.write_text(
            virtual.read_text().replace("</V", '<PixelFunctionArguments product="/a"/></V')
        )
        bar = QgsMessageBar()

        class Interface:
            def messageBar(self):
                return bar

        layer = QgsRasterLayer(str(stranger), "stranger")
        virtual_layers.Reader().prepare([layer])  # without a window
        virtual_layers.Reader(Interface()).prepare([layer])
        assert registered == []
        bar.currentItem().findChildren(QPushButton)[0].click()
        assert len(registered) == 1
        virtual_layers.Reader().prepare([layer])
        assert len(registered) == 2

    @pytest.mark.parametrize("relative", [0, 1])
    def test_a_mosaic_of_virtual_layers_is_as_they_are(
        self, relative, registered, virtual, tmp_path, monkeypatch
    ):
        """As "Build virtual raster" makes one, which does not ask for the engine itself."""
        from s2sr_qgis import virtual_layers

        virtual.write_text(
            virtual.read_text().replace("</V", f"<SourceFilename>c{relative}</SourceFilename></V")
        )
        name = virtual.name if relative else virtual
        source = f'<SourceFilename relativeToVRT="{relative}">{name}</SourceFilename>'
        mosaic = tmp_path / "mosaic.vrt"
        mosaic.write_text(
            f"<VRTDataset>{source}<SourceFilename>mosaic.vrt</SourceFilename></VRTDataset>"
        )
        reader = virtual_layers.Reader()
        reader.prepare([self.Layer(mosaic)])
        assert registered == []
        virtual_layers.trust(virtual)
        reader.prepare([self.Layer(mosaic)])
        assert len(registered) == 1

    def test_the_user_may_agree_after_the_layer_is_gone(self, registered, virtual, monkeypatch):
        from qgis.core import QgsRasterLayer
        from qgis.gui import QgsMessageBar
        from qgis.PyQt import sip
        from qgis.PyQt.QtWidgets import QPushButton

        from s2sr_qgis import virtual_layers

        virtual.write_text(
            virtual.read_text().replace("</V", "<SourceFilename>b</SourceFilename></V")
        )
        bar = QgsMessageBar()

        class Interface:
            def messageBar(self):
                return bar

        failed = []
        monkeypatch.setattr("sys.excepthook", lambda *error: failed.append(error))
        layer = QgsRasterLayer(str(virtual), "virtual")
        virtual_layers.Reader(Interface()).prepare([layer])
        sip.delete(layer)
        bar.currentItem().findChildren(QPushButton)[0].click()
        assert len(registered) == 1 and not failed

    def test_other_layers_do_not(self, registered, virtual, stack, tmp_path):
        from s2sr_qgis import virtual_layers

        other = tmp_path / "mosaic.vrt"
        other.write_text("<VRTDataset/>")
        virtual_layers.trust(virtual)
        virtual_layers.Reader().prepare(
            [self.Layer(stack), self.Layer(other), self.Layer(virtual, "ogr")]
        )
        assert registered == []

    def test_without_an_engine_the_project_still_opens(self, virtual, monkeypatch):
        from s2sr_qgis import virtual_layers

        monkeypatch.setenv("S2SR_LIBRARY", "/no/such/libs2sr.so")
        virtual_layers.trust(virtual)
        virtual_layers.Reader().prepare([self.Layer(virtual)])
