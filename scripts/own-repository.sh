#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A team's own package, as a team has it: what `sluice init --package` writes, in a folder outside of this checkout, with pins of its own
# that are not ours, and this tree as the release of a git repository. Its own CI script builds, tests and validates it.
#
#   scripts/own-repository.sh   after scripts/build.sh, whose `sluice` it runs
#
# What it compiles is kept in .build-own: the first run takes as long as a clean build of a location, a later one compiles what changed.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
kept=$root/.build-own
team=$(mktemp -d "${TMPDIR:-/tmp}/sluice-own-XXXXXX")
trap 'rm -rf "$team"' EXIT
fail() {
  echo "own-repository: $1" >&2
  exit 1
}
[ -x .build/debug/sluice ] || fail "there is no .build/debug/sluice: run scripts/build.sh"

# This tree as it is, in a repository beside the checkout's own; a tree that was not there before is a release of its own.
release=$kept/release/sluice.git
git() { command git -c user.name=Sluice -c user.email=sluice@example.com -c commit.gpgsign=false "$@"; }
in_release() { GIT_DIR=$release GIT_WORK_TREE=$root git "$@"; }
[ -d "$release" ] || git init --quiet --bare "$release"
in_release add --all
if ! in_release rev-parse --quiet --verify HEAD > /dev/null || ! in_release diff --cached --quiet; then
  in_release commit --quiet --no-verify --message "The tree as it is"
  # Never a tag again that was another tree's, also after `make clean`: SwiftPM remembers what a tag was.
  in_release tag "0.1.$(date +%s)"
fi

.build/debug/sluice init tides --package "$team/tides" --sluice "file://$release" --release 0.1.1 > /dev/null
diff -r --exclude Package.swift --exclude '.build*' --exclude Package.resolved Examples/OwnRepository "$team/tides" ||
  fail "Examples/OwnRepository is not what 'sluice init --package' writes"

# Pins that ours could not meet: an older major version of what both use, and of what only our control plane uses.
cd "$team/tides"
swift package add-dependency https://github.com/apple/swift-crypto.git --exact 3.12.3 > /dev/null
swift package add-dependency https://github.com/jpsim/Yams.git --exact 5.0.1 > /dev/null

# workspace.yaml says where a team's build is; this one is where it is kept.
mkdir -p .build "$kept/build"
ln -s "$kept/build/debug" .build/debug
options=(--scratch-path "$kept/build" --security-path "$kept/security")
# Else SwiftPM takes the newest release that it knows of an earlier run.
swift package "${options[@]}" update sluice
PATH=$root/.build/debug:$PATH ./ci.sh "${options[@]}" -debug-info-format none

for pin in '"version" : "3.12.3"' '"version" : "5.0.1"'; do
  grep -qF "$pin" Package.resolved || fail "the package's own pin $pin was not met"
done
grep -qF "\"$(in_release rev-parse HEAD)\"" Package.resolved || fail "the package was not built with this tree"
if grep -E '"identity" : "(grdb.swift|hummingbird|async-http-client|swift-subprocess)"' Package.resolved; then
  fail "a location resolves what only the control plane is built with"
fi
echo "own-repository: $(grep -c '"identity"' Package.resolved) packages resolved"
