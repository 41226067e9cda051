#!/usr/bin/env python3
"""How fast s2sr is, how much memory it takes, and how that grows with the area.

  benches/whole_tile.py SCENE_FOLDER WORK_FOLDER [--sizes 2745 5490 10980] [--model fast] [--peer]
                        [--against OTHER/target/release/s2sr] [--turns 1] [--threads 1 2] [--forms
                        jp2 gtiff cog] [--shares]
Makes products with L1C's layout (JPEG 2000, a file per band) of the given sizes at 10 m by
mirroring a real scene (that of scripts/demo.sh: demo/scene), runs `s2sr run` on each, and prints
per size: megapixels a second (pixels of the 10 m grid, all bands together), peak memory, the share
of wall time inside ONNX Runtime, and the networks' GFLOP/s as a share of the machine's peak of
fused multiply-adds, which is measured beside it. With --peer, the same .onnx files also run
straight through ONNX Runtime's Python package, tile by tile, on one tile of the same size, for the
same megapixels. With --against, another build of s2sr takes its turn after each run, and ratios are
printed; of several --turns the quickest counts. Time inside ONNX Runtime is wall time, in which
the networks wait for cores that decode and compress. So each run has another one beside it, with
networks that do nothing (tests/data): the processor seconds that it takes less are those of the
networks, and are printed and compared as well. --threads and --forms take every number and form in
turn (the product's bands as JPEG 2000, tiled GeoTIFF, COG).
--shares prints how many processor seconds it takes to decode all bands alone, and to compress the
result alone. Needs GDAL's Python and numpy; --peer needs onnxruntime in the Python given by the
variable PEER_PYTHON.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from osgeo import gdal

gdal.UseExceptions()
ROOT = Path(__file__).resolve().parent.parent
GSD = {
    "B01": 60,
    "B02": 10,
    "B03": 10,
    "B04": 10,
    "B05": 20,
    "B06": 20,
    "B07": 20,
    "B08": 10,
    "B8A": 20,
    "B09": 60,
    "B10": 60,
    "B11": 20,
    "B12": 20,
}


def mirrored(a, n):
    """`a` continued by reflection to n x n pixels."""

    def along(size):
        i = np.arange(n) % (2 * size)
        return np.where(i < size, i, 2 * size - 1 - i)

    return a[np.ix_(along(a.shape[0]), along(a.shape[1]))]


def make_band(file, folder, size):
    """The band in a file, as one of a product of size x size pixels at 10 m."""
    band = file.stem.split("_")[-1]
    source = gdal.Open(str(file))
    n = size * 10 // GSD[band]
    memory = gdal.GetDriverByName("MEM").Create("", n, n, 1, gdal.GDT_UInt16)
    memory.SetProjection(source.GetProjection())
    memory.SetGeoTransform((300000, GSD[band], 0, 4200000, 0, -GSD[band]))
    memory.GetRasterBand(1).WriteArray(mirrored(source.ReadAsArray(), n))
    options = ["REVERSIBLE=YES", "QUALITY=100", "BLOCKXSIZE=1024", "BLOCKYSIZE=1024"]
    gdal.GetDriverByName("JP2OpenJPEG").CreateCopy(
        str(folder / f"T18SVG_{band}.jp2"), memory, options=options
    )


def make_product(scene, folder, size):
    """A product of size x size pixels at 10 m, on nested grids."""
    if (folder / "whole").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor() as processes:
        made = [
            processes.submit(make_band, file, folder, size) for file in sorted(scene.glob("*_B*"))
        ]
        for band in made:
            band.result()
    (folder / "whole").touch()


FORMS = {
    "gtiff": ("GTiff", ["TILED=YES", "COMPRESS=DEFLATE", "PREDICTOR=2"]),
    "cog": ("COG", ["COMPRESS=DEFLATE", "PREDICTOR=YES"]),
}


def in_form(product, form):
    """The same product with bands in another form."""
    if form == "jp2":
        return product
    folder, (driver, options) = product.with_name(f"{product.name}_{form}"), FORMS[form]
    if not (folder / "whole").exists():
        folder.mkdir(exist_ok=True)
        for band in sorted(product.glob("*.jp2")):
            gdal.GetDriverByName(driver).CreateCopy(
                str(folder / f"{band.stem}.tif"), gdal.Open(str(band)), options=options
            )
        (folder / "whole").touch()
    return folder


def fma_peak(work, threads):
    program = work / "fma_peak"
    subprocess.run(
        [
            "cc",
            "-O3",
            "-march=native",
            "-pthread",
            str(ROOT / "benches/fma_peak.c"),
            "-o",
            str(program),
        ],
        check=True,
    )
    return float(
        subprocess.run(
            [str(program), str(threads)], check=True, capture_output=True, text=True
        ).stdout
    )


OURS = ROOT / "target/release/s2sr"


def tiny_networks(folder):
    """A folder of networks that do next to nothing, of the family "tiny"."""
    folder.mkdir(exist_ok=True)
    models = []
    for task in ("t2x", "s6x"):
        content = (ROOT / f"tests/data/dummy-{task}.onnx").read_bytes()
        (folder / f"{task}.onnx").write_bytes(content)
        names = {"name": f"tiny-{task}", "family": "tiny", "file": f"{task}.onnx"}
        models.append({**names, "sha256": hashlib.sha256(content).hexdigest()})
    (folder / "index.json").write_text(json.dumps({"default": "tiny", "models": models}))
    return folder


def processor_seconds(command, **variables):
    """(what a command prints, peak memory in MiB, processor seconds, seconds), from the
    operating system's accounting."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **variables},
    )
    answer = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(map(str, command))} failed")
    return (
        answer,
        usage.ru_maxrss / 1024,
        usage.ru_utime + usage.ru_stime,
        time.perf_counter() - start,
    )


