#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The checks beside the tests: format, docs, import directions, purity of the core, licence headers, generated code.
#
#   scripts/soundness.sh               all of them
#   scripts/soundness.sh --self-test   only shows that each check rejects what it must
#   scripts/soundness.sh --fast        leaves out the generated code, which needs protoc and its plugins
#
# Each check is first tried on an input that it must reject, so that none of them can quietly stop working.
set -euo pipefail
cd "$(dirname "$0")/.."
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=scripts

mode=${1-}
case "$mode" in
  "" | --self-test | --fast) ;;
  *) echo "usage: $0 [--self-test | --fast]" >&2; exit 2 ;;
esac

status=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

report() {
  if [ "$1" -eq 0 ]; then
    echo "ok    $2"
  else
    echo "FAIL  $2"
    status=1
  fi
}

# Whether a command fails, which is what it is to do here.
rejects() {
  if "$@" > /dev/null 2>&1; then return 1; fi
}

check_format() {
  printf 'struct  A{\n let x : Int ; }\n' > "$scratch/Bad.swift"
  printf 'struct A {\n  let x: Int\n}\n' > "$scratch/Good.swift"
  result=0
  rejects swift format lint --strict --configuration .swift-format "$scratch/Bad.swift" || result=1
  swift format lint --strict --configuration .swift-format "$scratch/Good.swift" || result=1
  report $result "the format check rejects what it must"
  [ "$mode" != --self-test ] || return 0
  result=0
  python3 -m soundness --swift | xargs -0 swift format lint --strict --parallel || result=1
  report $result "format"
}

check_shell() {
  printf 'if then\n' > "$scratch/bad.sh"
  result=0
  rejects bash -n "$scratch/bad.sh" || result=1
  report $result "the shell check rejects what it must"
  [ "$mode" != --self-test ] || return 0
  result=0
  for script in scripts/*.sh Benchmarks/Dagster/*.sh Examples/*/*.sh .ci/run; do
    bash -n "$script" || result=1
    if [ ! -x "$script" ]; then echo "      $script is not executable"; result=1; fi
  done
  report $result "shell scripts parse and can be run"
}

# The generator writes beside the scripts, so a copy of the tree with one generated file altered must be refused.
check_generated() {
  [ "$mode" = "" ] || return 0
  result=0
  scripts/generate-protos.sh --check || result=1
  report $result "generated code is current"
  [ $result -eq 0 ] || return 0
  mkdir -p "$scratch/altered"
  cp -r --parents -t "$scratch/altered" Package.swift Protos scripts Sources/*/Generated
  ln -s "$PWD/.build-protoc" "$scratch/altered/.build-protoc"
  altered=$(find "$scratch/altered" -path '*/Generated/*.swift' | sort | head -1)
  echo '// altered by hand' >> "$altered"
  rejects "$scratch/altered/scripts/generate-protos.sh" --check || result=1
  report $result "the generated-code check rejects what it must"
}

check_format
check_shell
if [ "$mode" = --self-test ]; then
  python3 -m soundness --self-test || status=1
else
  python3 -m soundness || status=1
fi
check_generated
exit $status
