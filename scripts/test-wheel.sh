#!/usr/bin/env bash
# Tries a wheel in fresh virtual environments, as users have them: numpy and onnxruntime alone; with
# rasterio, also on the demo scene where it is there (scripts/demo.sh); with the system's GDAL. Not
# part of CI.
#   scripts/test-wheel.sh WHEEL [PYTHON]...
#       each of these Pythons; say the oldest and the newest (default: python3)
set -euo pipefail
cd "$(dirname "$0")/.."
wheel=$(realpath "${1:?usage: scripts/test-wheel.sh WHEEL [PYTHON]...}")
shift
pythons=("$@")
[ ${#pythons[@]} -gt 0 ] || pythons=(python3)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
check=$PWD/python/tests/wheel_check.py
scene=''
if [ -d demo/scene ]; then scene=scene; export S2SR_SCENE=$PWD/demo/scene; fi
unset S2SR_LIBRARY S2SR_MODELS ORT_DYLIB_PATH S2SR_GDAL PYTHONPATH

# environment NAME PYTHON [PACKAGE]...: a fresh one with the wheel
environment() {
    local name=$1 python=$2
    shift 2
    "$python" -m venv ${SYSTEM:+--system-site-packages} "$work/$name"
    "$work/$name/bin/pip" install -q --disable-pip-version-check "$wheel" "$@"
}

for python in "${pythons[@]}"; do
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    environment "alone-$version" "$python"
    (cd "$work" && "$work/alone-$version/bin/python" "$check" arrays)
    environment "rasterio-$version" "$python" rasterio rioxarray xarray dask
    (cd "$work" && PATH="$work/rasterio-$version/bin:$PATH" "$work/rasterio-$version/bin/python" "$check" arrays xarray files $scene)
done
# The system's GDAL, by its own Python.
if /usr/bin/python3 -c 'from osgeo import gdal' 2> /dev/null; then
    SYSTEM=yes environment system /usr/bin/python3
    (cd "$work" && PATH="$work/system/bin:$PATH" "$work/system/bin/python" "$check" arrays osgeo)
fi
echo "test-wheel: all is well"
