# SPDX-License-Identifier: GPL-2.0-or-later
"""Sentinel-2 as virtual 10 m layer: a small file; pixels are super-resolved when they are looked
at."""

import shutil
from pathlib import Path

from qgis.core import (
    QgsProcessingException,
    QgsProcessingParameterRasterDestination,
    QgsProcessingUtils,
)

from .. import settings, styling, virtual_layers
from ..engine import EngineCancelled
from ..i18n import tr
from .base import EngineAlgorithm


class VrtDestination(QgsProcessingParameterRasterDestination):
    """A raster destination whose file is a .vrt whatever the provider's default is."""

    def clone(self):
        copy = VrtDestination(self.name(), self.description())
        copy.setHelp(self.help())
        return copy

    def defaultFileExtension(self):
        return "vrt"

    def createFileFilter(self):
        return tr("Virtual rasters (*.vrt)")

    def supportedOutputRasterLayerExtensions(self):
        return ["vrt"]

    def isSupportedOutputValue(self, value, context):
        return True, ""  # the algorithm checks the extension where the path is known


class Virtual(EngineAlgorithm):
    def name(self):
        return "virtual"

    def displayName(self):
        return tr("Sentinel-2 as virtual 10 m layer")

    def tags(self):
        return tr("sentinel-2,vrt,virtual,on the fly,super-resolution").split(",")

    def shortDescription(self):
        return tr("A layer that is super-resolved only where it is looked at.")

    def shortHelpString(self):
        return tr(
            "Writes a virtual raster (.vrt) in which the 20 m and 60 m bands of a Sentinel-2"
            " product have 10 m pixels, or all bands 5 m. The file is small and written at once;"
            " the network runs when pixels are read, for the window that is drawn, exported or"
            " analysed.\n\nThe product must stay where it is. In QGIS the layer works as long as"
            " this plug-in is enabled. Other programs that use GDAL need the environment variable"
            " GDAL_DRIVER_PATH; the log names its value. The tools under GDAL in the toolbox are"
            " such programs, and so is qgis_process."
        )

    def initAlgorithm(self, configuration=None):
        self.add_input()
        self.add_target()
        self.add_model()
        self.add_bands()
        self.add_native()
        self.add_reading()
        self.add_extras()
        self.add_cutline()
        self.add(VrtDestination(self.OUTPUT, tr("Virtual layer")), tr("The .vrt file to write."))

    def processAlgorithm(self, parameters, context, feedback):
        source = self.source(parameters, context, feedback)
        output = self.parameterAsOutputLayer(parameters, self.OUTPUT, context)
        if Path(output).suffix.lower() != ".vrt":
            raise QgsProcessingException(
                tr("The virtual layer {} must end in .vrt.").format(output)
            )
        cutline = self.cutline(parameters, context, feedback)
        if cutline and Path(QgsProcessingUtils.tempFolder()) in Path(cutline).parents:
            raise QgsProcessingException(
                tr(
                    "The cutline is no file that stays, or its file holds more layers, or lacks the"
                    " filter, the edits or the coordinate reference system that the layer has, and"
                    " a virtual layer reads it again and again: save it as GeoPackage or GeoJSON, a"
                    " layer by itself, and choose that."
                )
            )
        with self.engine_errors(feedback):
            engine = settings.engine()
            options = self.engine_options(parameters, context)
            if cutline:
                options["cutline"] = cutline
            if (
                options["model"].lower().endswith(".onnx")
                and not virtual_layers.model_files_allowed()
            ):
                raise QgsProcessingException(
                    tr(
                        "A virtual layer may name installed networks only, not the file {}. Choose"
                        " one of these, or set the GDAL configuration option {}=YES where you trust"
                        " the files that you open."
                    ).format(options["model"], virtual_layers.ALLOW_MODEL_FILES)
                )
            del options["onnxruntime"]  # no file may name it; whoever reads the layer does
            if feedback.isCanceled():  # the engine's call is too short to ask
                raise EngineCancelled("cancelled")
            # The output comes last: until then the run can be cancelled.
            draft = QgsProcessingUtils.generateTempFilename("draft.vrt")
            engine.write_vrt(source, draft, options)
            virtual_layers.register()
            virtual_layers.add_overview(draft, self.progress(feedback))
            engine.write_vrt(source, output, options)
            shutil.move(draft + ".ovr", output + ".ovr")
            virtual_layers.trust(output)
            feedback.pushInfo(
                tr("Other programs read the file with GDAL_DRIVER_PATH={}").format(
                    engine.gdal_plugins()
                )
            )
            styling.attach(context, output, styling.ReflectanceStyle)
            return {self.OUTPUT: output}
        return {}
