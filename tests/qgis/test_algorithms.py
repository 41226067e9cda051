# SPDX-License-Identifier: GPL-2.0-or-later
"""The Processing algorithms with the stand-in engine: parameters, inputs, cancelling, errors."""

import pytest

pytest.importorskip("qgis.core", reason="QGIS is not installed")

from qgis.core import (  # noqa: E402
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingException,
)
from running import Log, options, run  # noqa: E402

pytestmark = pytest.mark.usefixtures("qgis", "fake")

ALGORITHMS = ("s2sr:superresolve", "s2sr:virtual", "s2sr:assess")


def definition(algorithm, name):
    return QgsApplication.processingRegistry().algorithmById(algorithm).parameterDefinition(name)


def test_provider_lists_the_algorithms():
    provider = QgsApplication.processingRegistry().providerById("s2sr")
    assert {a.id() for a in provider.algorithms()} == set(ALGORITHMS)
    assert not provider.icon().isNull()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_parameter_has_help_and_all_but_input_and_output_may_be_left_out(algorithm):
    algorithm = QgsApplication.processingRegistry().algorithmById(algorithm)
    assert algorithm.shortHelpString() and algorithm.shortDescription()
    context = QgsProcessingContext()
    for parameter in algorithm.parameterDefinitions():
        assert parameter.help(), parameter.name()
        if parameter.name() not in ("INPUT", "OUTPUT"):
            assert parameter.checkValueIsAcceptable(None, context), parameter.name()


def test_defaults(fake, band_folder, tmp_path):
    output = str(tmp_path / "out.tif")
    assert run({"INPUT": str(band_folder), "OUTPUT": output})["OUTPUT"] == output
    given = options(fake)
    assert given == {
        "to": "10",
        "quality": "standard",
        "device": "auto",
        "format": "GTiff",
    }


@pytest.mark.parametrize("wanted, told", [(1, "1"), (10**6, None)])
def test_fewer_threads_are_the_users_wish_and_all_are_not(
    wanted, told, fake, band_folder, tmp_path, monkeypatch
):
    """The file of a virtual layer may be read by another computer, which has all of its own."""
    from processing.core.ProcessingConfig import ProcessingConfig

    monkeypatch.setattr(
        ProcessingConfig.settings[ProcessingConfig.MAX_THREADS], "value", wanted, raising=True
    )
    run({"INPUT": str(band_folder), "OUTPUT": str(tmp_path / "out.tif")})
    assert options(fake).get("threads") == told


def test_all_parameters_reach_the_engine(fake, band_folder, tmp_path):
    run(
        {
            "INPUT": str(band_folder),
            "TARGET": 1,
            "MODEL": "vdsr",
            "BANDS": ["B5", "B11"],
            "NATIVE": True,
            "UNCERTAINTY": True,
            "EXTENT": "420100,420500,4139300,4139800 [EPSG:32618]",
            "BAND_NAMES": "B2,B3",
            "QUANTIFICATION": "1",
            "OFFSET": "-1000",
            "NODATA": "none",
            "REFLECTANCE": True,
            "SCL": True,
            "MASK": True,
            "QUALITY": 1,
            "DEVICE": "cpu",
            "FORMAT": 1,
            "OUTPUT": str(tmp_path / "out.tif"),
        }
    )
    given = options(fake)
    assert given == {
        "to": "5",
        "band-names": "B2,B3",
        "quantification": "1",
        "offset": "-1000",
        "nodata": "none",
        "reflectance": "yes",
        "with-scl": "yes",
        "mask": "yes",
        "model": "vdsr",
        "bands": "B5,B11",
        "with-native": "yes",
        "uncertainty": "yes",
        "projwin": "420100.0 4139800.0 420500.0 4139300.0",
        "quality": "best",
        "device": "cpu",
        "format": "COG",
    }


@pytest.mark.parametrize("value", ["B5,B8A", "b05, B8A", ["B05", "b8a"]])
def test_ways_to_write_bands(value, fake, band_folder, tmp_path):
    run({"INPUT": str(band_folder), "BANDS": value, "OUTPUT": str(tmp_path / "out.tif")})
    assert options(fake)["bands"] == "B5,B8A"


def test_unknown_band(band_folder, tmp_path):
    with pytest.raises(
        QgsProcessingException, match="'B10' is not a band that can be super-resolved"
    ):
        run({"INPUT": str(band_folder), "BANDS": "B10", "OUTPUT": str(tmp_path / "out.tif")})


