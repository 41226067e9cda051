#!/usr/bin/env bash
# The contract of the C and C++ side, tried on an installed copy as a user's program meets it.
# usage: tests/c/run.sh [NAME]...     only the tests whose name holds one of these words
# S2SR_LIBDIR: where libs2sr.so and s2sr were built (target/release). One line a test; the last one
# counts them.
set -uo pipefail
cd "$(dirname "$0")" || exit 1
root=$(cd ../.. && pwd)
built=$(cd "${S2SR_LIBDIR:-$root/target/release}" && pwd) || exit 1
[ -f "$built/libs2sr.so" ] || { echo "tests/c: $built/libs2sr.so is not there: cargo build --release" >&2; exit 1; }

wanted=("$@")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
data=$root/tests/data
warnings=(-Wall -Wextra -Wpedantic -Werror)
sanitize=(-fsanitize=address,undefined -fno-sanitize-recover=all)
passed=0 failed=0 skipped=0 lacking=0

# check NAME FUNCTION [ARGUMENT]...: one test; its output is shown when it fails. A function that
# gives 77 was skipped.
check() {
    local name=$1 word found=no start=$SECONDS code
    shift
    for word in "${wanted[@]}"; do case $name in *"$word"*) found=yes ;; esac; done
    [ ${#wanted[@]} = 0 ] || [ $name = install ] || [ $found = yes ] || return 0
    (set -e; "$@") > "$work/output" 2>&1
    code=$?
    case $code in
        0) passed=$((passed + 1)); echo "ok $name ($((SECONDS - start)) s)" ;;
        77) skipped=$((skipped + 1)); echo "skipped $name: $(tail -1 "$work/output")"
            grep -q root "$work/output" || lacking=$((lacking + 1)) ;;
        *) failed=$((failed + 1)); echo "FAILED $name ($code)"; sed 's/^/    /' "$work/output" | tail -40 ;;
    esac
}

# fails COMMAND...: it must not succeed
fails() {
    if "$@"; then echo "this did not fail: $*"; return 1; fi
}

# build PROGRAM VARIANT: a test program as a C11, C++17 or sanitized binary in the work folder
build() {
    local source language=(gcc -std=c11 -D_POSIX_C_SOURCE=200809L) libraries=(-L"$prefix/lib" -ls2sr -Wl,-rpath,"$prefix/lib")
    source=$(echo "$1".c*)
    case $source in *.cpp) language=(g++ -std=c++17) ;; esac
    case $1 in
        files | host) libraries+=($(pkg-config --cflags --libs gdal | sed 's/-I/-isystem /g')) ;;
        loading) libraries=(-ldl) ;;
    esac
    case $2 in
        c++) language=(g++ -x c++ -std=c++17) ;;
        asan) language+=("${sanitize[@]}" -g) ;;
        debug) language+=(-g) ;;
    esac
    "${language[@]}" "${warnings[@]}" -I"${header_folder:-$prefix/include}" -I. "$source" -o "$work/$1-$2" -pthread "${libraries[@]}"
}

# execute PROGRAM VARIANT [COMMAND]...: runs it; it must end well and leave standard error alone
execute() {
    local program=$1 variant=$2 folder=$work/$1-$2.d arguments=()
    shift 2
    rm -rf "$folder"
    mkdir "$folder"
    case $program in
        loading) cp "$prefix/lib/libs2sr.so" "$prefix/lib/copy.so"; arguments=("$prefix/lib/libs2sr.so" "$prefix/lib/copy.so") ;;
        locale) arguments=(de_DE.UTF-8) ;;
    esac
    "$@" timeout 120 "$work/$program-$variant" "$data" "$folder" "${arguments[@]}" 2> "$folder/stderr" || {
        code=$?
        cat "$folder/stderr"
        return $code
    }
    [ ! -s "$folder/stderr" ] || { echo "standard error was written to:"; cat "$folder/stderr"; return 1; }
}

build_and_execute() {
    build "$1" "$2"
    execute "$1" "$2"
}

install_prefix() {
    "$root/scripts/install.sh" --prefix "$prefix" --built "$built"
    # Once more changes nothing.
    cp "$prefix/lib/s2sr/install-manifest.txt" "$work/manifest"
    "$root/scripts/install.sh" --prefix "$prefix" --built "$built"
    cmp "$prefix/lib/s2sr/install-manifest.txt" "$work/manifest"
    # The soname carries the ABI number, and the command line finds its models.
    local abi
    abi=$(sed -n 's/^#define S2SR_ABI_VERSION \([0-9]*\).*/\1/p' "$prefix/include/s2sr.h")
    objdump -p "$prefix/lib/libs2sr.so" | grep -x " *SONAME *libs2sr.so.$abi"
    "$prefix/bin/s2sr" models --json > /dev/null
}

# An installation that ends early leaves nothing, and one by a careful root is for everybody.
install_elsewhere() {
    local other=$work/other
    mkdir -p "$work/half"
    cp "$built/s2sr" "$work/half"
    fails "$root/scripts/install.sh" --prefix "$other" --built "$work/half"
    [ -z "$(ls -A "$other")" ]
    (umask 077; "$root/scripts/install.sh" --prefix "$other" --built "$built")
    [ -z "$(find "$other" -mindepth 1 -not -perm -004)" ]
    "$root/scripts/uninstall.sh" --prefix "$other"
}

