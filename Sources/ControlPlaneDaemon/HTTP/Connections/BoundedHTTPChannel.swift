// SPDX-License-Identifier: Apache-2.0

import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// HTTP/1.1 connections that are counted, and held to their limits.
struct BoundedHTTPChannel: ServerChildChannel {
  /// A connection that is served, or one that was not taken in.
  enum Value: ServerChildChannelValue {
    case served(UnservedConnection<HTTP1Channel.Value>, ClientPresence)
    case lost(any Channel)

    var channel: any Channel {
      switch self {
      case .served(let served, _): served.channel
      case .lost(let channel): channel
      }
    }
  }

  private let inner: HTTP1Channel
  private let ledger: ConnectionLedger

  init(ledger: ConnectionLedger, responder: @escaping HTTPChannelHandler.Responder) {
    self.ledger = ledger
    let limits = ledger.limits
    inner = HTTP1Channel(
      responder: responder,
      configuration: HTTP1Channel.Configuration(
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: limits.headBytes, maxHeaderListSize: limits.headBytes, maxHeaderFieldCount: limits.headers)))
  }

  /// Never fails: the error of one connection would end the server for all.
  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    guard let ticket = ledger.admit(channel) else { return lose(channel) }
    let ledger = self.ledger
    let presence = ClientPresence()
    channel.closeFuture.whenComplete { _ in
      ledger.giveBack(ticket)
      presence.leave()
    }
    return inner.setup(channel: channel, logger: logger).flatMapThrowing { connection in
      let served = UnservedConnection(connection)
      try Self.watch(channel, ticket, ledger, presence)
      return .served(served, presence)
    }.flatMapError { _ in lose(channel) }
  }

  private static func watch(
    _ channel: any Channel, _ ticket: ConnectionTicket, _ ledger: ConnectionLedger, _ presence: ClientPresence
  ) throws {
    // One read at a time: what was read is parsed at once, and held as requests.
    try channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
    try channel.syncOptions?.setOption(.socketOption(.so_sndbuf), value: SocketOptionValue(ledger.limits.sendBuffer))
    let pipeline = channel.pipeline.syncOperations
    let warden = ConnectionWarden(channel, ticket, of: ledger, presence)
    let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
    try pipeline.addHandler(RequestWatch(warden), position: .after(decoder))
    try pipeline.addHandler(ByteWatch(warden), position: .first)
  }

  private func lose(_ channel: any Channel) -> EventLoopFuture<Value> {
    channel.close(promise: nil)
    return channel.eventLoop.makeSucceededFuture(.lost(channel))
  }

  func handle(value: Value, logger: Logger) async {
    switch value {
    case .served(let served, let presence):
      guard let connection = served.take() else { return }
      await ClientPresence.$current.withValue(presence) { await inner.handle(value: connection, logger: logger) }
    case .lost(let channel): try? await channel.closeFuture.get()
    }
  }
}
