#!/usr/bin/env bash
# Makes a Debian or Ubuntu machine with Rust ready: installs the system packages that are missing,
# unpacks ONNX Runtime from its PyPI wheel into vendor/onnxruntime, and builds s2sr. Run again, it
# does what is still to be done.
#   scripts/setup.sh [--tests] [--gpu]
#       --tests: also what the tests need; --gpu: ONNX Runtime's CUDA build and CUDA 13
set -euo pipefail
cd "$(dirname "$0")/.."

ONNXRUNTIME=1.23.2
packages=(build-essential pkg-config libgdal-dev gdal-bin python3 python3-pip python3-venv unzip)
runtime=onnxruntime tests=no
for argument in "$@"; do
    case $argument in
        --tests) tests=yes packages+=(python3-gdal python3-numpy python3-scipy python3-pytest python3-pytest-xdist qgis python3-qgis qgis-providers xvfb xauth cmake clang valgrind doxygen zip) ;;
        --gpu) runtime=onnxruntime-gpu ONNXRUNTIME=1.31.1 packages+=(patchelf) ;;
        *) echo "usage: scripts/setup.sh [--tests] [--gpu]" >&2; exit 2 ;;
    esac
done

say() { echo "setup: $*"; }

scripts/packages.sh "${packages[@]}"

stamp=vendor/onnxruntime/$runtime-$ONNXRUNTIME
if [ ! -e "$stamp" ]; then
    say "fetching $runtime $ONNXRUNTIME from PyPI"
    wheel=$(mktemp -d)
    trap 'rm -rf "$wheel"' EXIT
    machine=$(uname -m)
    # Nothing of Python is used, so the wheel of any Python version does.
    python3 -m pip download -q --no-deps --only-binary=:all: --python-version 3.12 --implementation cp --abi cp312 \
        --platform "manylinux_2_27_$machine" --platform "manylinux_2_28_$machine" -d "$wheel" "$runtime==$ONNXRUNTIME"
    sums=$PWD/packaging/onnxruntime.sha256
    (cd "$wheel" && sha256sum --quiet --ignore-missing -c "$sums")
    rm -rf vendor/onnxruntime
    mkdir -p vendor/onnxruntime
    unzip -qjo "$wheel"/*.whl 'onnxruntime/capi/libonnxruntime*.so*' -d vendor/onnxruntime
    unzip -qjo "$wheel"/*.whl 'onnxruntime/LICENSE' 'onnxruntime/ThirdPartyNotices.txt' -d vendor/onnxruntime
    ln -sf "libonnxruntime.so.$ONNXRUNTIME" vendor/onnxruntime/libonnxruntime.so
    if [ "$runtime" = onnxruntime-gpu ]; then
        say "fetching CUDA 13 and cuDNN 9 from PyPI (1.4 GB unpacked)"
        python3 -m pip download -q --only-binary=:all: -d "$wheel/cuda" 'cuda-toolkit[cublas,cudart,curand,nvrtc]==13.0.2' nvidia-cudnn-cu13==9.19.0.56
        for file in "$wheel"/cuda/nvidia_*.whl; do
            unzip -qjo "$file" 'nvidia/*/lib/lib*.so.*' -d vendor/onnxruntime
        done
        rm vendor/onnxruntime/{*.alt.*,libnvblas*}
        patchelf --set-rpath '$ORIGIN' vendor/onnxruntime/libonnxruntime_providers_cuda.so
    fi
    touch "$stamp"
fi

# The Python of Debian takes no packages from PyPI, so the tests of the Python package have one of
# their own.
stamp=vendor/python/$(sha256sum python/tests/requirements.txt | cut -c 1-16)
if [ $tests = yes ] && [ ! -e "$stamp" ]; then
    say "making vendor/python with what the tests of the Python package need"
    rm -rf vendor/python
    python3 -m venv vendor/python
    vendor/python/bin/pip install -q --disable-pip-version-check -r python/tests/requirements.txt
    touch "$stamp"
fi
# What Qt 6 knows, of which QGIS 4 is made: names and types, no libraries.
[ $tests = no ] || scripts/fetch-wheel.sh linux-x86_64 PyQt6==6.9.1 vendor/pyqt6 'PyQt6/*.pyi'

command -v cargo > /dev/null || { echo "setup: there is no cargo; install Rust first (https://rustup.rs)" >&2; exit 1; }
say "building"
build=(cargo build --release --locked --quiet)
# With the tests, which want more of some dependencies: the library is not built twice.
[ $tests = no ] || build+=(--lib --bins --tests)
"${build[@]}"
# The GDAL plug-in is the library itself under the name that GDAL looks for, and the driver for the
# GDAL of this machine.
mkdir -p target/release/gdalplugins
ln -sfn ../libs2sr.so target/release/gdalplugins/gdal_S2SR.so
gdal_driver/build.sh target/release/gdalplugins
say "ready: target/release/s2sr"
