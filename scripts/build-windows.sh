#!/usr/bin/env bash
# Builds s2sr.exe, s2sr.dll and the GDAL plug-in for Windows x86-64, on Debian, into
# target/x86_64-pc-windows-gnu/PROFILE; ONNX Runtime for it goes into vendor/windows. Rust's library
# for Windows is built from Debian's source of it (packages rustc-web and rust-web-src), for
# rustup's may not be at hand.
#   scripts/build-windows.sh [dist|release] [CARGO-COMMAND...]     (dist, build)
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/packages.sh rustc-web rust-web-src gcc-mingw-w64-x86-64 python3 python3-pip unzip

target=x86_64-pc-windows-gnu
export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_PROFILE_RELEASE_STRIP=symbols
profile=${1:-dist} command=${2:-build}
shift $(($# < 2 ? $# : 2))
cargo "$command" --profile "$profile" --locked --target $target -Zbuild-std=std,panic_unwind,test "$@"

built=target/$target/$profile
if [ -f $built/s2sr.dll ]; then
    mkdir -p $built/gdalplugins
    cp -u $built/s2sr.dll $built/gdalplugins/gdal_S2SR.dll
fi
scripts/fetch-wheel.sh windows onnxruntime==1.23.2 vendor/windows/wheel \
    'onnxruntime/capi/*.dll' onnxruntime/LICENSE onnxruntime/ThirdPartyNotices.txt
mkdir -p vendor/windows/onnxruntime
cp -u vendor/windows/wheel/onnxruntime/{capi/*.dll,LICENSE,ThirdPartyNotices.txt} vendor/windows/onnxruntime
