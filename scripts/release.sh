#!/usr/bin/env bash
# Makes everything that a release consists of, from one commit, into target/release-VERSION:
# archives of the installed folder for Linux (x86-64 and ARM64, glibc 2.17 and later) and for
# Windows, a Debian package, the QGIS plug-in's zip, and the sums of all. The folders hold the
# networks, ONNX Runtime and the licences of all that is in them. On Debian, x86-64.
set -euo pipefail
cd "$(dirname "$0")/.."

[ -z "$(git status --porcelain)" ] || { echo "release.sh: there are changes that are not committed" >&2; exit 1; }
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
when=$(git log -1 --format=%ct)
out=target/release-$version
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -rf "$out"
mkdir -p "$out"

# stage NAME TARGET RUNTIME: the folder that is packed
stage() {
    scripts/notices.py "$2" > "target/$2/dist/THIRD-PARTY.txt"
    scripts/install.sh --prefix "/$1" --destdir "$work" --built "target/$2/dist" --onnxruntime "$3"
    rm "$work/$1/lib/s2sr/install-manifest.txt" # a folder is removed as a whole
    find "$work/$1" -exec touch -h -d "@$when" {} +
}
for machine in x86_64 aarch64; do
    scripts/build-linux.sh $machine
    name=s2sr-$version-linux-$machine
    stage "$name" $machine-unknown-linux-gnu vendor/linux-$machine/onnxruntime
    tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner -c "$name" | gzip -n9 > "$out/$name.tar.gz"
done
scripts/build-deb.sh "$out" --built target/x86_64-unknown-linux-gnu/dist --onnxruntime vendor/linux-x86_64/onnxruntime
scripts/build-windows.sh
name=s2sr-$version-windows-x86_64
stage "$name" x86_64-pc-windows-gnu vendor/windows/onnxruntime
(cd "$work" && find "$name" -type f | LC_ALL=C sort | TZ=UTC zip -qX9 "$name.zip" -@)
mv "$work/$name.zip" "$out"
scripts/build-qgis-plugin.sh "$out"
(cd "$out" && sha256sum -- * > SHA256SUMS)
(cd "$out" && cat SHA256SUMS && ls -sh)
