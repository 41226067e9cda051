#!/usr/bin/env bash
# Has the compiler check the code and the tests for macOS, on Debian: types, names of functions,
# everything but linking and running, for which it takes a Mac. Rust's library for it is built from
# Debian's source of it.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(rustc-web rust-web-src)
dpkg-query -W "${packages[@]}" > /dev/null 2>&1 ||
    { apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" > /dev/null; }
export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
for target in aarch64-apple-darwin x86_64-apple-darwin; do
    cargo check --quiet --release --locked --all-targets --target $target -Zbuild-std=std,panic_unwind,test --target-dir target/macos
    echo "$target: checked"
done
