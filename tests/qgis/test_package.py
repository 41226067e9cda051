# SPDX-License-Identifier: GPL-2.0-or-later
"""The zip, the installation into a profile, qgis_process from there, and the removal."""

import configparser
import json
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from conftest import PLUGIN_PARENT, ROOT

NAME = "s2sr_qgis"
# Debian 12's wrapper qgis_process hands over an option that the program does not know, so take the
# program itself.
QGIS_PROCESS = shutil.which("qgis_process.bin") or shutil.which("qgis_process")


@pytest.fixture(scope="session")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("zip")
    command = [ROOT / "scripts" / "build-qgis-plugin.sh", folder]
    return Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())


def metadata():
    parser = configparser.ConfigParser()
    parser.read(PLUGIN_PARENT / NAME / "metadata.txt", encoding="utf-8")
    return parser["general"]


def test_the_zip_can_be_published(archive):
    """plugins.qgis.org: one folder, no binaries, a licence, at most 25 MB."""
    with zipfile.ZipFile(archive) as file:
        names = [n for n in file.namelist() if not n.endswith("/")]
        for name in names:
            assert name.startswith(f"{NAME}/"), name
            assert "__pycache__" not in name and not name.endswith(
                (".pyc", ".so", ".dll", ".dylib")
            ), name
            assert b"\0" not in file.read(name), f"{name} is binary"
    assert {f"{NAME}/{n}" for n in ("__init__.py", "metadata.txt", "LICENSE", "icon.svg")} <= set(
        names
    )
    assert archive.stat().st_size < 25e6


def test_metadata_is_complete():
    general = metadata()
    for key in (
        "name",
        "description",
        "about",
        "version",
        "author",
        "email",
        "repository",
        "tracker",
        "homepage",
    ):
        assert general.get(key), key
    assert general["qgisMinimumVersion"] == "3.22"
    assert general["hasProcessingProvider"] == "yes"
    assert (PLUGIN_PARENT / NAME / general["icon"]).is_file()


def test_version_and_abi_are_those_of_the_engine():
    cargo = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
    assert metadata()["version"] == re.search(r'^version = "(.+)"', cargo, re.MULTILINE)[1]
    from s2sr_qgis.engine.bindings import ABI_VERSION

    header = (ROOT / "include" / "s2sr.h").read_text(encoding="utf-8")
    assert int(re.search(r"#define S2SR_ABI_VERSION (\d+)", header)[1]) == ABI_VERSION


def test_the_engine_layer_is_the_python_packages():
    original, copy = ROOT / "python" / "s2sr" / "engine", PLUGIN_PARENT / NAME / "engine"
    files = {f.name: f.read_bytes() for f in original.glob("*.py")}
    advice = "run scripts/build-qgis-plugin.sh, which copies python/s2sr/engine"
    assert {f.name: f.read_bytes() for f in copy.glob("*.py")} == files, advice


def test_making_the_zip_leaves_an_engine_layer_that_is_up_to_date(tmp_path):
    """Else what reads it meanwhile finds a file missing."""
    copy = PLUGIN_PARENT / NAME / "engine"
    before = {f: f.stat().st_mtime_ns for f in copy.glob("*.py")}
    command = [ROOT / "scripts" / "build-qgis-plugin.sh", tmp_path]
    subprocess.run(command, check=True, capture_output=True)
    assert before and before == {f: f.stat().st_mtime_ns for f in copy.glob("*.py")}


def test_no_qgis_in_the_engine_layer_and_no_fixed_qt_version():
    for file in (PLUGIN_PARENT / NAME).rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"^\s*(from|import) PyQt", text, re.MULTILINE), file
        if file.parent.name == "engine":
            assert not re.search(r"^\s*(from|import) qgis", text, re.MULTILINE), file


@pytest.fixture
def config(tmp_path, monkeypatch):
    """An empty folder of QGIS profiles."""
    if QGIS_PROCESS is None:
        pytest.skip("QGIS is not installed")
    folder = tmp_path / "config"
    monkeypatch.setenv("QGIS_CUSTOM_CONFIG_PATH", str(folder))
    return folder


def install(*options):
    return subprocess.run(
        [ROOT / "scripts" / "install-qgis-plugin.sh", *options], check=True, capture_output=True
    )


