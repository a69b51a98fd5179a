#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the simulator optimized, apart from the debug build, and runs it.
#
#   scripts/simulate.sh [--seeds N --from S --faults … --require-coverage …]   arguments go to `sluice-simulate`
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install-missing.sh
scripts/pin.sh
swift build -c release --disable-index-store --product sluice-simulate --scratch-path .build-simulate
exec .build-simulate/release/sluice-simulate "$@"
