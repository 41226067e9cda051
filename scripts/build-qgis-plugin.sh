#!/usr/bin/env bash
# Makes the QGIS plug-in's zip, as plugins.qgis.org and "Install from ZIP" take it: Python and text,
# no binaries.
set -euo pipefail
cd "$(dirname "$0")/.."

usage="usage: scripts/build-qgis-plugin.sh [OUTPUT-FOLDER]   (default target/qgis)"
case ${1:-} in -*) echo "$usage"; [ "$1" = -h ] || [ "$1" = --help ] && exit 0 || exit 2 ;; esac
out=${1:-target/qgis}
name=s2sr_qgis
version=$(sed -n 's/^version=//p' qgis_plugin/$name/metadata.txt)

# The binding is the Python package's; the plug-in carries a copy. Where that is up to date it is left
# alone: others may be reading it, such as tests beside these.
engine=qgis_plugin/$name/engine
if ! diff -rq -x __pycache__ python/s2sr/engine "$engine" > /dev/null; then
    rm -rf "$engine"
    mkdir "$engine"
    cp python/s2sr/engine/*.py "$engine/"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "qgis_plugin/$name" "$work/$name"
find "$work" -name __pycache__ -prune -exec rm -rf {} +
rm -rf "$work/$name/lib" # where a user may have put an engine

binaries=$(find "$work" -type f ! -name '*.py' ! -name '*.txt' ! -name '*.svg' ! -name '*.ts' ! -name '*.qm' ! -name LICENSE)
[ -z "$binaries" ] || { echo "build-qgis-plugin.sh: does not belong into the zip: $binaries" >&2; exit 1; }

mkdir -p "$out"
zip=$(realpath "$out")/$name-$version.zip
rm -f "$zip"
(cd "$work" && python3 -m zipfile -c "$zip" "$name/")
echo "$zip"