# A reader who has seen enough, as head does, is no failure.
closed_pipe() {
    { sleep 0.2; "$prefix/bin/s2sr" models 2> "$work/closed-pipe"; echo $? > "$work/code"; } | true
    [ "$(cat "$work/code")" = 0 ]
    [ ! -s "$work/closed-pipe" ]
}

exported_symbols() {
    nm -D --defined-only "$prefix/lib/libs2sr.so" | awk '{print $3}' | LC_ALL=C sort | diff exported-symbols.txt -
    # Everything the header declares is there.
    grep -o '\bs2sr_[a-z_]*(' "$prefix/include/s2sr.h" | tr -d '(' | LC_ALL=C sort -u | LC_ALL=C comm -23 - exported-symbols.txt | { ! grep .; }
    # The drivers for GDAL's versions, where they were built.
    local driver
    for driver in "$prefix"/lib/s2sr/gdalplugins/*/s2sr_driver.so; do
        [ ! -e "$driver" ] || nm -D --defined-only "$driver" | awk '{print $3}' | diff <(echo s2sr_driver_register) -
    done
}

# The library works with any GDAL and with none, and brings no C++ along.
needed() {
    readelf -d "$prefix/lib/libs2sr.so" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' > "$work/needed"
    fails grep -vE '^(libc|libm|libdl|libpthread|libgcc_s|ld-linux-[a-z0-9_-]*)\.so\.[0-9]+$' "$work/needed"
    fails sh -c "nm -D --undefined-only '$prefix/lib/libs2sr.so' | grep -E ' (GDAL|CPL|CSL|OSR|VSI|_Z)'"
}

# Programs built with the headers of earlier releases of this ABI number run with today's library.
old_program() {
    local header
    for header in abi-1/*/s2sr.h; do
        header_folder=$(dirname "$header") build smoke c
        execute smoke c
        header_folder=$(dirname "$header") build layout c
        execute layout c
        grep -o '\bs2sr_[a-z_]*(' "$header" | tr -d '(' | LC_ALL=C sort -u | LC_ALL=C comm -23 - exported-symbols.txt | { ! grep .; }
    done
}

# memcheck PROGRAM: no bad access and no definite leak
memcheck() {
    which valgrind > /dev/null || { echo "there is no valgrind"; return 77; }
    build "$1" debug
    execute "$1" debug valgrind --quiet --error-exitcode=99 --leak-check=full --show-leak-kinds=definite \
        --errors-for-leak-kinds=definite --suppressions=valgrind.supp --trace-children=yes
}

with_locale() {
    which localedef > /dev/null && [ -f /usr/share/i18n/locales/de_DE ] || { echo "there is no locale to try"; return 77; }
    localedef -i de_DE -f UTF-8 "$work/de_DE.UTF-8"
    build locale c
    LOCPATH=$work execute locale c
}

# examples FOLDER: runs the programs in it, C and C++ alike
run_examples() {
    local product=$work/files-c.d/product program
    for program in "$1"/arrays*; do "$program" "$data/dummy-t2x.onnx" | grep 'B5: [1-9]'; done
    for program in "$1"/threads*; do "$program" "$data/dummy-x2.onnx" | grep 'the same pixels'; done
    for program in "$1"/list_models*; do
        "$program" > /dev/null
        "$program" "$data/dummy-t2x.onnx" | grep -c dummy-t2x
    done
    for program in "$1"/file_to_file*; do
        rm -f "$work/out.tif"
        "$program" "$product" "$work/out.tif" "model=$data/dummy-t2x.onnx" | grep '{'
        [ -s "$work/out.tif" ]
        fails "$program" "$product" "$work/never.tif" nonsense=1
        [ ! -e "$work/never.tif" ]
    done
    for program in "$1"/minimal*; do fails "$program" /nowhere "$work/never.tif"; done
}

examples_with_pkg_config() {
    PKG_CONFIG_PATH=$prefix/lib/pkgconfig make -s -C "$root/examples" BUILD="$work/make" -j2
    run_examples "$work/make/c"
    run_examples "$work/make/cpp"
}

