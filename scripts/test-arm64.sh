#!/usr/bin/env bash
# A smoke test of the build for ARM64 Linux, under qemu: s2sr with the GDAL of rasterio's wheel and
# with ONNX Runtime's, its pixels beside those of the build for this machine (other kernels: 1 DN).
# Needs scripts/setup.sh --tests on Debian.
#   scripts/test-arm64.sh [--installed FOLDER]
#       that folder, as a release has it, in place of what is built now
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/packages.sh qemu-user-static
cargo build --release --locked --quiet
place=vendor/linux-aarch64
scripts/fetch-wheel.sh linux-aarch64 rasterio==1.5.2 $place/rasterio

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$PWD/$place/system # what of an ARM64 Debian the programs need
if [ ! -e "$root/.complete" ]; then
    mkdir -p "$work/lists/partial" "$work/archives" "$root"
    apt=(apt-get -qq -oAPT::Architecture=arm64 -oAPT::Architectures=arm64 -oDir::State::Lists="$work/lists")
    "${apt[@]}" update
    (cd "$work/archives" && "${apt[@]}" download libc6 libgcc-s1 libstdc++6 zlib1g libexpat1)
    for package in "$work"/archives/*.deb; do dpkg-deb -x "$package" "$root"; done
    touch "$root/.complete"
fi

if [ "${1:-}" = --installed ]; then
    prefix=$(cd "$2" && pwd)
else
    prefix=$work/s2sr
    scripts/build-linux.sh aarch64
    scripts/install.sh --prefix "$prefix" --built target/aarch64-unknown-linux-gnu/dist --onnxruntime $place/onnxruntime
fi
/usr/bin/python3 tests/gdal/make_scene.py "$work/scene"
arm() {
    qemu-aarch64-static -L "$root" -E LD_LIBRARY_PATH="$PWD/$place/rasterio/rasterio.libs" \
        -E S2SR_GDAL="$(ls "$PWD"/$place/rasterio/rasterio.libs/libgdal-*.so.*)" \
        -E GDAL_DATA="$PWD/$place/rasterio/rasterio/gdal_data" -E PROJ_DATA="$PWD/$place/rasterio/rasterio/proj_data" \
        "$prefix/bin/s2sr" "$@"
}
window=(--srcwin 60 60 120 120 --quiet)
target/release/s2sr run "$work/scene" "$work/here.tif" "${window[@]}"
arm models
arm run "$work/scene" "$work/there.tif" "${window[@]}"
/usr/bin/python3 tests/gdal/compare.py "$work/here.tif" "$work/there.tif" 1 | sed 's/^/ARM64: /'
