// SPDX-License-Identifier: Apache-2.0

package import AssetKit
package import AssetModel
import GRPCCore
import GRPCNIOTransportHTTP2
package import LocationWire
package import Logging

/// Where a location's server listens.
package enum ListenAddress: Hashable, Sendable, CustomStringConvertible {
  /// Port 0 lets the system choose.
  case network(host: String, port: Int)
  case socket(path: String)

  package var description: String {
    switch self {
    case .network(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .socket(let path): "unix:\(path)"
    }
  }

  fileprivate var transport: SocketAddress {
    switch self {
    case .network(let host, let port): host.contains(":") ? .ipv6(host: host, port: port) : .ipv4(host: host, port: port)
    case .socket(let path): .unixDomainSocket(path: path)
    }
  }
}

/// A team's server: the location's service and the health service over one HTTP/2 listener.
package struct LocationServer: Sendable {
  package let host: StepHost
  private let document: ManifestDocument
  private let address: ListenAddress
  private let health = HealthService()
  private let server: GRPCServer<HTTP2ServerTransport.Posix>
  /// Finished once the server has ended.
  private let ended = AsyncStream.makeStream(of: Never.self)

  /// - Throws: `WireError` where the manifest is over a limit.
  package init(
    manifest: Manifest, runner: any StepRunning, previews: any VersionPreviewing, at address: ListenAddress, slots: Int,
    executor: (any TaskExecutor)? = nil, logger: Logger
  ) throws(WireError) {
    document = try ManifestDocument(manifest)
    self.address = address
    host = StepHost(runner: runner, manifest: document.digest, slots: slots, executor: executor, logger: logger)
    server = GRPCServer(
      transport: .http2NIOPosix(
        address: address.transport, transportSecurity: .plaintext,
        config: .defaults { config in
          // The service answers what is over `messageBytes`; the transport cuts off what is far beyond.
          config.rpc.maxRequestPayloadSize = 4 * WireLimits.messageBytes
          config.http2.targetWindowSize = 1 << 20
          // Sessions gather what they say themselves: a flush that waits for another is a tenth of a step.
          config.connection.flushCoalescing = nil
          // Keeps the way through firewalls open. Where no answer comes the transport only asks the peer to go away, and closes
          // nothing: a daemon that is not heard finds out itself (`ConnectionLimits`), and its newer stream replaces this one.
          config.connection.keepalive.time = .seconds(30)
          config.connection.keepalive.timeout = .seconds(10)
          config.connection.keepalive.clientBehavior.minPingIntervalWithoutCalls = .seconds(5)
          config.connection.keepalive.clientBehavior.allowWithoutCalls = true
        }, eventLoopGroup: ServerLoop.group),
      services: [LocationService(host: host, document: document, previews: previews), health])
  }

  package var digest: ManifestDigest { document.digest }

  /// The address once ``serve()`` listens.
  ///
  /// - Throws: where it cannot listen.
  package var listeningAddress: ListenAddress {
    get async throws {
      let address = try await server.transport.listeningAddress
      if let socket = address.unixDomainSocket { return .socket(path: socket.path) }
      if let address = address.ipv4 { return .network(host: address.host, port: address.port) }
      if let address = address.ipv6 { return .network(host: address.host, port: address.port) }
      return .network(host: "\(address)", port: 0)
    }
  }

  /// Serves until ``drain(grace:)`` has ended, or the task is cancelled.
  ///
  /// - Throws: where it cannot listen.
  package func serve() async throws {
    defer { ended.continuation.finish() }
    if case .socket(let path) = address { SocketFile.clear(path) }
    try await withTaskExecutorPreference(ServerLoop.executor) { try await server.serve() }
  }

  /// Drains: no more grants, steps in flight finish within `grace` or are cancelled, sessions are told all; then the server ends.
  package func drain(grace: Duration) async {
    health.drain()
    await host.drain(grace: grace)
    host.endStreams()
    health.end()
    server.beginGracefulShutdown()
    _ = await within(HostLimits.closePatience) { [stream = ended.stream] in for await _ in stream {} }
  }
}
