#!/usr/bin/env bash
# Treats the built program and library as a bad day does: killed, cancelled, without room, used for
# long by many threads. Takes about ten minutes, so it is no part of scripts/test.sh.
#   scripts/stress.sh [--quick] [CHECK]...
#       --quick: fewer rounds; CHECK: kill, cancel, cog, leaks, threads, disk, sanitizers
# Needs what scripts/setup.sh --tests installs and builds. One line a check; the status is 1 if one
# failed.
set -euo pipefail
cd "$(dirname "$0")/.."
exec /usr/bin/python3 tests/stress/stress.py "$@"
