# SPDX-License-Identifier: GPL-2.0-or-later
"""Paths, the stand-in engine, the real engine, and a tiny product. Tests that need QGIS ask for
its fixtures."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PLUGIN_PARENT = ROOT / "qgis_plugin"
sys.path.insert(0, str(PLUGIN_PARENT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def compile_fake(folder, *flags):
    library = folder / "libs2sr.so"
    command = [
        "cc",
        "-shared",
        "-fPIC",
        "-Wall",
        "-Wextra",
        "-Werror",
        *flags,
        str(HERE / "fake_engine.c"),
        "-o",
        str(library),
    ]
    subprocess.run(command, check=True)
    return library


@pytest.fixture(scope="session")
def fake_library(tmp_path_factory):
    return compile_fake(tmp_path_factory.mktemp("fake"))


@pytest.fixture(scope="session")
def other_abi_library(tmp_path_factory):
    return compile_fake(tmp_path_factory.mktemp("abi2"), "-DABI=2")


@pytest.fixture(scope="session")
def library_without_virtual(tmp_path_factory):
    return compile_fake(tmp_path_factory.mktemp("novirtual"), "-DNO_VIRTUAL")


@pytest.fixture(scope="session")
def real_library():
    """The engine under test: S2SR_LIBRARY, else the release build."""
    library = Path(os.environ.get("S2SR_LIBRARY") or ROOT / "target" / "release" / "libs2sr.so")
    assert library.is_file(), f"{library} is missing: build it first, or set S2SR_LIBRARY"
    return library


@pytest.fixture(scope="session")
def band_folder(tmp_path_factory):
    from tiny_product import write

    return write(tmp_path_factory.mktemp("product") / "bands")


@pytest.fixture(scope="session")
def stack(tmp_path_factory):
    """What the stand-in engine gives as its result."""
    from tiny_product import write_stack

    return write_stack(tmp_path_factory.mktemp("stack") / "stack.tif")


@pytest.fixture(scope="session")
def qgis(tmp_path_factory):
    """A QGIS application with Processing and the plug-in's provider, and a profile of its own."""
    pytest.importorskip("qgis.core", reason="QGIS is not installed")
    os.environ["QGIS_CUSTOM_CONFIG_PATH"] = str(tmp_path_factory.mktemp("profile"))
    from qgis.testing import start_app

    application = start_app()
    sys.path.append("/usr/share/qgis/python/plugins")
    from processing.core.Processing import Processing

    Processing.initialize()
    from s2sr_qgis import classFactory

    plugin = classFactory(None)
    plugin.initProcessing()
    yield application
    plugin.unload()


@pytest.fixture
def fake(fake_library, stack, monkeypatch):
    """Algorithms run by the stand-in engine. Gives the list of its reports, which say what it
    was asked to do."""
    from s2sr_qgis.engine import Engine

    monkeypatch.setenv("S2SR_LIBRARY", str(fake_library))
    monkeypatch.setenv("FAKE_RESULT", str(stack))
    reports = []
    original = Engine.run

    def run(*arguments):
        reports.append(original(*arguments))
        return reports[-1]

    monkeypatch.setattr(Engine, "run", run)
    return reports


@pytest.fixture
def real(real_library, monkeypatch):
    """Algorithms run by the real engine."""
    monkeypatch.setenv("S2SR_LIBRARY", str(real_library))
