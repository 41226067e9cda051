#!/usr/bin/env bash
# Makes the site of docs/; a warning, such as a link that leads nowhere, is a failure. usage:
# scripts/site.sh [OUTPUT-FOLDER]
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(realpath -m "${1:-target/doc/site}")

tools=vendor/site
stamp=$tools/$(sha256sum docs/requirements.txt | cut -c 1-16)
if [ ! -e "$stamp" ]; then
    rm -rf "$tools"
    python3 -m venv "$tools"
    "$tools/bin/pip" install -q --disable-pip-version-check -r docs/requirements.txt
    touch "$stamp"
fi
# By its Python, as the checkout may have been moved since. Not --quiet: what is not logged is not
# counted by --strict.
"$tools/bin/python" -m mkdocs build --strict --site-dir "$out" 2>&1 | sed '/^INFO /d' >&2
echo "$out/index.html"
