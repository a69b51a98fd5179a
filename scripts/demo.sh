#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The demo: four teams' servers and a daemon, a year of flights, two bad days stopped at the gate, and their mend.
#
#   scripts/demo.sh               the whole story, in about two minutes once everything is built
#   UNTIL=gate scripts/demo.sh    stops where the gate has closed
#   PORT=5270 scripts/demo.sh     the daemon's port, 4270 otherwise; the locations take the four that follow
#
# Every start is fresh, in .demo/, which is kept. Any process of it may be killed on the way: it is started again, and the
# runs go on. Each number that is promised is read back through `sluice asset --json`, and a wrong one fails the demo.
set -euo pipefail
cd "$(dirname "$0")/.."

port=${PORT:-4270}
until=${UNTIL:-end}
case "$until" in
  gate | end) ;;
  *) echo "UNTIL is 'gate' or nothing, not '$until'" >&2; exit 2 ;;
esac

home=.demo
log=$home/dev.log
workspace=$home/workspace.yaml
bin=.build/debug
export SLUICE_URL="http://127.0.0.1:$port"
sluice() { "$bin/sluice" "$@"; }

# ---------------------------------------------------------------- telling

if [ -t 1 ]; then bold=$'\e[1m' faint=$'\e[2m' plain=$'\e[0m'; else bold='' faint='' plain=''; fi
heading() { printf '\n%s── %s %s(%d s)%s\n' "$bold" "$1" "$plain$faint" $((SECONDS - began)) "$plain"; }
say() { printf '%s\n' "$*"; }

# As one would type it.
typed() {
  local word line=sluice
  for word in "$@"; do
    case "$word" in *[*\ ]*) line+=" '$word'" ;; *) line+=" $word" ;; esac
  done
  printf '%s$ %s%s\n' "$faint" "$line" "$plain"
}
show() { typed "$@"; sluice "$@"; }

fail() {
  printf '\ndemo: %s\n' "$1" >&2
  if [ -e "$log" ]; then printf 'the last lines of %s:\n' "$log" >&2; tail -15 "$log" >&2; fi
  exit 1
}

# A text as YAML in single quotes.
quoted() { printf "'%s'" "${1//\'/\'\'}"; }

# ---------------------------------------------------------------- processes

dev=
sweeper=

# Every process that `sluice dev` has started; it writes each into its log.
started() { sed -n 's/.*started (process \([0-9]*\)).*/\1/p' "$log" 2> /dev/null || true; }
process_of() { sed -n "s/^ *$1 .*started (process \([0-9]*\)).*/\1/p" "$log" | tail -1; }
alive() { for process in $(started); do if kill -0 "$process" 2> /dev/null; then echo "$process"; fi; done; }

