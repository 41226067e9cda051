"""What a program that uses the package gets to know of types, as strict as mypy can be."""

import os
import re
import subprocess
import sys

import pytest
from conftest import ROOT

pytest.importorskip("mypy")
pytest.importorskip("xarray")

PROGRAM = """
from pathlib import Path
from typing import Any

import numpy as np
import s2sr
import xarray as xr

Bands = dict[str, np.ndarray[Any, Any]]

def use(path: Path, array: xr.DataArray, cube: xr.Dataset, bands: Bands) -> None:
    reveal_type(s2sr.super_resolve(path, "out.tif", bands=["B5"], progress=True))
    reveal_type(s2sr.super_resolve(array, to=5))
    reveal_type(s2sr.super_resolve(cube, progress=lambda fraction, message: True))
    reveal_type(s2sr.super_resolve({"B5": array}))
    reveal_type(s2sr.super_resolve(bands))
    try:
        raise s2sr.InputError("a sentence")
    except s2sr.Error as error:
        reveal_type(error.code)
"""
TYPES = (
    "s2sr.report.Report",
    "xarray.core.dataarray.DataArray",
    "xarray.core.dataset.Dataset",
    "dict[Any, xarray.core.dataarray.DataArray]",
    "dict[Any, numpy.ndarray[",
    "int",
)


def test_a_strict_program_knows_what_it_gets(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent"]
    said = subprocess.run(
        [*command, "--cache-dir", ROOT / "target" / "mypy", "program.py"],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(ROOT / "python")},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout
    revealed = re.findall(r'Revealed type is "(.*)"', said.stdout)
    assert len(revealed) == len(TYPES)
    assert all(got.startswith(wanted) for got, wanted in zip(revealed, TYPES)), revealed
