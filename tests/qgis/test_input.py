# SPDX-License-Identifier: GPL-2.0-or-later
"""All that INPUT may be."""

import pytest

pytest.importorskip("qgis.core", reason="QGIS is not installed")

from qgis.core import (  # noqa: E402
    QgsProcessingContext,
    QgsProcessingException,
    QgsProject,
    QgsRasterLayer,
)
from running import run  # noqa: E402

pytestmark = pytest.mark.usefixtures("qgis", "fake")


@pytest.fixture
def source(fake, tmp_path):
    def source(value):
        run({"INPUT": value, "OUTPUT": str(tmp_path / "out.tif")})
        return fake[-1]["input"]

    return source


def test_folder(source, band_folder):
    assert source(str(band_folder)) == str(band_folder)


def test_zip_and_xml(source, tmp_path):
    for name in ("product.zip", "MTD_MSIL1C.xml"):
        file = tmp_path / name
        file.touch()
        assert source(str(file)) == str(file)


def test_layer_object_id_and_name(source, stack):
    layer = QgsRasterLayer(str(stack), "my stack")
    QgsProject.instance().addMapLayer(layer)
    for value in (layer, layer.id(), "my stack"):
        assert source(value) == str(stack)
    QgsProject.instance().removeMapLayer(layer.id())


def test_part_of_a_safe_folder_stands_for_the_product(source, tmp_path):
    from s2sr_qgis import product

    safe = tmp_path / "S2A_MSIL1C_X.SAFE"
    image = safe / "GRANULE" / "L1C_X" / "IMG_DATA" / "T18_B04.jp2"
    image.parent.mkdir(parents=True)
    image.touch()
    (safe / "MTD_MSIL1C.xml").touch()
    assert source(str(image)) == str(safe)
    assert source(str(image.parent.parent)) == str(
        image.parent.parent
    )  # one tile, maybe of several
    assert source(f"SENTINEL2_L1C:{safe}/MTD_MSIL1C.xml:10m:EPSG_32618") == str(safe)
    archive = tmp_path / "S2A.zip"
    archive.touch()
    inside = f"SENTINEL2_L1C:/vsizip/{archive}/X.SAFE/MTD_MSIL1C.xml:20m:EPSG_32618"
    assert product.product_of_file(inside) == str(archive)
    for part in ("2024-05-01", "*2024-05-01*"):
        inner = f"{archive}/{part}"  # the engine looks into it
        assert product.path_of(inner, QgsProcessingContext()) == inner


def test_nothing_there(tmp_path):
    with pytest.raises(
        QgsProcessingException, match="There is no Sentinel-2 product at '/no/such'"
    ):
        run({"INPUT": "/no/such", "OUTPUT": str(tmp_path / "out.tif")})


def test_a_layer_that_is_no_file():
    from s2sr_qgis import product

    layer = QgsRasterLayer(
        "type=xyz&url=http://localhost/{z}/{x}/{y}.png&zmax=1&zmin=0", "web", "wms"
    )
    with pytest.raises(QgsProcessingException, match="not read from a file"):
        product.path_of(layer, QgsProcessingContext())
