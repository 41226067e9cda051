#!/usr/bin/env python3
"""Makes training scenes from Sentinel-2 products: SAFE folders (L1C, L2A), or folders of one raster
per band.

  python3 -m training.make_scenes OUT PRODUCT… [--size 600] [--most 8] [--split train]

Cuts each product into windows of SIZE pixels at 10 m, keeps those without missing pixels (at most
MOST of a product, spread over it), removes the radiometric offset and writes OUT/NAME.npz and
OUT/manifest.json. Refuses products whose bands do not lie on each other: a network trained on those
learns to shift. Needs numpy, scipy and GDAL's Python bindings; no PyTorch.
"""

import argparse
import json
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
from osgeo import gdal
from scipy.ndimage import gaussian_filter

gdal.UseExceptions()
GROUPS = {
    10: ["B2", "B3", "B4", "B8"],
    20: ["B5", "B6", "B7", "B8A", "B11", "B12"],
    60: ["B1", "B9"],
}
BAND_ID = ["B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B9", "B10", "B11", "B12"]
RASTERS = {".jp2", ".tif", ".tiff"}


def band_of(path):
    """The last band token of a file's name: …_B02_10m.jp2 -> B2."""
    found = re.findall(r"(?<![A-Za-z0-9])B(\d{1,2}|8A)(?![A-Za-z0-9])", path.stem, re.I)
    return None if not found else "B" + found[-1].upper().lstrip("0")


def find_bands(product):
    """{band: dataset}, the finest copy of each."""
    bands = {}
    for path in sorted(p for p in Path(product).rglob("*") if p.suffix.lower() in RASTERS):
        band = band_of(path)
        if band not in BAND_ID or "QI_DATA" in path.parts:
            continue
        data = gdal.Open(str(path))
        if band not in bands or data.GetGeoTransform()[1] < bands[band].GetGeoTransform()[1]:
            bands[band] = data
    return bands


def offsets(product):
    """{band: DN to add}, from the product's metadata; products without it have none."""
    out = {}
    for meta in Path(product).glob("MTD_MSIL*.xml"):
        for e in ET.parse(meta).iter():
            if e.tag.split("}")[-1] in ("RADIO_ADD_OFFSET", "BOA_ADD_OFFSET"):
                out[BAND_ID[int(e.get("band_id"))]] = int(float(e.text))
    return out