stop() {
  [ -n "$dev" ] || return 0
  kill -TERM "$dev" 2> /dev/null || true
  for _ in $(seq 150); do
    if ! kill -0 "$dev" 2> /dev/null && [ -z "$(alive)" ]; then break; fi
    sleep 0.1
  done
  for process in "$dev" $(alive); do kill -KILL "$process" 2> /dev/null || true; done
  wait "$dev" 2> /dev/null || true
  wait "$sweeper" 2> /dev/null || true
  dev=
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Waits, at most a minute, until a command succeeds.
wait_for() {
  local what=$1
  shift
  for _ in $(seq 300); do
    if "$@" > /dev/null 2>&1; then return; fi
    kill -0 "$dev" 2> /dev/null || fail "'sluice dev' ended while waiting for $what"
    sleep 0.2
  done
  fail "waited a minute for $what"
}

# ---------------------------------------------------------------- reading answers

# json PROGRAM: runs a Python expression over the JSON on the input, as `d`; fails where it is false.
json() { python3 -c 'import json, sys; d = json.load(sys.stdin); sys.exit(not eval(sys.argv[1]))' "$1"; }
all_connected() { sluice locations --json | json "len(d['items']) == 4 and all(l['state'] == 'connected' and l['assets'] > 0 for l in d['items'])"; }
weather_is_fixed() { sluice locations --json | json "any(l['name'] == 'weather' and l['state'] == 'connected' and l.get('version') == '2' for l in d['items'])"; }

# expect KEY STATE=COUNT…: the partitions of an asset, all of them.
expect() {
  local key=$1
  shift
  sluice asset "$key" --json | python3 -c '
import json, sys
key, wanted = sys.argv[1], dict(pair.split("=") for pair in sys.argv[2:])
counts = json.load(sys.stdin)["partitions"]
states = ["promoted", "rejected", "running", "failed", "blocked", "missing"]
found = {state: counts[state] for state in states if counts[state]}
right = {state: int(count) for state, count in wanted.items()}
line = ", ".join(f"{count} {state}" for state, count in found.items())
print(f"  {key:<28} {line}")
if found != right or sum(found.values()) != counts["total"]:
    sys.exit(f"  expected {right} of {key}, and found {found}")
' "$key" "$@" || fail "$key is not as promised"
}

# ---------------------------------------------------------------- the story

scripts/build.sh
began=$SECONDS

# Thousands of small files: they are deleted while the demo goes on.
rm -rf "$home.old"
if [ -e "$home" ]; then mv "$home" "$home.old"; fi
rm -rf "$home.old" &
sweeper=$!
# The daemon takes no directory that others can write.
mkdir -p -m 700 "$home"
for offset in 0 1 2 3 4; do
  if (exec 3<> "/dev/tcp/127.0.0.1/$((port + offset))") 2> /dev/null; then
    fail "port $((port + offset)) is in use: stop what listens there, or choose others with PORT=…"
  fi
done
# A workspace of the demo's own: what is added to workspace.yaml, by the tutorial or by hand, changes nothing here.
# The weather team's executable is the only line that changes later.
{
  echo "load_from:"
  offset=0
  for team in weather flights fleet insights; do
    offset=$((offset + 1))
    printf '  - grpc_server: { location_name: %s, host: 127.0.0.1, port: %d }\n' "$team" $((port + offset))
    printf '    owns: ["%s/*"]\n' "$team"
    printf '    executable: %s\n' "$(quoted "$PWD/$bin/$team")"
    printf '    environment: { NYCFLIGHTS_DATA: %s }\n' "$(quoted "$PWD/CodeLocations/Shared/Data/nycflights13")"
  done
} > "$workspace"

heading "Four teams' servers and the daemon come up"
"$bin/sluice" dev --workspace "$workspace" --data-dir "$home" --port "$port" > "$log" 2>&1 < /dev/null &
dev=$!
wait_for "the four locations" all_connected
show locations

heading "A year of flights and weather, through every team's assets"
say "Ten assets, 2,194 partitions, each step in its own team's process:"
typed materialize '*' --partitions 2013-01-01..2013-12-31 --wait
# The two bad days make the run end as failed; that is what it is to do.
sluice materialize '*' --partitions 2013-01-01..2013-12-31 --wait > "$home/run.txt" || [ $? -eq 1 ] ||
  fail "the run ended otherwise than expected"
sed '/^$/,$d' "$home/run.txt"

heading "Two days of weather did not pass, and everything else went on"
expect weather/hourly promoted=363 rejected=2
expect weather/daily_summary promoted=363 blocked=2
expect flights/departures promoted=365
expect flights/cancellations promoted=365
expect fleet/planes promoted=1
expect fleet/airports promoted=1
expect fleet/airlines promoted=1
expect fleet/coverage promoted=365
expect insights/delays_by_weather promoted=363 blocked=2
expect insights/year_report blocked=1
say
show asset weather/hourly

heading "Why is there no report?"
show why insights/year_report || [ $? -eq 4 ] || fail "'sluice why' did not answer"
why=$(sluice why insights/year_report --json) || [ $? -eq 4 ] || fail "'sluice why' did not answer"
for word in 2013-11-03 2013-12-31 "one row per airport and hour" "every airport reports"; do
  grep -qF "$word" <<< "$why" || fail "'sluice why insights/year_report' does not name '$word'"
done

reopen="$bin/sluice dev --workspace $workspace --data-dir $home --port $port"
if [ "$until" = gate ]; then
  heading "Stopped at the gate, as you asked"
  stop
  say "Everything is kept in $home/. To look around:"
  say "  $reopen"
  say "and, in another terminal:"
  [ "$port" = 4270 ] || say "  export SLUICE_URL=$SLUICE_URL"
  say "  $bin/sluice why insights/year_report"
  say
  say "The weather team's mend is a second executable: give it to the location, start as above, and run the two days again:"
  say "  sed -i \"s|/weather'\\$|/weather-fixed'|\" $workspace"
  say "  $bin/sluice materialize 'weather/hourly+' --partitions 2013-11-03,2013-12-31 --wait"
  exit 0
fi

heading "The weather team mends its location and redeploys it, alone"
before=$(process_of weather)
others=$(for name in flights fleet insights sluiced; do process_of "$name"; done)
sed -i "s|/weather'\$|/weather-fixed'|" "$workspace"
wait_for "the weather team's second version" weather_is_fixed
after=$(process_of weather)
say "weather: process $before stopped, process $after serves version 2 on the same port"
[ "$before" != "$after" ] || fail "the weather team's server was not replaced"
for process in $others; do
  if kill -0 "$process" 2> /dev/null; then continue; fi
  say "(process $process of another team was ended on the way, and has been started again)"
done
say "the other teams and the daemon ran on"
say
show materialize 'weather/hourly+' --partitions 2013-11-03,2013-12-31 --wait

heading "The two days pass, and the report completes"
expect weather/hourly promoted=365
expect weather/daily_summary promoted=365
expect insights/delays_by_weather promoted=365
expect insights/year_report promoted=1
sluice asset insights/year_report --json | json "d['gate']['open']" || fail "the gate of the report is not open"
say
show preview insights/year_report

heading "Done"
stop
[ -z "$(alive)" ] || fail "processes are left: $(alive)"
say "Nothing runs any more; everything is kept in $home/. To look around:"
say "  $reopen"
say "and, in another terminal:"
[ "$port" = 4270 ] || say "  export SLUICE_URL=$SLUICE_URL"
say "  $bin/sluice asset insights/year_report"
