// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix

/// A TCP proxy in front of a location's server that harms what passes through it.
///
/// Everything of it lives on one event loop, which belongs to it alone.
final class FaultyProxy: Sendable {
  private let group: MultiThreadedEventLoopGroup
  private let listener: any Channel
  private let links: NIOLoopBound<ProxyLinks>

  /// Begins to listen on a port that the system chooses.
  ///
  /// - Parameter target: the port of the location's server on this machine.
  init(to target: Int) async throws {
    group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let loop = group.next()
    let links = try await loop.submit { NIOLoopBound(ProxyLinks(on: loop), eventLoop: loop) }.get()
    self.links = links
    listener = try await ServerBootstrap(group: group)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelInitializer { daemon in
        // The loop is the only one that there is.
        daemon.eventLoop.makeCompletedFuture { try links.value.accept(daemon, target: target) }
      }
      .bind(host: "127.0.0.1", port: 0).get()
  }

  var port: Int { listener.localAddress?.port ?? 0 }

  /// From now on this happens, until ``end()``.
  func begin(_ fault: Fault) async throws {
    try await listener.eventLoop.submit { [links] in links.value.begin(fault) }.get()
  }

  /// What was held back passes, and nothing is harmed any more.
  func end() async throws {
    try await listener.eventLoop.submit { [links] in links.value.end() }.get()
  }

  func stop() async throws {
    try await listener.eventLoop.submit { [links] in links.value.closeAll() }.get()
    try await listener.close().get()
    try await group.shutdownGracefully()
  }
}

/// The connections that pass through a proxy, and what happens to them; on the proxy's event loop.
final class ProxyLinks {
  private(set) var fault: Fault?
  let loop: NIOIsolatedEventLoop
  private var links: [ObjectIdentifier: ProxyLink] = [:]

  init(on loop: any EventLoop) {
    // Made on the loop, and used nowhere else: assumeIsolated() checks that it is.
    self.loop = loop.assumeIsolated()
  }

  func accept(_ daemon: any Channel, target: Int) throws {
    let link = ProxyLink(daemon, of: self)
    try daemon.pipeline.syncOperations.addHandler(link.ear(.toLocation))
    links[ObjectIdentifier(link)] = link
    switch fault {
    case .reset: link.reset()
    case .finish: link.close()
    default: try link.connect(to: target)
    }
  }

  func begin(_ fault: Fault) {
    self.fault = fault
    for link in links.values {
      switch fault {
      case .reset: link.reset()
      case .finish: link.close()
      case .halfClose(let direction): link.flow(direction).cut()
      case .delay, .trickle, .silence: break
      }
    }
  }

  func end() {
    fault = nil
    for link in links.values { link.resume() }
  }

  func closeAll() {
    fault = nil
    for link in links.values { link.close() }
  }

  func forget(_ link: ProxyLink) { links[ObjectIdentifier(link)] = nil }
}
