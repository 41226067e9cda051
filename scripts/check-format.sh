#!/usr/bin/env bash
# Whether all code is formatted: Rust by rustfmt, Python by ruff, C and C++ by clang-format. --fix formats it.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=vendor/python/bin

# Headers of earlier releases stay as they were, and cbindgen writes the present one.
c() {
    find . \( -path ./target -o -path ./vendor -o -path ./fuzz/target -o -path ./tests/c/abi-1 -o -path ./include/s2sr.h \) -prune \
        -o -regex '.*\.\(c\|h\|cpp\|hpp\)' -type f -print0
}
if [ "${1:-}" = --fix ]; then
    cargo fmt
    "$tools/ruff" format --quiet .
    c | xargs -0 "$tools/clang-format" -i
else
    cargo fmt --check
    "$tools/ruff" format --quiet --diff .
    c | xargs -0 "$tools/clang-format" --dry-run -Werror
fi
"$tools/ruff" check --quiet .
