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

  /// Whether it is a Unix socket.
  package var isSocket: Bool { if case .socket = self { true } else { false } }

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
  private let credential: LocationCredential
  private let health: HealthService
  private let server: GRPCServer<HTTP2ServerTransport.Posix>
  /// Finished once the server has ended.
  private let ended = AsyncStream.makeStream(of: Never.self)

  /// - Parameters:
  ///   - credential: how callers prove that they are the control plane.
  ///   - peers: what those may take who have not.
  ///   - previousEnd: how the process before this one ended, to be told with what is lost with it.
  /// - Throws: `WireError` where the manifest is over a limit.
  package init(
    manifest: Manifest, runner: any StepRunning, previews: any VersionPreviewing & OwnVersions, at address: ListenAddress,
    credential: LocationCredential, slots: Int, executor: (any TaskExecutor)? = nil, patience: HostPatience = HostPatience(),
    peers: PeerLimits = PeerLimits(), previousEnd: String? = nil, logger: Logger
  ) throws(WireError) {
    document = try ManifestDocument(manifest)
    self.address = address
    self.credential = credential
    host = StepHost(
      runner: runner, manifest: document.digest, slots: slots, executor: executor, patience: patience,
      epochJump: credential == .insecure ? HostLimits.insecureEpochJump : nil, previousEnd: previousEnd, logger: logger)
    let refusals = RefusalLog(logger)
    let connections = PeerConnections(peers) { refusals.note("connection closed", $0.rawValue) }
    health = HealthService(connections)
    let gate = CallGate(manifest.location, credential, connections, refusals)
    server = GRPCServer(
      transport: .http2NIOPosix(
        address: address.transport, transportSecurity: .plaintext,
        config: .defaults { config in
          // The service answers what is a little over `messageBytes` in words; the transport, which holds a message before anybody
          // looks at it, breaks off what is beyond. Only who has proved itself gets so far: see `PeerLimits`.
          config.rpc.maxRequestPayloadSize = WireLimits.messageBytes / 4 * 5
          config.http2.maxConcurrentStreams = peers.streams
          config.http2.targetWindowSize = 1 << 20
          // Sessions gather what they say themselves: a flush that waits for another is a tenth of a step.
          config.connection.flushCoalescing = nil
          // Keeps the way through firewalls open. Where no answer comes the transport only asks the peer to go away, and closes
          // nothing: a daemon that is not heard finds out itself (`ConnectionLimits`), and its newer stream replaces this one.
          config.connection.keepalive.time = .seconds(30)
          config.connection.keepalive.timeout = .seconds(10)
          config.connection.keepalive.clientBehavior.minPingIntervalWithoutCalls = .seconds(5)
          config.connection.keepalive.clientBehavior.allowWithoutCalls = true
          // Meant for debugging by name; it is the one place where the transport shows a connection before it reads from it.
          config.channelDebuggingCallbacks.onAcceptTCPConnection = { [isSocket = address.isSocket] channel in
            ServerConnections.admit(channel, to: connections, isSocket: isSocket)
          }
          config.channelDebuggingCallbacks.onBindTCPListener = { listener in
            ListenerBrake.fit(to: listener, pause: peers.acceptPause) { refusals.note("no connections are accepted", "\($0)") }
          }
        }, eventLoopGroup: ServerLoop.group),
      services: [LocationService(host: host, document: document, previews: previews, gate: gate), health])
  }

  package var digest: ManifestDigest { document.digest }

  /// The address once ``serve()`` listens; a socket's file is the user's own by then.
  ///
  /// - Throws: where it cannot listen.
  package var listeningAddress: ListenAddress {
    get async throws {
      let address = try await bound
      if let socket = address.unixDomainSocket { return .socket(path: socket.path) }
      if let address = address.ipv4 { return .network(host: address.host, port: address.port) }
      if let address = address.ipv6 { return .network(host: address.host, port: address.port) }
      return .network(host: "\(address)", port: 0)
    }
  }

  private var bound: GRPCNIOTransportHTTP2.SocketAddress {
    get async throws {
      let bound = try await server.transport.listeningAddress
      if case .socket(let path) = address { try SocketFile.restrict(path) }
      return bound
    }
  }

  /// Serves until ``drain(grace:)`` has ended, or the task is cancelled.
  ///
  /// - Throws: where it cannot listen; ``ListenRefusal`` where the socket's directory, or the secret's file, is open to others.
  package func serve() async throws {
    defer { ended.continuation.finish() }
    do throws(CredentialError) { _ = try credential.secret() } catch { throw ListenRefusal(error.description) }
    if case .socket(let path) = address {
      try SocketFile.checkDirectory(of: path)
      SocketFile.clear(path)
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await withTaskExecutorPreference(ServerLoop.executor) { try await server.serve() } }
      // Where it cannot listen, the other task says why.
      group.addTask { if address.isSocket, (try? await server.transport.listeningAddress) != nil { _ = try await bound } }
      defer { group.cancelAll() }
      while try await group.next() != nil {}
    }
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
