// SPDX-License-Identifier: Apache-2.0

package import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Stops accepting for a while where the system has no file for another connection.
///
/// The connection would be offered again at once, and for ever; and the error would end the server.
package final class ListenerBrake: ChannelInboundHandler {
  package typealias InboundIn = Any

  private let pause: Duration
  private let onPause: @Sendable (IOError) -> Void
  private var isBraking = false

  private init(_ pause: Duration, _ onPause: @escaping @Sendable (IOError) -> Void) {
    self.pause = pause
    self.onPause = onPause
  }

  /// Puts one before everything else that hears of a listening channel's errors.
  package static func fit(
    to channel: any Channel, pause: Duration, _ onPause: @escaping @Sendable (IOError) -> Void
  ) -> EventLoopFuture<Void> {
    channel.eventLoop.makeCompletedFuture {
      try channel.pipeline.syncOperations.addHandler(ListenerBrake(pause, onPause), position: .first)
    }
  }

  package func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // What is left of the errors that do not close the channel concerns one connection, which is gone.
    guard let error = error as? IOError, Self.passing.contains(error.errnoCode) else { return context.fireErrorCaught(error) }
    guard error.errnoCode != ECONNABORTED, !isBraking else { return }
    isBraking = true
    onPause(error)
    try? context.channel.syncOptions?.setOption(.autoRead, value: false)
    let channel = context.channel
    // A handler is called on its channel's loop.
    context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(pause)) { [weak self] in
      self?.isBraking = false
      try? channel.syncOptions?.setOption(.autoRead, value: true)
    }
  }

  private static let passing: Set<CInt> = [ECONNABORTED, EMFILE, ENFILE, ENOBUFS, ENOMEM]
}
