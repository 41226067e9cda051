#!/usr/bin/env bash
# Makes a Debian package of exactly what install.sh installs, for this machine's Debian or Ubuntu.
set -euo pipefail
cd "$(dirname "$0")/.."

usage="usage: scripts/build-deb.sh [OUTPUT-FOLDER] [--built DIR] [--onnxruntime DIR]"
out=target/debian install_options=()
while [ $# -gt 0 ]; do
    case $1 in
        --built | --onnxruntime) install_options+=("$1" "${2:?$usage}"); shift ;;
        -h | --help) echo "$usage"; exit 0 ;;
        -*) echo "$usage" >&2; exit 2 ;;
        *) out=$1 ;;
    esac
    shift
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
stage=$work/stage
scripts/install.sh --prefix /usr --destdir "$stage" "${install_options[@]}"
# dpkg keeps its own list of files.
rm "$stage/usr/lib/s2sr/install-manifest.txt"
strip --strip-unneeded "$stage/usr/bin/s2sr" "$(realpath "$stage/usr/lib/libs2sr.so")"
install -D -m 644 packaging/debian/copyright "$stage/usr/share/doc/s2sr/copyright"

# The libraries that the programs name, as the packages that bring them.
mkdir -p "$work/debian" "$stage/DEBIAN"
echo "Source: s2sr" > "$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps --ignore-missing-info -O stage/usr/bin/s2sr stage/usr/lib/libs2sr.so |
    sed -n 's/^shlibs:Depends=//p')
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
arch=$(dpkg --print-architecture)
size=$(du -sk --exclude=DEBIAN "$stage" | cut -f1)
sed -e "s/@VERSION@/$version/" -e "s/@ARCH@/$arch/" -e "s/@SIZE@/$size/" -e "s/@DEPENDS@/$depends/" \
    packaging/debian/control.in > "$stage/DEBIAN/control"
install -m 644 packaging/debian/triggers "$stage/DEBIAN/triggers"
(cd "$stage" && find usr -type f -print0 | sort -z | xargs -0 md5sum) > "$stage/DEBIAN/md5sums"
chmod 644 "$stage/DEBIAN/md5sums"

mkdir -p "$out"
# Networks and ONNX Runtime hardly shrink: better compression takes eight times as long for a tenth.
dpkg-deb --root-owner-group -Zgzip -z3 --build "$stage" "$out/s2sr_${version}_$arch.deb"
