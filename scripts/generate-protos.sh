#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Regenerates the committed Swift code of every .proto file.
#
#   scripts/generate-protos.sh           writes the generated code
#   scripts/generate-protos.sh --check   writes nothing; fails, with the difference, where the committed code is not current
#
# It needs protoc, and installs Debian's protobuf-compiler where that is missing and it may. The two plugins are built once,
# from the packages' sources, into .build-protoc/.
set -euo pipefail
cd "$(dirname "$0")/.."

# Each line: a folder of .proto files below Protos, the folder of the Swift code, and whether services are generated.
table='
sluice/location/v1  Sources/LocationWire/Generated  grpc
grpc/health/v1      Sources/LocationWire/Generated  grpc
sluice/journal/v1   Sources/JournalCodec/Generated  messages
'

case "${1-}" in
  "") check=false ;;
  --check) check=true ;;
  *) echo "usage: $0 [--check]" >&2; exit 2 ;;
esac

if ! command -v protoc > /dev/null; then
  echo "installing protobuf-compiler" >&2
  apt-get install -y --no-install-recommends protobuf-compiler > /dev/null 2>&1 ||
    { apt-get update > /dev/null && apt-get install -y --no-install-recommends protobuf-compiler > /dev/null; } ||
    { echo "protoc is missing: install protobuf-compiler 3.21 or later" >&2; exit 1; }
fi

# The version that we build with.
pinned() { sed -n "s/^$1 //p" scripts/pins; }

plugins=.build-protoc
wanted="swift-protobuf $(pinned swift-protobuf), grpc-swift-protobuf $(pinned grpc-swift-protobuf)"
if [ "$(cat $plugins/versions 2> /dev/null)" != "$wanted" ]; then
  mkdir -p $plugins/Sources/Plugins
  echo '// Present because a package needs a target.' > $plugins/Sources/Plugins/main.swift
  cat > $plugins/Package.swift << END
// swift-tools-version:6.2
import PackageDescription

let package = Package(
  name: "protoc-plugins",
  dependencies: [
    .package(url: "https://github.com/apple/swift-protobuf.git", exact: "$(pinned swift-protobuf)", traits: []),
    .package(url: "https://github.com/grpc/grpc-swift-protobuf.git", exact: "$(pinned grpc-swift-protobuf)"),
  ],
  targets: [
    .executableTarget(
      name: "Plugins",
      dependencies: [
        .product(name: "protoc-gen-swift", package: "swift-protobuf"),
        .product(name: "protoc-gen-grpc-swift-2", package: "grpc-swift-protobuf"),
      ])
  ])
END
  echo "building the protoc plugins ($wanted)" >&2
  for product in protoc-gen-swift protoc-gen-grpc-swift-2; do
    swift build --package-path $plugins --disable-index-store --product $product >&2
  done
  echo "$wanted" > $plugins/versions
fi
bin=$plugins/.build/debug

fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT

options=Visibility=Package,UseAccessLevelOnImports=true,FileNaming=DropPath
while read -r protos output kind; do
  [ -n "$protos" ] && [ -d "Protos/$protos" ] || continue
  mkdir -p "$fresh/$output"
  arguments=(--plugin="$bin/protoc-gen-swift" --swift_out="$fresh/$output" --swift_opt="$options")
  if [ "$kind" = grpc ]; then
    arguments+=(
      --plugin="$bin/protoc-gen-grpc-swift-2" --grpc-swift-2_out="$fresh/$output"
      --grpc-swift-2_opt="$options,Client=true,Server=true")
  fi
  protoc --proto_path Protos "${arguments[@]}" "Protos/$protos"/*.proto
done <<< "$table"

# A file without a message or a service generates next to nothing: leave it out. The rest carry the licence.
find "$fresh" -name '*.grpc.swift' -exec grep -L '^package ' {} + | xargs -r rm
find "$fresh" -name '*.swift' | while read -r file; do
  sed -i -e '1i // SPDX-License-Identifier: Apache-2.0\n' -e '/^\/\/\/ SPDX-License-Identifier/d' "$file"
done

status=0
while read -r output; do
  if $check; then
    diff -r -u "$output" "$fresh/$output" || status=1
  else
    rm -rf "$output"
    mkdir -p "$output"
    cp "$fresh/$output"/* "$output"/
  fi
done < <(cd "$fresh" && find . -type d -name Generated | sed 's|^\./||' | sort)

if [ $status -ne 0 ]; then
  echo "the generated code is not current: run scripts/generate-protos.sh and commit what it writes" >&2
fi
exit $status