def run(program, product, output, model, threads, tiny):
    """(report, peak memory in MiB, processor seconds, seconds) of one run, and the processor
    seconds of its networks: what it takes more than a run with tiny ones."""

    def once(model, **variables):
        output.unlink(missing_ok=True)
        words = [program, "run", product, output, "--model", model, "--threads", threads, "--json"]
        return processor_seconds(words, **variables)

    rest = once("tiny", S2SR_MODELS=str(tiny))[2]
    answer, memory, processor, wall = once(model)
    return json.loads(answer), memory, processor, wall, processor - rest


DECODE = """
import sys
from osgeo import gdal
gdal.SetCacheMax(64 << 20)
for name in sys.argv[1:]:
    dataset = gdal.Open(name)
    band = dataset.GetRasterBand(1)
    for y in range(0, band.YSize, 1024):
        for x in range(0, band.XSize, 1024):
            band.ReadRaster(x, y, min(1024, band.XSize - x), min(1024, band.YSize - y))
"""
COMPRESS = """
import sys
from osgeo import gdal
options = ["TILED=YES"]
if sys.argv[3] != "plain":
    options += ["COMPRESS=DEFLATE", "PREDICTOR=2", "ZLEVEL=1"]
gdal.GetDriverByName("GTiff").CreateCopy(sys.argv[2], gdal.Open(sys.argv[1]), options=options)
"""


def shares(product, output):
    """Processor seconds for decoding the bands that are read, and for compressing the result,
    each alone."""
    bands = sorted(
        f for f in product.iterdir() if f.suffix in (".jp2", ".tif") and "B10" not in f.name
    )
    start = processor_seconds([sys.executable, "-c", DECODE])[2]
    decode = processor_seconds([sys.executable, "-c", DECODE, *bands])[2] - start
    copy = output.with_name("copy.tif")
    # What it costs to read and to write is taken off.
    plain, packed = (
        processor_seconds([sys.executable, "-c", COMPRESS, output, copy, how])[2]
        for how in ("plain", "packed")
    )
    copy.unlink()
    return decode, packed - plain


PEER = """
import json, sys, time
import numpy as np, onnxruntime as ort
seconds = 0
for path, tile in json.loads(sys.argv[1]):
    s = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    ports = json.loads(s.get_modelmeta().custom_metadata_map["s2sr.inputs"])
    halo = int(s.get_modelmeta().custom_metadata_map["s2sr.halo"])
    coarse = max(p["gsd"] for p in ports)
    n = tile * 10 // coarse + 2 * halo
    feed = {}
    for p in ports:
        side = n * coarse // p["gsd"]
        feed[p["name"]] = np.random.rand(1, len(p["bands"]), side, side).astype(np.float32)
    s.run(None, feed)
    start = time.perf_counter()
    s.run(None, feed)
    seconds += time.perf_counter() - start
print(seconds)
"""


