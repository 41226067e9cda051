#!/usr/bin/env bash
# The one libs2sr.so of a release in every GDAL at hand, its pixels beside those of `s2sr run`, 0
# DN: this machine's GDAL and QGIS, those of Debian 13 and sid (in folders that test-elsewhere.sh
# filled), and Python's wheels, three GDALs at once and none among them. Then what it is linked to,
# and what it adds to a GDAL that does not use it. After release.sh.
#   scripts/test-one-library.sh [here] [trixie] [sid] [wheels] [cost]     all of them
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
name=s2sr-$version-linux-x86_64
[ $# -gt 0 ] || set -- here trixie sid wheels cost
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
tar -C "$work" -xzf "target/release-$version/$name.tar.gz"
/usr/bin/python3 tests/gdal/make_scene.py "$work/scene"
"$work/$name/bin/s2sr" run "$work/scene" "$work/run.tif" --to 10 --quiet
library=$(realpath "$work/$name/lib/libs2sr.so")
# As the tests expect a build: the program beside the library. What is looked for from there is
# looked for where links lead.
mkdir "$work/built"
ln -s "../$name/bin/s2sr" "../$name/lib/libs2sr.so" "$work/built"
echo "libs2sr.so: $(sha256sum < "$library" | cut -c1-16)"

# In a Debian, at the root of the sources: what GDAL's program reads out of the VRT, and the tests
# of the QGIS plug-in.
cat > "$work/in-debian.sh" << 'END'
set -euo pipefail
folder=$1 prefix=$1/$2
echo "libs2sr.so: $(sha256sum < "$prefix/lib/libs2sr.so" | cut -c1-16); $(gdalinfo --version | cut -d, -f1)"
"$prefix/bin/s2sr" vrt "$folder/scene" "$folder/out.vrt" --to 10
GDAL_DRIVER_PATH=$("$prefix/bin/s2sr" gdal-plugins) gdal_translate -q "$folder/out.vrt" "$folder/read.tif"
export S2SR_LIBRARY=$folder/built/libs2sr.so QT_QPA_PLATFORM=offscreen
/usr/bin/python3 -c 'from qgis.core import Qgis; print("QGIS", Qgis.QGIS_VERSION)' 2>&1 | tail -1
/usr/bin/python3 -m pytest -q tests/qgis 2>&1 | grep -E '^(FAILED|ERROR) |(passed|failed).* in '
END
elsewhere() {
    local root
    root=$(scripts/elsewhere.sh make "$1" "$1")
    rm -rf "$root/srv/release"
    mkdir "$root/srv/release"
    cp -a "$work"/{scene,built,in-debian.sh} "$work/$name" "$root/srv/release"
    scripts/test-elsewhere.sh "$1" bash /srv/release/in-debian.sh /srv/release "$name" | sed "s/^/$1: /"
    echo "$1: the VRT: $(/usr/bin/python3 tests/gdal/compare.py "$work/run.tif" "$root/srv/release/read.tif")"
}

# How long GDAL takes to know its drivers, each time in a process of its own, with the folder of
# plug-ins and with an empty one.
cost='import ctypes.util, os, statistics, subprocess, sys
gdal = ctypes.util.find_library("gdal")
once = f"""import ctypes, time
gdal = ctypes.CDLL("{gdal}")
start = time.perf_counter()
gdal.GDALAllRegister()
print(time.perf_counter() - start)"""
times = {folder: [] for folder in sys.argv[1:]}
for _ in range(60):
    for folder, each in times.items():
        process = [sys.executable, "-c", once]
        each.append(1000 * float(subprocess.check_output(process, env={**os.environ, "GDAL_DRIVER_PATH": folder})))
for what, of in ("least", min), ("median", statistics.median):
    plugin, none = map(of, times.values())
    print(f"loading the plug-in, {what} of 60: {plugin - none:.2f} ms ({plugin:.2f} with it, {none:.2f} without)")'

for place in "$@"; do
    case $place in
        here)
            bash "$work/in-debian.sh" "$work" "$name" | sed 's/^/here: /'
            echo "here: the VRT: $(/usr/bin/python3 tests/gdal/compare.py "$work/run.tif" "$work/read.tif")"
            ;;
        trixie | sid) elsewhere "$place" ;;
        wheels)
            S2SR_LIBDIR=$work/built PYTHON=/usr/bin/python3 scripts/test-wheels.sh --all | sed 's/^/wheels: /'
            ;;
        cost)
            ldd "$library" | sed 's/^/ldd: /'
            readelf -VW "$library" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -1 | sed 's/^/newest symbol: /'
            /usr/bin/python3 -c "$cost" "$("$work/$name/bin/s2sr" gdal-plugins)" "$work"
            ;;
        *) echo "test-one-library.sh: $place: not known" >&2; exit 2 ;;
    esac
done
