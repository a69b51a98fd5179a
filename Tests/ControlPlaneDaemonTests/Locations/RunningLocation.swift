// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetModel
import CodeLocationHost
import Foundation
import LocationWire
import Logging
import Workspace

/// A location's server in this process, with its versions in memory.
struct RunningLocation {
  private let server: LocationServer
  private let task: Task<Void, any Error>
  /// Where it listens.
  let address: ListenAddress

  /// Starts it on a Unix socket, and returns once it listens.
  ///
  /// - Parameter previousEnd: how the one before it ended, as a supervisor tells it.
  init(_ name: String, at socket: String, slots: Int = 4, previousEnd: String? = nil, _ definitions: Definitions) async throws {
    try? FileManager.default.removeItem(atPath: socket)
    try await self.init(name, listening: .socket(path: socket), slots: slots, previousEnd: previousEnd, definitions)
  }

  /// Starts it, and returns once it listens; on a port that the system chooses unless said otherwise.
  ///
  /// - Parameter secret: the file of the secret that it shares; on a port nobody proves anything without one.
  init(
    _ name: String, listening address: ListenAddress = .network(host: "127.0.0.1", port: 0), secret: String? = nil,
    slots: Int = 4, previousEnd: String? = nil, _ definitions: Definitions
  ) async throws {
    var patience = HostPatience()
    patience.store = Self.storeGrace
    let open: LocationCredential = address.isSocket ? .peer : .insecure
    let location = try LoadedLocation(name: name, definitions: definitions, storage: InMemoryIOManager())
    let server = try LocationServer(
      manifest: location.manifest, runner: location.runner, previews: location, at: address,
      credential: secret.map { .secretFile($0) } ?? open, slots: slots, patience: patience, previousEnd: previousEnd,
      logger: quiet)
    self.server = server
    task = Task { try await server.serve() }
    self.address = try await server.listeningAddress
  }

  /// How long a store holds it after its last session.
  static let storeGrace: Duration = .milliseconds(500)

  /// The port that it listens on; 0 on a socket.
  var port: Int { if case .network(_, let port) = address { port } else { 0 } }

  /// Ends it without a word, as a crash does.
  func crash() async {
    task.cancel()
    _ = await task.result
  }

  /// Drains and ends it.
  func stop() async throws {
    await server.drain(grace: .seconds(5))
    try await task.value
  }
}

/// A logger that says nothing.
let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A folder of its own for a test's sockets.
final class Sockets: Sendable {
  private let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "sl-\(UInt32.random(in: 0 ... .max))")

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appending(path: name).path() }

  /// Writes the file of a secret, and returns its path.
  func secret(_ name: String, _ text: String = UUID().uuidString) throws -> String {
    let file = folder.appending(path: "\(name).secret")
    try Data(text.utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path())
    return file.path()
  }

  /// A workspace file that names these locations, each on its socket.
  func workspace(_ names: [String]) throws -> WorkspaceFile {
    WorkspaceFile(
      path: folder.appending(path: "workspace.yaml").path(),
      locations: try names.map { WorkspaceLocation(name: try LocationName($0), address: .socket(path: path($0))) })
  }
}
