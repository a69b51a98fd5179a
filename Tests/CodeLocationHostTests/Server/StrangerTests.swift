// SPDX-License-Identifier: Apache-2.0

import AssetModel
import CodeLocationHost
import Foundation
import GRPCCore
import LocationWire
import Logging
import SwiftProtobuf
import Synchronization
import Testing

/// Whoever reaches the port, and proves nothing: what it may bring, for how long it may stay, and whom it keeps out.
@Suite(.timeLimit(.minutes(10))) struct StrangerTests {
  private static func watch(_ stranger: Stranger) {
    let name = "/grpc.health.v1.Health/Watch"
    stranger.send(Stranger.preface + Stranger.headers(1, path: name) + Stranger.frame(0, 1, 1, [0, 0, 0, 0, 0]))
  }

  @Test(arguments: ["Session", "Challenge", "Describe", "Preview"])
  func `half a message is not held beyond a bound of the whole connection`(_ method: String) async throws {
    let limits = PeerLimits.patient()
    try await TestLocation.with(peers: limits) { location in
      let stranger = try Stranger(port: location.port)
      stranger.send(Stranger.preface)
      var sent = 0
      // On many calls: the bound is not one of each.
      calls: for call in 0..<20 as Range<UInt8> {
        let stream = 2 * call + 1
        stranger.send(Stranger.headers(stream, path: "/sluice.location.v1.CodeLocation/\(method)"))
        stranger.send(Stranger.frame(0, 0, stream, [0, 0, 0, 0xF0, 0]))
        for _ in 0..<2 {
          guard stranger.send(Stranger.frame(0, 0, stream, [UInt8](repeating: 0, count: 16_000))) else { break calls }
          sent += 16_000
        }
      }
      #expect(sent > limits.unprovenBytes / 2)
      await stranger.closed()
      #expect(location.notes.has("unprovenBytes"))
      // The location serves who proves itself.
      #expect(try await location.describe(location.metadata(.describe)) == "\(location.digest)")
    }
  }

  @Test func `who has proved itself brings messages as large as they may be`() async throws {
    let limits = PeerLimits.patient { $0.unprovenBytes = 16 << 10 }
    try await TestLocation.with(peers: limits) { location in
      let answer = try await location.answer()
      let metadata = TestLocation.metadata(answer.proof(of: .session(Samples.incarnation, 1)))
      let settle = (1...2_000).map {
        Command.settle(Settlement(version: Samples.version(VersionNumber($0)), decision: .discard, locator: nil))
      }
      var message = Sluice_Location_V1_SessionRequest()
      try message.setCommands(first: 1, settle, sealedBy: answer.seal(Samples.incarnation, 1))
      let bytes: [UInt8] = try message.serializedBytes()
      #expect(bytes.count > 2 * limits.unprovenBytes)
      _ = try await location.describe(location.metadata(.describe))
      try await location.session(metadata, [message]) { response in
        if case .events(let events) = response.body {
          return events.events.contains { if case .settled? = $0.event { true } else { false } }
        }
        return false
      }
      #expect(!location.notes.has("connection closed"))
    }
  }

  @Test func `a connection without a call that is admitted or answered is closed`() async throws {
    var limits = PeerLimits()
    // Long enough for a call of our own on a slow machine, sooner or later.
    limits.silence = .seconds(5)
    try await TestLocation.with(peers: limits) { location in
      _ = try await location.describe()
      let silent = try Stranger(port: location.port)
      let greeting = try Stranger(port: location.port)
      greeting.send(Stranger.preface)
      let calling = try Stranger(port: location.port)
      calling.send(Stranger.preface + Stranger.headers(1, path: Stranger.session))
      let watching = try Stranger(port: location.port)
      Self.watch(watching)
      for stranger in [silent, greeting, calling] { await stranger.closed() }
      #expect(location.notes.has("(silence)"))
      // Pings are answered, and a watch lasts.
      #expect(watching.send(Stranger.frame(6, 0, 0, [UInt8](repeating: 0, count: 8))))
      _ = try await location.describe()
    }
  }

  @Test func `connections beyond the bound take each other's place, and not that of the control plane`() async throws {
    let limits = PeerLimits.patient { $0.connections = 4 }
    try await TestLocation.with(peers: limits) { location in
      let (opened, open) = AsyncStream.makeStream(of: Void.self)
      let (ends, end) = AsyncStream.makeStream(of: Void.self)
      let metadata = try await location.metadata(.session(Samples.incarnation, 1))
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          try await location.session(metadata) { response in
            if response.hasOpened {
              open.finish()
              for await _ in ends {}
            }
            return true
          }
        }
        for await _ in opened {}
        let strangers = try (0..<12).map { _ in try Stranger(port: location.port) }
        for stranger in strangers.prefix(9) { await stranger.closed() }
        #expect(location.notes.has("another one came (connections)"))
        // A call on the session's connection is answered, so that it is open.
        #expect(try await location.describe(location.metadata(.describe)) == "\(location.digest)")
        end.finish()
        try await group.waitForAll()
      }
    }
  }

  @Test func `who proves nothing in time has what it asked for answered before it must come again`() async throws {
    var limits = PeerLimits()
    limits.silence = .milliseconds(20)
    limits.farewell = .seconds(600)
    try await TestLocation.with(peers: limits) { location in
      // Refused again and again, for much longer than a connection may be without an admitted call.
      let end = ContinuousClock.now + .seconds(1)
      var calls = 0
      repeat {
        let error = await #expect(throws: RPCError.self) { _ = try await location.describe([:]) }
        guard error?.code == .unauthenticated else { return }
        calls += 1
      } while ContinuousClock.now < end || !location.notes.has("(silence)")
      #expect(calls > 0)
    }
  }

  @Test func `connections that were given a challenge keep their places for a while`() async throws {
    let limits = PeerLimits.patient {
      $0.connections = 4
      $0.challengeTime = .seconds(600)
    }
    try await TestLocation.with(peers: limits) { location in
      // As the daemon does, whom others crowd before it has proved itself.
      let answer = try await location.answer()
      let strangers = try (0..<12).map { _ in try Stranger(port: location.port) }
      for stranger in strangers.prefix(9) { await stranger.closed() }
      let metadata = TestLocation.metadata(answer.proof(of: .describe))
      #expect(try await location.describe(metadata) == "\(location.digest)")
    }
  }

  @Test(arguments: [(1_048_576, 256), (1_024, 256), (400, 100), (8, 8)])
  func `connections leave files for the steps`(_ files: Int, _ connections: Int) {
    #expect(PeerLimits().fitting(descriptors: files).connections == connections)
  }

  // MARK: The log

  @Test func `a reason is said once a minute, with how often it was`() throws {
    let notes = HostNotes()
    let time = TestTime()
    let log = RefusalLog(Logger(label: "test") { _ in notes }, now: { time.now })
    for _ in 0..<1_000 { log.note("call refused", "it carries no proof", method: "describe") }
    #expect(notes.count == 1)
    time.advance(by: .seconds(59))
    log.note("call refused", "it carries no proof", method: "describe")
    #expect(notes.count == 1)
    time.advance(by: .seconds(1))
    log.note("call refused", "it carries no proof", method: "describe")
    #expect(notes.count == 2 && notes.has("1001"))
    for number in 0..<10_000 { log.note("call refused", "reason \(number)") }
    #expect(notes.count <= WireLimits.refusalReasons + 2)
  }
}

/// A clock that a test moves.
private final class TestTime: Sendable {
  private let instant = Mutex(ContinuousClock.now)
  var now: ContinuousClock.Instant { instant.withLock { $0 } }
  func advance(by duration: Duration) { instant.withLock { $0 += duration } }
}
