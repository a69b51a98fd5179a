// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetModel
package import GRPCCore
import GRPCProtobuf
package import LocationWire
import SwiftProtobuf

/// Decodes requests of at most ``WireLimits/unprovenBytes``; a longer one ends its call with RESOURCE_EXHAUSTED.
private struct BoundedDeserializer<Request: Message>: MessageDeserializer {
  func deserialize(_ bytes: some GRPCContiguousBytes) throws -> Request {
    let count = bytes.withUnsafeBytes { $0.count }
    guard count <= WireLimits.unprovenBytes else {
      throw RPCError(
        code: .resourceExhausted,
        message: "a message of \(count) bytes is over the limit of \(WireLimits.unprovenBytes) (unprovenBytes)")
    }
    return try ProtobufDeserializer<Request>().deserialize(bytes)
  }
}

/// The bytes of one message of a session: how many may be decoded depends on what was proved before.
private struct SessionFrame: Sendable {
  let bytes: [UInt8]

  /// - Parameter limit: how many bytes it may have, and the name of that limit.
  func decoded(upTo limit: (bytes: Int, name: String)) throws -> Sluice_Location_V1_SessionRequest {
    guard bytes.count <= limit.bytes else {
      throw RPCError(
        code: .resourceExhausted,
        message: "a message of \(bytes.count) bytes is over the limit of \(limit.bytes) (\(limit.name))")
    }
    do { return try Sluice_Location_V1_SessionRequest(serializedBytes: bytes) } catch {
      throw RPCError(code: .invalidArgument, message: "these \(bytes.count) bytes are no message of a session")
    }
  }

  struct Deserializer: MessageDeserializer {
    func deserialize(_ bytes: some GRPCContiguousBytes) throws -> SessionFrame {
      SessionFrame(bytes: bytes.withUnsafeBytes { Array($0) })
    }
  }
}

/// The messages of one stream.
///
/// Unchecked: its iterator is used by one task at a time, first by the handler that opens the session, then by its reader alone.
private final class Requests: @unchecked Sendable {
  private var iterator: RPCAsyncSequence<SessionFrame, any Error>.AsyncIterator

  init(iterator: RPCAsyncSequence<SessionFrame, any Error>.AsyncIterator) { self.iterator = iterator }

  /// The first message, of a caller who has proved nothing yet.
  func first() async throws -> Sluice_Location_V1_SessionRequest? {
    try await iterator.next()?.decoded(upTo: (WireLimits.unprovenBytes, "unprovenBytes"))
  }

  func next() async throws -> Sluice_Location_V1_SessionRequest? {
    try await iterator.next()?.decoded(upTo: (WireLimits.messageBytes, "messageBytes"))
  }
}

