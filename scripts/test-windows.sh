#!/usr/bin/env bash
# Tests the build for Windows under Wine: unit tests and those of the command line, the installed
# folder with three GDALs of PyPI, their pixels beside those of the build for this machine, and the
# C examples. One line a test; the last one counts them. Needs scripts/setup.sh --tests on Debian.
#   scripts/test-windows.sh [WORD]...
#       only the tests whose name holds one of these words
#   scripts/test-windows.sh --installed FOLDER
#       that folder, as a release has it, in place of what is built now
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

installed=''
if [ "${1:-}" = --installed ]; then
    installed=$(cd "$2" && pwd) || exit 2
    shift 2
fi
wanted=("$@")
work=$(mktemp -d)
trap 'wineserver -k > /dev/null 2>&1; rm -rf "$work"' EXIT
passed=0 failed=0
# check NAME COMMAND...: its output is shown when it fails
check() {
    local name=$1 word found=no start=$SECONDS code
    shift
    for word in "${wanted[@]}"; do case $name in *"$word"*) found=yes ;; esac; done
    [ ${#wanted[@]} = 0 ] || [ $name = install ] || [ $found = yes ] || return 0
    (set -e; "$@") > "$work/output" 2>&1
    code=$?
    if [ $code = 0 ]; then
        passed=$((passed + 1))
        echo "ok $name ($((SECONDS - start)) s)"
        grep -E '^test result: |^GDAL ' "$work/output" | grep -v ' 0 passed' | sed 's/^/    /'
    else
        failed=$((failed + 1))
        echo "FAILED $name ($code)"
        tail -60 "$work/output" | sed 's/^/    /'
    fi
}

scripts/packages.sh wine wine64 xvfb xauth binutils-mingw-w64-x86-64 gcc-mingw-w64-x86-64 g++-mingw-w64-x86-64 || exit 1
cargo build --release --locked --quiet || exit 1
[ -n "$installed" ] || scripts/build-windows.sh release > "$work/build" 2>&1 || { tail -40 "$work/build"; exit 1; }
for wheel in rasterio==1.5.2 hece-gdal==3.10.2 gdal-wheel==3.13.3; do
    scripts/fetch-wheel.sh windows $wheel "vendor/windows/${wheel%%=*}" || exit 1
done

# A Windows of the test's own, kept between runs: to make it takes a minute.
export WINEPREFIX=$PWD/target/wine WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
built=target/x86_64-pc-windows-gnu/release
gcc=x86_64-w64-mingw32-gcc
system=$WINEPREFIX/drive_c/windows/system32
[ -d "$system" ] || wineboot -i > /dev/null 2>&1
[ -e "$system/bcryptprimitives.dll" ] ||
    $gcc -shared -o "$system/bcryptprimitives.dll" tests/windows/bcryptprimitives.c -ladvapi32 || exit 1
windows() { sed 's#^/#Z:/#; s#/#\\#g' <<< "$1"; } # a path as Windows has it
vendor=$(windows "$PWD/vendor/windows")
osgeo=$vendor'\hece-gdal\osgeo'

# use GDAL: which one is used from here on
use() {
    local data
    case $1 in
        rasterio) S2SR_GDAL=$(ls vendor/windows/rasterio/rasterio.libs/gdal-*.dll) ;;
        hece-gdal) S2SR_GDAL=vendor/windows/hece-gdal/osgeo/gdal.dll ;;
        gdal-wheel) S2SR_GDAL=$(ls vendor/windows/gdal-wheel/gdal_wheel.libs/gdal-*.dll) ;;
    esac
    S2SR_GDAL=$(windows "$PWD/$S2SR_GDAL")
    export S2SR_GDAL
    case $1 in
        rasterio) data=$vendor'\rasterio\rasterio'; export GDAL_DATA=$data'\gdal_data' PROJ_DATA=$data'\proj_data' ;;
        *) data=$vendor'\'$1'\osgeo\data'; export GDAL_DATA=$data'\gdal' PROJ_DATA=$data'\proj' ;;
    esac
}

