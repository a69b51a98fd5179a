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
  private let onError: @Sendable (IOError) -> Void
  private var isBraking = false

  private init(_ pause: Duration, _ onError: @escaping @Sendable (IOError) -> Void) {
    self.pause = pause
    self.onError = onError
  }

  /// Puts one before everything else that hears of a listening channel's errors.
  ///
  /// - Parameter onError: told each time that a connection could not be accepted; it must not wait.
  package static func fit(
    to channel: any Channel, pause: Duration, _ onError: @escaping @Sendable (IOError) -> Void
  ) -> EventLoopFuture<Void> {
    channel.eventLoop.submit {
      try channel.pipeline.syncOperations.addHandler(ListenerBrake(pause, onError), position: .first)
    }
  }

  package func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // What is left of the errors that do not close the channel concerns one connection, which is gone.
    guard let error = error as? IOError, Self.passing.contains(error.errnoCode) else { return context.fireErrorCaught(error) }
    guard error.errnoCode != ECONNABORTED else { return }
    onError(error)
    guard !isBraking else { return }
    isBraking = true
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
