#!/usr/bin/env python3
"""What the roads through Python cost: over `s2sr run` on the same files, Dask with two processes
over one process with two threads, and memory of a Dask worker. Needs the packages of python/tests
and the demo scene (scripts/demo.sh).

    vendor/python/bin/python benches/python_roads.py [--rounds 3] [--product DIR] [--size 4096]
    [files] [dask] [memory]

--product: what `files` reads, as benches/whole_tile.py makes them at several sizes (default: a
window of the demo scene). --size: pixels of the scene of `dask` and `memory` along each axis, in
chunks of 2048, read from Zarr. Times are the least of the rounds, which take turns. Processor time
is told too, for it suffers less from others.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "python"))
os.environ["PYTHONPATH"] = str(ROOT / "python")
SCENE = ROOT / "demo" / "scene"
WINDOW = "0 0 1200 1200"
CHUNK = 2048
GSD = {
    "B2": 10,
    "B3": 10,
    "B4": 10,
    "B8": 10,
    "B5": 20,
    "B6": 20,
    "B7": 20,
    "B8A": 20,
    "B11": 20,
    "B12": 20,
}


def own_time():
    """Processor time of this process and its children that ended."""
    return sum(
        sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )


def measured(work, used=own_time):
    """Wall and processor time."""
    wall, processor = time.perf_counter(), used()
    work()
    return time.perf_counter() - wall, used() - processor


def compare(rounds, used=own_time, **roads):
    times = {name: [] for name in roads}
    for _ in range(rounds):
        for name, work in roads.items():
            times[name].append(measured(work, used))
    least = {name: tuple(map(min, zip(*t))) for name, t in times.items()}
    first = next(iter(least.values()))
    for name, (wall, processor) in least.items():
        more = ", ".join(f"{100 * (a / b - 1):+.1f} %" for a, b in zip((wall, processor), first))
        print(f"{name:28} {wall:7.2f} s, processor {processor:7.2f} s ({more})", flush=True)


def files(arguments):
    """The program against a Python process that does the same, start and imports included."""
    source = arguments.product or SCENE
    program_window, window = (
        ([], "") if arguments.product else (["--srcwin", *WINDOW.split()], f", srcwin={WINDOW!r}")
    )
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out.tif")
        program = [
            ROOT / "target/release/s2sr",
            "run",
            source,
            out,
            "--quiet",
            *program_window,
            "--threads",
            "2",
        ]
        code = f"import s2sr; s2sr.super_resolve({str(source)!r}, {str(out)!r}{window}, threads=2)"
        # The same ONNX Runtime and the same GDAL for both, as a wheel's program has them.
        environment = s2sr_environment()
        compare(
            arguments.rounds,
            **{
                "s2sr run": lambda: subprocess.run(program, check=True, env=environment),
                "s2sr.super_resolve(files)": lambda: subprocess.run(
                    [sys.executable, "-c", code], check=True, env=environment
                ),
            },
        )


def s2sr_environment():
    from s2sr.__main__ import environment

    return environment()


def bands(rows, cols):
    import xarray as xr

    noise = np.random.default_rng(1)
    wkt = 'PROJCS["WGS 84 / UTM zone 33N",UNIT["metre",1],AUTHORITY["EPSG","32633"]]'
    result = {}
    for name, gsd in GSD.items():
        k = gsd // 10
        pixels = noise.integers(500, 3000, (rows // k, cols // k)).astype("uint16")
        y, x = 5e6 - (np.arange(rows // k) + 0.5) * gsd, 6e5 + (np.arange(cols // k) + 0.5) * gsd
        crs = xr.DataArray(0, attrs={"crs_wkt": wkt})
        result[name] = xr.DataArray(pixels, {"y": y, "x": x, "spatial_ref": crs}, ("y", "x")).chunk(
            1024
        )
    return result


def zarr_scene(folder, size):
    """The bands as lazy arrays that read Zarr, so that no worker holds more than it works on."""
    import xarray as xr

    scene = {}
    for name, array in bands(size, size).items():
        store = f"{folder}/{name}.zarr"
        array.rename(name).to_zarr(store, consolidated=False)
        file = xr.open_dataset(
            store, engine="zarr", chunks={}, consolidated=False, mask_and_scale=False
        )
        scene[name] = file.set_coords("spatial_ref")[name]
    return scene


def dask_roads(arguments):
    """Two processes of one thread against one process of two threads, all bands of 20 m, from
    Zarr into memory."""
    import distributed

    import s2sr

    with tempfile.TemporaryDirectory() as folder:
        scene = zarr_scene(folder, arguments.size)
        with (
            distributed.LocalCluster(2, threads_per_worker=1, dashboard_address=None) as cluster,
            distributed.Client(cluster) as client,
        ):
            lazy = s2sr.super_resolve(scene, chunks=CHUNK)

            def spread():
                futures = client.compute([array.data for array in lazy.values()])
                distributed.wait(futures)
                assert all(f.status == "finished" for f in futures)

            def at_once():
                s2sr.super_resolve(
                    {n: a.compute(scheduler="synchronous") for n, a in scene.items()}, threads=2
                )

            small = {n: a[: 1200 // GSD[n], : 1200 // GSD[n]] for n, a in scene.items()}
            s2sr.super_resolve(
                {n: a.compute(scheduler="synchronous") for n, a in small.items()}, threads=2
            )
            futures = client.map(
                lambda _: [a.compute() for a in s2sr.super_resolve(small).values()], range(4)
            )
            distributed.wait(futures)  # every process has loaded the library

            def used():
                return own_time() + sum(client.run(own_time).values())

            compare(
                arguments.rounds,
                used,
                **{"one process, two threads": at_once, "two processes": spread},
            )


def memory(arguments):
    """The most that a worker held while it made chunks of 2048 from Zarr."""
    import distributed

    import s2sr

    with tempfile.TemporaryDirectory() as folder:
        lazy = s2sr.super_resolve(zarr_scene(folder, arguments.size), chunks=CHUNK)
        with (
            distributed.LocalCluster(2, threads_per_worker=1, dashboard_address=None) as cluster,
            distributed.Client(cluster) as client,
        ):
            own = client.run(peak)
            distributed.wait(client.compute([a.sum() for a in lazy.values()]))
            for worker, most in client.run(peak).items():
                print(
                    f"{worker}: {own[worker]:.0f} MiB at the start, {most:.0f} MiB at most",
                    flush=True,
                )


def peak():
    """The most that this process held, in MiB. Not `ru_maxrss`, which a process takes over from the
    one that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="*", default=["files", "dask", "memory"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--product", type=Path)
    parser.add_argument("--size", type=int, default=4096)
    arguments = parser.parse_args()
    for what in arguments.what:
        print(f"== {what}", flush=True)
        {"files": files, "dask": dask_roads, "memory": memory}[what](arguments)


if __name__ == "__main__":
    main()