# A Python for Windows: the DLL and the modules in C are in panda3d's wheel, for programs that are
# packed with it; the modules in Python are those of this machine's Python, which has to be of the
# same version. GDAL comes with osgeo, as in QGIS.
get_python() {
    local part
    local -x S2SR_WHEEL_PYTHON=3.11
    scripts/fetch-wheel.sh windows panda3d==1.10.16 vendor/windows/panda3d 'deploy_libs/*'
    scripts/fetch-wheel.sh windows numpy==1.26.4 vendor/windows/python-numpy
    scripts/fetch-wheel.sh windows hece-gdal==3.10.2 vendor/windows/python-gdal
    mkdir "$work/python"
    cp vendor/windows/panda3d/deploy_libs/*.pyd "$work/python"
    for part in python311 VCRUNTIME140 libffi-8 libcrypto-3 libssl-3; do
        cp "vendor/windows/panda3d/deploy_libs/$part.dll" "$work/python"
    done
    $gcc -std=c11 -Wall -Wextra -Wpedantic -Werror -municode tests/windows/python.c -o "$work/python/python3.exe"
    cp -r "$(/usr/bin/python3 -c 'import sys, sysconfig
assert sys.version_info[:2] == (3, 11), "a Python 3.11 is needed"
print(sysconfig.get_paths()["stdlib"])')" "$work/python/Lib"
}
python_with() { # the engine as FOLDER has it
    local -x PYTHONPATH=$vendor'\python-numpy;'$vendor'\python-gdal' PYTHONDONTWRITEBYTECODE=1
    local -x S2SR_LIBRARY
    S2SR_LIBRARY=$(windows "$prefix/bin/s2sr.dll")
    [ -d "$work/python" ] || get_python
    rm -f "$work/python.tif" "$work/python.vrt"
    unset S2SR_GDAL GDAL_DATA PROJ_DATA
    # It needs three open streams.
    echo | wine "$work/python/python3.exe" -X utf8 tests/windows/engine.py "$(windows "$PWD/$1")" "$(windows "$scene")" \
        "$(windows "$work/python.tif")" "$(windows "$work/python.vrt")" "$(windows "$PWD/tests/data/dummy-t2x.onnx")" 2>&1 | cat
    $same "$work/part.tif" "$work/python.tif"
}

cargo_tests() { # cargo_tests lib|cli: as cargo built them; the programs and the DLL of GDAL are in PATH, and Python
    local program
    use hece-gdal
    [ -d "$work/python" ] || get_python
    export WINEPATH="$osgeo;$(windows "$work/python")" ORT_DYLIB_PATH=$vendor'\onnxruntime\onnxruntime.dll'
    if [ "$1" = lib ]; then kind=(--lib); else kind=(--test "$1"); fi
    program=$(scripts/build-windows.sh release test --no-run "${kind[@]}" --message-format=json-render-diagnostics 2> "$work/cargo" |
        sed -n '/"profile":{[^}]*"test":true}/s/.*"executable":"\([^"]*\)".*/\1/p') || { cat "$work/cargo"; return 1; }
    # Wine's own exit status says nothing when its server ends.
    xvfb-run -a wine "$program" --test-threads=2 | tee "$work/tests"
    grep -q '^test result: ok' "$work/tests"
}

imports() { # nothing but Windows' own; GDAL and ONNX Runtime are looked up
    local file
    for file in "$prefix"/bin/s2sr.{exe,dll}; do
        x86_64-w64-mingw32-objdump -p "$file" | sed -n 's/.*DLL Name: //p' | tr 'A-Z' 'a-z' | sort -u > "$work/imports"
        grep . "$work/imports"
        if grep -vE '^(kernel32|ntdll|advapi32|bcrypt|bcryptprimitives|userenv|ws2_32|user32|ole32|shell32|msvcrt|psapi|api-ms-win-[a-z0-9-]*)\.dll$' "$work/imports"; then return 1; fi
    done
}

prefix=${installed:-$work/s2sr}
install_prefix() {
    [ -n "$installed" ] || scripts/install.sh --prefix "$prefix" --built $built --onnxruntime vendor/windows/onnxruntime
    # Any other ONNX Runtime would be Windows' own, which is old.
    mkdir "$work/aside"
    mv "$prefix/lib/s2sr/onnxruntime.dll" "$work/aside"
    use hece-gdal
    if wine "$prefix/bin/s2sr.exe" run "$scene" "$work/never.tif" --srcwin 0 0 60 60 2> "$work/said"; then return 1; fi
    cat "$work/said"
    grep 'ONNX Runtime was not found' "$work/said"
    mv "$work/aside/onnxruntime.dll" "$prefix/lib/s2sr"
    wine "$prefix/bin/s2sr.exe" models
}