# asking_for VERSIONS: a project that asks CMake for these, of the installed copy
asking_for() {
    rm -rf "$work/asking"
    mkdir "$work/asking"
    echo "cmake_minimum_required(VERSION 3.19)
project(asking C)
find_package(s2sr $1 REQUIRED PATHS \"$prefix\" NO_DEFAULT_PATH)" > "$work/asking/CMakeLists.txt"
}

examples_with_cmake() {
    cmake -S "$root/examples" -B "$work/cmake" -DCMAKE_PREFIX_PATH="$prefix"
    cmake --build "$work/cmake" -j2
    run_examples "$work/cmake"
    # A version that is not there is not found.
    asking_for 99
    fails cmake -S "$work/asking" -B "$work/asking/build"
    # Nor one that a range leaves out, by its end or by what the end excludes.
    local version range
    version=$("$prefix/bin/s2sr" --version | cut -d' ' -f2)
    for range in 0.0.1...0.0.9 "0.0.1...<$version"; do
        asking_for "$range"
        fails cmake -S "$work/asking" -B "$work/asking/build"
    done
    for range in "0.0.1...$version" 0.0.1...0.99; do
        asking_for "$range"
        cmake -S "$work/asking" -B "$work/asking/build"
    done
}

# Ctrl-C in the middle of a slow run: nothing is left, not even a temporary file.
interrupt() {
    [ -f "$root/models/dsen2-t2x.onnx" ] || { echo "there is no slow model"; return 77; }
    mkdir "$work/interrupted"
    "$work/make/c/file_to_file" "$work/files-c.d/product" "$work/interrupted/out.tif" model=dsen2 threads=1 tile=32 2> "$work/progress" &
    local program=$! tries=0 code=0
    until grep -q '[1-9] %' "$work/progress" || [ $((tries += 1)) -gt 200 ]; do sleep 0.05; done
    kill -INT $program
    wait $program || code=$?
    cat "$work/progress"
    [ $code = 130 ]
    [ -z "$(ls -A "$work/interrupted")" ]
}

# The installed folder is moved, and everything still finds everything.
moved() {
    mv "$prefix" "$work/moved"
    "$work/moved/bin/s2sr" models --json | diff - <("$built/s2sr" models --json) || "$work/moved/bin/s2sr" models
    PKG_CONFIG_PATH=$work/moved/lib/pkgconfig make -s -C "$root/examples" BUILD="$work/make-moved" "$work/make-moved/c/list_models"
    "$work/make-moved/c/list_models" > /dev/null
    mv "$work/moved" "$prefix"
}

# A program that is linked with the library, in which GDAL loads it once more as its plug-in: by a
# link to the same file, and from a copy.
beside_plugin() {
    local folder
    mkdir "$work/plugins"
    cp "$prefix/lib/libs2sr.so" "$work/plugins/gdal_S2SR.so"
    for folder in "$prefix/lib/s2sr/gdalplugins" "$work/plugins"; do
        GDAL_DRIVER_PATH=$folder execute files c
    done
}

gdal_plugin() {
    local folder
    folder=$("$prefix/bin/s2sr" gdal-plugins)
    [ -e "$folder/gdal_S2SR.so" ]
    case $folder in "$prefix"/*) ;; *) echo "gdal-plugins says $folder, which is not under the prefix"; return 1 ;; esac
    GDAL_DRIVER_PATH=$folder gdalinfo --formats | grep S2SR
}

uninstall() {
    rm -f "$prefix/lib/copy.so"
    "$root/scripts/uninstall.sh" --prefix "$prefix"
    [ -z "$(ls -A "$prefix")" ]
}

debian_package() {
    which dpkg-shlibdeps > /dev/null || { echo "there is no dpkg-dev"; return 77; }
    "$root/scripts/build-deb.sh" "$work/deb" --built "$built"
    dpkg-deb --extract "$work"/deb/*.deb "$work/extracted"
    "$work/extracted/usr/bin/s2sr" models --json > /dev/null
    # Files are read by any GDAL that is there.
    fails sh -c "dpkg-deb --field '$work'/deb/*.deb Depends | grep -i gdal"
    dpkg-deb --field "$work"/deb/*.deb Recommends | grep gdal-bin
}

debian_install() {
    [ -d "$work/deb" ] || { echo "there is no package"; return 77; }
    ./debian.sh "$work"/deb/*.deb "$data"
}

documentation() {
    which doxygen > /dev/null || { echo "there is no doxygen"; return 77; }
    "$root/scripts/docs.sh" "$work/docs"
    [ -s "$work/docs/index.html" ]
}

programs=(smoke layout nulls errors shapes bands strides handles callbacks threads forking files host memory)

check install install_prefix
check install-elsewhere install_elsewhere
check closed-pipe closed_pipe
check exported-symbols exported_symbols
for program in "${programs[@]}"; do check "$program" build_and_execute "$program" c; done
for program in "${programs[@]}"; do check "$program-as-c++17" build "$program" c++; done
check needed needed
check hpp build_and_execute hpp c
check loading build_and_execute loading c
check locale with_locale
check old-program old_program
for program in smoke nulls errors shapes bands strides handles callbacks threads files host hpp; do
    check "$program-asan-ubsan" build_and_execute "$program" asan
done
for program in nulls errors shapes handles; do check "$program-valgrind" memcheck "$program"; done
check examples-pkg-config examples_with_pkg_config
check examples-cmake examples_with_cmake
check interrupt interrupt
check gdal-plugin gdal_plugin
check beside-gdal-plugin beside_plugin
check moved-prefix moved
check debian-package debian_package
check debian-install debian_install
check documentation documentation
check uninstall uninstall

echo "$passed passed, $failed failed, $skipped skipped"
if [ -n "${CI:-}" ] && [ "$lacking" -gt 0 ]; then
    echo "CI is set, where only what takes root may be skipped: scripts/setup.sh --tests installs what tests need"
    exit 1
fi
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
