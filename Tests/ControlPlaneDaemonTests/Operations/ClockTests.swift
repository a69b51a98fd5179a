// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetModel
import ControlPlaneAPI
import ControlPlaneDaemon
import Foundation
import FoundationNetworking
import Orchestrator
import Synchronization
import Testing

/// What a daemon tells of a wall clock that was ahead; a real location goes on working for it.
@Suite("A daemon whose clock is set", .timeLimit(.minutes(2)))
struct ClockTests {
  private static let ahead: Duration = .seconds(3 * 3_600)
  private let sockets: Sockets

  init() throws { sockets = try Sockets() }

  /// A clock that is set at will; time goes by as it does.
  private final class SetClock: EngineClock {
    private let step = Mutex(Duration.zero)
    private let clock = SystemClock()

    var now: Timestamp { clock.now + step.withLock { $0 } }
    var uptime: Duration { clock.uptime }
    func set(by step: Duration) { self.step.withLock { $0 += step } }
    func sleep(until uptime: Duration) async throws { try await clock.sleep(until: uptime) }
  }

  private static func get(_ url: String) async throws -> String {
    String(decoding: try await URLSession.shared.data(from: try #require(URL(string: url))).0, as: UTF8.self)
  }

  private struct Refused: Error {}

  @Test
  func `a step of a real location is tried again in time, and status, metrics and readyz say by how much the journal is ahead`()
    async throws
  {
    let tries = Mutex(0)
    let clock = SetClock()
    let definitions = Definitions {
      Asset("team/a") { _ in
        let isFirst = tries.withLock { tries in
          tries += 1
          return tries == 1
        }
        guard isFirst else { return [1] }
        clock.set(by: .zero - Self.ahead)
        throw Refused()
      }
      .retry(RetryPolicy(maxAttempts: 2, delay: .milliseconds(100)))
      .timeout(.seconds(30))
    }
    let location = try await RunningLocation("team", at: sockets.path("team"), definitions)
    try await RunningAPI.serve(try sockets.workspace(["team"]), clock: clock) { client, engine in
      try await engine.wait { $0.has("team/a") }
      #expect(try await client.status().problems == [])
      clock.set(by: Self.ahead)
      let run = try await client.launch(LaunchRequest(selection: "*"), wait: 60)
      #expect(run.run.state == .succeeded)
      #expect(tries.withLock { $0 } == 2)
      let problems = try await client.status().problems
      #expect(problems.count == 1 && problems[0].hasPrefix("the journal is ahead of this machine's clock by 2 h 59 min"))
      #expect(try await Self.get(client.url + "/readyz").hasPrefix("ok; the journal is ahead"))
      let metrics = try await Self.get(client.url + "/metrics").split(separator: "\n")
      let gauge = metrics.first { $0.hasPrefix("sluice_journal_ahead_seconds ") }?.split(separator: " ").last
      #expect(try #require(gauge.flatMap { Double($0) }) > 10_000)
      clock.set(by: Self.ahead)
      #expect(try await client.status().problems == [])
    }
    try await location.stop()
  }
}
