# SPDX-License-Identifier: GPL-2.0-or-later
"""Super-resolve Sentinel-2: a product in, a sharper raster out."""

from qgis.core import (
    QgsProcessingParameterBoolean,
    QgsProcessingParameterEnum,
    QgsProcessingParameterRasterDestination,
    QgsRectangle,
)

from .. import settings, styling
from ..i18n import tr
from .base import EngineAlgorithm

FORMATS = ("GTiff", "COG")


class SuperResolve(EngineAlgorithm):
    UNCERTAINTY = "UNCERTAINTY"
    REFLECTANCE = "REFLECTANCE"
    FORMAT = "FORMAT"

    def name(self):
        return "superresolve"

    def displayName(self):
        return tr("Super-resolve Sentinel-2")

    def tags(self):
        return tr(
            "sentinel-2,sharpen,pansharpening,resolution,upscale,dsen2,vdsr,neural network"
        ).split(",")

    def shortDescription(self):
        return tr(
            "Brings the 20 m and 60 m bands of a Sentinel-2 product to 10 m, or all bands to 5 m."
        )

    def shortHelpString(self):
        return tr(
            "Brings the 20 m and 60 m bands of a Sentinel-2 Level-1C or Level-2A product to 10 m,"
            " or all bands to 5 m, with neural networks.\n\nThe result lies exactly on the source:"
            " same coordinate reference system, same origin, pixels of exactly 10 m or 5 m. The"
            " file keeps the product's digital numbers, offset and no-data (0) included, and says"
            " their scale, so that QGIS shows and calculates reflectance. B10 is never"
            " super-resolved.\n\nMemory use does not grow with the size of the product. The run can"
            " be cancelled at any time; no partial file is left."
        )

    def initAlgorithm(self, configuration=None):
        self.add_input()
        self.add_target()
        self.add_model()
        self.add_bands()
        self.add_native()
        self.add(
            QgsProcessingParameterBoolean(
                self.UNCERTAINTY, tr("Also write how uncertain it is"), defaultValue=False
            ),
            tr(
                "Adds the expected error of each super-resolved band as a band of its own"
                " (B5_uncertainty), and a second layer that shows it. About two thirds of all"
                " errors are smaller. At 10 m only."
            ),
        )
        self.add_extent()
        self.add_reading()
        self.add(
            QgsProcessingParameterBoolean(
                self.REFLECTANCE,
                tr("Write reflectance instead of digital numbers"),
                defaultValue=False,
            ),
            tr("Floats from 0 to 1, without scale and offset."),
            advanced=True,
        )
        self.add_extras()
        self.add_cutline()
        self.add_quality()
        self.add_device()
        self.add(
            QgsProcessingParameterEnum(
                self.FORMAT,
                tr("File format"),
                [tr("GeoTIFF"), tr("Cloud optimised GeoTIFF (COG)")],
                defaultValue=0,
            ),
            tr(
                "Both end in .tif. A COG holds overviews and suits web servers, and takes a little"
                " longer to write."
            ),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterRasterDestination(self.OUTPUT, tr("Super-resolved")),
            tr("The GeoTIFF to write. It appears only when it is complete."),
        )

    def processAlgorithm(self, parameters, context, feedback):
        source = self.source(parameters, context, feedback)
        output = self.parameterAsOutputLayer(parameters, self.OUTPUT, context)
        metres = self.target(parameters, context)
        options = self.engine_options(parameters, context)
        for name, key in (
            (self.UNCERTAINTY, "uncertainty"),
            (self.REFLECTANCE, "reflectance"),
        ):
            if self.parameterAsBoolean(parameters, name, context):
                options[key] = True
        options["format"] = FORMATS[self.parameterAsEnum(parameters, self.FORMAT, context)]
        cutline = self.cutline(parameters, context, feedback)
        if cutline:
            options["cutline"] = cutline
        with self.engine_errors(feedback):
            engine = settings.engine()
            info = engine.info(
                source, {**settings.places(), **self.reading_options(parameters, context)}
            )
            extent = self.extent_in(info.get("crs", ""), parameters, context)
            if extent is not None:
                options["projwin"] = projwin(extent)
            feedback.pushInfo(tr("Engine: s2sr {} ({})").format(engine.version, engine.path))
            progress = self.progress(feedback, megapixels(info, extent, metres))
            report = engine.run(source, output, options, progress)
            feedback.pushInfo(summary(report))
            sure = options.get("uncertainty")
            styling.attach(
                context, output, styling.WithUncertaintyStyle if sure else styling.PercentileStyle
            )
            return {self.OUTPUT: output}
        return {}


def summary(report):
    """What was made, by what, how fast: for the log."""
    parts = [
        "{cols} x {rows} pixels of {gsd:g} m" if {"cols", "rows", "gsd"} <= report.keys() else "",
        " ".join(report.get("bands", [])),
        ", ".join(report.get("models", [])),
        "{device}" if "device" in report else "",
        "{seconds:.1f} s" if "seconds" in report else "",
    ]
    return "; ".join(part.format(**report) for part in parts if part)


def projwin(rectangle):
    """Upper left and lower right corner, with all digits: a rounded corner could select another
    pixel."""
    corners = (
        rectangle.xMinimum(),
        rectangle.yMaximum(),
        rectangle.xMaximum(),
        rectangle.yMinimum(),
    )
    return " ".join(repr(c) for c in corners)


def megapixels(info, extent, metres):
    """The result's size, for the rate in the log; None when the engine does not tell the grid."""
    grids = [
        b for b in info.get("bands", []) if {"gsd", "cols", "rows", "west", "north"} <= b.keys()
    ]
    if not grids:
        return None
    finest = min(grids, key=lambda b: b["gsd"])
    west, north, gsd = finest["west"], finest["north"], finest["gsd"]
    whole = QgsRectangle(west, north - finest["rows"] * gsd, west + finest["cols"] * gsd, north)
    part = whole if extent is None else whole.intersect(extent)
    return part.width() * part.height() / metres**2 / 1e6