# A product as tests/gdal makes it, and what this machine makes of it.
scene=$work/scene
same="/usr/bin/python3 tests/gdal/compare.py"
window=(--srcwin 60 60 240 240)
make_scene() {
    /usr/bin/python3 tests/gdal/make_scene.py "$scene"
    target/release/s2sr run "$scene" "$work/here.tif" --to 10 --quiet
    target/release/s2sr run "$scene" "$work/part.tif" "${window[@]}" --quiet
}
run_with() { # the program with a GDAL
    use "$1"
    wine "$prefix/bin/s2sr.exe" run "$(windows "$scene")" "$(windows "$work/$1.tif")" "${window[@]}" --quiet
    $same "$work/part.tif" "$work/$1.tif"
}
vrt_with() { # the plug-in in a GDAL
    use "$1"
    wine "$prefix/bin/s2sr.exe" vrt "$(windows "$scene")" "$(windows "$work/$1.vrt")"
    GDAL_DRIVER_PATH=$(wine "$prefix/bin/s2sr.exe" gdal-plugins | tr -d '\r')
    export GDAL_DRIVER_PATH
    wine "$work/read.exe" "$S2SR_GDAL" "$(windows "$work/$1.vrt")" "$(windows "$work/$1.raw")"
    $same "$work/here.tif" "$work/$1.raw"
}
translate() { # GDAL's own program reads the VRT
    use hece-gdal
    export GDAL_DRIVER_PATH
    GDAL_DRIVER_PATH=$(wine "$prefix/bin/s2sr.exe" gdal-plugins | tr -d '\r')
    wine vendor/windows/hece-gdal/osgeo/gdal_translate.exe -q "$(windows "$work/hece-gdal.vrt")" "$(windows "$work/translated.tif")"
    $same "$work/here.tif" "$work/translated.tif"
}
examples() {
    local source program options
    use hece-gdal
    export WINEPATH
    WINEPATH=$(windows "$prefix/bin")
    mkdir "$work/examples"
    for source in examples/c/*.c examples/cpp/*.cpp; do
        program=$work/examples/$(basename "$source" | tr . -).exe
        options=(-Wall -Wextra -Wpedantic -Werror -I"$prefix/include" -static)
        case $source in
            *.c) $gcc -std=c11 "${options[@]}" "$source" -o "$program" "$prefix/lib/libs2sr.dll.a" -pthread ;;
            *) x86_64-w64-mingw32-g++-posix -std=c++17 "${options[@]}" "$source" -o "$program" "$prefix/lib/libs2sr.dll.a" -pthread ;;
        esac
    done
    for program in "$work"/examples/arrays*; do wine "$program" tests/data/dummy-t2x.onnx | grep 'B5: [1-9]'; done
    for program in "$work"/examples/threads*; do wine "$program" tests/data/dummy-x2.onnx | grep 'the same pixels'; done
    for program in "$work"/examples/list_models*; do wine "$program" tests/data/dummy-t2x.onnx | grep dummy-t2x; done
    for program in "$work"/examples/file_to_file*; do
        wine "$program" "$(windows "$scene")" "$(windows "$work/example.tif")" "model=$(windows "$PWD/tests/data/dummy-t2x.onnx")" | grep '{'
        [ -s "$work/example.tif" ]
        rm "$work/example.tif"
    done
}

make_scene > "$work/output" 2>&1 || { cat "$work/output"; exit 1; }
$gcc -std=c11 -Wall -Wextra -Wpedantic -Werror tests/windows/read.c -o "$work/read.exe" || exit 1
check install install_prefix
check imports imports
for gdal in rasterio hece-gdal gdal-wheel; do check run-with-$gdal run_with $gdal; done
for gdal in rasterio hece-gdal gdal-wheel; do check vrt-with-$gdal vrt_with $gdal; done
check gdal-translate translate
check examples examples
check python-package python_with python/s2sr
check python-in-qgis python_with qgis_plugin/s2sr_qgis
if [ -z "$installed" ]; then
    check unit-tests cargo_tests lib
    check command-line-tests cargo_tests cli
fi

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
