#!/usr/bin/env bash
# Makes the C and C++ reference from the headers; any warning is a failure. usage: scripts/docs.sh
# [OUTPUT-FOLDER]
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-target/doc/c}
mkdir -p "$out"
(cat packaging/Doxyfile; echo "OUTPUT_DIRECTORY = $out") | doxygen -
echo "$out/index.html"
