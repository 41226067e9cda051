# SPDX-License-Identifier: GPL-2.0-or-later
"""The engine by one button: from wheels, from a release, by pip; damaged, hostile, cancelled;
update and removal."""

import base64
import hashlib
import os
import shutil
import sys
import tarfile
import time
import zipfile

import pytest

pytest.importorskip("qgis.core", reason="QGIS is not installed")


@pytest.fixture(autouse=True)
def profile(qgis, monkeypatch, tmp_path):
    """An empty profile."""
    from s2sr_qgis import settings

    monkeypatch.delenv("S2SR_LIBRARY", raising=False)
    monkeypatch.setattr(settings, "profile_engine", lambda: tmp_path / "profile" / "s2sr")
    monkeypatch.setattr("s2sr_qgis.engine.library._SYSTEM_FOLDERS", ())
    monkeypatch.setattr("ctypes.util.find_library", lambda name: None)
    settings._engines.clear()
    yield tmp_path / "profile" / "s2sr"
    settings._engines.clear()


def wheel(folder, package, files, version="0.1.0", damage=None):
    """A wheel with sums of its files as wheels have them."""
    path = folder / f"{package}-{version}-py3-none-linux_x86_64.whl"
    with zipfile.ZipFile(path, "w") as file:
        record = []
        for name, data in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(data)}")
            file.writestr(name, data + b"x" if name == damage else data)
        record.append(f"{package}-{version}.dist-info/RECORD,,")
        file.writestr(f"{package}-{version}.dist-info/RECORD", "\n".join(record))
    return path


@pytest.fixture
def wheels(tmp_path, fake_library):
    folder = tmp_path / "wheels"
    folder.mkdir()
    engine = {
        "s2sr/lib/libs2sr.so": fake_library.read_bytes(),
        "s2sr/share/s2sr/models/index.json": b"{}",
        "s2sr/__init__.py": b"",
    }
    runtime = {
        "onnxruntime/capi/libonnxruntime.so.1.2.3": b"runtime",
        "onnxruntime/capi/pybind11_state.so": b"",
        "onnxruntime/x.py": b"",
    }
    return [wheel(folder, "s2sr", engine), wheel(folder, "onnxruntime", runtime, "1.2.3")]


def from_files(files, prefix, tell=lambda text: None):
    from s2sr_qgis import installation

    return installation.from_files(files, prefix, tell)


def names(prefix):
    return sorted(str(p.relative_to(prefix)) for p in prefix.rglob("*") if p.is_file())


INSTALLED = [
    "installed.json",
    "lib/libs2sr.so",
    "lib/s2sr/libonnxruntime.so",
    "share/s2sr/models/index.json",
]


def test_from_wheels_and_away_again(wheels, profile):
    from s2sr_qgis import installation, settings
    from s2sr_qgis.engine import EngineNotFound

    with pytest.raises(EngineNotFound, match="Press 'Install the engine…'"):
        settings.engine()
    assert (
        from_files(wheels, profile)
        == {"s2sr": "0.1.0", "onnxruntime": "1.2.3"}
        == installation.installed(profile)
    )
    assert names(profile) == INSTALLED
    assert settings.engine().version == "0.0.fake"
    # An update of the engine alone keeps ONNX Runtime.
    assert from_files(wheels[:1], profile)["onnxruntime"] == "1.2.3" and names(profile) == INSTALLED
    installation.remove(profile)
    assert not profile.exists() and not installation.installed(profile)


def test_from_a_release(tmp_path, fake_library, profile):
    root = tmp_path / "s2sr-0.2.0-linux-x86_64"
    (root / "lib" / "s2sr").mkdir(parents=True)
    shutil.copy(fake_library, root / "lib" / "libs2sr.so.1")
    (root / "lib" / "libs2sr.so").symlink_to("libs2sr.so.1")
    (root / "lib" / "s2sr" / "libonnxruntime.so").write_bytes(b"runtime")
    (root / "lib" / "s2sr" / "evil").symlink_to("/etc/passwd")
    archive = tmp_path / "s2sr-0.2.0-linux-x86_64.tar.gz"
    with tarfile.open(archive, "w:gz") as file:
        file.add(root, root.name)
    assert from_files([archive], profile) == {"s2sr": "0.2.0"}
    assert (profile / "lib" / "libs2sr.so").is_file() and not (
        profile / "lib" / "s2sr" / "evil"
    ).exists()

    from s2sr_qgis.installation import InstallationError

    (tmp_path / "SHA256SUMS").write_text(f"{'0' * 64}  {archive.name}\n")
    with pytest.raises(InstallationError, match="is damaged .SHA256SUMS."):
        from_files([archive], profile)


