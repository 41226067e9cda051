#!/usr/bin/env bash
# Installs the QGIS plug-in and the engine into a QGIS user profile and enables the plug-in; or
# removes all of it again. Close QGIS first. Nothing outside the profile is touched.
set -euo pipefail
cd "$(dirname "$0")/.."

usage="usage: scripts/install-qgis-plugin.sh [--qgis 3|4] [--profile NAME | --profile-folder DIR] [--no-engine] [--built DIR] [--uninstall]
  --qgis 3|4            the QGIS whose profile it is (default: 4 if that has profiles here, else 3)
  --profile NAME        a QGIS user profile (default: default)
  --profile-folder DIR  a profile anywhere, as QGIS shows it in Settings > User Profiles > Open Active Profile Folder
  --no-engine           only the plug-in; the engine is installed elsewhere
  --built DIR           install the engine built there, instead of building it now
  --uninstall           remove plug-in, engine and settings from the profile"
name=s2sr_qgis
profile='' folder='' qgis=''
engine=yes uninstall=no built=()
while [ $# -gt 0 ]; do
    case $1 in
        --qgis) qgis=${2:?$usage}; shift ;;
        --profile) profile=${2:?$usage}; shift ;;
        --profile-folder) folder=${2:?$usage}; shift ;;
        --no-engine) engine=no ;;
        --built) built=(--built "${2:?$usage}"); shift ;;
        --uninstall) uninstall=yes ;;
        -h | --help) echo "$usage"; exit 0 ;;
        *) echo "$usage" >&2; exit 2 ;;
    esac
    shift
done
base=${XDG_DATA_HOME:-$HOME/.local/share}/QGIS
case $qgis in
    3 | 4) ;;
    '') qgis=3; if [ -d "$base/QGIS4" ] || [ -f "$folder/QGIS/QGIS4.ini" ]; then qgis=4; fi ;;
    *) echo "$usage" >&2; exit 2 ;;
esac
profiles=$base/QGIS$qgis/profiles
[ -z "${QGIS_CUSTOM_CONFIG_PATH:-}" ] || profiles=$QGIS_CUSTOM_CONFIG_PATH/profiles
profile=$(realpath -m "${folder:-$profiles/${profile:-default}}")
plugin=$profile/python/plugins/$name
prefix=$profile/s2sr # where the plug-in looks for the engine
ini=$profile/QGIS/QGIS$qgis.ini

forget_enabled() { # whether the plug-in is enabled, and that QGIS disabled it after a crash
    sed -i -e "/^$name=/d" -e "/^watchDog\\\\$name=/d" "$ini"
}

if [ $uninstall = yes ]; then
    [ -d "$plugin" ] || [ -d "$prefix" ] || { echo "install-qgis-plugin.sh: neither the plug-in nor its engine is in $profile; name the profile (--profile, --qgis)" >&2; exit 1; }
    rm -rf "$plugin" "$prefix"
    if [ -f "$ini" ]; then
        forget_enabled
        sed -i -e '/^Configuration\\S2SR_/d' -e '/recentAlgorithms=/{s/s2sr:[a-z]*\(, \)\?//g; s/, $//}' "$ini"
    fi
    echo "the plug-in and its engine are removed from $profile"
    exit
fi

if [ $engine = yes ]; then
    [ -e vendor/onnxruntime/libonnxruntime.so ] || scripts/setup.sh
    scripts/install.sh --prefix "$prefix" "${built[@]}"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
zip=$(scripts/build-qgis-plugin.sh "$work")
rm -rf "$plugin"
mkdir -p "${plugin%/*}"
python3 -m zipfile -e "$zip" "${plugin%/*}"

mkdir -p "${ini%/*}"
touch "$ini"
forget_enabled
grep -q '^\[PythonPlugins\]' "$ini" || printf '\n[PythonPlugins]\n' >> "$ini"
sed -i "s/^\[PythonPlugins\]/&\n$name=true/" "$ini"
echo "the plug-in is installed and enabled in $profile; start QGIS and open the Processing toolbox"
