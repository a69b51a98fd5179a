// SPDX-License-Identifier: Apache-2.0

import AssetModel
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

extension HTTPRequestHead {
  /// Whether its target or a header has more combining marks in a row than a text may, as it is or once it is decoded.
  var hasLongRuns: Bool {
    uri.hasLongRunsInPercentEncoding || headers.contains { !$0.value.hasMarks() }
  }
}

extension String {
  /// Whether it has more combining marks in a row than a text may once its escapes are decoded.
  fileprivate var hasLongRunsInPercentEncoding: Bool {
    var run = MarkRun()
    var rest = utf8.makeIterator()
    while let byte = rest.next() {
      var decoded = byte
      if byte == UInt8(ascii: "%") {
        var ahead = rest
        if let high = ahead.next()?.hexadecimal, let low = ahead.next()?.hexadecimal {
          decoded = high << 4 | low
          rest = ahead
        }
      }
      run.take(decoded)
      if run.length > Limits.combiningMarks { return true }
    }
    return false
  }
}
