#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The one debug build that the demo and the tests share.
#
#   scripts/build.sh           everything but the tests
#   scripts/build.sh --tests   everything
#
# A warning in our own sources fails the build.
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1-}" in
  "") arguments=() ;;
  --tests) arguments=(--build-tests) ;;
  *) echo "usage: $0 [--tests]" >&2; exit 2 ;;
esac

scripts/install-missing.sh
scripts/pin.sh

log=$(mktemp)
trap 'rm -f "$log"' EXIT
if [ ! -e .build/debug ]; then echo "building for the first time: allow a quarter of an hour on two cores"; fi
swift build "${arguments[@]}" 2>&1 | tee "$log"
# What a macro has made is named after the macro, and the next lines say where it stands; dependencies are built without warnings.
if grep -E -A 2 "^($PWD/(Sources|Tests|CodeLocations|Examples|Benchmarks)/.*|macro expansion .*|.*@__swiftmacro.*): warning:" "$log"; then
  echo "build: our own code builds without warnings: mend those above" >&2
  exit 1
fi
