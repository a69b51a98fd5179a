#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the decoders with libFuzzer, apart from every other build, and feeds each with what it makes up.
#
#   scripts/fuzz.sh [--seconds N] [--jobs N] [TARGET…]     a minute each, one at a time, and all of them, where nothing else is said
#   scripts/fuzz.sh --list                                 the targets
#
# It begins from Fuzzing/Corpus and from seeds that are encoded anew. An input that breaks a property, takes more than 10 s or more than
# 2 GiB is kept in .build-fuzz/finds and fails the script; mended, it belongs into the corpus.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=60
jobs=1
targets=()
list=
while [ $# -gt 0 ]; do
  case "$1" in
    --seconds) seconds=$2; shift 2 ;;
    --jobs) jobs=$2; shift 2 ;;
    --list) list=1; shift ;;
    -*) echo "usage: $0 [--list] [--seconds N] [--jobs N] [TARGET…]" >&2; exit 2 ;;
    *) targets+=("$1"); shift ;;
  esac
done

scripts/install-missing.sh
scripts/pin.sh
resources=$(swiftc -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
# `|| true`: the message below says it better.
runtime=$(find -L "$resources/clang/lib" "$resources"/../clang/*/lib -name "libclang_rt.fuzzer_no_main*$(uname -m)*.a" 2>/dev/null | head -1 || true)
[ -n "$runtime" ] || { echo "fuzz: the toolchain at $resources has no libFuzzer" >&2; exit 1; }

work=.build-fuzz
SLUICE_FUZZ=$(realpath "$runtime") swift build -c release --disable-index-store --product sluice-fuzz --scratch-path $work
fuzz=$work/release/sluice-fuzz
if [ -n "$list" ]; then exec "$fuzz" --list; fi
mkdir -p $work/finds $work/seeds
"$fuzz" --seeds $work/seeds
if [ ${#targets[@]} -eq 0 ]; then mapfile -t targets < <("$fuzz" --list); fi

export SWIFT_BACKTRACE=enable=no
# Targets that write files write many: where there is a file system in memory, there.
if [ -d /dev/shm ]; then
  TMPDIR=$(mktemp -d -p /dev/shm)
  export TMPDIR
  trap 'rm -rf "$TMPDIR"' EXIT
fi

# One target: says in one line how it went, and leaves a file behind where it failed.
feed() {
  local target=$1 corpus=$work/corpus/$1 inputs options
  mkdir -p "$corpus"
  inputs=("$corpus")
  for folder in "Fuzzing/Corpus/$target" "$work/seeds/$target"; do
    if [ -d "$folder" ]; then inputs+=("$folder"); fi
  done
  options=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1)
  # A store does not fit into less.
  if [ "$target" = store ]; then options+=(-max_len=262144); fi
  if [ -f "Fuzzing/Dictionaries/$target.dict" ]; then options+=(-dict="Fuzzing/Dictionaries/$target.dict"); fi
  if "$fuzz" "$target" "${options[@]}" -artifact_prefix="$work/finds/$target-" "${inputs[@]}" > "$work/$target.log" 2>&1; then
    echo "ok    $target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$target.log") inputs in $seconds s," \
      "$(grep -aE '^#[0-9]+.*DONE' "$work/$target.log" | grep -aoE 'cov: [0-9]+' | tail -1)," \
      "$(sed -n 's/^stat::peak_rss_mb: *//p' "$work/$target.log") MB"
  else
    touch "$work/$target.failed"
    echo "FAIL  $target"
    grep -avE "^#" "$work/$target.log" | tail -n 20
  fi
}

rm -f $work/*.failed
for target in "${targets[@]}"; do
  while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n || true; done
  feed "$target" &
done
wait
failed=()
for file in "$work"/*.failed; do if [ -e "$file" ]; then failed+=("$(basename "$file" .failed)"); fi; done
if [ ${#failed[@]} -gt 0 ]; then
  echo "fuzz: ${failed[*]}: the inputs lie in $work/finds, the logs in $work" >&2
  exit 1
fi
