// SPDX-License-Identifier: Apache-2.0

/// The files of a team's own package, by path below its folder: what ``TeamTemplate`` gives a team, and what a repository of its own
/// needs.
///
/// `Examples/OwnRepository` holds what this writes, byte for byte.
package enum PackageTemplate {
  /// The port that the package's server listens on unless told otherwise.
  static let port = 4_271

  package static func files(for names: TeamNames, from source: SluiceSource) -> [String: String] {
    var files = [
      ".dockerignore": ignored + ".git/\n",
      ".gitignore": ignored,
      "Containerfile": containerfile(names),
      "Package.swift": manifest(names, source),
      "README.md": readme(names),
      "ci.sh": ci(names),
      "workspace.yaml": workspace(names),
    ]
    let folders = [
      "Assets": "Sources/\(names.library)", "Main": "Sources/\(names.executable)", "Tests": "Tests/\(names.library)Tests",
    ]
    for (path, text) in TeamTemplate.files(for: names) {
      let parts = path.split(separator: "/", maxSplits: 1).map(String.init)
      files["\(folders[parts[0]] ?? parts[0])/\(parts[1])"] = text
    }
    return files
  }

  /// What builds and runs leave.
  private static let ignored = """
    .build/
    .sluice/
    .swiftpm/

    """

  private static func manifest(_ names: TeamNames, _ source: SluiceSource) -> String {
    """
    // swift-tools-version:6.2
    import PackageDescription

    let package = Package(
      name: "\(names.executable)",
      dependencies: [
        // `traits: []` leaves out the daemon and its stores: a location neither resolves nor builds them.
        \(source.dependency)
      ],
      targets: [
        .target(
          name: "\(names.library)",
          dependencies: [.product(name: "AssetKit", package: "\(source.package)")]),
        .executableTarget(
          name: "\(names.executable)",
          dependencies: ["\(names.library)", .product(name: "CodeLocationHost", package: "\(source.package)")]),
        .testTarget(
          name: "\(names.library)Tests",
          dependencies: [
            "\(names.library)",
            .product(name: "AssetKit", package: "\(source.package)"),
            .product(name: "AssetTestKit", package: "\(source.package)"),
          ]),
      ]
    )

    """
  }

  private static func workspace(_ names: TeamNames) -> String {
    """
    # For a team's machine and its CI: `sluice dev` starts this location beside a daemon, and `sluice validate` asks it what it
    # defines. Where it is deployed, the operator's workspace has an entry of its own for it: see README.md.
    load_from:
      - grpc_server: { location_name: \(names.location), host: 127.0.0.1, port: \(port) }
        owns: ["\(names.location)/*"]
        executable: .build/debug/\(names.executable)

    """
  }

  private static func ci(_ names: TeamNames) -> String {
    """
    #!/usr/bin/env bash
    # What continuous integration runs: the build, the tests, and whether the definitions are valid, alone and in the workspace.
    #
    #   ./ci.sh [OPTION …]   options go to every `swift` command, such as --scratch-path DIR
    #
    # `sluice`, the command line, comes from Sluice's release. Where it is not on the PATH, that is said, and the last step left out.
    set -euo pipefail
    cd "$(dirname "$0")"

    swift build --build-tests "$@"
    swift test --skip-build "$@"

    "$(swift build --show-bin-path "$@")/\(names.executable)" validate
    if command -v sluice > /dev/null; then
      sluice validate --workspace "${SLUICE_WORKSPACE:-workspace.yaml}" --location \(names.location)
    else
      echo "ci: no 'sluice' on the PATH: how the definitions fit the workspace was not looked at" >&2
    fi

    """
  }

  private static func containerfile(_ names: TeamNames) -> String {
    """
    # The location as a container: Swift's runtime is inside the executable, which runs as a user of its own.
    #
    #   podman build --format docker -t \(names.executable) .    # or: docker build -f Containerfile -t \(names.executable) .
    #   podman run -p \(port):\(port) --secret \(names.executable),uid=10001,mode=0400 \\
    #     -v /srv/sluice/storage:/srv/sluice/storage \(names.executable)
    #
    # Package.swift must name Sluice by its URL: a path leads out of what the build can see.
    FROM docker.io/library/swift:6.3-bookworm AS build
    RUN apt-get update \\
      && apt-get install -y --no-install-recommends zlib1g-dev \\
      && rm -rf /var/lib/apt/lists/*
    WORKDIR /build
    # The dependencies are a layer of their own, which a change of the sources leaves as it is.
    COPY Package.* ./
    RUN swift package resolve
    COPY Sources ./Sources
    COPY Tests ./Tests
    RUN swift build -c release --static-swift-stdlib --disable-index-store --product \(names.executable) \\
      && install -D -s "$(swift build -c release --show-bin-path)/\(names.executable)" /out/\(names.executable)

    FROM docker.io/library/debian:bookworm-slim
    RUN apt-get update \\
      && apt-get install -y --no-install-recommends ca-certificates libstdc++6 tzdata zlib1g \\
      && rm -rf /var/lib/apt/lists/* \\
      && useradd --system --user-group --uid 10001 --no-create-home --shell /usr/sbin/nologin location \\
      && install -d -o location -g location /srv/sluice/storage
    COPY --from=build /out/\(names.executable) /usr/local/bin/\(names.executable)
    USER 10001:10001
    # Other locations, and whoever reads the assets, must see the versions below the same path.
    ENV SLUICE_STORAGE=/srv/sluice/storage
    # The secret that the location shares with the daemon; without one it does not serve a port.
    ENV SLUICE_SECRET_FILE=/run/secrets/\(names.executable)
    EXPOSE \(port)
    # SIGTERM drains: steps in flight may finish, for 30 s unless --grace says otherwise. Give the container as long to stop.
    STOPSIGNAL SIGTERM
    HEALTHCHECK --interval=10s --timeout=5s --start-period=5s --retries=3 CMD ["\(names.executable)", "health"]
    ENTRYPOINT ["\(names.executable)"]
    CMD ["serve", "--host", "0.0.0.0"]

    """
  }

  private static func readme(_ names: TeamNames) -> String {
    let commands = aligned([
      ("./ci.sh", "builds, tests, validates: what continuous integration runs"),
      ("swift run \(names.executable) describe", "what it defines"),
      ("sluice dev", "a daemon and this location, on this machine"),
      ("sluice materialize '\(names.location)/*' --wait", "in another terminal"),
    ])
    return """
      # The code location `\(names.location)`

      Assets, checks and schedules of team \(names.location), as a server that a Sluice daemon runs.

      ```sh
      \(commands)
      ```

      `Sources/\(names.library)` has the definitions, `Tests` tests them, and `Containerfile` makes a container. Commit
      `Package.resolved`: it says which versions you build with.

      The operator lists the server, with a secret that both sides have:

      ```yaml
      load_from:
        - grpc_server: { location_name: \(names.location), host: \(names.executable).example.com, port: \(port) }
          owns: ["\(names.location)/*"]
          secret_file: secrets/\(names.executable)
      ```

      """
  }

  /// Commands, a line each, with what they do in a column behind them.
  private static func aligned(_ commands: [(command: String, does: String)]) -> String {
    let width = commands.map(\.command.count).max() ?? 0
    return commands.map { command, does in
      command + String(repeating: " ", count: width - command.count) + "  # " + does
    }.joined(separator: "\n")
  }
}
