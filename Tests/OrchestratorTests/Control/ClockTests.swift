// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

@Suite("A wall clock that is set (semantics 20, 21)")
struct ClockTests {
  private static let ahead: Duration = .seconds(3 * 3_600)

  /// A location whose wall clock was three hours ahead for a minute, in which something happened, and is right again.
  private func bench(_ steps: [StepSpec], schedules: [ScheduleSpec] = []) throws -> Bench {
    var bench = Bench()
    bench.skew = .zero
    bench.deploy("up", steps + [.step("up/other")], schedules: schedules)
    try goAhead(&bench)
    return bench
  }

  private func goAhead(_ bench: inout Bench) throws {
    bench.skew = Self.ahead
    try bench.materialize("up/other")
    bench.pass(.seconds(60))
    bench.skew = .zero
    bench.pass(.zero)
  }

  private func restart(_ bench: inout Bench, knowing grants: GrantRecord...) {
    bench.restart()
    bench.connect("up", attempts: grants.map { KnownAttempt(attempt: bench.id(of: $0), reports: []) })
    bench.pass(.zero)
  }

  private func ticks(_ bench: Bench) -> [Timestamp] {
    bench.events.compactMap { if case .scheduleTicked(_, let tick, _, _, _) = $0 { tick } else { nil } }
  }

  private static func schedule(_ cron: String) throws -> ScheduleSpec {
    ScheduleSpec(name: "often", cron: try CronExpression(cron), zone: .utc, selection: try Selection("up/other"))
  }

  @Test("Events are stamped with the journal's last instant until the clock has caught up, and a replay comes to the same")
  func order() throws {
    var bench = try bench([])
    try bench.materialize("up/other")
    let instants = bench.journal.map(\.at)
    #expect(instants == instants.sorted())
    #expect(try #require(instants.last) >= bench.now + Self.ahead + .seconds(-60))
    #expect(bench.replayed() == bench.state)
  }

  @Test("A retry takes as long as it says, over a restart, too", arguments: [false, true])
  func retry(restarts: Bool) throws {
    let policy = RetryPolicy(maxAttempts: 3, delay: .seconds(2), backoff: 1, jitter: 0)
    var bench = try bench([.step("up/a", retry: policy)])
    let run = try bench.launch("up/a")
    bench.fail(try bench.grant("up/a"))
    if restarts { restart(&bench) }
    bench.pass(.milliseconds(1_900))
    #expect(bench.phase(run) == .retrying)
    bench.pass(.milliseconds(100))
    #expect(try bench.grant("up/a").attempt == 2)
    #expect(bench.replayed() == bench.state)
  }

  @Test("A deadline ends an attempt when its time is over, over a restart, too", arguments: [false, true])
  func deadline(restarts: Bool) throws {
    var bench = try bench([.step("up/a", timeout: .seconds(5))])
    _ = try bench.launch("up/a")
    let grant = try bench.grant("up/a")
    if restarts { restart(&bench, knowing: grant) }
    bench.pass(.seconds(5))
    #expect(bench.isInFlight(grant))
    bench.pass(bench.core.policy.fenceLeeway)
    #expect(!bench.isInFlight(grant))
  }

  @Test(
    "A jump forward ends nothing before its time: no attempt, no retry and nobody's patience; over a restart, too",
    arguments: [false, true])
  func jump(restarts: Bool) throws {
    let policy = RetryPolicy(maxAttempts: 3, delay: .seconds(300), backoff: 1, jitter: 0)
    var bench = Bench()
    bench.skew = .zero
    bench.deploy("away", [.step("away/a")])
    bench.deploy("up", [.step("up/a"), .step("up/b", retry: policy), .step("up/other")])
    bench.send(.sessionClosed("away", reason: "test"))
    let (waiting, retried) = (try bench.launch("away/a"), try bench.launch("up/b"))
    _ = try bench.launch("up/a")
    bench.fail(try bench.grant("up/b"))
    let grant = try bench.grant("up/a")
    try goAhead(&bench)
    if restarts { restart(&bench, knowing: grant) }
    #expect(bench.isInFlight(grant))
    #expect(bench.phase(retried) == .retrying)
    #expect(bench.phase(waiting) == .waiting)
    bench.pass(.seconds(240))
    #expect(try bench.grant("up/b").attempt == 2)
    bench.pass(.seconds(302))
    #expect(!bench.isInFlight(grant))
    bench.pass(.seconds(3_100))
    #expect(bench.outcome(waiting)?.kind == .failed)
  }

