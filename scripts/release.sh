#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds what is to be deployed, or measured: optimized across modules, with Swift's runtime inside, so that a machine needs no Swift.
#
#   scripts/release.sh                     sluiced and sluice
#   scripts/release.sh weather flights     other products
#
# The programs are in .build-release/release.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install-missing.sh
scripts/pin.sh
[ $# -gt 0 ] || set -- sluiced sluice
for product in "$@"; do
  swift build -c release --disable-index-store --static-swift-stdlib -Xswiftc -cross-module-optimization \
    --scratch-path .build-release --product "$product"
done
