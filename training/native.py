#!/usr/bin/env python3
"""What a large network makes of the training scenes as they are, not degraded: more to learn from
for a small one, at the scale in which it is used, where nobody knows the truth.

  python3 -m training.native S2SR SCENES OUT [--model flagship-t2x]

Writes OUT/NAME.npy for each scene with 10 and 20 m bands, (6, rows, columns) at 10 m in DN, made
by `S2SR run --quality best`. Syntheses of many acquisitions (level 3) are left out. Needs numpy,
scipy and GDAL's Python bindings.
"""

import argparse
from pathlib import Path

import numpy as np

from .measure import GSDS, names_of, restored
from .scenes import manifest, read


def main():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("s2sr", help="the command line program")
    p.add_argument("scenes", type=Path)
    p.add_argument("out", type=Path)
    p.add_argument("--model", default="flagship-t2x")
    o = p.parse_args()
    o.out.mkdir(parents=True, exist_ok=True)
    for m in manifest(o.scenes):
        scene, file = read(o.scenes / f"{m['name']}.npz"), o.out / f"{m['name']}.npy"
        is_single = not str(m.get("level", "")).startswith("L3")
        if m.get("split", "train") != "train" or not is_single or file.exists() or 20 not in scene:
            continue
        rows, cols = scene[20].shape[1:]
        groups = {10: scene[10][:, : 2 * rows, : 2 * cols], 20: scene[20]}
        names = names_of(GSDS["t2x"], scene[20])
        made, _ = restored(o.s2sr, o.model, groups, names, ["--quality", "best"])
        np.save(file, np.stack([made[n] for n in names]).astype(np.uint16))
        print(m["name"], flush=True)


if __name__ == "__main__":
    main()
