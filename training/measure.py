#!/usr/bin/env python3
"""Scores the installed models through the command line, as a user meets them, and writes them into
models/index.json.

  python3 -m training.measure S2SR MODELS SCENE.npz… [--only NAME,…] [--quality best] [--coverage]

For each model and scene: a product degraded by Wald's protocol is written as one GeoTIFF per band,
`S2SR run` brings it back, and the result is compared with the scene. `--coverage`: how many of the
errors are within what `--uncertainty` says, and within twice that. Needs numpy, scipy and GDAL's
Python bindings.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from osgeo import gdal, osr

from . import catalog
from .reference import cubic_up, scores
from .scenes import read
from .score import closure, wald_pair

gdal.UseExceptions()
FILES = {
    10: ["B02", "B03", "B04", "B08"],
    20: ["B05", "B06", "B07", "B8A", "B11", "B12"],
    60: ["B01", "B09"],
}
GSDS = {"t2x": (10, 20), "s6x": (10, 20, 60), "x2": (10,), "x4": (10,)}
FACTOR = {"t2x": 2, "s6x": 6, "x2": 2, "x4": 4}


def write_product(folder, groups):
    """Degraded bands on nested grids of the pixel sizes that the names promise."""
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(32633)
    for g, a in groups.items():
        for name, band in zip(FILES[g], a):
            d = gdal.GetDriverByName("GTiff").Create(
                str(folder / f"S2_{name}.tif"), band.shape[1], band.shape[0], 1, gdal.GDT_UInt16
            )
            d.SetProjection(srs.ExportToWkt())
            d.SetGeoTransform((300000, g, 0, 6000000, 0, -g))
            d.GetRasterBand(1).WriteArray(band.astype(np.uint16))


def measure(s2sr, model, task, scene_path, quality="standard"):
    """One model on one scene."""
    gsds, factor = GSDS[task], FACTOR[task]
    inputs, target, counts = wald_pair(read(scene_path), gsds, factor)
    names = names_of(gsds, target)
    result, seconds = restored(s2sr, model, dict(zip(gsds, inputs)), names, ["--quality", quality])
    result = np.stack([result[n] for n in names])
    return compare(names, inputs[-1], target, result, counts, factor) | {
        "seconds": round(seconds, 1)
    }


def coverage(s2sr, model, task, scene_path):
    """{band: per cent of the errors of one model on one scene within the expected error, and
    within twice that}."""
    gsds, factor = GSDS[task], FACTOR[task]
    inputs, target, counts = wald_pair(read(scene_path), gsds, factor)
    names = names_of(gsds, target)
    result, _ = restored(s2sr, model, dict(zip(gsds, inputs)), names, ["--uncertainty"])
    multiples = [
        np.abs(result[n] - t)[counts] / result[f"{n}_uncertainty"][counts]
        for n, t in zip(names, target)
    ]

    def inside(m):
        return [round(100 * float((m <= k).mean()), 1) for k in (1, 2)]

    return {
        "all": inside(np.concatenate(multiples)),
        **{n: inside(m) for n, m in zip(names, multiples)},
    }


def names_of(gsds, target):
    return [n[0] + n[1:].lstrip("0") for n in FILES[gsds[-1]][: len(target)]]


def restored(s2sr, model, groups, names, options):
    """The result's layers by name, and how long it took."""
    with tempfile.TemporaryDirectory() as tmp:
        tmp = Path(tmp)
        (tmp / "product").mkdir()
        write_product(tmp / "product", groups)
        command = [
            s2sr,
            "run",
            tmp / "product",
            tmp / "out.tif",
            "--model",
            model,
            "--bands",
            ",".join(names),
            *options,
            "--quiet",
        ]
        start = time.monotonic()
        subprocess.run([str(c) for c in command], check=True)
        seconds = time.monotonic() - start
        out = gdal.Open(str(tmp / "out.tif"))
        layers = [out.GetRasterBand(i + 1) for i in range(out.RasterCount)]
        return {b.GetDescription(): b.ReadAsArray().astype(np.float64) for b in layers}, seconds


def compare(names, low, target, result, counts, factor):
    got = scores(target, result, counts)
    bicubic = scores(target, np.stack([cubic_up(c, factor) for c in low]), counts)
    again = closure(result, low, counts, factor)
    return {
        "sre": round(float(got["sre"].mean()), 2),
        "rmse": round(float(got["rmse"].mean()), 2),
        "bicubic_sre": round(float(bicubic["sre"].mean()), 2),
        "bands": {
            n: {
                "sre": round(float(got["sre"][i]), 2),
                "rmse": round(float(got["rmse"][i]), 2),
                "bicubic_sre": round(float(bicubic["sre"][i]), 2),
                "bias_percent": round(float(100 * got["bias"][i] / got["mean"][i]), 3),
                "reaggregation_rms": round(float(again[i]), 2),
            }
            for i, n in enumerate(names)
        },
    }


def main():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("s2sr", help="the command line program")
    p.add_argument("models", type=Path, help="folder of models")
    p.add_argument("scene", nargs="+", type=Path)
    p.add_argument("--only", default="", help="names of models, with commas between")
    p.add_argument("--quality", choices=list(catalog.SCORES), default="standard")
    p.add_argument("--coverage", action="store_true")
    o = p.parse_args()
    wanted = [n for n in o.only.split(",") if n]
    for m in catalog.load(o.models):
        if wanted and m["name"] not in wanted:
            continue
        for scene in o.scene:
            if 60 in GSDS[m["task"]] and 60 not in read(scene):
                continue
            if o.coverage:
                if m["uncertainty"]:
                    c = coverage(o.s2sr, m["name"], m["task"], scene)
                    catalog.add(o.models, m["name"], "coverage", {scene.stem: c})
                    print(
                        f"{m['name']:10s} {scene.stem:12s} {c['all'][0]:5.1f} % within,"
                        f" {c['all'][1]:5.1f} % within twice",
                        flush=True,
                    )
                continue
            s = measure(o.s2sr, m["name"], m["task"], scene, o.quality)
            catalog.add(o.models, m["name"], catalog.SCORES[o.quality], {scene.stem: s})
            print(
                f"{m['name']:10s} {scene.stem:12s} SRE {s['sre']:6.2f} (bicubic"
                f" {s['bicubic_sre']:6.2f})",
                flush=True,
            )


if __name__ == "__main__":
    sys.exit(main())
