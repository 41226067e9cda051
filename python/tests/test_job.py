"""Jobs: how many hold networks, and for how long."""

import gc
import os
import pickle
import threading
import weakref

import numpy as np
import pytest
from conftest import GSD, NORTH, WEST, bands, data_array

import s2sr
from s2sr import job

pytest.importorskip("xarray")


def at(arrays, east, north):
    found = {n: data_array(a, GSD[n]) for n, a in arrays.items()}
    return {n: a.assign_coords(x=a.x + east, y=a.y + north) for n, a in found.items()}


def opened(monkeypatch):
    """What is opened from now on."""
    seen = []
    plain = job._Opened.__init__

    def init(self, *arguments):
        seen.append(weakref.ref(self))
        plain(self, *arguments)

    monkeypatch.setattr(job._Opened, "__init__", init)
    job._open.cache_clear()
    return seen


def test_places_share_networks(arrays, whole, monkeypatch):
    seen = opened(monkeypatch)
    for east, north in ((0, 0), (6600, -1260), (-599940, 120)):
        result = s2sr.super_resolve(at(arrays, east, north))["B5"]
        assert np.array_equal(result, whole["B5"])
        assert result.x[0] == WEST + east + 5 and result.y[0] == NORTH + north - 5
    assert len(seen) == 1


def test_few_sizes_stay_in_memory(monkeypatch):
    seen = opened(monkeypatch)
    for size in (60, 120, 180, 240, 300):
        s2sr.super_resolve(bands(size, empty_corner=False))
    gc.collect()
    assert len(seen) == 5 and sum(ref() is not None for ref in seen) <= job.KEPT


def test_bands_from_other_processes_share_networks(monkeypatch):
    seen = opened(monkeypatch)
    names = ("B2", "B3", "B4", "B8", "B5", "B6", "B7", "B8A", "B11", "B12")
    floats = [
        job.Band(n, 0, 0, GSD[n], 2400 // GSD[n], 2400 // GSD[n], "float32", 1, 0, float("nan"))
        for n in names
    ]
    for _ in range(3):
        job.job(pickle.loads(pickle.dumps(floats)), ())
    assert len(seen) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_child_does_not_wait_for_a_thread_that_it_has_not(monkeypatch):
    planning, forking = threading.Event(), threading.Event()

    def plan(*_):
        planning.set()
        forking.wait()
        raise s2sr.Error("enough")

    def run():
        with pytest.raises(s2sr.Error):
            job.job([job.Band("B2", 0, 0, 10, 24, 24, "uint16", 1, 0, 0)], ())

    monkeypatch.setattr(job, "_open", plan)
    thread = threading.Thread(target=run)
    thread.start()
    planning.wait()
    os.register_at_fork(before=forking.set)
    child = os.fork()
    if child == 0:
        os._exit(0 if job._opening.acquire(blocking=False) else 1)
    assert os.waitpid(child, 0)[1] == 0
    thread.join()
