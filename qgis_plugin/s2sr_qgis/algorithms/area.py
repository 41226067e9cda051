# SPDX-License-Identifier: GPL-2.0-or-later
"""Which part of the product is meant: the EXTENT and CUTLINE parameters."""

import re

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsMapLayer,
    QgsProcessing,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingParameterExtent,
    QgsProcessingParameterVectorLayer,
    QgsProcessingUtils,
    QgsProviderRegistry,
    QgsVectorLayer,
    QgsWkbTypes,
)

from .. import product
from ..i18n import tr


class AreaParameters:
    EXTENT = "EXTENT"
    CUTLINE = "CUTLINE"

    def add_cutline(self):
        polygons = [QgsProcessing.SourceType.TypeVectorPolygon]
        self.add(
            QgsProcessingParameterVectorLayer(self.CUTLINE, tr("Cutline"), polygons, optional=True),
            tr(
                "Polygons, in any coordinate reference system: the result covers them, and has no"
                " data outside."
            ),
            advanced=True,
        )

    def add_extent(self):
        self.add(
            QgsProcessingParameterExtent(self.EXTENT, tr("Extent"), optional=True),
            tr(
                "The part to process, in any coordinate reference system. Empty: the whole product."
            ),
        )

    def cutline(self, parameters, context, feedback):
        """The file with the polygons of CUTLINE; "" for none."""
        given = product.evaluated(parameters.get(self.CUTLINE), context)
        if not given:
            return ""
        if isinstance(given, QgsProcessingFeatureSourceDefinition):  # only selected features
            given = product.evaluated(given.source, context)
        layer = (
            given
            if isinstance(given, QgsMapLayer)
            else QgsProcessingUtils.mapLayerFromString(str(given), context)
        )
        if not isinstance(layer, QgsVectorLayer):
            raise QgsProcessingException(
                tr("The cutline {} is no vector layer that QGIS can read.").format(
                    layer.name() if layer else given
                )
            )
        if not layer.crs().isValid():
            raise QgsProcessingException(
                tr(
                    "The cutline {} has no coordinate reference system. Give the layer one in QGIS."
                ).format(layer.name())
            )
        # A copy holds what the user sees in QGIS.
        formats = ["gpkg", "geojson", "json", "shp"] if is_all_of_its_file(layer) else []
        return self.parameterAsCompatibleSourceLayerPath(
            parameters, self.CUTLINE, context, formats, "gpkg", feedback
        )

    def extent_in(self, crs_text, parameters, context):
        """EXTENT in the product's coordinate reference system, or None when the whole product is
        meant."""
        given = product.evaluated(parameters.get(self.EXTENT), context)
        if not given:
            return None
        # QGIS takes numbers in a system that it does not know for the product's own.
        named = re.search(r"\[(.+)\]\s*$", given) if isinstance(given, str) else None
        if named and not QgsCoordinateReferenceSystem(named[1]).isValid():
            raise QgsProcessingException(
                tr("{} is no coordinate reference system that QGIS knows.").format(named[1])
            )
        crs = QgsCoordinateReferenceSystem.fromOgcWmsCrs(crs_text)
        if not crs.isValid():
            crs = QgsCoordinateReferenceSystem.fromWkt(crs_text)
        extent = self.parameterAsExtent(parameters, self.EXTENT, context, crs)
        if extent.isEmpty():
            raise QgsProcessingException(
                tr("The extent has no area; leave it out to process the whole product.")
            )
        return extent


def is_all_of_its_file(layer):
    """Whether the layer's file holds the same as the layer, and no polygons of other layers,
    which the engine would take along."""
    if layer.isModified() or layer.crs() != layer.dataProvider().crs():
        return False
    registry = QgsProviderRegistry.instance()
    file = registry.decodeUri(layer.providerType(), layer.source()).get("path") or ""
    shapes = [
        part
        for part in registry.querySublayers(file)
        if part.providerKey() == "ogr" and part.wkbType() != QgsWkbTypes.Type.NoGeometry
    ]
    return len(shapes) == 1
