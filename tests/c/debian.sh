#!/usr/bin/env bash
# Installs a package, uses it and removes it, in a throw-away layer over this system. usage:
# debian.sh PACKAGE.deb DATA Needs root; ends with 77 where a layer cannot be made.
set -euo pipefail
package=$(realpath "$1")
data=$(realpath "$2")
[ "$(id -u)" = 0 ] && unshare -m true 2> /dev/null || { echo "it takes root to try dpkg -i"; exit 77; }

layer=$(mktemp -d)
trap 'rm -rf "$layer"' EXIT
cp "$package" "$layer/package.deb"
cp "$data/dummy-x2.onnx" "$layer"
cat > "$layer/use.sh" <<'END'
set -eux
cd "$1"
traces() { find /usr /etc -name '*s2sr*' ! -path '/usr/src/*' | grep . || true; }
[ -z "$(traces)" ] || { echo "the system has s2sr already"; exit 77; }
dpkg -i package.deb
env -u S2SR_MODELS s2sr models
[ -e "$(s2sr gdal-plugins)/gdal_S2SR.so" ]
cat > program.c <<'C'
#include <s2sr.h>
#include <stdio.h>
int main(void) {
    s2sr_model *model = NULL;
    if (s2sr_model_open("dummy-x2.onnx", NULL, &model) != S2SR_OK) return puts(s2sr_last_error()), 1;
    s2sr_model_free(model);
    return 0;
}
C
gcc -std=c11 -Wall -Wextra -Wpedantic -Werror program.c $(pkg-config --cflags --libs s2sr) -o program
./program
dpkg -r s2sr
[ -z "$(traces)" ]
END

cat > "$layer/enter.sh" <<'END'
set -eu
mkdir "$1/layer"
mount -t tmpfs tmpfs "$1/layer" && mkdir "$1/layer/upper" "$1/layer/work" "$1/layer/root" &&
    mount -t overlay overlay -o "lowerdir=/,upperdir=$1/layer/upper,workdir=$1/layer/work" "$1/layer/root" || exit 77
for folder in dev proc; do mount --rbind "/$folder" "$1/layer/root/$folder"; done
inside=/mnt/s2sr-package
mkdir -p "$1/layer/root$inside"
cp "$1"/package.deb "$1"/*.onnx "$1"/use.sh "$1/layer/root$inside"
chroot "$1/layer/root" bash "$inside/use.sh" "$inside"
END
unshare -m bash "$layer/enter.sh" "$layer"
