// SPDX-License-Identifier: Apache-2.0

import DequeModule
import Foundation
import NIOCore
import NIOPosix

/// One connection from the daemon to the location, through a proxy; on its event loop.
final class ProxyLink {
  private let daemon: any Channel
  private var location: (any Channel)?
  private let flows: [Direction: ProxyFlow]
  private unowned let links: ProxyLinks
  /// Whether one of its ends has gone.
  private var isOver = false

  init(_ daemon: any Channel, of links: ProxyLinks) {
    self.daemon = daemon
    self.links = links
    flows = Dictionary(uniqueKeysWithValues: Direction.allCases.map { ($0, ProxyFlow($0, of: links)) })
    flow(.toLocation).source = daemon
    flow(.toDaemon).destination = daemon
  }

  func flow(_ direction: Direction) -> ProxyFlow {
    // Both are made in the initializer.
    flows[direction]!
  }

  /// Listens to what the source of a direction sends.
  func ear(_ direction: Direction) -> ProxyEar { ProxyEar(flow(direction), of: self) }

  func connect(to target: Int) throws {
    let connecting = ClientBootstrap(group: daemon.eventLoop)
      .channelOption(.allowRemoteHalfClosure, value: true)
      // Both channels live on the proxy's loop, as do these closures: assumeIsolated() checks that they do.
      .channelInitializer { [self = NIOLoopBound(self, eventLoop: daemon.eventLoop)] location in
        location.eventLoop.makeCompletedFuture {
          self.value.location = location
          self.value.flow(.toDaemon).source = location
          try location.pipeline.syncOperations.addHandler(self.value.ear(.toDaemon))
        }
      }
      .connect(host: "127.0.0.1", port: target)
    // assumeIsolated: see above.
    connecting.assumeIsolated().whenComplete { result in
      switch result {
      case .success(let location):
        self.flow(.toLocation).destination = location
        self.flow(.toLocation).pump()
      case .failure: self.end()
      }
    }
  }

  /// One of its ends has gone: the other follows, unless nobody is to be told.
  func end() {
    isOver = true
    if case .silence = links.fault { return }
    close()
  }

  func resume() {
    for direction in Direction.allCases { flow(direction).resume() }
    if isOver { close() }
  }

  func close() {
    links.forget(self)
    daemon.close(promise: nil)
    location?.close(promise: nil)
  }

  /// Both ends learn of it by a reset.
  func reset() {
    for channel in [daemon, location].compactMap({ $0 }) {
      // What is closed already has no socket to set.
      _ = (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
    }
    close()
  }
}

/// What passes through a link in one direction.
final class ProxyFlow {
  var source: (any Channel)?
  var destination: (any Channel)?
  private let direction: Direction
  private unowned let links: ProxyLinks
  private var queue: Deque<(arrived: NIODeadline, bytes: ByteBuffer)> = []
  private var held = 0
  private var isFinished = false
  private var isCut = false
  private var wantsRead = false
  private var nextSlice = NIODeadline.now()
  private var timer: Scheduled<Void>?

  /// How much is held back before the source is read no more.
  private static let room = 256 << 10

  init(_ direction: Direction, of links: ProxyLinks) {
    self.direction = direction
    self.links = links
  }

  private var isSilent: Bool {
    if case .silence(let directions) = links.fault { directions.contains(direction) } else { false }
  }

  private var holdsBack: Bool { isSilent || held > Self.room }

  /// Reads on, or later.
  func read(_ context: ChannelHandlerContext) {
    wantsRead = holdsBack
    if !wantsRead { context.read() }
  }

  func take(_ bytes: ByteBuffer) {
    guard !isCut else { return }
    queue.append((.now(), bytes))
    held += bytes.readableBytes
    pump()
  }

  /// The source has sent everything.
  func finish() {
    isFinished = true
    pump()
  }

  /// The destination hears that this was all, whatever the source sends.
  func cut() {
    isCut = true
    queue.removeAll()
    held = 0
    destination?.close(mode: .output, promise: nil)
    readOn()
  }

  func resume() {
    pump()
    readOn()
  }

  /// Passes on what the fault lets pass now, and comes back for the rest.
  func pump() {
    timer?.cancel()
    timer = nil
    guard let destination, !isSilent else { return }
    let wait = pass(to: destination)
    destination.flush()
    if let wait {
      timer = links.loop.scheduleTask(in: wait) { self.pump() }
      return
    }
    if isFinished || isCut { destination.close(mode: .output, promise: nil) }
    readOn()
  }

  /// - Returns: how long the rest has to wait; nil where nothing is left.
  private func pass(to destination: any Channel) -> TimeAmount? {
    while let first = queue.popFirst() {
      let arrived = first.arrived
      var bytes = first.bytes
      let now = NIODeadline.now()
      switch links.fault {
      case .delay(let time) where arrived + time > now:
        queue.prepend((arrived, bytes))
        return arrived + time - now
      case .trickle(let count, let pause):
        guard nextSlice <= now else {
          queue.prepend((arrived, bytes))
          return nextSlice - now
        }
        nextSlice = now + pause
        if let slice = bytes.readSlice(length: min(count, bytes.readableBytes)) { send(slice, to: destination) }
        if bytes.readableBytes > 0 { queue.prepend((arrived, bytes)) }
      default: send(bytes, to: destination)
      }
    }
    return nil
  }

  private func send(_ bytes: ByteBuffer, to destination: any Channel) {
    held -= bytes.readableBytes
    destination.write(bytes, promise: nil)
  }

  private func readOn() {
    guard wantsRead, !holdsBack else { return }
    wantsRead = false
    source?.read()
  }
}

/// The handler at an end of a link: hands over what comes in.
final class ProxyEar: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer

  private let flow: ProxyFlow
  private let link: ProxyLink

  init(_ flow: ProxyFlow, of link: ProxyLink) {
    self.flow = flow
    self.link = link
  }

  func read(context: ChannelHandlerContext) { flow.read(context) }
  func channelRead(context: ChannelHandlerContext, data: NIOAny) { flow.take(unwrapInboundIn(data)) }
  func channelInactive(context: ChannelHandlerContext) { link.end() }
  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let event = event as? ChannelEvent, event == .inputClosed { flow.finish() }
    context.fireUserInboundEventTriggered(event)
  }
}