/// `sluice.location.v1.CodeLocation`, served over a ``StepHost``.
///
/// Every method but `Challenge` is for callers whom the ``CallGate`` admits.
package struct LocationService: RegistrableRPCService {
  private let host: StepHost
  private let document: ManifestDocument
  private let previews: any VersionPreviewing & OwnVersions
  private let gate: CallGate

  package init(host: StepHost, document: ManifestDocument, previews: any VersionPreviewing & OwnVersions, gate: CallGate) {
    self.host = host
    self.document = document
    self.previews = previews
    self.gate = gate
  }

  /// Registers the methods with bounds on the size of their requests, and with the metadata that proofs travel in.
  package func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
    typealias Method = Sluice_Location_V1_CodeLocation.Method
    router.registerHandler(
      forMethod: Method.Challenge.descriptor, deserializer: BoundedDeserializer<Method.Challenge.Input>(),
      serializer: ProtobufSerializer<Method.Challenge.Output>()
    ) { [gate] request, context in
      let request = try await ServerRequest(stream: request)
      return StreamingServerResponse(
        single: ServerResponse(message: try await gate.challenge(request.message, of: PeerName(context))))
    }
    router.registerHandler(
      forMethod: Method.Describe.descriptor, deserializer: BoundedDeserializer<Method.Describe.Input>(),
      serializer: ProtobufSerializer<Method.Describe.Output>()
    ) { request, context in
      StreamingServerResponse { writer in
        try await describe(request.metadata, PeerName(context), writer)
        return [:]
      }
    }
    router.registerHandler(
      forMethod: Method.Session.descriptor, deserializer: SessionFrame.Deserializer(),
      serializer: ProtobufSerializer<Method.Session.Output>()
    ) { request, context in
      StreamingServerResponse { writer in
        try await session(request, PeerName(context), writer)
        return [:]
      }
    }
    router.registerHandler(
      forMethod: Method.Preview.descriptor, deserializer: BoundedDeserializer<Method.Preview.Input>(),
      serializer: ProtobufSerializer<Method.Preview.Output>()
    ) { request, context in
      let request = try await ServerRequest(stream: request)
      return StreamingServerResponse { writer in
        try await preview(request.message, request.metadata, PeerName(context), writer)
        return [:]
      }
    }
  }

  private func describe(
    _ metadata: GRPCCore.Metadata, _ peer: PeerName, _ response: RPCWriter<Sluice_Location_V1_DescribeResponse>
  ) async throws {
    _ = try await gate.admit(.describe, metadata, of: peer)
    for part in document.responses(instance: host.instance) { try await response.write(part) }
  }

  // MARK: Session

  private func session(
    _ request: StreamingServerRequest<SessionFrame>, _ peer: PeerName, _ response: RPCWriter<Sluice_Location_V1_SessionResponse>
  ) async throws {
    let requests = Requests(iterator: request.messages.makeAsyncIterator())
    let (stream, opened) = try await open(requests.first(), request.metadata, of: peer)
    defer { host.close(stream) }
    try await response.write(opened)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { [host] in
        while let request = try await requests.next() { try Self.receive(request, on: stream, host) }
      }
      group.addTask { [host] in try await Self.write(stream, to: response, host) }
      group.addTask { [host] in try await Self.beat(response, host) }
      // The reader returns when the daemon ends its side; whoever else ends first has failed.
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private func open(
    _ first: Sluice_Location_V1_SessionRequest?, _ metadata: GRPCCore.Metadata, of peer: PeerName
  ) async throws -> (SessionStream, Sluice_Location_V1_SessionResponse) {
    guard let first, case .open(let wire) = first.body else {
      throw RPCError(code: .invalidArgument, message: "the first message of a session must be 'open'")
    }
    let open: SessionOpen
    do { open = try SessionOpen(wire: wire) } catch { throw RPCError(code: .invalidArgument, message: "open.\(error)") }
    let admission = try await gate.admit(.session(open.incarnation, open.epoch), metadata, of: peer)
    do throws(OpenRefusal) {
      let (stream, opened, received) = try await host.open(open, sealedBy: admission.seal)
      return (
        stream,
        .with {
          $0.opened = opened.wire
          $0.acknowledged = received
        }
      )
    } catch {
      throw RPCError(code: .failedPrecondition, message: error.words(to: open, at: .now))
    }
  }

  private static func receive(
    _ request: Sluice_Location_V1_SessionRequest, on stream: SessionStream, _ host: StepHost
  ) throws {
    if case .open = request.body {
      throw RPCError(code: .invalidArgument, message: "'open' comes once, as the first message of a stream")
    }
    do { try host.receive(request, on: stream) } catch {
      let code: RPCError.Code =
        switch error.code {
        case .overLimit: .resourceExhausted
        case .unproven: .unauthenticated
        default: .invalidArgument
        }
      throw RPCError(code: code, message: error.description)
    }
  }

  /// Sends what there is whenever there may be something, until the stream is to end.
  private static func write(
    _ stream: SessionStream, to response: RPCWriter<Sluice_Location_V1_SessionResponse>, _ host: StepHost
  ) async throws {
    for await _ in stream.wakes {
      while let next = host.nextResponse(on: stream) { try await response.write(next) }
    }
    switch stream.end {
    case .replaced: throw RPCError(code: .aborted, message: "a newer stream of the same daemon took over")
    case .goingDown: throw RPCError(code: .unavailable, message: "the location is going down")
    case nil: throw CancellationError()
    }
  }

  /// Says that the host lives, in a loop of its own.
  private static func beat(_ response: RPCWriter<Sluice_Location_V1_SessionResponse>, _ host: StepHost) async throws {
    while true {
      try await response.write(.with { $0.heartbeat = host.heartbeat.wire })
      try await Task.sleep(for: WireLimits.heartbeatInterval)
    }
  }

  // MARK: Preview

  private func preview(
    _ request: Sluice_Location_V1_PreviewRequest, _ metadata: GRPCCore.Metadata, _ peer: PeerName,
    _ response: RPCWriter<Sluice_Location_V1_PreviewResponse>
  ) async throws {
    _ = try await gate.admit(.preview(request), metadata, of: peer)
    let version: PinnedVersion
    do { version = try PinnedVersion(wire: request.version) } catch {
      throw RPCError(code: .invalidArgument, message: "version.\(error)")
    }
    if let refusal = previews.refusal(toShow: version) {
      throw RPCError(code: .failedPrecondition, message: "\(version.version) is not shown: \(refusal)")
    }
    let limit = request.limit == 0 ? HostLimits.previewRows : Int(min(request.limit, UInt32(WireLimits.previewRows)))
    switch await host.aside(within: HostLimits.previewPatience, { try await previews.preview(version, limit: limit) }) {
    case .success(let preview): for part in preview.responses { try await response.write(part) }
    case .failure(let error):
      throw RPCError(code: .failedPrecondition, message: "\(version.version) cannot be shown: \(ErrorText.of(error))")
    case nil: throw RPCError(code: .deadlineExceeded, message: "\(version.version) cannot be read in time")
    }
  }
}
