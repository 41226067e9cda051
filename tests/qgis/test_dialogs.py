# SPDX-License-Identifier: GPL-2.0-or-later
"""The dialogs that QGIS builds from the parameters: single run, batch, and a step of a model."""

import gc

import pytest

pytest.importorskip("qgis.core", reason="QGIS is not installed")

from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingModelAlgorithm,
)  # noqa: E402

pytestmark = pytest.mark.usefixtures("qgis", "fake")


def algorithm(name="superresolve"):
    return QgsApplication.processingRegistry().createAlgorithmById(f"s2sr:{name}")


@pytest.mark.parametrize("name", ["superresolve", "virtual", "assess"])
def test_the_dialog_shows_defaults(name):
    from processing.gui.AlgorithmDialog import AlgorithmDialog

    dialog = AlgorithmDialog(algorithm(name), False, None)
    gc.collect()  # widgets must not depend on references that Python drops
    values = {
        key: wrapper.parameterValue() for key, wrapper in dialog.mainWidget().wrappers.items()
    }
    assert values["MODEL"] == ""
    assert values.get("DEVICE", "auto") == "auto"


def test_the_dialog_gives_back_what_was_set(band_folder):
    from processing.gui.AlgorithmDialog import AlgorithmDialog

    dialog = AlgorithmDialog(algorithm(), False, None)
    wanted = {
        "INPUT": str(band_folder),
        "MODEL": "/models/own.onnx",
        "DEVICE": "cuda:1",
        "TARGET": 1,
        "BANDS": "B5,B11",
    }
    dialog.setParameters(wanted)
    got = dialog.createProcessingParameters()
    assert {key: got[key] for key in wanted} == wanted


def test_what_was_chosen_can_be_repeated_from_the_history(band_folder):
    from processing.gui.AlgorithmDialog import AlgorithmDialog

    dialog = AlgorithmDialog(algorithm(), False, None)
    dialog.setParameters({"INPUT": str(band_folder), "BANDS": ["B05", "B8A"]})
    command = algorithm().asPythonCommand(
        dialog.createProcessingParameters(), QgsProcessingContext()
    )
    assert "'BANDS':'B5,B8A'" in command


def test_the_models_of_the_engine_are_offered():
    from processing.gui.AlgorithmDialog import AlgorithmDialog

    dialog = AlgorithmDialog(algorithm(), False, None)
    box = dialog.mainWidget().wrappers["MODEL"].box
    assert [box.itemData(i) for i in range(box.count())] == ["", "fast", "dsen2"]
    box.setCurrentIndex(2)
    assert dialog.mainWidget().wrappers["MODEL"].parameterValue() == "dsen2"


def test_without_an_engine_the_dialog_still_opens(monkeypatch):
    from processing.gui.AlgorithmDialog import AlgorithmDialog

    monkeypatch.setenv("S2SR_LIBRARY", "/no/such/libs2sr.so")
    dialog = AlgorithmDialog(algorithm(), False, None)
    assert dialog.mainWidget().wrappers["MODEL"].box.count() == 1


def test_a_row_of_the_batch_table(band_folder):
    from processing.gui.BatchAlgorithmDialog import BatchAlgorithmDialog

    dialog = BatchAlgorithmDialog(algorithm())
    row = {
        w.parameterDefinition().name(): w for w in dialog.mainWidget().wrappers[0] if w is not None
    }
    for name, value in (("INPUT", str(band_folder)), ("MODEL", "dsen2"), ("DEVICE", "cpu")):
        row[name].setParameterValue(value, QgsProcessingContext())
        assert row[name].parameterValue() == value


def test_a_step_of_a_model():
    from processing.modeler.ModelerParametersDialog import ModelerParametersDialog

    model = QgsProcessingModelAlgorithm("test", "test")
    dialog = ModelerParametersDialog(algorithm(), model)
    step = dialog.createAlgorithm()
    assert step is not None and step.algorithmId() == "s2sr:superresolve"
