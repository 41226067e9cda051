"""Dask: nothing is read before it is computed, no chunking shows, a killed worker costs time
only."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from conftest import bands, data_array
from test_cubes import native, resampled

import s2sr

dask = pytest.importorskip("dask")
da = pytest.importorskip("dask.array")
distributed = pytest.importorskip("distributed")
xr = pytest.importorskip("xarray")


def lazy(source, **chunks):
    return source.chunk(chunks)


@pytest.mark.parametrize(
    ("chunks", "out"),
    [
        ({}, None),
        ({"x_10m": 64, "y_10m": 48, "x_20m": 37, "y_60m": 11}, 100),
        ({"x_10m": 240, "y_20m": 7}, 77),
        ({"y_10m": 1}, 240),
    ],
)
def test_no_chunking_shows(arrays, whole, chunks, out):
    result = s2sr.super_resolve(lazy(native(arrays), **chunks), chunks=out)
    assert all(v.chunks is not None for v in result.data_vars.values())
    assert result.B5.data.chunksize == ((out or 240),) * 2
    computed = result.compute(scheduler="threads")
    for name in whole:
        assert np.array_equal(computed[name], whole[name]), name


def test_five_metres_in_chunks(arrays):
    together = s2sr.super_resolve(arrays, to=5)
    result = s2sr.super_resolve(lazy(native(arrays), x_10m=100), to=5, chunks=130)
    for name, pixels in together.items():
        assert np.array_equal(result[name], pixels), name


def test_no_pixel_is_read_before_compute_and_few_for_a_part(arrays):
    read = set()

    def source(name, date):
        def block(block_info=None):
            at = block_info[None]["array-location"]
            read.add((name, date, *at[-2:]))
            return wide[name][tuple(slice(*p) for p in at[-2:])]

        wide = resampled(arrays)
        return da.map_blocks(block, chunks=((80,) * 3, (80,) * 3), dtype="uint16")

    # As odc-stac loads: dates first, chunks of a band's own.
    stack = {
        n: da.stack([source(n, 0), source(n, 1)]).rechunk({1: 80 if i % 2 else 60})
        for i, n in enumerate(arrays)
    }
    times = np.array(["2024-05-01", "2024-05-06"], "datetime64[ns]")
    cube = xr.Dataset(
        {n: data_array(a, 10, ("time", "y", "x"), nodata=0) for n, a in stack.items()}
    ).assign_coords(time=times)
    result = s2sr.super_resolve(cube, chunks=40)
    assert result.B5.dims == ("time", "y", "x") and not read
    assert result.B5[1, :40, :40].compute().shape == (40, 40)
    assert {date for _, date, *_ in read} == {1} and all(y[0] < 160 for _, _, y, _ in read)


def test_reflectance_of_several_dates_that_keeps_the_attributes_of_dn(arrays, whole):
    """As odc-stac loads it with a band's scale applied: floats on one grid, NaN without data,
    chunks of a band's own."""
    read = []

    def loaded(name, size):
        fine = resampled(arrays)[name]
        values = np.where(fine == 0, np.nan, fine / 10000).astype("float32")
        dates = [
            da.from_delayed(dask.delayed(lambda v: read.append(name) or v)(v), v.shape, v.dtype)
            for v in (values, values[::-1])
        ]
        return da.stack(dates).rechunk((1, size, 2 * size))

    attributes = {"scale": 0.0001, "offset": -0.1, "nodata": np.nan, "units": "1"}
    stack = {n: loaded(n, 50 + 7 * i) for i, n in enumerate(arrays)}
    times = np.array(["2024-05-01", "2024-05-06"], "datetime64[ns]")
    cube = xr.Dataset(
        {n: data_array(a, 10, ("time", "y", "x"), **attributes) for n, a in stack.items()}
    ).assign_coords(time=times)
    result = s2sr.super_resolve(cube, chunks=90)
    assert not read and result.B5.dims == ("time", "y", "x") and result.B5.dtype == "float32"
    computed = result.compute()
    valid = whole["B5"] != 0
    assert np.array_equal(np.isnan(computed.B5[0]), ~valid)
    assert np.abs(computed.B5.values[0][valid] * 10000 - whole["B5"][valid]).max() < 1
    assert np.array_equal(computed.time, times)
    flipped = s2sr.super_resolve({n: a[::-1] for n, a in arrays.items()})["B5"]
    assert np.abs(computed.B5.values[1] * 10000 - flipped)[flipped != 0].max() < 1