def test_what_is_damaged_or_strange_changes_nothing(wheels, tmp_path, profile):
    from s2sr_qgis.installation import Cancelled, InstallationError

    from_files(wheels, profile)
    before = {n: (profile / n).read_bytes() for n in names(profile)}
    other = tmp_path / "other"
    other.mkdir()
    library = {"s2sr/lib/libs2sr.so": b"new"}
    bad = [
        (
            wheel(other, "s2sr", library, damage="s2sr/lib/libs2sr.so"),
            "is damaged .s2sr/lib/libs2sr.so.",
        ),
        (
            wheel(other, "s2sr", {"s2sr/lib/../../../out": b"", **library}, "2"),
            "would lie elsewhere",
        ),
        (wheel(other, "numpy", {}), "is no wheel of s2sr or onnxruntime"),
        (wheel(other, "s2sr", {"s2sr/lib/s2sr.dylib": b""}, "3"), "no engine for this system"),
    ]
    text = other / "s2sr.zip"
    text.write_text("no zip")
    for file, match in [
        *bad,
        (text, "cannot be unpacked"),
        (other / "none.tar.gz", "cannot be unpacked"),
    ]:
        with pytest.raises(InstallationError, match=match):
            from_files([file], profile)

    def stop(text):
        raise Cancelled

    with pytest.raises(Cancelled):
        from_files(wheels, profile, stop)
    assert {n: (profile / n).read_bytes() for n in names(profile)} == before
    assert sorted(os.listdir(profile.parent)) == ["s2sr"] and not (tmp_path / "out").exists()


@pytest.fixture
def pip(tmp_path, wheels, monkeypatch):
    """A stand-in for QGIS's Python with pip, which downloads from a folder."""
    from s2sr_qgis import installation

    script = tmp_path / "python3"
    script.write_text(
        f"#!{sys.executable}\nimport pathlib, shutil, sys, time\n"
        "assert sys.argv[1:4] == ['-m', 'pip', 'download'] and '--no-deps' in sys.argv\n"
        "name, folder = sys.argv[-1].split('==')[0], sys.argv[sys.argv.index('-d') + 1]\n"
        f"found = list(pathlib.Path({str(tmp_path / 'wheels')!r}).glob(name + '-*'))\n"
        "if not found: sys.exit('ERROR: No matching distribution found for ' + name)\n"
        f"time.sleep(float(pathlib.Path({str(tmp_path / 'slow')!r}).exists()) * 60)\n"
        "shutil.copy(found[0], folder)\n"
    )
    script.chmod(0o755)
    monkeypatch.setattr(installation, "python", lambda: str(script))
    return tmp_path


def test_by_pip(pip, wheels, profile):
    from s2sr_qgis import installation

    said = []
    assert installation.from_index("0.1.0", profile, said.append)["s2sr"] == "0.1.0"
    assert names(profile) == INSTALLED and any("Downloading s2sr==0.1.0" in text for text in said)
    wheels[1].unlink()
    with pytest.raises(
        installation.InstallationError,
        match="onnxruntime could not be downloaded: ERROR: No matching",
    ):
        installation.from_index("0.1.0", profile, said.append)


def test_the_pythons_own_pip_is_found():
    import subprocess

    from s2sr_qgis import installation

    done = subprocess.run(
        [installation.python(), "-c", "import sys; print(sys.version_info[0])"],
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "3"


def wait(qgis, condition):
    deadline = time.monotonic() + 20
    while not condition() and time.monotonic() < deadline:
        qgis.processEvents()
        time.sleep(0.01)
    assert condition()


def test_the_panel(qgis, pip, wheels, profile):
    from s2sr_qgis.engine_panel import EngineDialog

    dialog = EngineDialog()
    panel = dialog.panel
    assert "not installed" in panel.state.text() and panel.download.text() == "Install the engine…"
    assert not panel.removal.isEnabled()
    panel.install_from_files([str(w) for w in wheels])
    wait(qgis, panel.removal.isEnabled)
    assert "version 0.0.fake" in panel.state.text() and "onnxruntime 1.2.3" in panel.state.text()
    assert panel.download.text() == "Update the engine…"
    panel.remove()
    assert not profile.exists() and not panel.removal.isEnabled()

    (pip / "slow").touch()
    panel.install_from_index()
    wait(qgis, lambda: "Downloading" in panel.said.text())
    panel.stop()
    wait(qgis, panel.download.isEnabled)
    assert "Cancelled" in panel.said.text() and not profile.exists()


def test_an_algorithm_offers_it_in_a_window(qgis, monkeypatch):
    from qgis import utils
    from qgis.core import QgsApplication

    from s2sr_qgis import engine_panel

    shown = []
    monkeypatch.setattr(engine_panel.EngineDialog, "exec", lambda self: shown.append(self))
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("s2sr:superresolve")
    assert algorithm.canExecute()[0] is False
    monkeypatch.setattr(utils, "iface", object())
    assert algorithm.canExecute()[0] is True
    assert algorithm.createCustomParametersWidget(None) is None and len(shown) == 1


def test_the_options_have_the_panel(qgis):
    from s2sr_qgis.engine_panel import EnginePanel, OptionsFactory
    from s2sr_qgis.provider import ICON

    factory = OptionsFactory(ICON)
    page = factory.createWidget(None)
    page.apply()
    assert page.findChild(EnginePanel).download.text() == "Install the engine…" and factory.title()
