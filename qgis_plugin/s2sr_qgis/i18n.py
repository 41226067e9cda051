# SPDX-License-Identifier: GPL-2.0-or-later
"""Translation: one context for all strings; a catalogue i18n/s2sr_<language>.qm is used when
there is one."""

from pathlib import Path

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QCoreApplication, QTranslator

CONTEXT = "S2SR"


def tr(text):
    return QCoreApplication.translate(CONTEXT, text)


def install():
    """Installs the catalogue of the user's language. Returns the translator, which must be kept,
    or None."""
    folder = Path(__file__).parent / "i18n"
    locale = QgsApplication.instance().locale() or ""
    for name in (locale, locale.split("_")[0]):
        translator = QTranslator()
        if name and translator.load(str(folder / f"s2sr_{name}.qm")):
            QCoreApplication.installTranslator(translator)
            return translator
    return None