def common_window(groups):
    """The largest window, in map units, whose edges are pixel edges of every grid: (west, north,
    columns, rows at 10 m)."""
    grids = [
        (g, d[0].GetGeoTransform(), d[0].RasterXSize, d[0].RasterYSize) for g, d in groups.items()
    ]
    for g, t, _, _ in grids:
        if abs(t[1] - g) > 1e-6 or abs(t[5] + g) > 1e-6:
            raise ValueError(f"pixel size {t[1]} x {-t[5]} where {g} m was expected")
    coarse = max(groups)
    t = next(t for g, t, _, _ in grids if g == coarse)
    west, north = max(t[0] for _, t, _, _ in grids), min(t[3] for _, t, _, _ in grids)
    east, south = (
        min(t[0] + w * g for g, t, w, _ in grids),
        max(t[3] - h * g for g, t, _, h in grids),
    )
    west = t[0] + -(-(west - t[0]) // coarse) * coarse
    north = t[3] - -(-(t[3] - north) // coarse) * coarse
    for g, t, _, _ in grids:
        if (west - t[0]) % g or (t[3] - north) % g:
            raise ValueError(f"the {g} m grid does not nest with the {coarse} m grid")
    k = coarse // 10
    return west, north, int((east - west) // coarse * k), int((north - south) // coarse * k)


def read(groups, shifts, west, north, width, height):
    """{gsd: (C, H, W) uint16}, offset removed, 0 where anything is missing."""
    out = {}
    for g, data in groups.items():
        layers = []
        for d, shift in zip(data, shifts[g]):
            t = d.GetGeoTransform()
            x, y = round((west - t[0]) / g), round((t[3] - north) / g)
            a = d.ReadAsArray(x, y, width * 10 // g, height * 10 // g).astype(np.int32)
            layers.append(np.where(a == 0, 0, np.clip(a + shift, 1, 65535)).astype(np.uint16))
        out[g] = np.stack(layers)
    return out


def misalignment(scene):
    """The shift, in 20 m pixels, at which B8 fits B8A best; (0, 0) for a good product."""

    def detail(x):
        x = np.log(np.maximum(x.astype(np.float64), 1))
        return x - gaussian_filter(x, 4)

    b8 = scene[10][3].astype(np.float64)
    b8 = detail(b8.reshape(b8.shape[0] // 2, 2, b8.shape[1] // 2, 2).mean((1, 3)))[4:-4, 4:-4]
    b8a, best = detail(scene[20][3]), {}
    h, w = b8.shape
    for dy in range(-3, 4):
        for dx in range(-3, 4):
            best[dy, dx] = np.corrcoef(
                b8.ravel(), b8a[4 + dy : 4 + dy + h, 4 + dx : 4 + dx + w].ravel()
            )[0, 1]
    return max(best, key=best.get)


def windows(width, height, size, most, step):
    """Upper left corners of SIZE windows on multiples of STEP, at most MOST of them, spread
    evenly."""
    size = min(size, width, height) // step * step
    corners = [
        (x, y) for y in range(0, height - size + 1, size) for x in range(0, width - size + 1, size)
    ]
    picks = np.unique(np.linspace(0, len(corners) - 1, min(most * 3, len(corners))).astype(int))
    return size, [corners[i] for i in picks]


def scenes(product, size, most):
    """Yields (suffix, scene)."""
    bands, shift = find_bands(product), offsets(product)
    groups = {
        g: [bands[b] for b in names]
        for g, names in GROUPS.items()
        if all(b in bands for b in names)
    }
    if 10 not in groups or 20 not in groups:
        raise ValueError(
            "needs all 10 and 20 m bands; it has " + (" ".join(sorted(bands)) or "none")
        )
    shifts = {g: [shift.get(b, 0) for b in GROUPS[g]] for g in groups}
    west, north, width, height = common_window(groups)
    size, corners = windows(width, height, size, most, max(groups) // 10)
    kept = 0
    for x, y in corners:
        scene = read(groups, shifts, west + x * 10, north - y * 10, size, size)
        if kept >= most or any((a == 0).any() for a in scene.values()):
            continue
        if misalignment(scene) != (0, 0):
            raise ValueError(
                f"the 10 m and 20 m bands are shifted by {misalignment(scene)} pixels of 20 m at"
                f" ({x}, {y})"
            )
        kept += 1
        yield f"{x}_{y}", scene


def main():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("out", type=Path)
    p.add_argument("product", nargs="+", type=Path)
    p.add_argument("--size", type=int, default=600)
    p.add_argument("--most", type=int, default=8, help="scenes from one product")
    p.add_argument("--split", default="train", choices=["train", "val"])
    o = p.parse_args()
    o.out.mkdir(parents=True, exist_ok=True)
    index = o.out / "manifest.json"
    listed = {m["name"]: m for m in json.loads(index.read_text())} if index.exists() else {}
    failed = 0
    for product in o.product:
        try:
            for suffix, scene in scenes(product, o.size, o.most):
                name = f"{product.stem}_{suffix}"
                np.savez_compressed(o.out / f"{name}.npz", **{f"b{g}": a for g, a in scene.items()})
                listed[name] = {
                    "name": name,
                    "split": o.split,
                    "source": product.name,
                    "size_10m": scene[10].shape[1:],
                }
                print(name)
        except (ValueError, RuntimeError) as e:
            print(f"{product}: refused: {e}", file=sys.stderr)
            failed = 1
    index.write_text(json.dumps(sorted(listed.values(), key=lambda m: m["name"]), indent=1) + "\n")
    return failed


if __name__ == "__main__":
    sys.exit(main())
