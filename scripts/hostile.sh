#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Attacks a real daemon from a hostile location beside an honest one, and holds it to the bounds of Tests/Hostile/expectations.py.
#
#   scripts/hostile.sh                        every attack on the release build, which it builds; about half an hour
#   scripts/hostile.sh --quick                the quick half on the debug build, as 'make test' does
#   scripts/hostile.sh --only RingOfAssets    these attacks, or kinds of them, separated by commas
#   scripts/hostile.sh --list                 says which there are
#   scripts/hostile.sh --help                 says the rest
#
# Its bounds on time hold on a machine that does nothing else; --quick and --busy widen them.
set -euo pipefail
cd "$(dirname "$0")/.."
export PYTHONDONTWRITEBYTECODE=1

python=$(scripts/python-env.sh)
case " $* " in
  *" --help "* | *" -h "* | *" --list "*) exec "$python" Tests/Hostile "$@" ;;
  *" --programs "*) ;;
  *" --quick "*)
    # Tests have built it already.
    [ -n "${SLUICE_BUILT-}" ] || scripts/build.sh --tests
    set -- --programs .build/debug --busy "$@"
    ;;
  *)
    scripts/release.sh sluiced sluice FixtureLocation
    set -- --programs .build-release/release "$@"
    ;;
esac
exec "$python" Tests/Hostile "$@"
