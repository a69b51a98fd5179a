// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1

/// Tells a connection's warden of bytes, before they are parsed.
final class ByteWatch: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let warden: ConnectionWarden

  init(_ warden: ConnectionWarden) { self.warden = warden }

  func channelActive(context: ChannelHandlerContext) {
    warden.becameActive()
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    warden.becameInactive()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    // What comes after the farewell is read, so that the farewell arrives, and not looked at.
    guard !warden.isLeaving else { return }
    warden.bytesCame()
    context.fireChannelRead(data)
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    warden.writabilityChanged()
    context.fireChannelWritabilityChanged()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .some(.inputClosed) = event as? ChannelEvent { warden.inputClosed() }
    context.fireUserInboundEventTriggered(event)
  }
}

/// Tells a connection's warden of requests and answers, and passes on those that it lets through.
final class RequestWatch: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  private let warden: ConnectionWarden

  init(_ warden: ConnectionWarden) { self.warden = warden }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !warden.isLeaving else { return }
    switch unwrapInboundIn(data) {
    case .head(var head):
      if let refusal = warden.headCame(head) { return warden.refuse(refusal) }
      if warden.isBrief { head.headers.replaceOrAdd(name: "connection", value: "close") }
      context.fireChannelRead(wrapInboundOut(.head(head)))
    case .body: context.fireChannelRead(data)
    case .end:
      warden.bodyEnded()
      context.fireChannelRead(data)
    }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    // The last answer has been given already.
    guard !warden.isLeaving else {
      promise?.fail(ChannelError.ioOnClosedChannel)
      return
    }
    let part = unwrapOutboundIn(data)
    if case .head(let head) = part { warden.answerBegan(head) }
    context.write(data, promise: promise)
    if case .end = part { warden.answerEnded() }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error as? HTTPParserError {
    case .some(.headerOverflow): warden.refuse(.headBytes)
    case .some: warden.refuse(.malformed)
    case nil: context.fireErrorCaught(error)
    }
  }
}
