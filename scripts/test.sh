#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds what is missing and runs every test: values, in-memory twins, real servers and sockets, and the simulator's seeds.
#
#   scripts/test.sh [--filter NAME …]   arguments go to `swift test`; without any, 2,000 seeds go through the simulator too
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/build.sh --tests
# A trap in a test's child need not print its stack for seconds.
SWIFT_BACKTRACE=enable=no swift test --skip-build "$@"
if [ $# -eq 0 ]; then scripts/simulate.sh --seeds 2000 --require-coverage; fi
