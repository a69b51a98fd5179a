#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A throw-away PostgreSQL cluster for tests: synced to the disk, open to whoever may enter its directory. It listens on a Unix
# socket only, or with --tls on a free port of localhost as well, with a certificate that clients can verify.
#
#   scripts/postgres.sh start DIR [--tls]      makes and starts a cluster in DIR; where one runs there, does nothing
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

# Root may not write into what postgres owns everywhere, so that postgres makes the key itself.
make_tls() {
  server openssl req -new -x509 -days 2 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -keyout "$data/server.key" -out "$data/server.crt" 2> /dev/null || fail "openssl cannot make a certificate in $data"
  server chmod 600 "$data/server.key"
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  cp "$data/server.crt" "$directory/server.crt"
  echo "$port" > "$directory/port"
  cat >> "$data/postgresql.conf" <<- SETTINGS
	listen_addresses = 'localhost'
	port = $port
	ssl = on
	SETTINGS
}

case "$command" in
  start)
    if is_running; then exit 0; fi
    if [ ! -e "$data/PG_VERSION" ]; then
      make
      if [ "${3-}" = --tls ]; then make_tls; fi
    fi
    (
      close_inherited
      server "$bin/pg_ctl" --pgdata "$data" --log "$data/server.log" --wait --timeout 60 start > /dev/null 2>&1 < /dev/null
    ) || { tail -20 "$data/server.log" >&2; fail "cannot start the cluster in $data"; }
    ;;
  url)
    if [ -e "$directory/port" ]; then
      echo "host=localhost port=$(cat "$directory/port") user=postgres dbname=postgres" \
        "sslmode=verify-full sslrootcert=$directory/server.crt"
    else
      echo "host=$directory user=postgres dbname=postgres"
    fi
    ;;
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
