#!/usr/bin/env bash
# Has the compiler check the code and the tests for macOS and Windows, on Debian: types, names of
# functions, everything but linking and running. Rust's library for them is built from Debian's
# source of it.
#   scripts/check-systems.sh [TARGET...]
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/packages.sh rustc-web rust-web-src binutils-mingw-w64-x86-64 # the last has dlltool, for Windows
export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
[ $# -gt 0 ] || set -- aarch64-apple-darwin x86_64-apple-darwin x86_64-pc-windows-gnu
for target in "$@"; do
    cargo check --quiet --release --locked --lib --bins --tests --examples --target $target -Zbuild-std=std,panic_unwind,test --target-dir target/systems
    echo "$target: checked"
done
