// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetModel
import CodeLocationHost
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import LocationWire
import Logging
import SwiftProtobuf
import Synchronization

/// A location's server on a port of its own, and a bare client that says whatever a test wants it to say.
struct TestLocation: Sendable {
  typealias Client = Sluice_Location_V1_CodeLocation.Client<HTTP2ClientTransport.Posix>

  let client: Client
  let folder: URL
  let host: StepHost
  let digest: ManifestDigest
  let runner: ScriptedRunner
  let secretFile: String
  let notes: HostNotes
  let port: Int

  /// Runs `body` against a location named `tests` that keeps its versions in files.
  static func with(
    secret: String? = String(repeating: "s", count: 40), patience: HostPatience = HostPatience(),
    peers: PeerLimits = .patient(), _ body: @escaping @Sendable (TestLocation) async throws -> Void
  ) async throws {
    let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "port-\(UInt32.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let secretFile = folder.appending(path: "secret").path()
    if let secret { try write(secret, to: secretFile) }
    let definitions = Definitions { Asset("tests/numbers") { _ in [1, 2, 3] } }
    let loaded = try LoadedLocation(
      name: "tests", definitions: definitions, configuration: Configuration(),
      storage: FileIOManager(root: folder.appending(path: "storage").path()))
    let notes = HostNotes()
    let runner = ScriptedRunner { grant, report in
      await report(.started(grant.attempt))
      await report(.finished(grant.attempt, .completed))
    }
    let server = try LocationServer(
      manifest: loaded.manifest, runner: runner, previews: loaded, at: .network(host: "127.0.0.1", port: 0),
      credential: secret == nil ? .insecure : .secretFile(secretFile), slots: 2, patience: patience, peers: peers,
      logger: Logger(label: "test") { _ in notes })
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.serve() }
      guard case .network(let host, let port) = try await server.listeningAddress else { return }
      let transport = try HTTP2ClientTransport.Posix(
        target: .ipv4(address: host, port: port), transportSecurity: .plaintext)
      try await withGRPCClient(transport: transport) { client in
        try await body(
          TestLocation(
            client: Client(wrapping: client), folder: folder, host: server.host, digest: server.digest, runner: runner,
            secretFile: secretFile, notes: notes, port: port))
      }
      group.cancelAll()
      while await group.nextResult() != nil {}
    }
  }

  static func write(_ secret: String, to path: String) throws {
    try Data(secret.utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
  }

  // MARK: Calls

  /// What a challenge gives to who holds the secret of a file.
  func answer(with secret: String? = nil, as name: String = "tests") async throws -> ChallengeAnswer {
    let request = ChallengeAnswer.request()
    let response = try await client.challenge(request)
    return try ChallengeAnswer(
      response, to: request, location: LocationName(name), secret: LocationSecret(contentsOf: secret ?? secretFile))
  }

  func metadata(_ call: ProvenCall) async throws -> GRPCCore.Metadata { Self.metadata(try await answer().proof(of: call)) }

  static func metadata(_ proof: CallProof) -> GRPCCore.Metadata {
    var metadata = GRPCCore.Metadata()
    metadata.addBinary(proof.bytes, forKey: CallProof.header)
    return metadata
  }

  /// The digest that `Describe` tells.
  func describe(_ metadata: GRPCCore.Metadata) async throws -> String {
    try await client.describe(.init(), metadata: metadata) { response in
      var digest = ""
      for try await part in response.messages where !part.header.digest.isEmpty { digest = part.header.digest }
      return digest
    }
  }

  /// Opens a session, sends messages, and hands every answer to `take` until that says that it has seen enough.
  func session(
    _ metadata: GRPCCore.Metadata, incarnation: Incarnation = Samples.incarnation, epoch: Epoch = 1,
    _ messages: [Sluice_Location_V1_SessionRequest] = [],
    until take: @escaping @Sendable (Sluice_Location_V1_SessionResponse) async throws -> Bool = { $0.hasOpened }
  ) async throws {
    let (ends, end) = AsyncStream.makeStream(of: Void.self)
    try await client.session(
      metadata: metadata,
      requestProducer: { writer in
        try await writer.write(.with { $0.open = SessionOpen(incarnation: incarnation, epoch: epoch, resume: nil).wire })
        for message in messages { try await writer.write(message) }
        for await _ in ends {}
      },
      onResponse: { response in
        defer { end.finish() }
        for try await message in response.messages where try await take(message) { return }
      })
  }

  /// Describes it as who holds the secret, and asks again where the connection was closed first, as it may be on a machine that is busy.
  func describe() async throws -> String {
    while true {
      do {
        return try await describe(metadata(.describe))
      } catch let error as RPCError where error.code == .unavailable {
        // polls: a client connects again once it has waited for a while
        try await Task.sleep(for: .milliseconds(20))
      }
    }
  }

  func preview(_ request: Sluice_Location_V1_PreviewRequest, _ metadata: GRPCCore.Metadata? = nil) async throws -> [[String]] {
    let metadata = if let metadata { metadata } else { try await self.metadata(.preview(request)) }
    return try await client.preview(request, metadata: metadata) { response in
      var rows: [[String]] = []
      for try await part in response.messages { rows += part.rows.map(\.cells) }
      return rows
    }
  }
}

extension PeerLimits {
  /// The usual ones, under which nobody is closed for being slow, with some changed.
  static func patient(_ change: (inout PeerLimits) -> Void = { _ in }) -> PeerLimits {
    var limits = PeerLimits()
    limits.silence = .seconds(3_600)
    change(&limits)
    return limits
  }
}

extension Sluice_Location_V1_SessionResponse {
  /// Whether it is the answer to `open`.
  var hasOpened: Bool { if case .opened = body { true } else { false } }
}

/// What a host's log says.
struct HostNotes: LogHandler {
  var logLevel = Logger.Level.debug
  var metadata: Logger.Metadata = [:]
  private let lines = Lines()

  private final class Lines: Sendable { let all = Mutex<[String]>([]) }

  /// Whether a line has some words.
  func has(_ words: String) -> Bool { lines.all.withLock { $0.contains { $0.contains(words) } } }

  var count: Int { lines.all.withLock { $0.count } }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { lines.all.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") } }
}
