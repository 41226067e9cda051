"""Jobs: how many hold networks, and for how long."""

import gc
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
