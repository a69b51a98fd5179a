// SPDX-License-Identifier: Apache-2.0

package import GRPCCore
package import NIOCore
import Synchronization

/// The two ends of a connection, as the transport tells them to a call.
package struct PeerName: Hashable, Sendable {
  fileprivate let remote: String
  fileprivate let local: String

  package init(_ context: ServerContext) { (remote, local) = (context.remotePeer, context.localPeer) }

  /// nil for a connection that is not open, or whose ends are no addresses of the network.
  fileprivate init?(_ channel: any Channel) {
    guard let remote = Self.words(channel.remoteAddress), let local = Self.words(channel.localAddress) else { return nil }
    (self.remote, self.local) = (remote, local)
  }

  /// As the transport writes them.
  private static func words(_ address: SocketAddress?) -> String? {
    guard let address, let port = address.port else { return nil }
    switch address {
    case .v4(let end): return "ipv4:\(end.host):\(port)"
    case .v6(let end): return "ipv6:[\(end.host)]:\(port)"
    case .unixDomainSocket: return nil
    }
  }
}

/// The connections of one server, and which of them have proved that they are the control plane's.
///
/// The transport bounds neither how many there are, nor for how long one may say nothing, nor what it holds of calls that are not whole.
/// So until a call of it is admitted, a connection has little time and may bring few bytes; and one that has proved itself is never
/// closed to make room for others.
package final class PeerConnections: Sendable {
  /// Why a connection was closed.
  package enum Refusal: String, CaseIterable, Sendable {
    case noRoom = "all connections are taken by peers that proved themselves (connections)"
    case madeRoom = "it had proved nothing, and another one came (connections)"
    case bytes = "it brought too many bytes before a call was admitted (unprovenBytes)"
    case silence = "it had no admitted call in time (silence)"
  }

  private struct Peer {
    let channel: any Channel
    var isProven: Bool
    /// Calls that the health service is answering over time.
    var watches = 0
    /// Whether the health service has answered it since it was last looked at.
    var wasAnswered = false

    var isUseful: Bool { isProven || watches > 0 || wasAnswered }
  }

  private struct State {
    private var next: UInt64 = 0
    /// By number: the lowest is the oldest.
    var peers: [UInt64: Peer] = [:]

    /// - Returns: the number of a new one, and whom it takes the place of; nil where there is no room.
    mutating func add(_ channel: any Channel, isProven: Bool, atMost limit: Int) -> (number: UInt64, leaving: (any Channel)?)? {
      var leaving: (any Channel)?
      if peers.count >= limit {
        guard let number = leastNeeded else { return nil }
        leaving = peers.removeValue(forKey: number)?.channel
      }
      next &+= 1
      peers[next] = Peer(channel: channel, isProven: isProven)
      return (next, leaving)
    }

    private var leastNeeded: UInt64? {
      let unproven = peers.filter { !$0.value.isProven }
      let byAddress = Dictionary(grouping: unproven.keys) { unproven[$0]?.channel.remoteAddress?.ipAddress }
      return byAddress.values.max { ($0.count, $1.min() ?? 0) < ($1.count, $0.min() ?? 0) }?.min()
    }

    mutating func change(_ name: PeerName, _ body: (inout Peer) -> Void) {
      for (number, peer) in peers where PeerName(peer.channel) == name {
        var peer = peer
        body(&peer)
        peers[number] = peer
      }
    }

    /// Whether it may stay for another while.
    mutating func renew(_ number: UInt64) -> Bool {
      defer { peers[number]?.wasAnswered = false }
      return peers[number]?.isUseful ?? false
    }
  }

  private let limits: PeerLimits
  private let onRefusal: @Sendable (Refusal) -> Void
  private let state = Mutex(State())

  /// - Parameter onRefusal: called for each connection that is closed; it must not wait.
  package init(_ limits: PeerLimits, onRefusal: @escaping @Sendable (Refusal) -> Void) {
    self.limits = limits
    self.onRefusal = onRefusal
  }

  package var count: Int { state.withLock { $0.peers.count } }

  // MARK: What the transport says

  /// Takes a connection up before anything is read from it.
  ///
  /// - Parameter isProven: whether who connects is known already, as the system tells it of a Unix socket.
  package func admit(_ channel: any Channel, isProven: Bool) -> EventLoopFuture<Void> {
    let done = channel.eventLoop.makeSucceededVoidFuture()
    guard let (number, leaving) = state.withLock({ $0.add(channel, isProven: isProven, atMost: limits.connections) }) else {
      close(channel, .noRoom)
      return done
    }
    if let leaving { close(leaving, .madeRoom) }
    channel.closeFuture.whenComplete { [self] _ in state.withLock { _ = $0.peers.removeValue(forKey: number) } }
    guard !isProven else { return done }
    do {
      try channel.pipeline.syncOperations.addHandler(UnprovenBytes(number, self, limits.unprovenBytes), position: .first)
    } catch {
      channel.close(promise: nil)
    }
    watch(number, channel)
    return done
  }

  private func watch(_ number: UInt64, _ channel: any Channel) {
    channel.eventLoop.scheduleTask(in: TimeAmount(limits.silence)) { [self, weak channel] in
      // What has proved itself is not looked at again.
      guard let channel, channel.isActive, !isProven(number) else { return }
      if state.withLock({ $0.renew(number) }) { return watch(number, channel) }
      close(channel, .silence)
    }
  }

  fileprivate func close(_ channel: any Channel, _ refusal: Refusal) {
    onRefusal(refusal)
    channel.close(promise: nil)
  }

  fileprivate func isProven(_ number: UInt64) -> Bool { state.withLock { $0.peers[number]?.isProven ?? false } }

  // MARK: What the services say

  /// A call of a peer was admitted.
  package func prove(_ name: PeerName) { state.withLock { $0.change(name) { $0.isProven = true } } }

  /// The health service has answered a call of a peer.
  package func answered(_ name: PeerName) { state.withLock { $0.change(name) { $0.wasAnswered = true } } }

  /// The health service answers a peer for as long as `body` takes.
  package func watching<Failure>(_ name: PeerName, _ body: () async throws(Failure) -> Void) async throws(Failure) {
    state.withLock { $0.change(name) { $0.watches += 1 } }
    defer { state.withLock { $0.change(name) { $0.watches -= 1 } } }
    try await body()
  }
}

/// Counts what a connection brings until a call of it is admitted.
private final class UnprovenBytes: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let number: UInt64
  private let connections: PeerConnections
  private let limit: Int
  private var count = 0
  private var isLeaving = false

  init(_ number: UInt64, _ connections: PeerConnections, _ limit: Int) {
    (self.number, self.connections, self.limit) = (number, connections, limit)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if connections.isProven(number) {
      context.fireChannelRead(data)
      return context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }
    count += unwrapInboundIn(data).readableBytes  // No overflow: at most the limit and one buffer.
    guard count <= limit else { return connections.close(context.channel, .bytes) }
    context.fireChannelRead(data)
    guard count > limit / 2, !isLeaving else { return }
    isLeaving = true
    // The transport tells the client to open another one, and ends this one with its last call.
    context.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
  }
}
