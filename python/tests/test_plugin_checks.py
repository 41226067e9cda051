"""What plugins.qgis.org holds an upload of the QGIS plug-in against: bandit and detect-secrets,
without a finding."""

import json
import subprocess
import sys

import pytest
from conftest import ROOT

PLUGIN = ROOT / "qgis_plugin" / "s2sr_qgis"


def test_bandit_finds_nothing():
    pytest.importorskip("bandit")
    done = subprocess.run(
        [sys.executable, "-m", "bandit", "-q", "-r", PLUGIN, "-f", "json"],
        capture_output=True,
        text=True,
    )
    found = json.loads(done.stdout)["results"]
    assert not found, [(f["filename"], f["line_number"], f["issue_text"]) for f in found]


def test_detect_secrets_finds_nothing():
    pytest.importorskip("detect_secrets")
    command = [sys.executable, "-m", "detect_secrets", "scan", "--all-files", PLUGIN]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    assert not json.loads(done.stdout)["results"]


def test_the_binding_is_the_plug_ins():
    for file in (ROOT / "python" / "s2sr" / "engine").glob("*.py"):
        assert file.read_bytes() == (PLUGIN / "engine" / file.name).read_bytes(), (
            "run scripts/build-qgis-plugin.sh"
        )


def test_the_version_is_the_librarys():
    from s2sr._version import VERSION

    assert f'\nversion = "{VERSION}"\n' in (ROOT / "Cargo.toml").read_text()
