#!/usr/bin/env bash
# Removes what install.sh had put under a prefix, and nothing else; folders only if install.sh made
# them and they are empty.
set -euo pipefail

usage="usage: scripts/uninstall.sh [--prefix /usr/local] [--destdir DIR]"
prefix=/usr/local destdir=''
while [ $# -gt 0 ]; do
    case $1 in
        --prefix) prefix=${2:?$usage}; shift ;;
        --destdir) destdir=${2:?$usage}; shift ;;
        -h | --help) echo "$usage"; exit 0 ;;
        *) echo "$usage" >&2; exit 2 ;;
    esac
    shift
done

root=$destdir$prefix
manifest=$root/lib/s2sr/install-manifest.txt
[ -f "$manifest" ] || { echo "uninstall.sh: $manifest is not there: s2sr is not installed in $root" >&2; exit 1; }
sort -r "$manifest" > "$manifest.todo" # what is inside a folder comes before the folder
while read -r path; do
    case $path in
        /* | *..*) echo "uninstall.sh: $manifest: refused: $path" >&2; exit 1 ;;
        */) ;;
        *) rm -f "$root/$path" ;;
    esac
done < "$manifest.todo"
folders=$(grep '/$' "$manifest.todo" || true)
rm -f "$manifest.todo"
for folder in $folders; do
    [ ! -d "$root/$folder" ] || rmdir --ignore-fail-on-non-empty "$root/$folder"
done
echo "s2sr is removed from $root"
