#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what the build and the tests need and this machine lacks; says nothing where nothing is missing.
#
# The Swift toolchain is not installed: it is only looked for.
set -euo pipefail

oldest_swift=6.2

# What to look for, and the Debian package that brings it: a command, a file, a program of a PostgreSQL server, or Python's venv.
wanted='
command git               git
command pkg-config        pkg-config
command python3           python3
file    include/sqlite3.h libsqlite3-dev
file    include/zlib.h    zlib1g-dev
file    include/postgresql/libpq-fe.h libpq-dev
server  initdb            postgresql
file    sbin/update-ca-certificates ca-certificates
venv    -                 python3-venv
'

fail() {
  echo "install-missing: $1" >&2
  exit 1
}

has() {
  case "$1" in
    command) command -v "$2" > /dev/null ;;
    file) [ -e "/usr/$2" ] || [ -e "/usr/local/$2" ] ;;
    server) compgen -G "/usr/lib/postgresql/*/bin/$2" > /dev/null || command -v "$2" > /dev/null ;;
    venv) python3 -c 'import ensurepip, venv' 2> /dev/null ;;
  esac
}

missing() {
  while read -r kind what package; do
    if [ -n "$kind" ] && ! has "$kind" "$what"; then echo "$package"; fi
  done <<< "$wanted"
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    sudo -n true 2> /dev/null || [ -t 0 ] || fail "sudo asks for a password and there is no terminal; run this as root: $*"
    sudo "$@"
  fi
}

command -v swift > /dev/null ||
  fail "no 'swift' on the PATH: install a Swift toolchain, $oldest_swift or later, from https://www.swift.org/install"
version=$(swift --version 2> /dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -1)
[ "$(printf '%s\n' "$oldest_swift" "${version:-0}" | sort -V | head -1)" = "$oldest_swift" ] ||
  fail "Swift ${version:-of unknown version} is too old: install $oldest_swift or later from https://www.swift.org/install"

packages=$(missing | sort -u | tr '\n' ' ')
[ -n "${packages// /}" ] || exit 0

command -v apt-get > /dev/null || fail "missing: $packages; there is no apt-get here, so please install what these Debian packages hold"
[ "$(id -u)" -eq 0 ] || command -v sudo > /dev/null || fail "missing: $packages; run this as root, or install sudo"

echo "installing $packages"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086  # a list of packages
if ! { as_root apt-get update && as_root apt-get install -y --no-install-recommends $packages; } > "$log" 2>&1; then
  tail -20 "$log" >&2
  fail "could not install $packages"
fi
[ -z "$(missing)" ] || fail "still missing after installation: $(missing | tr '\n' ' ')"
