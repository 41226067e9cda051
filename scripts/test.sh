#!/usr/bin/env bash
# Every test there is: formatting and lints, dependencies, the pages, Rust, the C and C++ side,
# GDAL's programs and one of its wheels, QGIS, the Python package, the training's own.
set -euo pipefail
cd "$(dirname "$0")/.."
# What is built once is built quicker as a whole.
[ -z "${CI:-}" ] || export CARGO_INCREMENTAL=0
scripts/setup.sh --tests

# What is skipped is told, and where CI is set nothing is that scripts/skips.py does not expect.
tests() { local python=$1; shift; step env PYTHONPATH="$PWD/scripts" "$python" -m pytest -q -p skips "$@"; }
# The same with a process for each core, file by file: where mostly one core is busy.
tests_at_once() { tests "$@" --numprocesses auto --dist loadfile; }
step() { echo; echo "== $*"; "$@"; }
step scripts/check-format.sh
step cargo clippy --release --locked --all-targets --quiet -- -D warnings
step cargo clippy --release --manifest-path fuzz/Cargo.toml --no-default-features --target-dir target --locked --all-targets --quiet -- -D warnings
step scripts/check-dependencies.sh
step scripts/site.sh
step env RUSTDOCFLAGS=-Dwarnings cargo doc --release --locked --no-deps --quiet
step cargo test --release --locked --quiet
step tests/c/run.sh
tests_at_once /usr/bin/python3 tests/gdal
step env PYTHON=/usr/bin/python3 scripts/test-wheels.sh
QT_QPA_PLATFORM=offscreen tests_at_once /usr/bin/python3 tests/qgis
step vendor/python/bin/python -m mypy --cache-dir target/mypy python/s2sr
tests vendor/python/bin/python python/tests
tests vendor/python/bin/python training/tests/test_golden.py
tests /usr/bin/python3 training
echo
echo "all tests passed"
