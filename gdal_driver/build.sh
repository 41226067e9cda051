#!/usr/bin/env bash
# Builds the driver S2SR for the GDAL whose headers pkg-config finds, into a folder of plug-ins:
# FOLDER/3.6/s2sr_driver.so for GDAL 3.6. GDAL then looks for plug-ins in FOLDER/3.6 alone, so
# gdal_S2SR.so is linked there as well.
#   gdal_driver/build.sh FOLDER      PKG_CONFIG_PATH leads to another GDAL, CXX is another compiler
set -euo pipefail
folder=${1:?usage: gdal_driver/build.sh FOLDER}
here=$(cd "$(dirname "$0")" && pwd)

version=$(pkg-config --modversion gdal)
minor=$(cut -d. -f1,2 <<< "$version")
mkdir -p "$folder/$minor"
read -ra flags <<< "$(pkg-config --cflags gdal)"
# Linked to the library by the name that goes with the minor version; libs2sr loads it beside no
# other.
read -ra library <<< "$(pkg-config --libs gdal)"
# Whatever -fvisibility says, templates of the standard library stay visible: the list of what is
# exported leaves them out.
"${CXX:-c++}" -std=c++17 -O2 -fPIC -shared -fvisibility=hidden -fno-semantic-interposition -Wl,-z,lazy "-Wl,--version-script=$here/exported.map" -Wall -Wextra -o "$folder/$minor/s2sr_driver.so" \
    "${flags[@]/#-I/-isystem}" "$here"/*.cpp "${library[@]}"
ln -sfn ../gdal_S2SR.so "$folder/$minor/gdal_S2SR.so"
