// SPDX-License-Identifier: Apache-2.0

package import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What a location's server asks of a connection before it reads from it.
package enum ServerConnections {
  /// Counts a connection among the others, and asks what is to be asked of it.
  ///
  /// - Parameter isSocket: whether it is one over a Unix socket; then the system tells who is at the other end.
  package static func admit(
    _ channel: any Channel, to connections: PeerConnections, isSocket: Bool
  ) -> EventLoopFuture<Void> {
    connections.admit(channel, isProven: isSocket).flatMap { isSocket ? admitPeer(channel) : limitSilence(of: channel) }
  }

  /// Closes a connection over a Unix socket unless its peer is the same user, or root.
  ///
  /// The file's mode says the same; between the moments in which the socket is made and its mode is set, only this does.
  static func admitPeer(_ channel: any Channel) -> EventLoopFuture<Void> {
    #if os(Linux)
      guard let options = channel as? any SocketOptionProvider else {
        channel.close(promise: nil)
        return channel.eventLoop.makeSucceededVoidFuture()
      }
      let peer: EventLoopFuture<PeerIdentity> = options.unsafeGetSocketOption(
        level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
      // A failure here would end the listener: the connection is closed instead, before anything is read from it.
      return peer.map { $0.isAdmitted(by: geteuid()) }.recover { _ in false }.map { isAdmitted in
        if !isAdmitted { channel.close(promise: nil) }
      }
    #else
      return channel.eventLoop.makeSucceededVoidFuture()
    #endif
  }

  /// Lets a TCP connection end whose peer is gone without a word, so that its session does not hold the location for good.
  static func limitSilence(of channel: any Channel) -> EventLoopFuture<Void> {
    #if os(Linux)
      return channel.setOption(
        .tcpOption(NIOBSDSocket.Option(rawValue: TCP_USER_TIMEOUT)), value: Int(WireLimits.peerTimeout / .milliseconds(1))
      ).recover { _ in }
    #else
      return channel.eventLoop.makeSucceededVoidFuture()
    #endif
  }
}

/// The kernel's `ucred`: who is at the other end of a Unix socket.
package struct PeerIdentity: Sendable {
  package var process: Int32 = 0
  package var user: UInt32 = 0
  package var group: UInt32 = 0

  package init(user: UInt32) { self.user = user }

  package func isAdmitted(by own: UInt32) -> Bool { user == own || user == 0 }
}
