// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix
import Testing

/// An HTTP client that sends what it is told to, as no decent one would.
final class RawClient: Sendable {
  private let channel: any Channel
  private let incoming: AsyncStream<ByteBuffer>

  /// - Parameters:
  ///   - reads: whether it ever takes what it is sent.
  init(_ port: Int, reads: Bool = true) async throws {
    let (stream, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
    incoming = stream
    let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      // Of a thousand at once the last is taken in when the machine has time.
      .connectTimeout(.seconds(60))
      .channelOption(.autoRead, value: reads)
      .channelOption(.allowRemoteHalfClosure, value: false)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Ear(continuation)) }
      }
    // Nobody takes what the system buffers, either.
    channel = try await (reads ? bootstrap : bootstrap.channelOption(.socketOption(.so_rcvbuf), value: 4_096))
      .connect(host: "127.0.0.1", port: port).get()
  }

  func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)).get() }

  /// Sends a request without a body.
  func get(_ target: String, headers: String = "") async throws {
    try await send("GET \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(headers)\r\n")
  }

  /// Ends its own direction.
  func finish() async throws { try await channel.close(mode: .output).get() }
  func close() async { try? await channel.close().get() }

  /// Everything until the server closes.
  func rest() async -> String {
    var text = ""
    for await buffer in incoming { text += String(buffer: buffer) }
    return text
  }

  /// What comes until some text is in it, or the server closes.
  func read(until mark: String) async -> String {
    var text = ""
    for await buffer in incoming {
      text += String(buffer: buffer)
      if text.contains(mark) { break }
    }
    return text
  }

  /// Asks once, over a connection of its own; returns the whole answer.
  static func ask(_ port: Int, _ target: String, headers: String = "") async throws -> String {
    let client = try await RawClient(port)
    try await client.get(target, headers: "Connection: close\r\n\(headers)")
    return await client.rest()
  }

  /// Asks with a body.
  static func post(_ port: Int, _ target: String, _ body: String, headers: String = "") async throws -> String {
    let client = try await RawClient(port)
    try await client.send(
      "POST \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\n"
        + "Content-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
    return await client.rest()
  }

  private final class Ear: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let continuation: AsyncStream<ByteBuffer>.Continuation

    init(_ continuation: AsyncStream<ByteBuffer>.Continuation) { self.continuation = continuation }
    func channelRead(context: ChannelHandlerContext, data: NIOAny) { continuation.yield(unwrapInboundIn(data)) }
    func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
}

/// The API of a workspace without locations, for clients that misbehave.
struct HostileScene: Sendable {
  let port: Int

  /// A metric with its labels, as it stands in `/metrics`.
  func metric(_ name: String) async throws -> Int {
    let text = try await RawClient.ask(port, "/metrics")
    let line = text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
    return Int(try #require(line, "\(name) is not in \(text)").dropFirst(name.count + 1).prefix { $0.isNumber }) ?? -1
  }

  func refused(_ limit: String) async throws -> Int { try await metric("sluice_http_refused_total{limit=\"\(limit)\"}") }

  /// Returns once a metric has a value; the suite's time limit bounds it.
  func wait(for name: String, _ value: Int) async throws {
    // polls
    while try await metric(name) != value { try await Task.sleep(for: .milliseconds(10)) }
  }
}
