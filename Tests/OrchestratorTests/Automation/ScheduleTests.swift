// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

@Suite("Schedules (semantics 21)")
struct ScheduleTests {
  private static let id = ScheduleID(location: "up", name: "hourly")

  private static func bench(
    selecting text: String = "up/*", cron: String = "0 * * * *", steps: [StepSpec] = [.step("up/a")]
  ) throws -> Bench {
    var bench = Bench()
    let schedule = ScheduleSpec(
      name: "hourly", cron: try CronExpression(cron), zone: .utc, selection: try Selection(text))
    bench.deploy("down", [.step("down/b", from: [.on("up/a")])])
    bench.deploy("up", steps, schedules: [schedule])
    return bench
  }

  private func ticks(_ bench: Bench) -> [(tick: Timestamp, skipped: Int, run: RunID?)] {
    bench.events.compactMap { event in
      if case .scheduleTicked(_, let tick, let skipped, let run, _) = event { (tick, skipped, run) } else { nil }
    }
  }

  @Test("A tick launches its run in the same decision, and each tick happens once")
  func once() throws {
    var bench = try Self.bench()
    let start = bench.now
    #expect(bench.core.nextTick == start + .seconds(3_600))
    bench.pass(.seconds(3_600))
    bench.pass(.seconds(1))
    #expect(ticks(bench).map(\.tick) == [start + .seconds(3_600)])
    let launched = bench.events.firstIndex { if case .runLaunched = $0 { true } else { false } }
    let ticked = bench.events.firstIndex { if case .scheduleTicked = $0 { true } else { false } }
    #expect(try #require(launched) == (try #require(ticked)) + 1)
    #expect(bench.isGranted("up/a"))
  }

  @Test("Over a restart a tick that has happened does not happen again")
  func restart() throws {
    var bench = try Self.bench()
    bench.pass(.seconds(3_600))
    bench.restart()
    bench.pass(.zero)
    #expect(ticks(bench).count == 1)
  }

  @Test("After downtime the latest missed tick fires, and the skipped ones are counted")
  func missed() throws {
    var bench = try Self.bench()
    let start = bench.now
    bench.now = bench.now + .seconds(5 * 3_600 + 60)
    bench.restart()
    bench.pass(.zero)
    #expect(ticks(bench).map(\.tick) == [start + .seconds(5 * 3_600)])
    #expect(ticks(bench).map(\.skipped) == [4])
  }

  @Test("A clock that goes back repeats no tick")
  func clock() throws {
    var bench = try Self.bench()
    bench.pass(.seconds(3_600))
    bench.now = bench.now + .seconds(-3_000)
    bench.pass(.seconds(3_000))
    #expect(ticks(bench).count == 1)
  }

  @Test("A pause holds the ticks, and those of the pause never fire")
  func pause() throws {
    var bench = try Self.bench()
    bench.send(.pauseSchedule(Self.id))
    bench.pass(.seconds(2 * 3_600))
    #expect(ticks(bench).isEmpty)
    bench.send(.resumeSchedule(Self.id))
    bench.pass(.seconds(60))
    #expect(ticks(bench).isEmpty)
    bench.pass(.seconds(3_600))
    #expect(ticks(bench).count == 1)
  }

  private static func schedule(_ cron: String, _ zone: Zone = .utc) throws -> ScheduleSpec {
    ScheduleSpec(name: "hourly", cron: try CronExpression(cron), zone: zone, selection: try Selection("up/*"))
  }

  /// The bench begins at midnight, UTC.
  @Test(
    "A schedule that is to tick at other times counts from the deploy", arguments: ["50 * * * *", "50 1 * * *", "*/25 * * * *"])
  func changed(_ cron: String) throws {
    var bench = try Self.bench(cron: "0 0 1 1 *")
    bench.pass(.seconds(111 * 60))
    let deployed = bench.now
    bench.deploy("up", [.step("up/a")], schedules: [try Self.schedule(cron)])
    bench.pass(.zero)
    #expect(ticks(bench).isEmpty)
    let next = try CronExpression(cron).next(after: deployed, in: .utc)
    bench.now = next
    bench.pass(.zero)
    #expect(ticks(bench).map(\.tick) == [next])
  }

