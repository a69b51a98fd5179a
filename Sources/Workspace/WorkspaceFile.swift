// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import Foundation

/// What `workspace.yaml` says: the code locations, in the order of the file, each valid and no two in conflict.
package struct WorkspaceFile: Hashable, Sendable {
  /// The file that it was read from, as given; errors and relative paths refer to it.
  package let path: String
  package let locations: [WorkspaceLocation]

  package init(path: String, locations: [WorkspaceLocation]) {
    self.path = path
    self.locations = locations
  }

  /// Reads and parses a file.
  ///
  /// - Parameter environment: what `${NAME}` in a value stands for.
  /// - Throws: ``WorkspaceError`` with every problem of the file at once.
  package static func read(
    _ path: String, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(WorkspaceError) -> WorkspaceFile {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw WorkspaceError(
        path: path,
        problems: [WorkspaceProblem("the file cannot be read", mend: "create it, or name another with --workspace")])
    }
    guard data.count <= WorkspaceLimits.fileBytes, let text = String(data: data, encoding: .utf8) else {
      throw WorkspaceError(
        path: path,
        problems: [
          WorkspaceProblem(
            "the file is not UTF-8 text of at most \(WorkspaceLimits.fileBytes) bytes", mend: "write it as plain YAML text")
        ])
    }
    return try parse(text, path: path, environment: environment)
  }

  /// The location of that name, where the workspace has one.
  package func location(named name: LocationName) -> WorkspaceLocation? { locations.first { $0.name == name } }

  /// A path of the file made absolute: relative ones start at the folder of the workspace file.
  package func resolve(_ relative: String) -> String {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    return URL(fileURLWithPath: relative, relativeTo: folder).standardizedFileURL.path
  }
}

/// One entry of `load_from`.
package struct WorkspaceLocation: Hashable, Sendable {
  package let name: LocationName
  package let address: LocationAddress
  /// What it owns; `<name>/*` where the file says nothing.
  package let owns: [OwnershipPattern]
  /// What `sluice dev` starts, as written; relative to the folder of the file.
  package let executable: String?
  /// Added to the environment of `executable`.
  package let environment: [String: String]
  /// How long steps in flight may go on once the location is removed or stopped.
  package let grace: Duration
  /// The file of the secret that the location shares, as written; relative to the folder of the file.
  package let secretFile: String?
  /// Whether the operator says that its port may be used without a secret.
  package let isInsecure: Bool
  /// Its `limits`, and where it states none those of the file.
  package let share: LocationShare

  package init(
    name: LocationName, address: LocationAddress, owns: [OwnershipPattern]? = nil, executable: String? = nil,
    environment: [String: String] = [:], grace: Duration = .seconds(WorkspaceLimits.defaultGraceSeconds),
    secretFile: String? = nil, isInsecure: Bool = false, share: LocationShare = LocationShare()
  ) {
    self.name = name
    self.address = address
    self.owns = owns ?? [OwnershipPattern(defaultFor: name)]
    self.executable = executable
    self.environment = environment
    self.grace = grace
    self.secretFile = secretFile
    self.isInsecure = isInsecure
    self.share = share
  }
}

extension WorkspaceFile {
  /// How a location and its control plane are to know each other.
  package enum Credential: Hashable, Sendable {
    /// An absolute path.
    case secretFile(String)
    /// A Unix socket says who is at its other end.
    case peer
    case insecure
    /// The file names no secret for a port.
    case missing
  }

  /// What the file says of a location; where it names no secret for a port, that of a directory of secrets, if there is one.
  ///
  /// - Parameter directory: has a file for each location, of its name.
  package func credential(of location: WorkspaceLocation, secrets directory: String?) -> Credential {
    if let path = location.secretFile { return .secretFile(resolve(path)) }
    if case .socket = location.address { return .peer }
    if location.isInsecure { return .insecure }
    guard let directory else { return .missing }
    return .secretFile(URL(fileURLWithPath: directory).appending(path: location.name.description).standardizedFileURL.path)
  }
}

/// Where a location's server listens.
package enum LocationAddress: Hashable, Sendable, CustomStringConvertible {
  case tcp(host: String, port: Int)
  /// A Unix domain socket, as written; relative to the folder of the file.
  case socket(path: String)

  /// `127.0.0.1:4271`, or `unix:/run/weather.sock`.
  package var description: String {
    switch self {
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .socket(let path): "unix:\(path)"
    }
  }
}

/// Every bound on `workspace.yaml`.
package enum WorkspaceLimits {
  package static let fileBytes = 1 << 20
  package static let locations = 1_000
  package static let patternsPerLocation = 1_000
  /// Bytes of a socket's path: the kernel has room for 108 with the final zero.
  package static let socketPathBytes = 107
  package static let defaultGraceSeconds = 30
  package static let maxGraceSeconds = 86_400
  /// What a field of `limits` may be.
  package static let maxShare = 1_000_000_000_000
}