def test_the_log_tells_engine_and_progress(band_folder, tmp_path, monkeypatch):
    monkeypatch.setattr("s2sr_qgis.progress.LOG_EVERY", 0.02)
    monkeypatch.setenv("FAKE_STEPS", "20")
    log = Log()
    run({"INPUT": str(band_folder), "OUTPUT": str(tmp_path / "out.tif")}, log)
    assert any("0.0.fake" in line for line in log.lines)
    assert any("Mpx/s" in line and "left" in line for line in log.lines)


def test_cancel_ends_without_error_or_output_and_a_second_run_works(
    band_folder, tmp_path, monkeypatch
):
    monkeypatch.setenv("FAKE_STEPS", "1000")
    output = tmp_path / "out.tif"
    log = Log(cancel_at=2)
    assert run({"INPUT": str(band_folder), "OUTPUT": str(output)}, log) == {}
    assert not output.exists() and not log.errors
    assert any("Cancelled" in line for line in log.lines)
    monkeypatch.setenv("FAKE_STEPS", "2")
    run({"INPUT": str(band_folder), "OUTPUT": str(output)})
    assert output.exists()


def test_a_run_in_the_windows_thread_keeps_the_window_alive(band_folder, tmp_path, monkeypatch):
    from qgis.PyQt.QtCore import QTimer

    monkeypatch.setenv("FAKE_STEPS", "50")
    ticks = []
    timer = QTimer()
    timer.timeout.connect(lambda: ticks.append(1))
    timer.start(10)
    run({"INPUT": str(band_folder), "OUTPUT": str(tmp_path / "out.tif")})
    timer.stop()
    assert len(ticks) > 20


def test_the_engines_error_is_the_algorithms_error(tmp_path):
    gone = tmp_path / "S2A.zip"
    gone.touch()
    gone.chmod(0)
    import os

    if os.access(gone, os.R_OK):  # root reads everything: let the output fail instead
        with pytest.raises(QgsProcessingException, match="cannot write"):
            run({"INPUT": str(gone), "OUTPUT": "/proc/out.tif"})
    else:
        with pytest.raises(QgsProcessingException, match="no product at"):
            run({"INPUT": str(gone), "OUTPUT": str(tmp_path / "out.tif")})


def test_without_an_engine_the_toolbox_loads_and_says_what_to_do(monkeypatch, other_abi_library):
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("s2sr:superresolve")
    assert algorithm.canExecute()[0]
    monkeypatch.setenv("S2SR_LIBRARY", "/no/such/libs2sr.so")
    possible, reason = algorithm.canExecute()
    assert not possible and "Correct the path" in reason
    monkeypatch.setenv("S2SR_LIBRARY", str(other_abi_library))
    possible, reason = algorithm.canExecute()
    assert not possible and "ABI number 2" in reason


def test_the_processing_option_comes_first(monkeypatch, fake_library):
    from processing.core.ProcessingConfig import ProcessingConfig

    from s2sr_qgis import settings

    monkeypatch.setenv("S2SR_LIBRARY", "/no/such/libs2sr.so")
    ProcessingConfig.setSettingValue(settings.ENGINE_LIBRARY, str(fake_library))
    try:
        assert settings.engine().path == str(fake_library)
    finally:
        ProcessingConfig.setSettingValue(settings.ENGINE_LIBRARY, "")


def test_virtual_needs_vrt(band_folder, tmp_path):
    with pytest.raises(QgsProcessingException, match="must end in .vrt"):
        run(
            {"INPUT": str(band_folder), "OUTPUT": str(tmp_path / "v.tif")}, algorithm="s2sr:virtual"
        )


@pytest.mark.parametrize("model", ["/a/own.onnx", "C:/a/OWN.ONNX"])
def test_virtual_takes_no_file_of_a_network(model, band_folder, tmp_path):
    output = tmp_path / "v.vrt"
    with pytest.raises(QgsProcessingException, match="installed networks only"):
        run(
            {"INPUT": str(band_folder), "MODEL": model, "OUTPUT": str(output)},
            algorithm="s2sr:virtual",
        )
    assert not output.exists()


def test_assess_writes_a_report(band_folder, tmp_path):
    output = tmp_path / "report.html"
    log = Log()
    run({"INPUT": str(band_folder), "OUTPUT": str(output)}, log, "s2sr:assess")
    assert "the engine's page" in output.read_text(encoding="utf-8")
    assert any("RMSE (DN) 50.5 (bicubic 101.0)" in line for line in log.lines)
