#!/usr/bin/env bash
# Installs those of some packages of Debian or Ubuntu that are not there.
#   scripts/packages.sh NAME...
set -euo pipefail

missing=()
for package in "$@"; do
    # Packages that are only known, or removed but for their settings, are listed, too.
    dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "installing ${missing[*]}" >&2
sudo=()
if [ "$(id -u)" != 0 ]; then sudo=(sudo); fi
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
