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
    let name: PeerName?
    var isProven: Bool
    /// Whether it was asked to prove itself just now, and is not to make room for others meanwhile.
    var isProving = false
    /// Whether it has had that time, which there is once.
    var wasProving = false
    /// Calls that the health service is answering over time.
    var watches = 0
    /// Whether the health service has answered it since it was last looked at.
    var wasAnswered = false

    var isUseful: Bool { isProven || watches > 0 || wasAnswered }
  }

  private struct State {
    private var next: UInt64 = 0
    /// By number: the lowest is the oldest.
    private(set) var peers: [UInt64: Peer] = [:]
    /// Whose number a name is.
    private var numbers: [PeerName: UInt64] = [:]
    private var proving = 0

    /// - Returns: the number of a new one, and whom it takes the place of; nil where there is no room.
    mutating func add(_ channel: any Channel, isProven: Bool, atMost limit: Int) -> (number: UInt64, leaving: (any Channel)?)? {
      var leaving: (any Channel)?
      if peers.count >= limit {
        guard let number = leastNeeded else { return nil }
        leaving = remove(number)?.channel
      }
      next &+= 1
      // Written once: looking for whose call something is must not cost more the more connections there are.
      let name = PeerName(channel)
      peers[next] = Peer(channel: channel, name: name, isProven: isProven)
      if let name { numbers[name] = next }
      return (next, leaving)
    }

    @discardableResult
    mutating func remove(_ number: UInt64) -> Peer? {
      endProving(number)
      guard let peer = peers.removeValue(forKey: number) else { return nil }
      if let name = peer.name, numbers[name] == number { numbers[name] = nil }
      return peer
    }

    private var leastNeeded: UInt64? {
      let unproven = peers.filter { !$0.value.isProven && !$0.value.isProving }
      let byAddress = Dictionary(grouping: unproven.keys) { unproven[$0]?.channel.remoteAddress?.ipAddress }
      return byAddress.values.max { ($0.count, $1.min() ?? 0) < ($1.count, $0.min() ?? 0) }?.min()
    }

    mutating func change(_ name: PeerName, _ body: (inout Peer) -> Void) {
      guard let number = numbers[name], var peer = peers[number] else { return }
      body(&peer)
      peers[number] = peer
    }

    mutating func prove(_ name: PeerName) {
      change(name) { $0.isProven = true }
      if let number = numbers[name] { endProving(number) }
    }

    /// Keeps the place of a connection that was given a challenge, where so many are not kept already.
    ///
    /// - Returns: its number and channel, where its place is kept until ``endProving(_:)``.
    mutating func beginProving(_ name: PeerName, atMost limit: Int) -> (number: UInt64, channel: any Channel)? {
      guard let number = numbers[name], var peer = peers[number], !peer.isProven, !peer.wasProving, proving < limit else {
        return nil
      }
      proving += 1
      (peer.isProving, peer.wasProving) = (true, true)
      peers[number] = peer
      return (number, peer.channel)
    }

    mutating func endProving(_ number: UInt64) {
      guard peers[number]?.isProving == true else { return }
      proving -= 1
      peers[number]?.isProving = false
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
    channel.closeFuture.whenComplete { [self] _ in state.withLock { _ = $0.remove(number) } }
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
      dismiss(channel)
    }
  }

  /// Lets what a peer has called for be answered, and tells it to come again on another connection (GOAWAY): it may be an honest one
  /// that is slow, and reads a refusal rather than a broken call.
  private func dismiss(_ channel: any Channel) {
    onRefusal(.silence)
    channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    channel.eventLoop.scheduleTask(in: TimeAmount(limits.farewell)) { [weak channel] in channel?.close(promise: nil) }
  }

  fileprivate func close(_ channel: any Channel, _ refusal: Refusal) {
    onRefusal(refusal)
    channel.close(promise: nil)
  }

  fileprivate func isProven(_ number: UInt64) -> Bool { state.withLock { $0.peers[number]?.isProven ?? false } }

  // MARK: What the services say

  /// A call of a peer was admitted.
  package func prove(_ name: PeerName) { state.withLock { $0.prove(name) } }

  /// A peer was given a challenge, and is about to prove itself: for a while it makes no room for others.
  package func challenged(_ name: PeerName) {
    let limit = min(limits.challenged, limits.connections / 4)
    guard let (number, channel) = state.withLock({ $0.beginProving(name, atMost: limit) }) else { return }
    channel.eventLoop.scheduleTask(in: TimeAmount(limits.challengeTime)) { [self] in
      state.withLock { $0.endProving(number) }
    }
  }

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