  @Test("A schedule that moves to another zone counts from the deploy")
  func movedZone() throws {
    var bench = try Self.bench(cron: "30 23 * * *")
    bench.pass(.seconds(20 * 3_600))
    // 23:30 has come there since the schedule was declared, and not yet in UTC.
    bench.deploy("up", [.step("up/a")], schedules: [try Self.schedule("30 23 * * *", try Zone("Asia/Tokyo"))])
    bench.pass(.zero)
    #expect(ticks(bench).isEmpty)
    bench.pass(.seconds(86_400))
    #expect(ticks(bench).count == 1)
    #expect(ticks(bench).map(\.skipped) == [0])
  }

  @Test("A schedule whose description or selection changes goes on where it is")
  func redescribed() throws {
    var bench = try Self.bench()
    bench.pass(.seconds(1_800))
    bench.now = bench.now + .seconds(3_600)
    let other = ScheduleSpec(
      name: "hourly", cron: try CronExpression("0 * * * *"), zone: .utc, selection: .all, description: "Each hour")
    bench.deploy("up", [.step("up/a")], schedules: [other])
    bench.pass(.zero)
    #expect(ticks(bench).count == 1)
  }

  @Test("A schedule that is taken out and comes back is a new one", arguments: [false, true])
  func returned(byWorkspace: Bool) throws {
    var bench = try Self.bench()
    bench.send(.pauseSchedule(Self.id))
    if byWorkspace { bench.remove("up") } else { bench.deploy("up", [.step("up/a")]) }
    bench.pass(.seconds(9 * 86_400))
    bench.restart()
    bench.deploy("up", [.step("up/a")], schedules: [try Self.schedule("0 * * * *")])
    bench.pass(.zero)
    #expect(ticks(bench).isEmpty)
    #expect(bench.state.scheduleSummary(of: Self.id)?.isPaused == false)
    bench.pass(.seconds(3_600))
    #expect(ticks(bench).count == 1)
  }

  @Test("A schedule that does not exist is refused, naming those that do")
  func unknown() throws {
    var bench = try Self.bench()
    let unknown = ScheduleID(location: "up", name: "nightly")
    guard case .refused(let error) = bench.send(.pauseSchedule(unknown)).reply else {
      Issue.record("it was not refused")
      return
    }
    #expect(error.message.contains("up/hourly"))
  }

  @Test("A schedule selects only its own location's assets")
  func ownAssets() throws {
    var bench = try Self.bench(selecting: "up/a+")
    bench.pass(.seconds(3_600))
    try bench.complete("up/a")
    #expect(!bench.isGranted("down/b"))
  }

  @Test("A tick that can launch nothing is recorded with its problem")
  func problem() throws {
    var bench = try Self.bench(selecting: "up/nobody")
    bench.pass(.seconds(3_600))
    #expect(ticks(bench).map(\.run) == [nil])
    #expect(bench.state.unfinishedRuns.isEmpty)
  }

  @Test("The latest partition is the last window that had closed at the tick's instant, however late it fires")
  func latest() throws {
    let first = try #require(CivilDate("2025-12-01"))
    let space = PartitionSpace.daily(try DailyWindows(first: first, last: nil, zone: .utc))
    var bench = try Self.bench(cron: "30 0 * * *", steps: [.step("up/a", space)])
    bench.now = bench.now + .seconds(2 * 86_400 + 60)
    bench.restart()
    bench.connect("up")
    bench.pass(.zero)
    // It is 2026-01-03 00:01; the last tick was on 2026-01-02 at 00:30.
    #expect(bench.grants.map(\.partition) == ["2026-01-01"])
  }

  @Test("Of many schedules none is named to who pauses an unknown one")
  func unknownAmongMany() throws {
    let cron = try CronExpression("0 0 * * *")
    func refusal(among count: Int) -> String {
      var bench = Bench()
      let schedules = (0..<count).map { ScheduleSpec(name: "s\($0)", cron: cron, zone: .utc, selection: .all) }
      bench.deploy("up", [.step("up/a")], schedules: schedules)
      let reply = bench.send(.pauseSchedule(ScheduleID(location: "up", name: "none"))).reply
      if case .refused(let error) = reply { return error.message } else { return "" }
    }
    #expect(refusal(among: 2) == "there is no schedule 'up/none'; there are: up/s0, up/s1")
    #expect(refusal(among: 100) == "there is no schedule 'up/none'; there are: 100")
  }
}
