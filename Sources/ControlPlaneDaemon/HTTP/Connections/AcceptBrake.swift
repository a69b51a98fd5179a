// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import NIOCore

/// Stops accepting for a while where the system has no file for another connection.
///
/// The connection would be offered again at once, and for ever; and the error would end the server.
final class AcceptBrake: ChannelInboundHandler {
  typealias InboundIn = Any

  private let ledger: ConnectionLedger
  private let logger: Logger
  private var isBraking = false
  private var saidAt: NIODeadline?

  init(_ ledger: ConnectionLedger, _ logger: Logger) {
    self.ledger = ledger
    self.logger = logger
  }

  /// Puts one before everything else that hears of a listening channel's errors.
  static func fit(to channel: any Channel, _ ledger: ConnectionLedger, _ logger: Logger) async throws {
    try await channel.eventLoop.submit {
      try channel.pipeline.syncOperations.addHandler(AcceptBrake(ledger, logger), position: .first)
    }.get()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // What is left of the errors that do not close the channel concerns one connection, which is gone.
    guard let error = error as? IOError, Self.passing.contains(error.errnoCode) else { return context.fireErrorCaught(error) }
    guard error.errnoCode != ECONNABORTED else { return }
    ledger.count(.descriptors)
    guard !isBraking else { return }
    isBraking = true
    say(error)
    try? context.channel.syncOptions?.setOption(.autoRead, value: false)
    let channel = context.channel
    // A handler is called on its channel's loop.
    context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(ledger.limits.acceptPause)) { [weak self] in
      self?.isBraking = false
      try? channel.syncOptions?.setOption(.autoRead, value: true)
    }
  }

  /// Once a minute, however often it happens: the metric counts them all.
  private func say(_ error: IOError) {
    let now = NIODeadline.now()
    if let saidAt, now - saidAt < .minutes(1) { return }
    saidAt = now
    logger.warning(
      "no connections are accepted for a moment: the system has no file for another",
      metadata: ["error": "\(error)", "pause": "\(ledger.limits.acceptPause)"])
  }

  private static let passing: Set<CInt> = [ECONNABORTED, EMFILE, ENFILE, ENOBUFS, ENOMEM]
}
