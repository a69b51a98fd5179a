#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures Sluice and, with --dagster, Dagster back to back on this machine; prints the tables, and keeps the figures in a file.
#
#   scripts/benchmark.sh                            every work, limit and curve on SQLite
#   scripts/benchmark.sh --store postgres           the same on a throw-away PostgreSQL cluster
#   scripts/benchmark.sh --dagster                  and the works in Dagster
#   scripts/benchmark.sh --quick --only latency,wide
#   scripts/benchmark.sh --help                     says the rest
#
# See Benchmarks/README.md.
set -euo pipefail
cd "$(dirname "$0")/.."
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=scripts
exec python3 -m benchmark "$@"
