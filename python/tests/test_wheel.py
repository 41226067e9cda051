"""The wheel of this build, installed as pip does it: it finds its own library, networks and
program."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

pytest.importorskip("rasterio")


def test_the_wheel_holds_all_that_it_needs(tmp_path):
    build = [ROOT / "scripts" / "build-wheel.sh", "--built", ROOT / "target" / "release", tmp_path]
    wheel = subprocess.run(build, check=True, capture_output=True, text=True).stdout.strip()
    assert Path(wheel).name.startswith("s2sr-") and "-py3-none-linux_" in wheel
    site = tmp_path / "site"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        "--target",
        site,
        wheel,
    ]
    subprocess.run(pip, check=True)
    hidden = ("S2SR_", "ORT_", "PYTHONPATH")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(hidden)}
    environment.update(PYTHONPATH=str(site), PATH=f"{site / 'bin'}:{os.environ['PATH']}")
    check = ROOT / "python" / "tests" / "wheel_check.py"
    done = subprocess.run(
        [sys.executable, check, "arrays", "files"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and f"by {site}" in done.stdout, done.stdout + done.stderr
