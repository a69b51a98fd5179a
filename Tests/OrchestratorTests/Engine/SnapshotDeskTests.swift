// SPDX-License-Identifier: Apache-2.0

import Orchestrator
import Testing

@Suite("When a snapshot is due")
struct SnapshotDeskTests {
  private let start = ContinuousClock.now

  @Test func `after so many events, and one at a time`() {
    let desk = SnapshotDesk(every: 100, last: 0)
    #expect(!desk.begin(at: 99, now: start))
    #expect(desk.begin(at: 100, now: start))
    #expect(!desk.begin(at: 300, now: start), "one is under way")
    desk.finish(since: start, now: start + .milliseconds(5))
    #expect(desk.begin(at: 200, now: start + .milliseconds(5)), "a quick one is followed by the next at once")
  }

  @Test func `after so many bytes of log lines, however few the events are`() {
    let desk = SnapshotDesk(every: 100, orAfter: 1_000, last: 0)
    #expect(!desk.begin(at: 1, logged: 999, now: start))
    #expect(desk.begin(at: 2, logged: 1, now: start))
    desk.finish(since: start, now: start)
    #expect(!desk.begin(at: 3, logged: 999, now: start), "counted anew")
  }

  @Test func `one that took long is followed by a rest of ten times as long, but for the one at the end`() {
    let desk = SnapshotDesk(every: 100, last: 0)
    #expect(desk.begin(at: 100, now: start))
    desk.finish(since: start, now: start + .seconds(2))
    #expect(!desk.begin(at: 1_000, now: start + .seconds(21)))
    #expect(desk.begin(at: 1_000, atLeast: 10, now: start + .seconds(21)))
    desk.finish(since: start + .seconds(21), now: start + .seconds(21))
    #expect(desk.begin(at: 2_000, now: start + .seconds(23)))
  }
}