  @Test("A clock that was right before it was set forward goes on from there")
  func forForward() throws {
    let policy = RetryPolicy(maxAttempts: 3, delay: .seconds(2), backoff: 1, jitter: 0)
    var bench = Bench()
    bench.skew = .zero
    bench.deploy("up", [.step("up/a", retry: policy), .step("up/other")], schedules: [try Self.schedule("* * * * *")])
    bench.skew = Self.ahead
    bench.pass(.zero)
    #expect(ticks(bench) == [bench.now + Self.ahead])
    _ = try bench.launch("up/a")
    bench.fail(try bench.grant("up/a"))
    bench.pass(.seconds(2))
    #expect(try bench.grant("up/a").attempt == 2)
    bench.pass(.seconds(58))
    #expect(ticks(bench).last == bench.now + Self.ahead)
    #expect(bench.events.count { if case .clockRead = $0 { true } else { false } } == 1)
  }

  @Test("A schedule goes on by the corrected clock, and no tick happens twice", arguments: [nil, 0, 30] as [Int?])
  func schedule(restartAfter: Int?) throws {
    var bench = Bench()
    bench.skew = .zero
    bench.deploy("up", [.step("up/other")], schedules: [try Self.schedule("* * * * *")])
    let start = bench.now
    func minute(_ number: Int) -> Timestamp { start + .seconds(60 * number) }
    for _ in 0..<2 { bench.pass(.seconds(60)) }
    bench.skew = Self.ahead
    bench.pass(.seconds(10))
    bench.pass(.seconds(60))
    #expect(ticks(bench) == [minute(1), minute(2), minute(182), minute(183)])
    bench.skew = .zero
    bench.pass(.zero)
    #expect(bench.state.scheduleSummaries.map(\.next) == [minute(4)])
    for round in 0..<190 {
      if round == restartAfter { restart(&bench) }
      bench.pass(.seconds(60))
    }
    let others = (4...193).filter { $0 != 182 && $0 != 183 }.map(minute)
    #expect(ticks(bench).dropFirst(4) == others[...])
    #expect(bench.replayed() == bench.state)
  }

  @Test("After downtime the latest tick that was missed fires, and those that happened while the clock was ahead do not count")
  func downtime() throws {
    var bench = Bench()
    bench.skew = .zero
    bench.deploy("up", [.step("up/other")], schedules: [try Self.schedule("0 * * * *")])
    let start = bench.now
    bench.skew = Self.ahead
    bench.pass(.seconds(60))
    bench.skew = .zero
    bench.pass(.zero)
    bench.now = start + .seconds(5 * 3_600 + 60)
    restart(&bench)
    let told = bench.events.compactMap { event -> [Int]? in
      guard case .scheduleTicked(_, let tick, let skipped, _, _) = event else { return nil }
      return [Int((tick - start) / .seconds(3_600)), skipped]
    }
    // Of 1, 2, 4 and 5 o'clock.
    #expect(told == [[3, 2], [5, 3]])
  }

  @Test("A schedule that is deployed, or resumed, while the journal is ahead counts from the clock as it is")
  func declared() throws {
    var bench = try bench([])
    bench.deploy("up", [.step("up/other")], schedules: [try Self.schedule("0 * * * *")])
    let hour = Timestamp(seconds: bench.now.seconds / 3_600 * 3_600 + 3_600)
    #expect(bench.state.scheduleSummaries.map(\.next) == [hour])
    let id = ScheduleID(location: "up", name: "often")
    bench.send(.pauseSchedule(id))
    bench.send(.resumeSchedule(id))
    #expect(bench.state.scheduleSummaries.map(\.next) == [hour])
    bench.pass(hour - bench.now)
    #expect(ticks(bench) == [hour])
  }

