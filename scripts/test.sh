#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds what is missing and runs every test: values, in-memory twins, real servers and sockets, 2,000 seeds of the simulator, 40
# kills of real processes in the midst of work, and the quick half of a hostile location's attacks. That the benchmarks run is seen, too.
#
#   scripts/test.sh [--filter NAME …]   arguments go to `swift test`
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/build.sh --tests
# A trap in a test's child need not print its stack for seconds.
export SWIFT_BACKTRACE=enable=no

# A PostgreSQL cluster for this run; tests make databases of their own on it, and a few make clusters of their own.
cluster=$(mktemp -d "${TMPDIR:-/tmp}/sluice-pg-XXXXXX")
trap 'scripts/postgres.sh remove "$cluster"' EXIT
scripts/postgres.sh start "$cluster"
SLUICE_TEST_POSTGRES=$(scripts/postgres.sh url "$cluster")
export SLUICE_TEST_POSTGRES

if [ $# -gt 0 ]; then
  swift test --skip-build "$@"
  exit
fi
# Stores and seeds keep every core busy for seconds, and servers, database servers and leases have bounds of their own: apart, none
# takes the others' threads.
swift test --skip-build --skip SimulatorTests --skip PostgresStoreTests --skip ControlPlaneProcessTests \
  --skip ControlPlaneDaemonTests --skip CodeLocationHostTests
swift test --skip-build --filter ControlPlaneDaemonTests --filter CodeLocationHostTests
swift test --skip-build --filter PostgresStoreTests
swift test --skip-build --filter ControlPlaneProcessTests
swift test --skip-build --filter SimulatorTests
scripts/simulate.sh --seeds 2000 --require-coverage
# The seed is another one each time, and printed.
SLUICE_BUILT=yes scripts/crash.sh --kills 28
SLUICE_BUILT=yes scripts/crash.sh --kills 12 --store postgres --daemons 2
# Bounds on what is observed, generous in time: honest steps beside a location that attacks.
SLUICE_BUILT=yes scripts/hostile.sh --quick
# A team's own package, outside of this tree: its build, its tests, its CI.
scripts/own-repository.sh
# Benchmarks are no tests; that they run is.
scripts/benchmark.sh --smoke
scripts/benchmark.sh --smoke --store postgres --only latency,bytes-stored,limits
