# SPDX-License-Identifier: GPL-2.0-or-later
"""The ctypes layer against the stand-in engine. No QGIS here."""

import threading
import time

import pytest

from s2sr_qgis.engine import (
    Engine,
    EngineCancelled,
    EngineError,
    EngineNotFound,
    EngineUnusable,
    find,
)


@pytest.fixture
def engine(fake_library):
    engine = Engine(fake_library)
    before = engine.library.fake_alive()
    yield engine
    assert engine.library.fake_alive() == before, "a string or an options handle was not freed"


def test_run_passes_paths_options_and_progress(engine, tmp_path):
    source = tmp_path / "prodüct"
    source.mkdir()
    seen = []
    report = engine.run(
        source,
        tmp_path / "out.tif",
        {"to": 10, "with-native": True, "bands": "", "model": None, "co": ["A=1", "B=2"]},
        lambda fraction, message: seen.append((fraction, message)),
    )
    assert report["input"] == str(source)
    assert report["options"] == "to=10;with-native=yes;co=A=1;co=B=2;"
    assert seen[0] == (0.0, "café") and seen[-1] == (1.0, "")


def test_run_without_progress(engine, tmp_path):
    assert engine.run(tmp_path, tmp_path / "out.tif")["options"] == ""


def test_failure_carries_the_engines_sentence(engine, tmp_path):
    missing = tmp_path / "missing"
    with pytest.raises(EngineError, match=f"no product at {missing}") as caught:
        engine.info(missing)
    assert caught.value.code == 3


def test_unknown_option(engine, tmp_path):
    with pytest.raises(EngineError, match="valid are: to, model") as caught:
        engine.run(tmp_path, tmp_path / "o.tif", {"nonsense": 1})
    assert caught.value.code == 2


def test_returning_false_cancels(engine, tmp_path):
    with pytest.raises(EngineCancelled):
        engine.run(tmp_path, tmp_path / "o.tif", {}, lambda fraction, message: fraction < 0.3)


def test_an_exception_in_the_callback_cancels_and_comes_back(engine, tmp_path):
    def progress(fraction, message):
        raise ValueError("from the callback")

    with pytest.raises(ValueError, match="from the callback"):
        engine.run(tmp_path, tmp_path / "o.tif", {}, progress)


def test_the_interpreter_is_free_during_a_call(engine, tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_STEPS", "50")
    worker = threading.Thread(
        target=engine.run, args=(tmp_path, tmp_path / "o.tif", {}, lambda *_: True)
    )
    worker.start()
    turns = 0
    while worker.is_alive():
        time.sleep(0.005)
        turns += 1
    assert turns > 20


def test_errors_are_per_thread(engine, tmp_path):
    messages = []

    def fail(name):
        for _ in range(20):
            try:
                engine.info(tmp_path / name)
            except EngineError as error:
                messages.append(str(error).endswith(name))

    threads = [threading.Thread(target=fail, args=(n,)) for n in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(messages) == 40 and all(messages)


def test_other_calls(engine, tmp_path):
    assert engine.version == "0.0.fake"
    assert engine.models()["default"] == "fast"
    assert engine.gdal_plugins() == "/nowhere"
    engine.write_vrt(tmp_path, tmp_path / "v.vrt")
    assert (tmp_path / "v.vrt").exists()
    engine.register_in_gdal()


def test_an_engine_without_virtual_rasters(library_without_virtual, tmp_path):
    engine = Engine(library_without_virtual)
    assert engine.run(tmp_path, tmp_path / "out.tif")
    with pytest.raises(EngineError, match="without support for virtual rasters"):
        engine.write_vrt(tmp_path, tmp_path / "v.vrt")


def test_another_abi_is_refused(other_abi_library):
    with pytest.raises(
        EngineUnusable,
        match="has ABI number 2, but the Python side needs 1. Update the Python side",
    ):
        Engine(other_abi_library)


def test_a_file_that_is_no_library(tmp_path):
    file = tmp_path / "libs2sr.so"
    file.write_text("not a library")
    with pytest.raises(EngineUnusable, match="cannot be loaded: .* made for this system"):
        Engine(file)


def test_a_library_that_is_no_engine():
    with pytest.raises(EngineUnusable, match="not a complete s2sr engine"):
        Engine("libm.so.6")


class TestFind:
    """Setting, environment, folders, system; in that order."""

    @pytest.fixture(autouse=True)
    def places(self, tmp_path, monkeypatch):
        monkeypatch.delenv("S2SR_LIBRARY", raising=False)
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        for place in ("setting", "environment", "plugin", "profile"):
            (tmp_path / place).mkdir()
            (tmp_path / place / "libs2sr.so").touch()
        self.folders = [tmp_path / "plugin", tmp_path / "profile"]
        self.at = lambda place: str(tmp_path / place / "libs2sr.so")

    def test_order(self, monkeypatch):
        assert find(folders=self.folders) == self.at("plugin")
        monkeypatch.setenv("S2SR_LIBRARY", self.at("environment"))
        assert find(folders=self.folders) == self.at("environment")
        assert find(self.at("setting"), self.folders) == self.at("setting")

    def test_profile_comes_after_plugin(self, tmp_path):
        (tmp_path / "plugin" / "libs2sr.so").unlink()
        assert find(folders=self.folders) == self.at("profile")

    def test_a_folder_may_be_named(self, tmp_path):
        assert find(str(tmp_path / "setting")) == self.at("setting")

    def test_a_named_file_that_is_missing_is_an_error(self, monkeypatch):
        with pytest.raises(EngineNotFound, match="named by the option X"):
            find("/no/such/file.so", self.folders, "the option X")
        monkeypatch.setenv("S2SR_LIBRARY", "/no/such/file.so")
        with pytest.raises(EngineNotFound, match="S2SR_LIBRARY"):
            find(folders=self.folders)

    def test_nothing_found_says_where_it_looked_and_what_to_do(self, tmp_path, monkeypatch):
        monkeypatch.setattr("s2sr_qgis.engine.library._SYSTEM_FOLDERS", ())
        monkeypatch.setattr("ctypes.util.find_library", lambda name: None)
        with pytest.raises(EngineNotFound) as caught:
            find(folders=[tmp_path / "empty"], place="the option X", advice="Press the button")
        assert str(tmp_path / "empty" / "libs2sr.so") in str(caught.value)
        assert "the option X" in str(caught.value) and "Press the button" in str(caught.value)
