#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the Python environment that tests drive locations with, once, in .build-python/: a stock gRPC client and the stubs of
# Protos/. Prints the path of its interpreter.
set -euo pipefail
cd "$(dirname "$0")/.."

environment=.build-python
requirements=Tests/Python/requirements.txt
# One run at a time makes it; the others wait.
mkdir -p $environment
exec 9> $environment/lock
flock 9

wanted=$(cat $requirements scripts/python-env.sh | sha256sum)
if [ "$(cat $environment/made 2> /dev/null)" != "$wanted" ]; then
  rm -rf $environment/venv
  python3 -m venv $environment/venv > /dev/null 2>&1 || {
    { apt-get update && apt-get install -y --no-install-recommends python3-venv; } > /dev/null 2>&1 || true
    python3 -m venv $environment/venv >&2 ||
      { echo "python3 with venv is missing: install python3-venv" >&2; exit 1; }
  }
  $environment/venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement $requirements >&2
  echo "$wanted" > $environment/made
fi

stubs=$(find Protos/sluice/location Protos/grpc -name '*.proto' -print0 | sort -z | xargs -0 cat | sha256sum)
if [ "$(cat $environment/stubs-made 2> /dev/null)" != "$stubs$wanted" ]; then
  rm -rf $environment/stubs
  mkdir -p $environment/stubs
  $environment/venv/bin/python -m grpc_tools.protoc -I Protos --python_out=$environment/stubs \
    --grpc_python_out=$environment/stubs $(find Protos/sluice/location -name '*.proto')
  # The health protocol goes into a folder of its own: its package has the name of the library.
  mkdir -p $environment/stubs/health
  $environment/venv/bin/python -m grpc_tools.protoc -I Protos/grpc/health/v1 --python_out=$environment/stubs/health \
    --grpc_python_out=$environment/stubs/health Protos/grpc/health/v1/health.proto
  echo "$stubs$wanted" > $environment/stubs-made
fi

echo "$PWD/$environment/venv/bin/python"
