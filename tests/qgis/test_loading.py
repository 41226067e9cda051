# SPDX-License-Identifier: GPL-2.0-or-later
"""How the plug-in comes and goes."""

import pytest

pytest.importorskip("qgis.core", reason="QGIS is not installed")

from qgis.core import QgsApplication  # noqa: E402

pytestmark = pytest.mark.usefixtures("qgis", "fake")


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
