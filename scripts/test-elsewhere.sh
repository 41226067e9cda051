#!/usr/bin/env bash
# Builds s2sr in another Debian, in a folder of this machine, and runs all tests there: with that Debian's GDAL, QGIS,
# Python and C compiler. Rust and what cargo fetched are this machine's. Run again, it builds only what changed.
#   scripts/test-elsewhere.sh SUITE [COMMAND...]     bookworm, trixie or sid; COMMAND in place of scripts/test.sh
#   scripts/test-elsewhere.sh --remove SUITE
# S2SR_ELSEWHERE: the folder for all suites (/var/lib/s2sr-elsewhere; 5 GB each). Needs root.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() { sed -n '4,6s/^# *//p' "$0" >&2; exit 2; }
remove=no
if [ "${1:-}" = --remove ]; then remove=yes; shift; fi
case ${1:-} in bookworm | trixie | sid) suite=$1; shift ;; *) usage ;; esac
[ "$(id -u)" = 0 ] || { echo "test-elsewhere.sh: another Debian is made by root" >&2; exit 1; }
say() { echo "elsewhere: $*"; }

base=${S2SR_ELSEWHERE:-/var/lib/s2sr-elsewhere}
root=$base/$suite
mkdir -p "$base"
exec 9> "$base/$suite.lock"
flock -n 9 || { echo "test-elsewhere.sh: $root is in use" >&2; exit 1; }

# Folders of this machine are mounted in a name space of the test's own and are gone with it. Should some be there all the
# same, nothing is deleted: it would be deleted on this machine.
delete() {
    while read -r _ place _; do
        case $place in "$root"/*) umount -l "$place" ;; esac
    done < <(tac /proc/self/mounts)
    ! grep -q " $root/" /proc/self/mounts || { echo "test-elsewhere.sh: $root has mounts" >&2; exit 1; }
    rm -rf --one-file-system "$root"
}
if [ $remove = yes ]; then
    delete
    say "$root is gone"
    exit
fi

if [ ! -e "$root/.complete" ]; then
    command -v debootstrap > /dev/null || apt-get install -y -qq --no-install-recommends debootstrap > /dev/null
    delete
    # The mirror that this machine uses, if it is one of Debian.
    mirror=$(apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' | sed -n 's/^Debian Debian //p' | head -1)
    say "making $suite in $root"
    debootstrap --variant=minbase "$suite" "$root" "${mirror:-http://deb.debian.org/debian}" > "$base/$suite.log" ||
        { tail -5 "$base/$suite.log" >&2; exit 1; }
    printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d" # no service is started
    chmod 755 "$root/usr/sbin/policy-rc.d"
    echo force-unsafe-io > "$root/etc/dpkg/dpkg.cfg.d/unsafe-io"
    touch "$root/.complete"
fi

# The working tree as it is, without what git ignores; and ONNX Runtime, which a bare Debian could not fetch everywhere.
[ -e vendor/onnxruntime/libonnxruntime.so ] || scripts/setup.sh
tree=$root/root/s2sr
mkdir -p "$tree"
find "$tree" -mindepth 1 -maxdepth 1 ! -name target -exec rm -rf {} +
git ls-files -z --cached --others --exclude-standard --deduplicate | while IFS= read -r -d '' file; do
    [ ! -e "$file" ] || printf '%s\0' "$file"
done | tar --null -T - -c | tar -x -C "$tree"
mkdir -p "$tree/vendor"
cp -a vendor/onnxruntime "$tree/vendor"

[ $# -gt 0 ] || set -- scripts/test.sh
say "$suite: $*"
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
mkdir -p "$root"/root/.cargo "$root"/root/.rustup
unshare --mount --pid --fork --kill-child bash -s "$root" "$@" <<'END'
set -euo pipefail
root=$1
shift
mount --make-rprivate /
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
mount --bind "${CARGO_HOME:-$HOME/.cargo}" "$root/root/.cargo"
mount --bind "${RUSTUP_HOME:-$HOME/.rustup}" "$root/root/.rustup"
exec chroot "$root" env -i HOME=/root LANG=C.UTF-8 TERM=dumb CI="${CI:-}" PATH=/root/.cargo/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    bash -c 'cd ~/s2sr && exec "$@" < /dev/null' - "$@"
END
say "$suite: done"
