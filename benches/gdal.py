#!/usr/bin/env python3
"""What GDAL's detour costs: the same window by `s2sr run` and by gdal_translate through the VRT and
the driver.

    benches/gdal.py PRODUCT [--size 1536] [--rounds 3] [--s2sr target/release/s2sr] [-- OPTION...]
Also: one cold window of 256 x 256 pixels inside a tile, and what the plug-in adds to a GDAL process
that never uses it. The ways take turns, so that other load on the machine meets all of them; the
least of each counts. CPU time is the processor time of the program with all its threads.
"""

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
)
parser.add_argument("product", type=Path)
parser.add_argument("--size", type=int, default=1536)
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument(
    "--s2sr", type=Path, default=Path(__file__).resolve().parents[1] / "target/release/s2sr"
)
parser.add_argument("options", nargs="*", help="options of s2sr, as --to 5")
o = parser.parse_args()

product = o.product.resolve()
folder = subprocess.run(
    [o.s2sr, "gdal-plugins"], check=True, capture_output=True, text=True
).stdout.strip()
with_plugin = {**os.environ, "GDAL_DRIVER_PATH": folder, "CPL_DEBUG": "S2SR"}
work = Path(tempfile.mkdtemp(prefix="s2sr-bench-"))
# The options of `s2sr run` that shape its file, so that all ways write the same.
form = [
    word
    for c in (
        "TILED=YES",
        "BLOCKXSIZE=256",
        "BLOCKYSIZE=256",
        "COMPRESS=DEFLATE",
        "PREDICTOR=2",
        "ZLEVEL=6",
        "NUM_THREADS=ALL_CPUS",
    )
    for word in ("-co", c)
]


def timed(command, env=None):
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run([str(c) for c in command], env=env, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - start, cpu, done.stderr.count("S2SR: tile at")


def table(ways, rounds):
    best = {}
    for _ in range(rounds):
        for name, (command, env) in ways.items():
            wall, cpu, tiles = timed(command, env)
            old = best.get(name, (wall, cpu, tiles))
            best[name] = (min(wall, old[0]), min(cpu, old[1]), tiles)
    first = next(iter(best.values()))
    for name, (wall, cpu, tiles) in best.items():
        print(
            f"  {name:42} {wall:8.2f} s  {wall / first[0]:5.2f} x   cpu {cpu:8.2f} s "
            f" {cpu / first[1]:5.2f} x   {tiles or ''}"
        )


vrt = work / "bench.vrt"
subprocess.run([o.s2sr, "vrt", product, vrt, *o.options], check=True)
pairs = re.search(r'PixelFunctionArguments product="[^"]*" (.*?)band=', vrt.read_text()).group(1)
driver = f'S2SR:"{product}"' + "".join(
    f",{k}={v}" for k, v in re.findall(r'([\w-]+)="([^"]*)"', pairs)
)
scale = 2 if 'to="5"' in pairs else 1
window = ["0", "0", o.size, o.size]
pixels = ["-srcwin", "0", "0", o.size * scale, o.size * scale]
print(
    f"{o.size} x {o.size} pixels of 10 m ({pairs.strip()}); least of {o.rounds}; the last number"
    " counts tiles"
)
table(
    {
        "s2sr run": (
            [o.s2sr, "run", product, work / "run.tif", "--quiet", "--srcwin", *window, *o.options],
            None,
        ),
        "gdal_translate VRT": (
            ["gdal_translate", "-q", *form, *pixels, vrt, work / "vrt.tif"],
            with_plugin,
        ),
        "gdal_translate S2SR:": (
            ["gdal_translate", "-q", *form, *pixels, driver, work / "driver.tif"],
            with_plugin,
        ),
    },
    o.rounds,
)
print("a cold window of 256 x 256 pixels")
small = ["-srcwin", str(64 * scale), str(64 * scale), "256", "256"]
table(
    {
        name: (["gdal_translate", "-q", *small, source, work / "small.tif"], with_plugin)
        for name, source in {"VRT": vrt, "S2SR:": driver}.items()
    },
    o.rounds,
)
print("the whole at a tenth of its size")
tenth = ["-outsize", "10%", "10%"]
table(
    {
        name: (["gdal_translate", "-q", *tenth, source, work / "tenth.tif"], with_plugin)
        for name, source in {"VRT": vrt, "S2SR:": driver}.items()
    },
    o.rounds,
)
print("starting a GDAL program that uses nothing of it")
table(
    {
        "without the plug-in": (["gdalinfo", "--version"], None),
        "with it": (["gdalinfo", "--version"], with_plugin),
    },
    40,
)