def peer(models, tile):
    """Megapixels a second of ONNX Runtime's Python on one tile, after a warm-up."""
    python = os.environ.get("PEER_PYTHON", sys.executable)
    work = json.dumps([[str(ROOT / "models" / m["file"]), tile] for m in models])
    seconds = float(
        subprocess.run(
            [python, "-c", PEER, work], check=True, capture_output=True, text=True
        ).stdout
    )
    return tile * tile * 1e-6 / seconds


def main():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("scene", type=Path)
    p.add_argument("work", type=Path)
    p.add_argument("--sizes", type=int, nargs="+", default=[2745, 5490, 10980])
    p.add_argument("--model", default="fast")
    p.add_argument("--peer", action="store_true")
    p.add_argument("--against", type=Path)
    p.add_argument("--turns", type=int, default=1)
    p.add_argument("--threads", type=int, nargs="+", default=[os.cpu_count()])
    p.add_argument("--forms", nargs="+", choices=["jp2", *FORMS], default=["jp2"])
    p.add_argument("--shares", action="store_true")
    o = p.parse_args()
    o.work.mkdir(parents=True, exist_ok=True)
    index = json.loads((ROOT / "models/index.json").read_text())
    models = [m for m in index["models"] if m["family"] == o.model and m["task"] in ("t2x", "s6x")]
    flop_per_pixel = sum(m["tflop_per_tile"] for m in models) * 1e12 / 10980**2
    output, tiny = o.work / "out.tif", tiny_networks(o.work / "tiny")
    programs = [OURS, *([o.against.resolve()] if o.against else [])]
    for threads in o.threads:
        peak = fma_peak(o.work, threads)
        for form in o.forms:
            first = None
            for size in o.sizes:
                size = size // 6 * 6
                product = o.work / f"product_{size}"
                make_product(o.scene, product, size)
                product = in_form(product, form)
                turns = [
                    [
                        run(program, product, output, o.model, threads, tiny)
                        for program in reversed(programs)
                    ]
                    for _ in range(o.turns)
                ]
                # Ours was last, so that the result is ours.
                (report, memory, processor, wall, own), *other = (
                    min(t, key=lambda r: r[3]) for t in reversed(list(zip(*turns)))
                )
                gflops = flop_per_pixel * size**2 / report["onnxruntime_seconds"] * 1e-9
                per_megapixel = wall / report["megapixels"]
                first = first or per_megapixel
                print(
                    f"{size:6d}^2 {form} {threads} threads: {wall:8.1f} s wall, {processor:8.1f} s"
                    f" processor, {report['megapixels'] / wall:.3f} Mpx/s"
                    f" ({per_megapixel / first:.2f} x the first's time a Mpx), peak {memory:.0f}"
                    f" MiB, {100 * processor / wall / threads:.0f} % of the cores busy,"
                    f" {100 * report['onnxruntime_seconds'] / wall:.1f} % in ONNX Runtime,"
                    f" {own:.1f} processor s in networks,"
                    f" {gflops:.0f} GFLOP/s useful = {100 * gflops / peak:.0f} % of {peak:.0f}",
                    flush=True,
                )
                for theirs, memory, other_processor, other_wall, other_own in other:
                    networks = theirs["onnxruntime_seconds"] / report["onnxruntime_seconds"]
                    print(
                        f"        {o.against}: {other_wall:.1f} s wall, {other_processor:.1f} s"
                        f" processor, peak {memory:.0f} MiB; ours is {other_wall / wall:.2f} times"
                        f" quicker, {networks:.2f} times in wall time of the networks,"
                        f" {other_processor / processor:.2f} times in processor seconds,"
                        f" {other_own / own:.2f} times in those of the networks"
                        f" ({other_own:.1f} s)",
                        flush=True,
                    )
                if o.shares:
                    decode, compress = shares(product, output)
                    rest = processor - decode - compress - own
                    print(
                        f"        of {processor:.1f} processor seconds: networks {own:.1f},"
                        f" decode {decode:.1f}, compress {compress:.1f}, the rest {rest:.1f}",
                        flush=True,
                    )
                output.unlink()
    if o.peer:
        print(
            "ONNX Runtime's Python on one 1152 px tile with its margin, no reading and no writing:"
            f" {peer(models, 1152):.3f} Mpx/s"
        )


if __name__ == "__main__":
    main()