  @Test("A launch goes by the clock as it is: the journal's instant ends no window early")
  func windows() throws {
    var bench = Bench()
    bench.skew = .zero
    bench.now = Timestamp(seconds: 1_767_225_600 + 22 * 3_600)  // 2026-01-01T22:00:00Z
    let days = PartitionSpace.daily(try DailyWindows(first: #require(CivilDate("2025-12-30")), last: nil, zone: .utc))
    bench.deploy("up", [.step("up/other"), .step("up/days", days)])
    try goAhead(&bench)
    #expect(bench.state.now > bench.now + .seconds(2 * 3_600))
    let run = try bench.launch("up/days", .all)
    #expect(bench.state.runs[run]?.plan.stepCount == 2)
    #expect(throws: CommandError.self) { _ = try bench.launch("up/days", .text("2026-01-01")) }
  }

  @Test("Of ticks with too many gaps between them the oldest gap is closed, and none that has happened is forgotten")
  func bound() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/other")], schedules: [try Self.schedule("* * * * *")])
    for _ in 0..<ScheduleLimits.ranges + 5 { bench.pass(.seconds(120)) }
    let id = ScheduleID(location: "up", name: "often")
    #expect(bench.state.schedules[id]?.ticked.count == ScheduleLimits.ranges)
    let happened = ticks(bench)
    // Set back to before all of them, what has happened does not happen again, nor does the tick that comes first then.
    bench.skew = .seconds(-4 * 3_600)
    bench.pass(.seconds(60))
    bench.pass(.seconds(60))
    bench.skew = .zero
    bench.pass(.zero)
    bench.pass(.seconds(120))
    let all = ticks(bench)
    #expect(Set(all).count == all.count && Set(all).isSuperset(of: happened))
    #expect(bench.state.schedules[id]?.ticked.count == ScheduleLimits.ranges)
  }
}

@Suite("Running time")
struct RunningClockTests {
  private static let start = Timestamp(seconds: 1_767_225_600)
  private var clock = RunningClock(ClockReading(wall: start, running: start), uptime: .seconds(5))

  /// Reads clocks that have come so far since the start.
  ///
  /// - Returns: running time, and by how much the wall clock was set.
  private mutating func read(wall: Double, uptime: Double) -> [Double?] {
    let (reading, step) = clock.read(wall: Self.start + .seconds(wall), uptime: .seconds(5 + uptime))
    #expect(reading.wall == Self.start + .seconds(wall))
    return [(reading.running - Self.start) / .seconds(1), step.map { $0 / .seconds(1) }]
  }

  private func expectEqual(_ found: [Double?], _ wanted: [Double?], at place: SourceLocation = #_sourceLocation) {
    #expect(found == wanted, sourceLocation: place)
  }

  @Test("It follows a clock that is slewed, and never goes back")
  mutating func slewed() {
    expectEqual(read(wall: 10, uptime: 10.5), [10, nil])
    expectEqual(read(wall: 9.9, uptime: 10.6), [10, nil])
    expectEqual(read(wall: 100, uptime: 99.5), [100, nil])
  }

  @Test("It goes on with the time that goes by when the clock is set forward, and back")
  mutating func set() {
    expectEqual(read(wall: 10, uptime: 10), [10, nil])
    expectEqual(read(wall: 10_810, uptime: 10), [10, 10_800])
    expectEqual(read(wall: 10_870, uptime: 70), [70, nil])
    expectEqual(read(wall: 70, uptime: 70), [70, -10_800])
    expectEqual(read(wall: 80, uptime: 80), [80, nil])
  }

  @Test("After a restart it goes on with what the wall clock says was missed, and with nothing where that was set back")
  func restart() {
    var state = State(incarnation: Incarnation(1))
    state.evolve(StampedEvent(at: Self.start, event: .reignBegan(1)))
    let ahead = Self.start + .seconds(10_800)
    state.evolve(StampedEvent(at: ahead, event: .clockRead(ClockReading(wall: ahead, running: Self.start + .seconds(3)))))
    func running(at wall: Duration) -> Duration {
      var clock = RunningClock(after: state, wall: Self.start + wall, uptime: .zero)
      return clock.read(wall: Self.start + wall, uptime: .zero).reading.running - Self.start
    }
    #expect(running(at: .seconds(10_860)) == .seconds(63))
    #expect(running(at: .seconds(60)) == .seconds(3))
    state.evolve(
      StampedEvent(
        at: ahead, event: .clockRead(ClockReading(wall: Self.start + .seconds(60), running: Self.start + .seconds(60)))))
    #expect(running(at: .seconds(100)) == .seconds(100))
  }
}
