#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs Dagster from PyPI, once, into .build-dagster/venv. Prints the path of its interpreter.
set -euo pipefail
cd "$(dirname "$0")/../.."

environment=.build-dagster
requirements=Benchmarks/Dagster/requirements.txt
# One run at a time makes it; the others wait.
mkdir -p $environment
exec 9> $environment/lock
flock 9

wanted=$(cat $requirements Benchmarks/Dagster/environment.sh | sha256sum)
if [ "$(cat $environment/made 2> /dev/null)" != "$wanted" ]; then
  rm -rf $environment/venv
  python3 -m venv $environment/venv >&2 || { echo "python3 with venv is missing: install python3-venv" >&2; exit 1; }
  $environment/venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement $requirements >&2
  echo "$wanted" > $environment/made
fi
echo "$PWD/$environment/venv/bin/python"
