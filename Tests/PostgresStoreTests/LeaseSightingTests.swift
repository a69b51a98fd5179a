// SPDX-License-Identifier: Apache-2.0

import Orchestrator
import PostgresStore
import Testing

/// A server whose clock is set back must not keep a lease alive that nobody renews.
@Suite struct LeaseSightingTests {
  @Test func `a lease is stale once it was not renewed for long enough, by the follower's own clock`() {
    var sighting = LeaseSighting()
    let start = ContinuousClock.now
    let (first, second) = (LeaseMark(epoch: 3, expiry: 1_000), LeaseMark(epoch: 3, expiry: 2_000))
    func isStale(_ mark: LeaseMark, after seconds: Int) -> Bool {
      sighting.isStale(mark, at: start + .seconds(seconds), after: .seconds(30))
    }
    let found = [
      isStale(first, after: 0), isStale(first, after: 29), isStale(second, after: 30), isStale(second, after: 59),
      isStale(second, after: 60), isStale(LeaseMark(epoch: 4, expiry: 2_000), after: 61),
    ]
    #expect(found == [false, false, false, false, true, false])
  }

  @Test func `a leader that has ended without a word is followed by another, although the server's clock was set back`()
    async throws
  {
    try await TestServer.withDatabase { database in
      let follower = database.journal("follower") { $0.unrenewed = .milliseconds(300) }
      do {
        // As long as a lease runs after its server's clock was set back by an hour.
        let killed = database.journal("killed") { limits in
          limits.lease = .seconds(3_600)
          limits.renewal = .seconds(3_600)
        }
        _ = try await killed.open()
      }
      #expect(try await follower.look().leader == "killed")
      try await eventually("the end of the lease") { try await follower.look().leader == nil ? () : nil }
      #expect(try await follower.open().epoch == 2)
      await follower.close()
    }
  }
}
