// SPDX-License-Identifier: Apache-2.0

import Foundation
import LocationWire
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

/// What a listener does where the system has no file for a connection.
@Suite("A listener's brake")
struct ListenerBrakeTests {
  private static func listener(_ errors: Tally) throws -> EmbeddedChannel {
    let channel = EmbeddedChannel()
    let fitted = ListenerBrake.fit(to: channel, pause: .seconds(1)) { _ in errors.count.withLock { $0 += 1 } }
    channel.embeddedEventLoop.run()
    try fitted.wait()
    return channel
  }

  private final class Tally: Sendable {
    let count = Mutex(0)
  }

  /// As it was last set: an embedded channel only notes what is set.
  private static func accepts(_ channel: EmbeddedChannel) -> Bool {
    channel.options.last { $0.option is ChannelOptions.Types.AutoReadOption }?.value as? Bool ?? true
  }

  @Test(arguments: [EMFILE, ENFILE, ENOMEM])
  func `it accepts nothing for a while, and then again`(code: CInt) throws {
    let errors = Tally()
    let channel = try Self.listener(errors)
    for _ in 0..<3 { channel.pipeline.fireErrorCaught(IOError(errnoCode: code, reason: "accept")) }
    #expect(!Self.accepts(channel))
    #expect(errors.count.withLock { $0 } == 3)
    channel.embeddedEventLoop.advanceTime(by: .milliseconds(999))
    #expect(!Self.accepts(channel))
    channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
    #expect(Self.accepts(channel))
    // Errors that it takes do not reach what would end the server.
    try channel.throwIfErrorCaught()
    _ = try channel.finish()
  }

  @Test func `a connection that was given up is nothing, and other errors go on`() throws {
    let errors = Tally()
    let channel = try Self.listener(errors)
    channel.pipeline.fireErrorCaught(IOError(errnoCode: ECONNABORTED, reason: "accept"))
    try channel.throwIfErrorCaught()
    #expect(Self.accepts(channel) && errors.count.withLock { $0 } == 0)
    channel.pipeline.fireErrorCaught(IOError(errnoCode: EBADF, reason: "accept"))
    #expect(throws: IOError.self) { try channel.throwIfErrorCaught() }
    _ = try? channel.finish()
  }
}
