"""Many products: one that fails does not stop the others, what is there stays, what is not is
made."""

import os
import shutil

import pytest

import s2sr

pytest.importorskip("rasterio")


@pytest.fixture
def products(product, tmp_path):
    for name in ("a", "b", "c"):
        shutil.copytree(product, tmp_path / "in" / name)
    (tmp_path / "in" / "b" / "T33_B5.tif").write_bytes(b"no raster")
    return [tmp_path / "in" / n for n in ("a", "b", "c")]


@pytest.mark.parametrize("where", ["here", "cluster"])
def test_each_on_its_own(products, tmp_path, where, request):
    client = request.getfixturevalue("client") if where == "cluster" else None
    out = tmp_path / "out"
    results = s2sr.super_resolve_many(products, out, client=client, bands=["B5"])
    assert [r["state"] for r in results] == ["done", "failed", "done"]
    assert "T33_B5.tif" in results[1]["error"] and "2 of 3 products are done" in repr(results)
    assert sorted(os.listdir(out)) == ["a_10m.tif", "c_10m.tif"]

    # Again, after one was mended and another was lost.
    (out / "a_10m.tif").unlink()
    stays = (out / "c_10m.tif").stat().st_mtime_ns
    shutil.copy(products[0] / "T33_B5.tif", products[1] / "T33_B5.tif")
    results = s2sr.super_resolve_many(products, out, client=client, bands=["B5"])
    assert [r["state"] for r in results] == ["done", "done", "skipped"]
    assert (out / "c_10m.tif").stat().st_mtime_ns == stays


def test_what_is_wrong_for_all_is_said_at_once(products, tmp_path):
    with pytest.raises(s2sr.OptionError, match="would both become"):
        s2sr.super_resolve_many([products[0], products[0] / "."], tmp_path / "out")
    with pytest.raises(s2sr.OptionError, match="option to takes"):
        s2sr.super_resolve_many(products, tmp_path / "out", to=7)
