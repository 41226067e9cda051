# SPDX-License-Identifier: GPL-2.0-or-later
"""Which part of the product is meant: EXTENT and CUTLINE."""

import pytest

pytest.importorskip("qgis.core", reason="QGIS is not installed")

from qgis.core import (  # noqa: E402
    QgsCoordinateReferenceSystem,
    QgsRectangle,
    QgsReferencedRectangle,
)
from running import options, run  # noqa: E402

pytestmark = pytest.mark.usefixtures("qgis")


def test_extent_in_another_crs_is_reprojected(fake, band_folder, tmp_path):
    degrees = QgsReferencedRectangle(
        QgsRectangle(-75.9, 37.395, -75.895, 37.4), QgsCoordinateReferenceSystem("EPSG:4326")
    )
    run({"INPUT": str(band_folder), "EXTENT": degrees, "OUTPUT": str(tmp_path / "out.tif")})
    ulx, uly, lrx, lry = map(float, options(fake)["projwin"].split())
    assert 420000 < ulx < lrx < 421000 and 4138000 < lry < uly < 4140000
