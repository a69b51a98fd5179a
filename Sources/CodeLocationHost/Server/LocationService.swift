// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import GRPCCore
import GRPCProtobuf
package import LocationWire
import SwiftProtobuf

/// Decodes requests of at most ``WireLimits/messageBytes``; a longer one ends its call with RESOURCE_EXHAUSTED.
private struct BoundedDeserializer<Request: Message>: MessageDeserializer {
  func deserialize(_ bytes: some GRPCContiguousBytes) throws -> Request {
    let count = bytes.withUnsafeBytes { $0.count }
    guard count <= WireLimits.messageBytes else {
      throw RPCError(
        code: .resourceExhausted,
        message: "a message of \(count) bytes is over the limit of \(WireLimits.messageBytes) (messageBytes)")
    }
    return try ProtobufDeserializer<Request>().deserialize(bytes)
  }
}

/// The messages of one stream.
///
/// Unchecked: its iterator is used by one task at a time, first by the handler that opens the session, then by its reader alone.
private final class Requests: @unchecked Sendable {
  private var iterator: RPCAsyncSequence<Sluice_Location_V1_SessionRequest, any Error>.AsyncIterator

  init(iterator: RPCAsyncSequence<Sluice_Location_V1_SessionRequest, any Error>.AsyncIterator) { self.iterator = iterator }

  func next() async throws -> Sluice_Location_V1_SessionRequest? { try await iterator.next() }
}

/// `sluice.location.v1.CodeLocation`, served over a ``StepHost``.
package struct LocationService: Sluice_Location_V1_CodeLocation.SimpleServiceProtocol {
  private let host: StepHost
  private let document: ManifestDocument
  private let previews: any VersionPreviewing

  package init(host: StepHost, document: ManifestDocument, previews: any VersionPreviewing) {
    self.host = host
    self.document = document
    self.previews = previews
  }

  /// Registers the methods with a bound on the size of their requests, which the generated registration knows nothing of.
  package func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
    typealias Method = Sluice_Location_V1_CodeLocation.Method
    router.registerHandler(
      forMethod: Method.Describe.descriptor, deserializer: BoundedDeserializer<Method.Describe.Input>(),
      serializer: ProtobufSerializer<Method.Describe.Output>(), handler: { try await describe(request: $0, context: $1) })
    router.registerHandler(
      forMethod: Method.Session.descriptor, deserializer: BoundedDeserializer<Method.Session.Input>(),
      serializer: ProtobufSerializer<Method.Session.Output>(), handler: { try await session(request: $0, context: $1) })
    router.registerHandler(
      forMethod: Method.Preview.descriptor, deserializer: BoundedDeserializer<Method.Preview.Input>(),
      serializer: ProtobufSerializer<Method.Preview.Output>(), handler: { try await preview(request: $0, context: $1) })
  }

  package func describe(
    request: Sluice_Location_V1_DescribeRequest, response: RPCWriter<Sluice_Location_V1_DescribeResponse>,
    context: ServerContext
  ) async throws {
    for part in document.responses(instance: host.instance) { try await response.write(part) }
  }

  // MARK: Session

  package func session(
    request: RPCAsyncSequence<Sluice_Location_V1_SessionRequest, any Error>,
    response: RPCWriter<Sluice_Location_V1_SessionResponse>, context: ServerContext
  ) async throws {
    let requests = Requests(iterator: request.makeAsyncIterator())
    let (stream, opened) = try await open(requests.next())
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
    _ first: Sluice_Location_V1_SessionRequest?
  ) async throws -> (SessionStream, Sluice_Location_V1_SessionResponse) {
    guard let first, case .open(let wire) = first.body else {
      throw RPCError(code: .invalidArgument, message: "the first message of a session must be 'open'")
    }
    let open: SessionOpen
    do { open = try SessionOpen(wire: wire) } catch { throw RPCError(code: .invalidArgument, message: "open.\(error)") }
    do {
      let (stream, opened, received) = try await host.open(open)
      return (
        stream,
        .with {
          $0.opened = opened.wire
          $0.acknowledged = received
        }
      )
    } catch .staleEpoch(let highest) {
      throw RPCError(
        code: .failedPrecondition, message: "epoch \(open.epoch) is stale: this location has seen epoch \(highest)")
    }
  }

  private static func receive(
    _ request: Sluice_Location_V1_SessionRequest, on stream: SessionStream, _ host: StepHost
  ) throws {
    if case .open = request.body {
      throw RPCError(code: .invalidArgument, message: "'open' comes once, as the first message of a stream")
    }
    do { try host.receive(request, on: stream) } catch {
      throw RPCError(code: error.code == .overLimit ? .resourceExhausted : .invalidArgument, message: error.description)
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

  package func preview(
    request: Sluice_Location_V1_PreviewRequest, response: RPCWriter<Sluice_Location_V1_PreviewResponse>,
    context: ServerContext
  ) async throws {
    let version: PinnedVersion
    do { version = try PinnedVersion(wire: request.version) } catch {
      throw RPCError(code: .invalidArgument, message: "version.\(error)")
    }
    let limit = request.limit == 0 ? HostLimits.previewRows : Int(min(request.limit, UInt32(WireLimits.previewRows)))
    switch await host.aside(within: HostLimits.previewPatience, { try await previews.preview(version, limit: limit) }) {
    case .success(let preview): for part in preview.responses { try await response.write(part) }
    case .failure(let error):
      throw RPCError(code: .failedPrecondition, message: "\(version.version) cannot be shown: \(error)")
    case nil: throw RPCError(code: .deadlineExceeded, message: "\(version.version) cannot be read in time")
    }
  }
}