def qgis_process(*arguments, check=True):
    # QGIS finds its Python's library through the python3 on PATH, so the system's has to come
    # first.
    path = f"{Path(QGIS_PROCESS).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PATH": path}
    done = subprocess.run(
        [QGIS_PROCESS, *arguments], capture_output=True, text=True, env=environment, timeout=120
    )
    if check:
        assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_install_run_uninstall(config, fake, band_folder, stack, tmp_path):
    profile = config / "profiles" / "default"
    settings = profile / "QGIS" / "QGIS3.ini"
    settings.parent.mkdir(parents=True)
    settings.write_text(
        "[PythonPlugins]\nother=true\n\n[Processing]\nConfiguration\\MAX_THREADS=2\n"
    )
    install("--no-engine")
    output = tmp_path / "out.tif"
    done = qgis_process(
        "run", "s2sr:superresolve", "--json", f"--INPUT={band_folder}", f"--OUTPUT={output}"
    )
    assert json.loads(done.stdout[done.stdout.index("{") :])["results"]["OUTPUT"] == str(output)
    assert output.read_bytes() == Path(stack).read_bytes()

    # What QGIS and its user may leave in the settings.
    with settings.open("a") as file:
        file.write("[app]\nrecentAlgorithms=s2sr:assess, native:buffer, s2sr:virtual\n")
        file.write("[Processing]\nConfiguration\\S2SR_ENGINE_LIBRARY=/x.so\n")
    install("--uninstall")
    assert not list(profile.rglob("*s2sr*"))
    left = settings.read_text()
    assert (
        "s2sr" not in left.lower()
        and "other=true" in left
        and "MAX_THREADS=2" in left
        and "recentAlgorithms=native:buffer\n" in left
    )


def test_profiles_of_both_qgis(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("QGIS_CUSTOM_CONFIG_PATH", raising=False)

    def enabled(version, profile="default"):
        folder = tmp_path / "QGIS" / f"QGIS{version}" / "profiles" / profile
        settings = folder / "QGIS" / f"QGIS{version}.ini"
        plugin = (folder / "python" / "plugins" / "s2sr_qgis" / "metadata.txt").is_file()
        assert plugin == (settings.is_file() and "s2sr_qgis=true" in settings.read_text())
        return plugin

    install("--no-engine")
    assert enabled(3) and not enabled(4)
    (tmp_path / "QGIS" / "QGIS4").mkdir()
    install("--no-engine", "--profile", "field")
    assert enabled(4, "field") and not enabled(3, "field")
    install("--no-engine", "--qgis", "3", "--profile", "field")
    assert enabled(3, "field")
    install("--qgis", "3", "--profile", "field", "--uninstall")
    assert enabled(4, "field") and not enabled(3, "field")
    # Nothing is said to be removed that was not there.
    with pytest.raises(subprocess.CalledProcessError):
        install("--qgis", "3", "--profile", "field", "--uninstall")


def test_the_engine_in_the_profile_is_found(
    config, real_library, band_folder, tmp_path, monkeypatch
):
    monkeypatch.delenv("S2SR_LIBRARY", raising=False)
    install("--built", real_library.parent)
    output = tmp_path / "out.tif"
    done = qgis_process(
        "run", "s2sr:superresolve", f"--INPUT={band_folder}", "--BANDS=B11", f"--OUTPUT={output}"
    )
    assert f"({config}/profiles/default/s2sr/lib/libs2sr.so)" in done.stdout
    assert output.is_file()
    install("--uninstall")
    assert not list(config.rglob("*s2sr*"))


def test_qgis_process_without_an_engine(config, tmp_path, monkeypatch, band_folder):
    install("--no-engine")
    monkeypatch.setenv("S2SR_LIBRARY", "/no/such/libs2sr.so")
    assert "s2sr:superresolve" in qgis_process("list").stdout
    done = qgis_process(
        "run",
        "s2sr:superresolve",
        f"--INPUT={band_folder}",
        f"--OUTPUT={tmp_path}/o.tif",
        check=False,
    )
    assert done.returncode != 0
    assert "/no/such/libs2sr.so" in done.stdout + done.stderr


def test_qgis_process_without_onnx_runtime(config, real, tmp_path, monkeypatch, band_folder):
    install("--no-engine")
    monkeypatch.setenv("ORT_DYLIB_PATH", "/no/such/libonnxruntime.so")
    done = qgis_process(
        "run",
        "s2sr:superresolve",
        f"--INPUT={band_folder}",
        f"--OUTPUT={tmp_path}/o.tif",
        check=False,
    )
    assert done.returncode != 0
    assert re.search(
        r"/no/such/libonnxruntime\.so.*Settings > Options > Processing", done.stdout + done.stderr
    )


def test_the_catalogue_of_strings_is_up_to_date():
    import update_translations

    assert (
        update_translations.CATALOGUE.read_text(encoding="utf-8") == update_translations.catalogue()
    )
