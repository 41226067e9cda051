#!/usr/bin/env bash
# Every test there is: formatting and lints, dependencies, the pages, Rust, the C and C++ side, GDAL's programs and one of
# its wheels, QGIS, the Python package, the training's own.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh --tests

step() { echo; echo "== $*"; "$@"; }
step cargo fmt --check
step cargo clippy --release --locked --all-targets --quiet -- -D warnings
step cargo clippy --manifest-path fuzz/Cargo.toml --target-dir target/fuzz/check --locked --all-targets --quiet -- -D warnings
step scripts/check-dependencies.sh
step scripts/site.sh
step env RUSTDOCFLAGS=-Dwarnings cargo doc --release --locked --no-deps --quiet
step cargo test --release --locked --quiet
step tests/c/run.sh
step /usr/bin/python3 -m pytest -q tests/gdal
step env PYTHON=/usr/bin/python3 scripts/test-wheels.sh
step env QT_QPA_PLATFORM=offscreen /usr/bin/python3 -m pytest -q tests/qgis
step vendor/python/bin/python -m pytest -q python/tests
step /usr/bin/python3 -m pytest -q training
echo
echo "all tests passed"
