"""The notebook of the documentation does what it says."""

import pytest
from conftest import ROOT

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")


def test_the_notebook_runs_and_draws(product, monkeypatch):
    monkeypatch.setenv("PRODUCT", str(product))
    notebook = nbformat.read(ROOT / "docs" / "red-edge.ipynb", as_version=4)
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", [])]
    assert any("image/png" in o.get("data", {}) for o in outputs)
    assert any("SRE dB" in o.get("data", {}).get("text/html", "") for o in outputs)
