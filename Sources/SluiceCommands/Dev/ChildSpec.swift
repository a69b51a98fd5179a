// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
package import Workspace

/// A process that `sluice dev` runs.
package struct ChildSpec: Hashable, Sendable {
  package let name: String
  package let executable: String
  package let arguments: [String]
  /// Added to the environment of `sluice dev`.
  package let environment: [String: String]
  package let workingDirectory: String
  /// How long it may take to stop.
  package let grace: Duration
  /// The port that it listens on, where it is one.
  package let port: Int?
  /// Whether it is told in SLUICE_PREVIOUS_END how the process before it ended.
  package let isToldOfEnds: Bool

  package init(
    name: String, executable: String, arguments: [String], environment: [String: String] = [:], workingDirectory: String,
    grace: Duration, port: Int? = nil, isToldOfEnds: Bool = true
  ) {
    self.isToldOfEnds = isToldOfEnds
    self.name = name
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.workingDirectory = workingDirectory
    self.grace = grace
    self.port = port
  }

  /// How to build it.
  var build: Shown { BuildHint.command(for: executable) }

  /// Who has its port.
  var takenPort: Shown {
    guard let port else { return "what it listens on is in use" }
    return PortHolder(of: port).map { "port \(port) is held by \($0.shown)" } ?? "port \(port) is in use"
  }
}

/// What `sluice dev` was asked for.
package struct DevSettings: Hashable, Sendable {
  package let workspace: String
  package let dataDirectory: String
  package let port: Int
  /// The daemon's executable.
  package let daemon: String

  package init(workspace: String, dataDirectory: String, port: Int, daemon: String) {
    self.workspace = workspace
    self.dataDirectory = dataDirectory
    self.port = port
    self.daemon = daemon
  }

  package var url: String { "http://127.0.0.1:\(port)" }

  /// The secrets that locations and daemon are handed.
  var secrets: DevSecrets { DevSecrets(dataDirectory: dataDirectory) }

  /// The name under which the daemon's lines are shown.
  package static let daemonName = "sluiced"
  static let daemonGrace: Duration = .seconds(10)

  /// The daemon.
  package var daemonSpec: ChildSpec {
    ChildSpec(
      name: Self.daemonName, executable: daemon,
      arguments: [
        "--workspace", workspace, "--data-dir", dataDirectory, "--port", "\(port)", "--secrets-dir", secrets.directory,
      ],
      workingDirectory: FileManager.default.currentDirectoryPath, grace: Self.daemonGrace, port: port, isToldOfEnds: false)
  }

  /// The locations of a workspace that name an executable.
  ///
  /// Each is told where to listen by arguments, and by `SLUICE_STORAGE` where to keep its data and by `SLUICE_SECRET_FILE` what it
  /// shares with the daemon, unless the file says otherwise.
  package func locationSpecs(_ file: WorkspaceFile) -> [ChildSpec] {
    file.locations.compactMap { location in
      guard let executable = location.executable else { return nil }
      let listen =
        switch location.address {
        case .tcp(let host, let port): ["--host", host, "--port", "\(port)"]
        case .socket(let path): ["--socket", file.resolve(path)]
        }
      let insecure = location.isInsecure ? ["--insecure"] : []
      let storage = URL(fileURLWithPath: dataDirectory).appending(path: "storage").standardizedFileURL.path
      return ChildSpec(
        name: location.name.description, executable: file.resolve(executable), arguments: ["serve"] + listen + insecure,
        environment: ["SLUICE_STORAGE": storage].merging(secret(of: location, in: file)) { $1 }.merging(location.environment) {
          $1
        },
        workingDirectory: file.resolve("."), grace: location.grace, port: location.address.port)
    }
  }

  /// Why `sluice dev` ends: a server of its own has no port to listen on.
  package func refusal(of spec: ChildSpec) -> CommandFailure {
    let stop: Shown =
      spec.port.flatMap { PortHolder(of: $0) }.map { "stop that one (kill \($0.process))" } ?? "stop what listens there"
    let other: Shown =
      spec.name == Self.daemonName ? "choose another port with --port" : "give '\(spec.name)' another port in \(workspace)"
    return CommandFailure("'\(spec.name)' cannot start: \(spec.takenPort)", mend: "\(stop), or \(other)")
  }

  private func secret(of location: WorkspaceLocation, in file: WorkspaceFile) -> [String: String] {
    guard case .secretFile(let path) = file.credential(of: location, secrets: secrets.directory) else { return [:] }
    return ["SLUICE_SECRET_FILE": path]
  }
}

extension LocationAddress {
  fileprivate var port: Int? { if case .tcp(_, let port) = self { port } else { nil } }
}
