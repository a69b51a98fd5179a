#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Sees to it that every package is resolved at the version of scripts/pins: what the daemon is built and tested with. Package.swift has
# ranges for what a team's own package resolves, too. Says nothing where it is so already.
#
#   scripts/pin.sh           before a build
#   scripts/pin.sh --write   writes scripts/pins: after `swift package update`, or with another dependency in Package.swift
set -euo pipefail
cd "$(dirname "$0")/.."

pinned() { grep -v '^#' scripts/pins | sort; }
# SwiftPM writes a pin's identity before its version.
resolved() {
  [ ! -e Package.resolved ] ||
    sed -n 's/.*"identity" : "\(.*\)".*/\1/p; s/.*"version" : "\(.*\)".*/\1/p' Package.resolved | paste -d ' ' - - | sort
}
is_pinned() { [ "$(pinned)" = "$(resolved)" ]; }

case "${1-}" in
  "") ;;
  --write)
    swift package resolve
    { grep '^#' scripts/pins; resolved; } > scripts/pins.new
    mv scripts/pins.new scripts/pins
    exit
    ;;
  *) echo "usage: $0 [--write]" >&2; exit 2 ;;
esac

if is_pinned; then exit; fi
swift package resolve
# Each step may move others, towards what is newest.
while read -r package version; do
  if ! resolved | grep -qxF "$package $version"; then swift package resolve "$package" --version "$version"; fi
done < <(pinned)
if ! is_pinned; then
  echo "pin: what Package.swift resolves to is not what scripts/pins says (<):" >&2
  diff <(pinned) <(resolved) | grep '^[<>]' >&2 || true
  echo "  mend: where Package.swift was changed, try what is resolved now, and then run scripts/pin.sh --write" >&2
  exit 1
fi
