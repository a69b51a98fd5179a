#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A throw-away PostgreSQL cluster for tests: on a Unix socket only, synced to the disk, open to whoever may enter its directory.
#
#   scripts/postgres.sh start DIR              makes and starts a cluster in DIR; where one runs there, does nothing
#   scripts/postgres.sh url DIR                prints its connection string
#   scripts/postgres.sh stop DIR [--immediate] stops it, like a crash with --immediate; where none runs, does nothing
#   scripts/postgres.sh remove DIR             stops it and removes DIR
#
# PostgreSQL will not run as root: then the user postgres runs it.
set -euo pipefail

fail() {
  echo "postgres: $1" >&2
  exit 1
}

[ $# -ge 2 ] || fail "usage: $0 start|url|stop|remove DIR"
command=$1
directory=$2
data=$directory/data

# A Unix socket's path may have 107 bytes.
[ ${#directory} -le 80 ] || fail "the path $directory is too long for a socket: choose a shorter one"

server() {
  if [ "$(id -u)" -eq 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}

# Debian keeps the servers' programs off the PATH.
programs() {
  local newest
  newest=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2> /dev/null | sort -V | tail -1)
  if [ -n "$newest" ]; then echo "$newest"; else dirname "$(command -v pg_ctl)"; fi
}

bin=$(programs) || fail "no PostgreSQL server is installed here: scripts/install-missing.sh installs one"

is_running() { [ -e "$data/postmaster.pid" ] && server "$bin/pg_ctl" --pgdata "$data" status > /dev/null 2>&1; }

# What a caller left open would stay open in the server: a caller that waits for its end would wait for the server's.
close_inherited() {
  local descriptor number
  for descriptor in /proc/self/fd/*; do
    number=${descriptor##*/}
    if [ "$number" -gt 2 ] && [ "$number" -ne 255 ]; then eval "exec $number>&-"; fi
  done
}

make() {
  mkdir -p "$directory"
  if [ "$(id -u)" -eq 0 ]; then chown postgres "$directory"; fi
  server "$bin/initdb" --pgdata "$data" --auth trust --username postgres --encoding UTF8 --locale C > "$directory/initdb.log" 2>&1 ||
    { cat "$directory/initdb.log" >&2; fail "cannot make a cluster in $data"; }
  cat >> "$data/postgresql.conf" <<- SETTINGS
	listen_addresses = ''
	unix_socket_directories = '$directory'
	max_connections = 300
	fsync = on
	SETTINGS
}

case "$command" in
  start)
    if is_running; then exit 0; fi
    [ -e "$data/PG_VERSION" ] || make
    (
      close_inherited
      server "$bin/pg_ctl" --pgdata "$data" --log "$data/server.log" --wait --timeout 60 start > /dev/null 2>&1 < /dev/null
    ) || { tail -20 "$data/server.log" >&2; fail "cannot start the cluster in $data"; }
    ;;
  url) echo "host=$directory user=postgres dbname=postgres" ;;
  stop)
    mode=fast
    [ "${3-}" != --immediate ] || mode=immediate
    if is_running; then server "$bin/pg_ctl" --pgdata "$data" --mode "$mode" --wait --timeout 60 stop > /dev/null; fi
    ;;
  remove)
    if is_running; then server "$bin/pg_ctl" --pgdata "$data" --mode immediate --wait --timeout 60 stop > /dev/null; fi
    rm -rf "$directory"
    ;;
  *) fail "unknown command $command: start, url, stop or remove" ;;
esac
