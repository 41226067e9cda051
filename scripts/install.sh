#!/usr/bin/env bash
# Builds s2sr and installs it under a prefix: the library, headers, pkg-config and CMake files, the
# command line, the GDAL plug-in and its drivers, the models and what vendor/onnxruntime holds (ONNX
# Runtime, if setup.sh put it there, and CUDA). This is the one list of what is installed; the
# Debian package and the archives of a release, that for Windows among them, are made from it too.
# The result may be moved as a whole. Run again, it replaces what it had put.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022 # what is installed is for everybody, also where root's own files are not

usage="usage: scripts/install.sh [--prefix /usr/local] [--destdir DIR] [--built DIR] [--onnxruntime DIR]"
# --built: install what was built there, instead of building it now; --onnxruntime: ONNX Runtime's
# files for it
prefix=/usr/local destdir='' built='' runtime=vendor/onnxruntime
while [ $# -gt 0 ]; do
    case $1 in
        --prefix) prefix=${2:?$usage}; shift ;;
        --destdir) destdir=${2:?$usage}; shift ;;
        --built) built=${2:?$usage}; shift ;;
        --onnxruntime) runtime=${2:?$usage}; shift ;;
        -h | --help) echo "$usage"; exit 0 ;;
        *) echo "$usage" >&2; exit 2 ;;
    esac
    shift
done
case $prefix in /*) ;; *) echo "install.sh: --prefix $prefix: give it from the root, as in /opt/s2sr" >&2; exit 2 ;; esac

if [ -z "$built" ]; then
    cargo build --release --locked
    built=${CARGO_TARGET_DIR:-target}/release
    # The driver S2SR: is built where GDAL's headers are; all else does without.
    ! pkg-config --exists gdal || gdal_driver/build.sh "$built/gdalplugins"
fi
[ -f "$built/s2sr" ] || [ -f "$built/s2sr.exe" ] || { echo "install.sh: there is no s2sr in $built; build it first" >&2; exit 1; }
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
abi=$(sed -n 's/^#define S2SR_ABI_VERSION \([0-9]*\).*/\1/p' include/s2sr.h)
[ -n "$version" ] && [ -n "$abi" ] || { echo "install.sh: no version in Cargo.toml or no ABI number in s2sr.h" >&2; exit 1; }

root=$destdir$prefix
manifest=lib/s2sr/install-manifest.txt # every file, and every folder (with a / at the end) that was made for them
mkdir -p "$root"
work=$(mktemp -d)
leave() { # where it ended early, as on a full disk, what was not there before goes again
    sort -u "$work/new" | comm -23 - "$work/old" | sort -r | while read -r path; do
        case $path in
            */) rmdir --ignore-fail-on-non-empty "$root/$path" ;;
            *) rm -f "$root/$path" ;;
        esac
    done
    rm -rf "$work"
}
touch "$work/old" "$work/new"
trap leave EXIT
[ ! -f "$root/$manifest" ] || sort -u "$root/$manifest" > "$work/old"
grep '/$' "$work/old" > "$work/new" || true

folder() { # makes folder $1 and its parents, and notes those that were not there
    [ ! -d "$root/$1" ] || return 0
    case $1 in */*) folder "${1%/*}" ;; esac
    mkdir "$root/$1"
    echo "$1/" >> "$work/new"
}
put() { # put FILE PLACE [MODE]
    folder "${2%/*}"
    echo "$2" >> "$work/new"
    install -m "${3:-644}" "$1" "$root/$2"
}
link() { # link TARGET PLACE
    folder "${2%/*}"
    echo "$2" >> "$work/new"
    ln -sfn "$1" "$root/$2"
}
fill() { # fill TEMPLATE PLACE
    sed -e "s/@VERSION@/$version/g" -e "s/@ABI@/$abi/g" \
        -e "s|@LOCATION@|$location|" -e "s|@IMPLIB@|$implib|" "$1" > "$work/filled"
    put "$work/filled" "$2"
}

if [ -f "$built/s2sr.dll" ]; then
    # Windows looks for libraries beside the program, and links are not for everybody there.
    put "$built/s2sr.exe" bin/s2sr.exe 755
    put "$built/s2sr.dll" bin/s2sr.dll 755
    put "$built/libs2sr.dll.a" lib/libs2sr.dll.a
    plugin=lib/s2sr/gdalplugins/gdal_S2SR.dll
    put "$built/s2sr.dll" $plugin 755
    location=bin/s2sr.dll implib=lib/libs2sr.dll.a
else
    put "$built/s2sr" bin/s2sr 755
    put "$built/libs2sr.so" "lib/libs2sr.so.$abi" 755
    link "libs2sr.so.$abi" lib/libs2sr.so
    plugin=lib/s2sr/gdalplugins/gdal_S2SR.so
    link "../../libs2sr.so.$abi" $plugin
    location=lib/libs2sr.so.$abi implib=
fi
for driver in "$built"/gdalplugins/*/s2sr_driver.so; do
    [ -f "$driver" ] || continue
    minor=$(basename "$(dirname "$driver")")
    put "$driver" "lib/s2sr/gdalplugins/$minor/s2sr_driver.so" 755
    # In the folder of its version GDAL looks for plug-ins alone, if there is one.
    link ../gdal_S2SR.so "lib/s2sr/gdalplugins/$minor/gdal_S2SR.so"
done
put include/s2sr.h include/s2sr.h
put include/s2sr.hpp include/s2sr.hpp
fill packaging/s2sr.pc.in lib/pkgconfig/s2sr.pc
fill packaging/s2sr-config.cmake.in lib/cmake/s2sr/s2sr-config.cmake
fill packaging/s2sr-config-version.cmake.in lib/cmake/s2sr/s2sr-config-version.cmake
for file in models/*; do
    [ ! -f "$file" ] || put "$file" "share/s2sr/$file"
done
for file in "$runtime"/*.so* "$runtime"/*.dll; do
    if [ -L "$file" ]; then
        link "$(readlink "$file")" "lib/s2sr/${file##*/}"
    elif [ -f "$file" ]; then
        put "$file" "lib/s2sr/${file##*/}" 755
    fi
done
for file in README.md CHANGELOG.md NOTICE LICENSE* "$built/THIRD-PARTY.txt"; do
    [ ! -f "$file" ] || put "$file" "share/doc/s2sr/${file##*/}"
done
for file in "$runtime"/{LICENSE,ThirdPartyNotices.txt}; do
    [ ! -f "$file" ] || put "$file" "share/doc/s2sr/onnxruntime/${file##*/}"
done

folder "${manifest%/*}"
echo "$manifest" >> "$work/new"
sort -u "$work/new" > "$root/$manifest"
# What an older version had put and this one does not.
comm -23 "$work/old" "$root/$manifest" | while read -r gone; do rm -f "$root/$gone"; done
: > "$work/new" # all is noted

# The system's own library folders need to be told.
if [ -z "$destdir" ] && [ "$(id -u)" = 0 ]; then
    case $prefix in /usr | /usr/local) ldconfig ;; esac
fi
[ -e "$root/$plugin" ] && echo "s2sr $version is installed in $root"
ls "$root"/lib/s2sr/*onnxruntime* > /dev/null 2>&1 || echo "install.sh: ONNX Runtime is not in $runtime, and so is not installed; scripts/setup.sh fetches it" >&2
