# SPDX-License-Identifier: GPL-2.0-or-later
"""Assess super-resolution: Wald's protocol on the user's own product, as an HTML report."""

import tempfile
from pathlib import Path

from qgis.core import QgsProcessingParameterFileDestination

from .. import product, report, settings
from ..engine import EngineCancelled, EngineError
from ..i18n import tr
from .base import EngineAlgorithm

PICTURE = 4800.0  # metres along a side that are super-resolved for the picture


class Assess(EngineAlgorithm):
    def name(self):
        return "assess"

    def displayName(self):
        return tr("Assess super-resolution")

    def tags(self):
        return tr("sentinel-2,quality,accuracy,wald,rmse,ergas,sam,super-resolution").split(",")

    def shortDescription(self):
        return tr("Measures on your own product how well super-resolution works, against bicubic resampling.")

    def shortHelpString(self):
        return tr(
            "Measures how well super-resolution works on this product, by Wald's protocol: all bands are made coarser "
            "by the factor in question, super-resolved, and compared with the bands as they were. Bicubic resampling "
            "is scored beside it. The scores hold for the coarser scale; that they carry over to the finer one is the "
            "protocol's assumption.\n\n"
            "The report opens in the results viewer."
        )

    def initAlgorithm(self, configuration=None):
        self.add_input()
        self.add_model()
        self.add_reading()
        self.add_quality()
        self.add_device()
        self.add(
            QgsProcessingParameterFileDestination(self.OUTPUT, tr("Report"), tr("HTML files (*.html)")),
            tr("The HTML report, one file with its pictures inside."),
        )

    def processAlgorithm(self, parameters, context, feedback):
        source = product.path_of(parameters[self.INPUT], context)
        output = self.parameterAsFileOutput(parameters, self.OUTPUT, context)
        with self.engine_errors(feedback):
            engine = settings.engine()
            options = self.engine_options(parameters, context)
            scores = engine.evaluate(source, options, self.progress(feedback))
            for line in report.summary(scores):
                feedback.pushInfo(line)
            pictures = self.pictures(engine, source, scores, options, feedback)
            with open(output, "w", encoding="utf-8") as file:
                file.write(report.html(scores, engine.version, pictures))
            return {self.OUTPUT: output}
        return {}

    def pictures(self, engine, source, scores, options, feedback):
        """Source and result side by side, drawn by the engine. A report without a picture is still a report."""
        window = scores["tables"][0].get("window") if scores.get("tables") else None
        if not window:
            return []
        feedback.pushInfo(tr("Drawing a picture"))
        with tempfile.TemporaryDirectory() as folder:
            picture = Path(folder) / "preview.png"
            options = {**options, "projwin": middle(window), "preview": picture}
            try:
                engine.run(source, Path(folder) / "part.tif", options, self.progress(feedback))
                return [
                    (tr("Bands as they are (left) and super-resolved (right), in false colour"), picture.read_bytes())
                ]
            except EngineCancelled:
                raise
            except (EngineError, OSError) as error:
                feedback.pushWarning(tr("The report has no picture: {}").format(error))
                return []


def middle(window):
    """The middle of a window (west, north, east, south), small enough to be drawn in seconds."""
    west, north, east, south = window
    half_width = min(east - west, PICTURE) / 2
    half_height = min(north - south, PICTURE) / 2
    x, y = (west + east) / 2, (north + south) / 2
    return f"{x - half_width} {y + half_height} {x + half_width} {y - half_height}"
