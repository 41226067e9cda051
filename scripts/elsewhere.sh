#!/usr/bin/env bash
# Another Debian in a folder of this machine, for tests. Needs root.
#   scripts/elsewhere.sh make SUITE NAME
#       bookworm, trixie or sid, as bare as can be; prints its folder. Made once
#   scripts/elsewhere.sh enter NAME COMMAND...     runs a command in it
#   scripts/elsewhere.sh remove NAME
# S2SR_ELSEWHERE: the folder for all of them (/var/lib/s2sr-elsewhere). S2SR_RUST=yes: this
# machine's Rust is there, too.
set -euo pipefail

usage() { sed -n '3,5s/^# *//p' "$0" >&2; exit 2; }
fail() { echo "elsewhere.sh: $*" >&2; exit 1; }
[ $# -ge 2 ] || usage
[ "$(id -u)" = 0 ] || fail "another Debian is made by root"
base=${S2SR_ELSEWHERE:-/var/lib/s2sr-elsewhere}
mkdir -p "$base"

# Folders of this machine are mounted in a name space of the command's own and are gone with it.
# Should some be there all the same, they come off first, or what is on this machine would be
# deleted.
delete() {
    while read -r _ place _; do
        case $place in "$root"/*) umount -l "$place" ;; esac
    done < <(tac /proc/self/mounts)
    ! grep -q " $root/" /proc/self/mounts || fail "$root has mounts"
    rm -rf --one-file-system "$root"
}

make() {
    [ ! -e "$root/.complete" ] || return 0
    "$(dirname "$0")"/packages.sh debootstrap
    delete
    # The mirror that this machine uses, if it is one of Debian; else the one that debootstrap
    # knows.
    mirror=$(apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' | sed -n 's/^Debian Debian //p' | head -1)
    echo "elsewhere: making $suite in $root" >&2
    debootstrap --variant=minbase "$suite" "$root" ${mirror:+"$mirror"} > "$root.log" 2>&1 ||
        { tail -5 "$root.log" >&2; fail "debootstrap failed"; }
    printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d" # no service is started
    chmod 755 "$root/usr/sbin/policy-rc.d"
    echo force-unsafe-io > "$root/etc/dpkg/dpkg.cfg.d/unsafe-io"
    # A mirror of sid that was not renewed for a week will do.
    echo 'Acquire::Check-Valid-Until "false";' > "$root/etc/apt/apt.conf.d/old-lists"
    touch "$root/.complete"
}

enter() {
    [ -e "$root/.complete" ] || fail "$root was not made"
    exec 9> "$root.lock"
    flock -n 9 || fail "$root is in use"
    cp -L /etc/resolv.conf "$root/etc/resolv.conf"
    mkdir -p "$root"/root/.cargo "$root"/root/.rustup
    # Whom this machine trusts, where its user says so.
    trust=()
    if [ -n "${SSL_CERT_FILE:-}" ]; then
        cp -L "$SSL_CERT_FILE" "$root/etc/trusted.pem"
        trust=({SSL_CERT_FILE,PIP_CERT}=/etc/trusted.pem)
    fi
    unshare --mount --pid --fork --kill-child bash -s "$root" env -i HOME=/root LANG=C.UTF-8 TERM=dumb CI="${CI:-}" \
        PATH=/root/.cargo/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${trust[@]}" "$@" <<'END'
set -euo pipefail
root=$1
shift
mount --make-rprivate /
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
if [ "${S2SR_RUST:-}" = yes ]; then
    mount --bind "${CARGO_HOME:-$HOME/.cargo}" "$root/root/.cargo"
    mount --bind "${RUSTUP_HOME:-$HOME/.rustup}" "$root/root/.rustup"
fi
exec chroot "$root" "$@" < /dev/null
END
}

what=$1
shift
case $what in
    make) suite=$1 root=$base/${2:-$1}; make; echo "$root" ;;
    enter) root=$base/$1; shift; enter "$@" ;;
    remove) root=$base/$1; delete ;;
    *) usage ;;
esac
