#!/usr/bin/env bash
# Whether all code is formatted: Rust by rustfmt, Python by ruff, C and C++ by clang-format. --fix formats it.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=vendor/python/bin

# Headers of earlier releases stay as they were, and cbindgen writes the present one.
c=(':!tests/c/abi-1' ':!include/s2sr.h')
for kind in c h cpp hpp; do c+=("*.$kind"); done
if [ "${1:-}" = --fix ]; then
    cargo fmt
    "$tools/ruff" format --quiet .
    git ls-files -z "${c[@]}" | xargs -0 "$tools/clang-format" -i
else
    cargo fmt --check
    "$tools/ruff" format --quiet --diff .
    git ls-files -z "${c[@]}" | xargs -0 "$tools/clang-format" --dry-run -Werror
fi
"$tools/ruff" check --quiet .
