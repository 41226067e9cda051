#!/usr/bin/env bash
# Builds s2sr and libs2sr.so for any Linux from glibc 2.17 on, x86-64 or ARM64, into
# target/MACHINE-unknown-linux-gnu/dist; ONNX Runtime for that machine goes into
# vendor/linux-MACHINE. The linker is zig's, which brings every glibc (packages ziglang and
# cargo-zigbuild of PyPI); Rust's library for ARM64 is built from Debian's source of it.
#   scripts/build-linux.sh x86_64|aarch64
set -euo pipefail
cd "$(dirname "$0")/.."

machine=${1:-}
case $machine in x86_64 | aarch64) ;; *) echo "usage: scripts/build-linux.sh x86_64|aarch64" >&2; exit 2 ;; esac
target=$machine-unknown-linux-gnu
oldest=2.17

tools=target/zig
if [ ! -x $tools/bin/cargo-zigbuild ]; then
    python3 -m venv $tools
    $tools/bin/pip install -q ziglang==0.15.1 cargo-zigbuild==0.24.1
fi
options=(--profile dist --locked --target "$target.$oldest")
if [ "$machine" != "$(uname -m)" ]; then
    scripts/packages.sh rustc-web rust-web-src
    export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
    options+=(-Zbuild-std=std,panic_unwind)
fi
PATH=$PWD/$tools/bin:$PATH cargo zigbuild "${options[@]}"

built=target/$target/dist
mkdir -p $built/gdalplugins
ln -sfn ../libs2sr.so $built/gdalplugins/gdal_S2SR.so
for file in $built/s2sr $built/libs2sr.so; do
    needed=$(readelf -dW $file | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
    others=$(grep -vE '^(libc|libm|libdl|libpthread|libgcc_s|ld-linux.*)\.so' <<< "$needed" || true)
    [ -z "$others" ] || { echo "build-linux.sh: $file needs $others" >&2; exit 1; }
    newest=$(readelf -VW $file | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -1)
    [ "$(printf '%s\n' "GLIBC_$oldest" "$newest" | sort -V | tail -1)" = "GLIBC_$oldest" ] ||
        { echo "build-linux.sh: $file needs $newest" >&2; exit 1; }
done

runtime=vendor/linux-$machine
scripts/fetch-wheel.sh linux-$machine onnxruntime==1.23.2 $runtime/wheel \
    'onnxruntime/capi/libonnxruntime*' onnxruntime/LICENSE onnxruntime/ThirdPartyNotices.txt
mkdir -p $runtime/onnxruntime
cp -u $runtime/wheel/onnxruntime/{capi/*,LICENSE,ThirdPartyNotices.txt} $runtime/onnxruntime
ln -sfn libonnxruntime.so.1.23.2 $runtime/onnxruntime/libonnxruntime.so
