#!/usr/bin/env bash
# What continuous integration runs: the build, the tests, and whether the definitions are valid, alone and in the workspace.
#
#   ./ci.sh [OPTION …]   options go to every `swift` command, such as --scratch-path DIR
#
# `sluice`, the command line, comes from Sluice's release. Where it is not on the PATH, that is said, and the last step left out.
set -euo pipefail
cd "$(dirname "$0")"

swift build --build-tests "$@"
swift test --skip-build "$@"

"$(swift build --show-bin-path "$@")/tides" validate
if command -v sluice > /dev/null; then
  sluice validate --workspace "${SLUICE_WORKSPACE:-workspace.yaml}" --location tides
else
  echo "ci: no 'sluice' on the PATH: how the definitions fit the workspace was not looked at" >&2
fi
