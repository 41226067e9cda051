# SPDX-License-Identifier: GPL-2.0-or-later
"""Which part of the product is meant: EXTENT and CUTLINE."""

import pytest

pytest.importorskip("qgis.core", reason="QGIS is not installed")

import tiny_product  # noqa: E402
from osgeo import gdal, ogr, osr  # noqa: E402
from qgis.core import (  # noqa: E402
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsGeometry,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProject,
    QgsProperty,
    QgsRasterLayer,
    QgsRectangle,
    QgsReferencedRectangle,
    QgsVectorLayer,
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


@pytest.mark.parametrize(
    "extent",
    [
        "420500,420500,4139300,4139800 [EPSG:32618]",
        "420100,420500,4139300,4139300",
        "-75.9,-75.9,37.395,37.4 [EPSG:4326]",
        QgsProperty.fromExpression("'420100,420100,4139300,4139300'"),
    ],
)
def test_an_extent_without_area_is_not_the_whole_product(extent, fake, band_folder, tmp_path):
    with pytest.raises(QgsProcessingException, match="no area"):
        run({"INPUT": str(band_folder), "EXTENT": extent, "OUTPUT": str(tmp_path / "out.tif")})
    assert not fake and not list(tmp_path.iterdir())


def test_an_extent_in_an_unknown_system_is_refused(fake, band_folder, tmp_path):
    extent = "420100,420500,4139300,4139800 [EPSG:9999999]"
    with pytest.raises(QgsProcessingException, match="EPSG:9999999"):
        run({"INPUT": str(band_folder), "EXTENT": extent, "OUTPUT": str(tmp_path / "out.tif")})
    assert not fake and not list(tmp_path.iterdir())


@pytest.mark.parametrize("extent", [None, "", QgsProperty.fromExpression("''")])
def test_an_extent_left_out_is_the_whole_product(extent, fake, band_folder, tmp_path):
    run({"INPUT": str(band_folder), "EXTENT": extent, "OUTPUT": str(tmp_path / "out.tif")})
    assert "projwin" not in options(fake)


@pytest.fixture
def square(tmp_path):
    """A square of 400 m within the product, in metres of its UTM zone, as a shapefile; what its
    .prj says is the caller's choice."""

    def square(epsg=None):
        reference = osr.SpatialReference()
        reference.ImportFromEPSG(epsg or tiny_product.EPSG)
        west, north = tiny_product.ORIGIN[0] + 200, tiny_product.ORIGIN[1] - 200
        east, south = west + 400, north - 400
        file = tmp_path / "square.shp"
        dataset = ogr.GetDriverByName("ESRI Shapefile").CreateDataSource(str(file))
        layer = dataset.CreateLayer("square", reference if epsg else None, ogr.wkbPolygon)
        feature = ogr.Feature(layer.GetLayerDefn())
        corners = [(west, north), (east, north), (east, south), (west, south), (west, north)]
        ring = ", ".join(f"{x} {y}" for x, y in corners)
        feature.SetGeometry(ogr.CreateGeometryFromWkt(f"POLYGON (({ring}))"))
        layer.CreateFeature(feature)
        return file

    return square


@pytest.fixture
def corrected(square):
    """That square as a layer whose coordinate reference system the user gave in QGIS."""

    def corrected(epsg):
        layer = QgsVectorLayer(str(square(epsg)), "square", "ogr")
        layer.setCrs(QgsCoordinateReferenceSystem(f"EPSG:{tiny_product.EPSG}"))
        QgsProject.instance().addMapLayer(layer)
        return layer

    yield corrected
    QgsProject.instance().clear()


@pytest.mark.parametrize("said", [None, 32634])
@pytest.mark.parametrize("named", [False, True])
def test_a_cutlines_crs_is_the_layers(said, named, real, corrected, band_folder, tmp_path):
    layer = corrected(said)
    output = str(tmp_path / "out.tif")
    cutline = layer.id() if named else layer
    run({"INPUT": str(band_folder), "BANDS": "B5", "CUTLINE": cutline, "OUTPUT": output})
    dataset = gdal.Open(output)
    west, north = tiny_product.ORIGIN
    assert dataset.GetGeoTransform()[::3] == (west + 200, north - 200)
    assert (dataset.RasterXSize, dataset.RasterYSize) == (40, 40)


def test_a_cutline_is_copied_only_where_it_must_be(fake, corrected, square, band_folder, tmp_path):
    parameters = {"INPUT": str(band_folder), "OUTPUT": str(tmp_path / "out.tif")}
    file = str(square(tiny_product.EPSG))
    run({**parameters, "CUTLINE": file})
    assert options(fake)["cutline"] == file
    run({**parameters, "CUTLINE": corrected(tiny_product.EPSG)})
    assert options(fake)["cutline"] == file


def test_a_virtual_layer_does_not_take_a_crs_that_no_file_holds(
    real, corrected, band_folder, tmp_path
):
    output = tmp_path / "out.vrt"
    with pytest.raises(QgsProcessingException, match="coordinate reference system"):
        run(
            {"INPUT": str(band_folder), "CUTLINE": corrected(32634), "OUTPUT": str(output)},
            algorithm="s2sr:virtual",
        )
    assert not output.exists()


@pytest.fixture
def areas(tmp_path):
    """A GeoPackage with layers of one square each, and a table without geometries, as QGIS keeps
    styles in; gives a function that opens a layer."""
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(tiny_product.EPSG)
    file = tmp_path / "areas.gpkg"

    def write(*squares):
        dataset = ogr.GetDriverByName("GPKG").CreateDataSource(str(file))
        for name, start, size in squares:
            layer = dataset.CreateLayer(name, reference, ogr.wkbPolygon)
            feature = ogr.Feature(layer.GetLayerDefn())
            feature.SetGeometry(ogr.CreateGeometryFromWkt(square_at(start, size).asWkt()))
            layer.CreateFeature(feature)
        dataset.CreateLayer("styles", None, ogr.wkbNone)
        return file

    yield write
    QgsProject.instance().clear()


def square_at(start, size):
    """`start` metres from the product's upper left corner."""
    west, north = tiny_product.ORIGIN[0] + start, tiny_product.ORIGIN[1] - start
    return QgsGeometry.fromRect(QgsRectangle(west, north - size, west + size, north))


def opened(source):
    layer = QgsVectorLayer(str(source), "areas", "ogr")
    assert layer.isValid()
    QgsProject.instance().addMapLayer(layer)
    return layer


def size_with(cutline, band_folder, tmp_path):
    """Columns and rows of the result with this cutline."""
    output = str(tmp_path / "out.tif")
    run({"INPUT": str(band_folder), "BANDS": "B5", "CUTLINE": cutline, "OUTPUT": output})
    dataset = gdal.Open(output)
    return dataset.RasterXSize, dataset.RasterYSize


@pytest.mark.parametrize("layer, pixels", [("areas", 20), ("other", 30), (None, 20)])
def test_of_a_file_with_several_layers_only_the_chosen_one_counts(
    layer, pixels, real, areas, band_folder, tmp_path
):
    file = areas(("areas", 100, 200), ("other", 700, 300))
    source = f"{file}|layername={layer}" if layer else str(file)
    assert size_with(source, band_folder, tmp_path) == (pixels, pixels)
    assert size_with(opened(source), band_folder, tmp_path) == (pixels, pixels)


def test_edits_that_are_not_saved_yet_count(real, areas, band_folder, tmp_path):
    layer = opened(areas(("areas", 100, 200)))
    layer.startEditing()
    assert size_with(layer, band_folder, tmp_path) == (20, 20)
    feature = QgsFeature(layer.fields())
    feature.setGeometry(square_at(100, 500))
    layer.addFeature(feature)
    assert size_with(layer, band_folder, tmp_path) == (50, 50)
    layer.rollBack()


def test_selected_features_alone(real, areas, band_folder, tmp_path):
    layer = opened(areas(("areas", 100, 200)))
    feature = QgsFeature(layer.fields())
    feature.setGeometry(square_at(500, 400))
    layer.dataProvider().addFeatures([feature])
    layer.selectByIds([1])
    selected = QgsProcessingFeatureSourceDefinition(layer.id(), selectedFeaturesOnly=True)
    assert size_with(layer.id(), band_folder, tmp_path) == (80, 80)
    assert size_with(selected, band_folder, tmp_path) == (20, 20)


@pytest.mark.parametrize(
    "cutline",
    [
        QgsProperty.fromExpression("'/no/such.gpkg'"),
        QgsProcessingFeatureSourceDefinition("/no/such.gpkg"),
        7,
        QgsProperty.fromExpression("'a raster'"),
    ],
)
def test_what_is_no_vector_layer_does_not_mean_the_whole_product(
    cutline, fake, stack, band_folder, tmp_path
):
    QgsProject.instance().addMapLayer(QgsRasterLayer(str(stack), "a raster"))
    with pytest.raises(QgsProcessingException, match="(such.gpkg|7|raster) is no vector layer"):
        run({"INPUT": str(band_folder), "CUTLINE": cutline, "OUTPUT": str(tmp_path / "out.tif")})
    QgsProject.instance().clear()
    assert not fake


def test_a_cutline_without_a_crs_is_named(fake, square, band_folder, tmp_path):
    with pytest.raises(QgsProcessingException, match="cutline areas has no coordinate reference"):
        run(
            {
                "INPUT": str(band_folder),
                "CUTLINE": opened(square()),
                "OUTPUT": str(tmp_path / "out.tif"),
            }
        )
    QgsProject.instance().clear()


def test_a_virtual_layer_takes_a_file_of_one_layer(real, areas, band_folder, tmp_path):
    parameters = {"INPUT": str(band_folder), "OUTPUT": str(tmp_path / "out.vrt")}
    file = areas(("areas", 100, 200))
    run({**parameters, "CUTLINE": str(file)}, algorithm="s2sr:virtual")
    assert gdal.Open(parameters["OUTPUT"]).RasterXSize == 20
    file.unlink()
    areas(("areas", 100, 200), ("other", 700, 300))
    with pytest.raises(QgsProcessingException, match="more layers"):
        run({**parameters, "CUTLINE": f"{file}|layername=areas"}, algorithm="s2sr:virtual")
