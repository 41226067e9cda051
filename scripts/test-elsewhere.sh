#!/usr/bin/env bash
# Builds s2sr in another Debian, in a folder of this machine, and runs all tests there: with that
# Debian's GDAL, QGIS, Python and C compiler. Rust and what cargo fetched are this machine's. Run
# again, it builds only what changed.
#   scripts/test-elsewhere.sh SUITE [COMMAND...]
#       bookworm, trixie or sid; COMMAND in place of scripts/test.sh
# Needs root, and 5 GB a suite; elsewhere.sh says where, and removes it.
set -euo pipefail
cd "$(dirname "$0")/.."

case ${1:-} in
    bookworm | trixie | sid) suite=$1; shift ;;
    *) echo "usage: scripts/test-elsewhere.sh bookworm|trixie|sid [COMMAND...]" >&2; exit 2 ;;
esac
root=$(scripts/elsewhere.sh make "$suite" "$suite")

# The working tree as it is, without what git ignores; and ONNX Runtime, which a bare Debian could
# not fetch everywhere. Where other users may look: tests become one. What changed gets the time of
# now: cargo goes by it, and a file that was written here before the last build there would be old
# to it.
scripts/packages.sh rsync
[ -e vendor/onnxruntime/libonnxruntime.so ] || scripts/setup.sh
tree=$root/srv/s2sr
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
chmod 755 "$new"
mkdir -p "$tree"
git ls-files -z --cached --others --exclude-standard --deduplicate | while IFS= read -r -d '' file; do
    [ ! -e "$file" ] || printf '%s\0' "$file"
done | tar --null -T - -c | tar -x -C "$new"
rsync -rlp --checksum --delete --exclude /target --exclude /vendor "$new/" "$tree"
mkdir -p "$tree/vendor"
rsync -a vendor/onnxruntime "$tree/vendor"

[ $# -gt 0 ] || set -- scripts/test.sh
echo "elsewhere: $suite: $*"
S2SR_RUST=yes scripts/elsewhere.sh enter "$suite" bash -c 'cd /srv/s2sr && exec "$@"' - "$@"
