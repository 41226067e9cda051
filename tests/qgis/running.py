# SPDX-License-Identifier: GPL-2.0-or-later
"""How tests run an algorithm, and hear what it says."""

from qgis.core import QgsProcessingFeedback


class Log(QgsProcessingFeedback):
    """Keeps what is said, and cancels after a given progress."""

    def __init__(self, cancel_at=None):
        super().__init__(False)
        self.lines = []
        self.errors = []
        if cancel_at is not None:
            self.progressChanged.connect(lambda value: value >= cancel_at and self.cancel())

    def pushInfo(self, text):
        self.lines.append(text)

    def pushWarning(self, text):
        self.lines.append(text)

    def reportError(self, text, fatalError=False):
        self.errors.append(text)


def run(parameters, feedback=None, algorithm="s2sr:superresolve", context=None):
    import processing

    return processing.run(algorithm, parameters, feedback=feedback or Log(), context=context)


def options(reports):
    """The options that the stand-in engine was last given."""
    return dict(o.split("=", 1) for o in reports[-1]["options"].strip(";").split(";"))
