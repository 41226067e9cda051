#!/usr/bin/env bash
# Builds the wheel of the Python package: the library, the program, the GDAL plug-in, the networks
# and the headers; no GDAL and no ONNX Runtime. Compiled by scripts/build-linux.sh, it suits every
# Linux since glibc 2.17 (manylinux_2_17); by scripts/build-windows.sh, Windows x86-64.
#   scripts/build-wheel.sh [--machine x86_64|aarch64|windows] [--built DIR] [OUTPUT-FOLDER]
#       (default: this machine, target/wheel)
# --built: take what was built there; such a wheel of Linux is for machines like this one. Prints
# the wheel's path.
set -euo pipefail
cd "$(dirname "$0")/.."

usage="usage: scripts/build-wheel.sh [--machine x86_64|aarch64|windows] [--built DIR] [OUTPUT-FOLDER]"
built='' out=target/wheel machine=$(uname -m)
while [ $# -gt 0 ]; do
    case $1 in
        --built) built=${2:?$usage}; shift ;;
        --machine) machine=${2:?$usage}; shift ;;
        -h | --help) echo "$usage"; exit 0 ;;
        -*) echo "$usage" >&2; exit 2 ;;
        *) out=$1 ;;
    esac
    shift
done
say() { echo "build-wheel: $*" >&2; }

packages='setuptools>=77 wheel build'
[ -n "$built" ] || packages+=' auditwheel'
tools=vendor/wheel-tools/$(sha256sum <<< "$packages" | cut -c 1-16)
mkdir -p vendor/wheel-tools
exec {lock}> "$tools.lock" # two builds at once would make the same folder
flock "$lock"
if [ ! -e "$tools/ready" ]; then
    say "making $tools"
    rm -rf "$tools"
    python3 -m venv "$tools"
    # shellcheck disable=SC2086 # a list
    "$tools/bin/pip" install -q --disable-pip-version-check $packages >&2
    touch "$tools/ready"
fi
exec {lock}>&-
tools=$PWD/$tools/bin

case $machine in
    x86_64 | aarch64) target=$machine-unknown-linux-gnu library=libs2sr.so plugin=gdal_S2SR.so program=s2sr build=(build-linux.sh "$machine") ;;
    windows) target=x86_64-pc-windows-gnu library=s2sr.dll plugin=gdal_S2SR.dll program=s2sr.exe build=(build-windows.sh) ;;
    *) echo "$usage" >&2; exit 2 ;;
esac
platform=linux_$machine notices=''
if [ -z "$built" ]; then
    platform=manylinux_2_17_$machine notices=$target built=target/$target/dist
    say "compiling"
    "scripts/${build[0]}" "${build[@]:1}" >&2
fi
[ "$machine" != windows ] || platform=win_amd64

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r python/pyproject.toml python/setup.py python/README.md python/s2sr "$work"
find "$work" -name __pycache__ -prune -exec rm -rf {} +
cp LICENSE* NOTICE "$work"
root=$work/s2sr # laid out as scripts/install.sh does, so that the library finds its own files
mkdir -p "$root"/{bin,include,lib/s2sr/gdalplugins,share/s2sr/models}
install -m 755 "$built/$library" "$root/lib/$library"
install -m 755 "$built/$library" "$root/lib/s2sr/gdalplugins/$plugin" # wheels know no links
install -m 755 "$built/$program" "$root/bin/$program"
install -m 644 include/s2sr.h include/s2sr.hpp "$root/include"
[ -z "$notices" ] || scripts/notices.py "$notices" > "$root/share/s2sr/THIRD-PARTY.txt"
for file in models/*; do
    case $file in *.onnx | *.json | *.md) install -m 644 "$file" "$root/share/s2sr/models" ;; esac
done

mkdir -p "$out"
"$tools/python" -m build --wheel --no-isolation --outdir "$work/dist" "-C--build-option=--plat-name=$platform" "$work" > "$work/log" 2>&1 \
    || { cat "$work/log" >&2; exit 1; }
wheel=$(realpath "$out")/$(basename "$work"/dist/*.whl)
mv "$work"/dist/*.whl "$wheel"
if [ "${platform%%_*}" = manylinux ]; then
    # What the library asks of a system is what its name promises.
    "$tools/auditwheel" show "$wheel" > "$work/audit"
    tr '\n' ' ' < "$work/audit" | grep -q "consistent with the following platform tag: *\"$platform\"" \
        || { cat "$work/audit" >&2; say "the wheel does not keep what $platform promises"; exit 1; }
fi
echo "$wheel"
