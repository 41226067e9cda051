#!/usr/bin/env bash
# The one libs2sr in processes whose GDAL comes out of Python's wheels: its VRTs in rasterio, the
# library beside rasterio, beside three GDALs at once, and without any. Environments are made in
# target/wheels, once; they take PyPI.
#   scripts/test-wheels.sh              one wheel, as CI does it
#   scripts/test-wheels.sh --all
#       a wheel for each of several GDALs, the three at once, and those by their C functions
#   scripts/test-wheels.sh VERSION...   these versions of rasterio
# PYTHON: the Python that the environments are made with (python3); S2SR_LIBDIR: where libs2sr.so
# and s2sr were built
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
root=$PWD
built=$(cd "${S2SR_LIBDIR:-target/release}" && pwd)
python=${PYTHON:-python3}

versions=(1.4.4) three=no
case ${1:-} in
    --all) versions=(1.3.3 1.3.9 1.4.3 1.4.4) three=yes ;;
    -*) sed -n '2,8s/^# \?//p' "$0" >&2; exit 2 ;;
    ?*) versions=("$@") ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The tiny networks of the tests, as an installed folder of networks.
mkdir "$work/models"
cp tests/data/dummy-*.onnx "$work/models"
(cd "$work/models" && "$python" - << 'END'
import hashlib, json, pathlib
files = sorted(pathlib.Path().glob("*.onnx"))
models = [{"name": f.stem, "family": "dummy", "file": f.name, "sha256": hashlib.sha256(f.read_bytes()).hexdigest()} for f in files]
pathlib.Path("index.json").write_text(json.dumps({"contract": 1, "default": "dummy", "models": models}))
END
)
export S2SR_MODELS=$work/models

# environment NAME PACKAGE...: its Python
environment() {
    local folder=$root/target/wheels/$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-$1
    shift
    if [ ! -e "$folder/ready" ]; then
        rm -rf "$folder"
        "$python" -m venv "$folder" >&2
        # Only wheels: a source would be built against the system's GDAL.
        "$folder/bin/pip" install -q --disable-pip-version-check --only-binary=:all: "$@" >&2
        touch "$folder/ready"
    fi
    echo "$folder/bin/python"
}
# Wheels before 1.4 were built against numpy 1.
numpy() { case $1 in 1.[0-3].*) echo 'numpy<2' ;; *) echo numpy ;; esac; }
check() { # check PYTHON WAY [GDAL]
    GDAL_DRIVER_PATH=$plugins "$1" tests/wheels/check.py "$2" "$built/libs2sr.so" "$work/product" "$work/run.tif" "$work/out.vrt" "${@:3}"
}

plugins=$("$built/s2sr" gdal-plugins)
for version in "${versions[@]}"; do
    wheel=$(environment "rasterio-$version" "rasterio==$version" "$(numpy "$version")")
    if [ ! -e "$work/run.tif" ]; then
        "$wheel" tests/wheels/product.py "$work/product"
        "$built/s2sr" run "$work/product" "$work/run.tif" --to 10 --quiet
        "$built/s2sr" vrt "$work/product" "$work/out.vrt" --to 10 --tile 192
    fi
    check "$wheel" vrt
    check "$wheel" library
done
if [ "$three" = yes ]; then
    check "$(environment three rasterio==1.4.4 fiona==1.10.1 pyogrio==0.13.0)" three
    # The GDALs of Ubuntu 22.04 and 24.04, 3.4 and 3.8, and the newest.
    for bare in fiona==1.8.22:3.10 pyogrio==0.8.0:3.12 gdal-wheel==3.13.3:3.12; do
        package=${bare%:*}
        folder=$PWD/vendor/gdals/${package%%=*}
        S2SR_WHEEL_PYTHON=${bare#*:} scripts/fetch-wheel.sh linux-x86_64 "$package" "$folder"
        data=$(dirname "$(find "$folder" -name proj.db)")
        GDAL_DATA=$(dirname "$(find "$folder" -name gdalvrt.xsd)") PROJ_LIB=$data PROJ_DATA=$data \
            LD_LIBRARY_PATH=$(ls -d "$folder"/*.libs) check "$wheel" bare "$(ls "$folder"/*.libs/libgdal-*)"
    done
fi
check "$wheel" none
