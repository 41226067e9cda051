# SPDX-License-Identifier: GPL-2.0-or-later
"""Assess super-resolution: Wald's protocol on the user's own product, as an HTML report."""

from qgis.core import QgsProcessingParameterFileDestination

from .. import report, settings
from ..i18n import tr
from .base import EngineAlgorithm


class Assess(EngineAlgorithm):
    def name(self):
        return "assess"

    def displayName(self):
        return tr("Assess super-resolution")

    def tags(self):
        return tr("sentinel-2,quality,accuracy,wald,rmse,ergas,sam,super-resolution").split(",")

    def shortDescription(self):
        return tr(
            "Measures on your own product how well super-resolution works, against bicubic"
            " resampling."
        )

    def shortHelpString(self):
        return tr(
            "Measures how well super-resolution works on this product, by Wald's protocol: all"
            " bands are made coarser by the factor in question, super-resolved, and compared with"
            " the bands as they were. Bicubic resampling is scored beside it. The scores hold for"
            " the coarser scale; that they carry over to the finer one is the protocol's"
            " assumption.\n\nThe report opens in the results viewer."
        )

    def initAlgorithm(self, configuration=None):
        self.add_input()
        self.add_model()
        self.add_reading()
        self.add_quality()
        self.add_device()
        self.add(
            QgsProcessingParameterFileDestination(
                self.OUTPUT, tr("Report"), tr("HTML files (*.html)")
            ),
            tr("The HTML report, one file with its pictures inside."),
        )

    def processAlgorithm(self, parameters, context, feedback):
        source = self.source(parameters, context, feedback)
        output = self.parameterAsFileOutput(parameters, self.OUTPUT, context)
        with self.engine_errors(feedback):
            engine = settings.engine()
            options = self.engine_options(parameters, context)
            scores = engine.evaluate(source, {**options, "html": output}, self.progress(feedback))
            for line in report.summary(scores):
                feedback.pushInfo(line)
            for note in scores.get("notes", []):
                feedback.pushWarning(note)
            return {self.OUTPUT: output}
        return {}
