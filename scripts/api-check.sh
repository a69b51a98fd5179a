#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Compares the public API with that of the last release, or of another tag: whether what teams have written still compiles.
#
#   scripts/api-check.sh [TAG]
#
# Exits with 1 where something was taken away or changed. The tag's own code is built once, beside ours.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! git rev-parse --git-dir > /dev/null 2>&1; then
  echo "api-check: this is no git checkout, so there is no release to compare with" >&2
  exit 1
fi
tag=${1-}
[ -n "$tag" ] || tag=$(git tag --list --sort=-version:refname | grep -xE '[0-9]+\.[0-9]+\.[0-9]+' | head -1 || true)
if [ -z "$tag" ]; then
  echo "api-check: no release is tagged yet (a tag such as 0.1.0), so there is nothing to compare with"
  exit 0
fi

scripts/install-missing.sh
scripts/pin.sh
commit=$(git rev-parse --quiet --verify "$tag^{commit}") || { echo "api-check: there is no tag $tag" >&2; exit 2; }
# What a package outside of this one may name, and so what a release promises.
compare() {
  swift package diagnose-api-breaking-changes "$commit" --baseline-dir .build-api \
    --targets AssetModel --products AssetKit --products AssetTestKit --products CodeLocationHost --products Orchestrator \
    --products SluiceEmbedded
}

# A tag's API is taken down once. What is `package` stands there, too, and is nobody's but ours: it is left out.
if [ ! -e ".build-api/$commit/is-public" ]; then
  echo "api-check: taking down the API of $tag: allow as long as a clean build"
  mkdir -p .build-api
  compare > .build-api/log 2>&1 || true
  if ! python3 - ".build-api/$commit" << 'END'
import glob, json, sys

def public(node):
    node["children"] = [public(child) for child in node.get("children", []) if not child.get("isInternal")]
    return node

files = glob.glob(sys.argv[1] + "/*.json")
for path in files:
    with open(path) as file:
        document = json.load(file)
    public(document["ABIRoot"])
    with open(path, "w") as file:
        json.dump(document, file)
sys.exit(not files)
END
  then
    tail -30 .build-api/log >&2
    echo "api-check: the API of $tag cannot be taken down" >&2
    exit 1
  fi
  touch ".build-api/$commit/is-public"
fi

echo "api-check: comparing with $tag"
if ! compare; then
  echo "api-check: the next release breaks what $tag promised: before 1.0 raise the second number, after it the first" >&2
  exit 1
fi
