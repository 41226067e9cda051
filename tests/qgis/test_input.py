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


def test_a_layer_that_qgis_shows_elsewhere_is_told(fake, stack, tmp_path):
    from qgis.core import QgsCoordinateReferenceSystem
    from running import Log

    layer = QgsRasterLayer(str(stack), "my stack")
    told = []
    for crs in (None, "EPSG:32619"):
        if crs:
            layer.setCrs(QgsCoordinateReferenceSystem(crs))
        log = Log()
        run({"INPUT": layer, "OUTPUT": str(tmp_path / "out.tif")}, log)
        told.append([line for line in log.lines if "my stack" in line])
    assert not told[0]
    assert "EPSG:32619" in told[1][0] and "EPSG:32618" in told[1][0]


def test_a_sub_dataset_stands_for_its_file(source, tmp_path):
    """To which product that belongs, the engine knows."""
    from s2sr_qgis import product

    safe = tmp_path / "S2A_MSIL1C_X.SAFE"
    safe.mkdir()
    metadata = safe / "MTD_MSIL1C.xml"
    metadata.touch()
    assert source(f"SENTINEL2_L1C:{metadata}:10m:EPSG_32618") == str(metadata)
    inside = f"/vsizip/{tmp_path}/S2A.zip/X.SAFE/MTD_MSIL1C.xml"
    assert product.product_of_file(f"SENTINEL2_L1C:{inside}:20m:EPSG_32618") == inside


def test_a_part_of_an_archive_is_a_name(tmp_path):
    from s2sr_qgis import product

    archive = tmp_path / "S2A.zip"
    archive.touch()
    for part in ("2024-05-01", "*2024-05-01*"):
        inner = f"{archive}/{part}"  # the engine looks into it
        assert product.path_of(inner, QgsProcessingContext()) == inner


@pytest.mark.parametrize("ending", ["", "|option:NUM_THREADS=2"])
def test_a_layer_within_an_archive_is_that_file(ending, stack, tmp_path):
    import zipfile

    from s2sr_qgis import product

    archive = tmp_path / "two.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for name in ("a/may.tif", "b/june.tif"):
            file.write(stack, name)
    layer = QgsRasterLayer(f"/vsizip/{archive}/b/june.tif{ending}", "june")
    assert layer.isValid()
    assert product.path_of(layer, QgsProcessingContext()) == f"/vsizip/{archive}/b/june.tif"


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
