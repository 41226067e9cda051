"""Many products: one that fails does not stop the others, what is there stays, what is not is
made."""

import os
import shutil
import signal
import time

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
    with pytest.raises(s2sr.ArgumentError, match="would both become"):
        s2sr.super_resolve_many([products[0], products[0] / "."], tmp_path / "out")
    with pytest.raises(s2sr.OptionError, match="option to takes"):
        s2sr.super_resolve_many(products, tmp_path / "out", to=7)
    with pytest.raises(s2sr.OptionError, match="preview names one file"):
        s2sr.super_resolve_many(products, tmp_path / "out", preview=tmp_path / "p.png")
    before = os.listdir(products[2])
    with pytest.raises(s2sr.OutputError, match="it is a product"):
        s2sr.super_resolve_many(products[:1], products[2])
    assert os.listdir(products[2]) == before


@pytest.mark.parametrize("where", ["here", "cluster"])
def test_a_wrong_option_ends_it_all(products, tmp_path, where, request):
    client = request.getfixturevalue("client") if where == "cluster" else None
    exchanged = [600300, 5000040, 600000, 4999000]
    with pytest.raises(s2sr.OptionError, match="two sides exchanged"):
        s2sr.super_resolve_many(products, tmp_path / "out", client=client, projwin=exchanged)
    assert not os.listdir(tmp_path / "out")


@pytest.mark.parametrize("where", ["here", "cluster"])
def test_cancelling_is_told(products, tmp_path, where, request):
    client = request.getfixturevalue("client") if where == "cluster" else None
    with pytest.raises(s2sr.Cancelled):
        s2sr.super_resolve_many(
            products, tmp_path / "out", client=client, progress=lambda fraction, note: False
        )


def becomes(true):
    """Whether something becomes true."""
    deadline = time.monotonic() + 60
    while not true() and time.monotonic() < deadline:
        time.sleep(0.05)
    return true()


def seen(file):
    """Whether a file appears."""
    return becomes(file.exists)


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_ctrl_c_is_heard_while_a_cluster_works(products, tmp_path, client):
    def hold(began):
        began.touch()
        deadline = time.monotonic() + 60
        while not (tmp_path / "released").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        if not (tmp_path / "released").exists():
            (tmp_path / "in-vain").touch()

    def still_to_make(dask_worker):
        # The rows of products that were made lie in memory until the futures of an earlier call,
        # which the traceback of an exception may hold, are collected.
        tasks = dask_worker.state.tasks.items()
        return [k for k, t in tasks if str(k).startswith("_make_there") and t.state != "memory"]

    def interrupt(fraction, note):
        if not interrupted:
            interrupted.append(fraction)
            os.kill(os.getpid(), signal.SIGINT)

    interrupted = []
    # Both workers have something else to do, so that no product is done before the signal.
    workers = client.scheduler_info()["workers"]
    began = [tmp_path / str(i) for i in range(len(workers))]
    busy = [client.submit(hold, b, workers=[w], pure=False) for b, w in zip(began, workers)]
    assert all(seen(b) for b in began)
    # Where a shell starts the tests in the background, it has them ignore the signal.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        # A notebook keeps the exception, too, and so the futures, which are released otherwise.
        with pytest.raises(KeyboardInterrupt) as _kept:
            s2sr.super_resolve_many(
                products,
                tmp_path / "out",
                client=client,
                progress=interrupt,
            )
    finally:
        signal.signal(signal.SIGINT, before)
    # Else a product that waits on a worker would be made yet.
    assert becomes(lambda: not any(client.run(still_to_make).values()))
    (tmp_path / "released").touch()
    client.gather(busy)
    assert not (tmp_path / "in-vain").exists() and not os.listdir(tmp_path / "out")


def test_a_task_that_runs_learns_that_it_is_cancelled(tmp_path, client):
    def wait(folder):
        from s2sr.many import task_wanted

        wanted, deadline = task_wanted(), time.monotonic() + 30
        (folder / "began").touch()
        while wanted() and time.monotonic() < deadline:
            time.sleep(0.05)
        (folder / ("late" if wanted() else "ended")).touch()

    future = client.submit(wait, tmp_path, pure=False)
    assert seen(tmp_path / "began") and not (tmp_path / "ended").exists()
    future.cancel()
    assert seen(tmp_path / "ended")


def test_one_product_is_one(products, tmp_path):
    for i, one in enumerate((products[0], str(products[0]))):
        results = s2sr.super_resolve_many(one, tmp_path / f"out{i}", bands=iter(["B5"]))
        assert [r["state"] for r in results] == ["done"]


def test_options_hold_for_every_product(products, tmp_path):
    """Also where they can be read only once."""
    results = s2sr.super_resolve_many(
        [products[0], products[2]], tmp_path / "out", bands=iter(["B5"])
    )
    rasterio = pytest.importorskip("rasterio")
    for row in results:
        with rasterio.open(row["output"]) as file:
            assert file.descriptions == ("B5",)
