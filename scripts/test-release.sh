#!/usr/bin/env bash
# Installs what release.sh made and runs it, where a user would: the Debian package and the archive
# in a fresh Debian 12 and 13 without a compiler, the archive for Windows under Wine, that for ARM64
# under qemu. Needs root and scripts/setup.sh --tests.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
release=target/release-$version
(cd "$release" && sha256sum --quiet --check SHA256SUMS)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# What a release gives is compared with what the same commit gives here.
cargo build --release --locked --quiet
/usr/bin/python3 tests/gdal/make_scene.py "$work/scene"
window=(--srcwin 60 60 240 240 --quiet)
target/release/s2sr run "$work/scene" "$work/here.tif" "${window[@]}"

for suite in bookworm trixie; do
    name=$suite-bare
    scripts/elsewhere.sh remove "$name"
    root=$(scripts/elsewhere.sh make $suite "$name")
    mkdir "$root/srv/release"
    cp -r "$work/scene" "$release"/s2sr_*_amd64.deb "$release"/s2sr-*-linux-x86_64.tar.gz "$root/srv/release"
    scripts/elsewhere.sh enter "$name" bash -c 'set -eux
        cd /srv/release
        # Without a GDAL it says what is missing.
        tar xzf s2sr-*-linux-x86_64.tar.gz
        mv s2sr-*-linux-x86_64 /opt/s2sr
        /opt/s2sr/bin/s2sr models
        if /opt/s2sr/bin/s2sr info scene 2> said; then exit 1; fi
        grep "apt install gdal-bin" said
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq ./s2sr_*_amd64.deb > /dev/null
        [ ! -e /usr/bin/gcc ]
        for program in /opt/s2sr/bin/s2sr s2sr; do
            $program run scene "out-$(dirname $program | tr / -).tif" '"${window[*]}"'
            GDAL_DRIVER_PATH=$($program gdal-plugins)
            export GDAL_DRIVER_PATH
            $program vrt scene out.vrt
            gdal_translate -q -srcwin 60 60 240 240 out.vrt "vrt-$(dirname $program | tr / -).tif"
            rm out.vrt
        done
        apt-get remove -y -qq s2sr > /dev/null
        [ ! -e /usr/bin/s2sr ]' > "$work/said" 2>&1 || { tail -40 "$work/said"; exit 1; }
    # A VRT is computed in tiles of its own: within 1 DN.
    for file in "$root"/srv/release/{out,vrt}-*.tif; do
        case $file in */vrt-*) most=1 ;; *) most=0 ;; esac
        echo -n "$suite: ${file##*/}: "
        /usr/bin/python3 tests/gdal/compare.py "$work/here.tif" "$file" $most
    done
    scripts/elsewhere.sh remove "$name"
done
unzip -q "$release"/s2sr-*-windows-x86_64.zip -d "$work"
scripts/test-windows.sh --installed "$work"/s2sr-*-windows-x86_64
tar -C "$work" -xzf "$release"/s2sr-*-linux-aarch64.tar.gz
scripts/test-arm64.sh --installed "$work"/s2sr-*-linux-aarch64
