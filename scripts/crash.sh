#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Kills the daemon, two locations and, with --store postgres, the journal's server at moments chosen from a seed, restarts them, and
# compares what is left with a model. With --daemons 2 there are two on the store, which are also stopped where they are for a while.
#
#   scripts/crash.sh [--kills N --seed S --store postgres --daemons 2 --keep --verbose …]   arguments go to `sluice-crash`
set -euo pipefail
cd "$(dirname "$0")/.."

# Tests have built it already.
[ -n "${SLUICE_BUILT-}" ] || scripts/build.sh --tests
exec .build/debug/sluice-crash "$@"
