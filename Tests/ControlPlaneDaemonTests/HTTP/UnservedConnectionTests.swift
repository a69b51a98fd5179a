// SPDX-License-Identifier: Apache-2.0

import ControlPlaneDaemon
import NIOCore
import NIOPosix
import Testing

@Suite struct `Connections that nobody serves` {
  private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

  /// Both ends of a connection; ours is let go of as `body` says.
  private func connect(
    _ body: @escaping @Sendable (UnservedConnection<Connection>) -> Void
  ) async throws -> (any Channel, server: any Channel) {
    let group = MultiThreadedEventLoopGroup.singleton
    let server = try await ServerBootstrap(group: group)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          body(UnservedConnection(try Connection(wrappingChannelSynchronously: channel)))
        }
      }.bind(host: "127.0.0.1", port: 0).get()
    return (try await ClientBootstrap(group: group).connect(to: try #require(server.localAddress)).get(), server)
  }

  @Test func `are closed, and end nothing else`() async throws {
    for _ in 0..<20 {
      let (client, server) = try await connect { _ in }
      // It ends because the other side has closed it.
      try await client.closeFuture.get()
      try await server.close()
    }
  }

  @Test func `are served once`() async throws {
    let (taken, told) = AsyncStream.makeStream(of: [Connection?].self)
    let (client, server) = try await connect { connection in told.yield([connection.take(), connection.take()]) }
    var both = taken.makeAsyncIterator()
    let found = try #require(await both.next())
    let connection = try #require(found[0])
    #expect(found[1] == nil)
    await connection.end()
    try await client.closeFuture.get()
    try await server.close()
  }
}