def test_the_graph_is_small_and_holds_no_network(arrays):
    import pickle

    result = s2sr.super_resolve(native(arrays).chunk(x_10m=60), chunks=60, bands="B5")
    work = [v for v in map(str, result.B5.data.dask.values()) if "onnx" in v or "runtime" in v]
    assert not work
    own = {k: v for k, v in dict(result.B5.data.dask).items() if "compute" in str(k)}
    assert own and len(pickle.dumps(list(own))) < 1e5


def test_two_processes(client, arrays, whole):
    result = s2sr.super_resolve(native(arrays).chunk(x_10m=50, y_20m=30), chunks=60).compute()
    assert len(client.scheduler_info()["workers"]) == 2
    for name in whole:
        assert np.array_equal(result[name], whole[name]), name


def test_zarr_and_back(client, arrays, whole, tmp_path):
    pytest.importorskip("zarr")
    s2sr.super_resolve(native(arrays).chunk(x_10m=50), chunks=60).to_zarr(tmp_path / "out.zarr")
    back = xr.open_zarr(tmp_path / "out.zarr")
    assert np.array_equal(back.B5, whole["B5"]) and back.B5.dtype == "uint16"


@pytest.mark.parametrize("driver", ["GTiff", "COG"])
def test_a_file_by_rioxarray(arrays, whole, tmp_path, driver):
    pytest.importorskip("rioxarray")
    import rasterio

    result = s2sr.super_resolve(native(arrays, _FillValue=0).chunk(x_10m=50), chunks=60)
    result.B5.rio.to_raster(tmp_path / "out.tif", driver=driver)
    with rasterio.open(tmp_path / "out.tif") as file:
        assert np.array_equal(file.read(1), whole["B5"])
        assert file.transform.a == 10 and file.crs.to_epsg() == 32633 and file.nodata == 0
        layout = file.tags(ns="IMAGE_STRUCTURE").get("LAYOUT")
        assert (layout == "COG") == (driver == "COG")


def test_a_killed_worker_costs_time_only(client):
    arrays = bands(480)
    expected = s2sr.super_resolve(arrays, bands=["B5"])["B5"]
    result = s2sr.super_resolve(native(arrays).chunk(x_10m=100), chunks=60, bands=["B5"])
    victim = client.run(os.getpid)
    computed = client.compute(result.B5)
    threading.Timer(0.2, os.kill, (next(iter(victim.values())), signal.SIGKILL)).start()
    assert np.array_equal(computed.result(timeout=120), expected)
    deadline = time.monotonic() + 60
    while (
        next(iter(victim.values())) in client.run(os.getpid).values()
        and time.monotonic() < deadline
    ):
        time.sleep(0.2)
    assert next(iter(victim.values())) not in client.run(os.getpid).values()


@pytest.mark.skipif(sys.platform != "linux", reason="counts pages as Linux does")
def test_a_worker_keeps_memory_for_the_next_tile():
    """Dask's workers are started with this variable. Each tile then took all its memory anew."""
    code = """
import resource, numpy, s2sr
fine, coarse = numpy.full((1500, 1500), 900, "uint16"), numpy.full((750, 750), 900, "uint16")
bands = dict.fromkeys(["B2", "B3", "B4", "B8"], fine)
bands.update(dict.fromkeys(["B5", "B6", "B7", "B8A", "B11", "B12"], coarse))
for _ in range(4):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    s2sr.super_resolve(bands, threads=1)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
    environment = {**os.environ, "MALLOC_TRIM_THRESHOLD_": "65536"}
    said = subprocess.run(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    first, *later = map(int, said.stdout.split())
    # Now and then a single one takes some anew.
    assert sorted(later)[1] < first / 4, said.stdout


@pytest.mark.parametrize("chunks", ["auto", (60, 60), "60", 60.5, True, {"x": 60}, float("nan")])
def test_chunks_are_one_number(arrays, chunks):
    with pytest.raises(s2sr.ArgumentError, match="chunks takes one number"):
        s2sr.super_resolve(native(arrays).chunk(), chunks=chunks)


def test_a_cube_without_dates(arrays):
    dates = xr.concat([native(arrays)] * 2, "time", coords="minimal", compat="override")
    none = dates.isel(time=[])
    for source in (none, none.chunk()):
        assert s2sr.super_resolve(source).B5.compute().shape == (0, 240, 240)
    floats = none.astype("float32").chunk()
    assert s2sr.super_resolve(floats).B5.compute().dtype == "float32"
