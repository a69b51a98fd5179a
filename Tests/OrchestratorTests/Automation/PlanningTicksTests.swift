// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

/// When schedules tick next is worked out at the expense of their location, a few at a time (Isolation).
@Suite("What the next ticks of schedules cost")
struct PlanningTicksTests {
  private static let zurich = "Europe/Zurich"

  /// Schedules that tick on both days around the end of summer time alone.
  private static func schedules(_ count: Int) throws -> [ScheduleSpec] {
    let (cron, zone) = (try CronExpression("* * 24,25 10 *"), try Zone(zurich))
    return (0..<count).map { ScheduleSpec(name: "s\($0)", cron: cron, zone: zone, selection: .all) }
  }

  private static func bench(_ schedules: [ScheduleSpec], policy: CorePolicy = CorePolicy()) -> Bench {
    var bench = Bench(policy: policy)
    bench.now = Timestamp(seconds: 1_792_800_000)  // 2026-10-24T00:00:00Z
    bench.deploy("down", [.step("down/b")])
    bench.deploy("up", [.step("up/a")], schedules: schedules)
    return bench
  }

  /// Decides a command and what follows from it.
  ///
  /// - Returns: the work of all decisions, and of the one with the most.
  private static func decide(_ command: Command, _ core: inout Core, at now: Timestamp) -> (all: Int, most: Int) {
    _ = core.decide(command, at: now)
    var work = (all: core.work, most: core.work)
    while core.hasMore {
      _ = core.decide(.tick, at: now)
      work = (work.all + core.work, max(work.most, core.work))
    }
    return work
  }

  @Test func `ticks of a manifest are worked out a few in each decision, and not again while the schedule is the same`() throws {
    let schedules = try Self.schedules(1_000)
    let bench = Self.bench([])
    var core = bench.core
    func redeploy(_ version: String, _ schedules: [ScheduleSpec]) -> (all: Int, most: Int) {
      let manifest = Manifest(location: "up", steps: [.step("up/a")], schedules: schedules)
      return Self.decide(.manifestReceived("up", ManifestDigest(version), manifest), &core, at: bench.now)
    }
    let first = redeploy("next", schedules)
    #expect(first.all > 10_000 && first.all < 100_000)
    #expect(first.most < 2_000)
    #expect(core.nextTick == bench.now + .seconds(60))
    let second = redeploy("again", schedules)
    #expect(second.all < 2_000)
    let changed = try CronExpression("*/2 * 24,25 10 *")
    let others = schedules.map { ScheduleSpec(name: $0.name, cron: changed, zone: $0.zone, selection: .all) }
    #expect(redeploy("other", others).all > 10_000)
  }

  @Test func `a start works out the ticks in decisions of their own`() throws {
    let bench = Self.bench(try Self.schedules(1_000))
    var core = Core(bench.replayed())
    #expect(core.hasMore)
    let work = Self.decide(.begin(2), &core, at: bench.now)
    #expect(work.most < 2_000)
    #expect(core.nextTick == bench.now + .seconds(60))
  }

  @Test func `a location whose ticks take more than its share rests, and others go on`() throws {
    var policy = CorePolicy()
    (policy.workPerSecond, policy.workBurst) = (400, 200)
    var bench = Self.bench(try Self.schedules(200), policy: policy)
    #expect(bench.core.loads["up"]?.isResting == true)
    _ = try bench.launch("down/b")
    #expect(bench.isGranted("down/b"))
    #expect(!bench.core.isCaughtUp)
    for _ in 0..<40 { bench.pass(.seconds(1)) }
    #expect(bench.core.isCaughtUp)
    #expect(bench.core.nextTick == Timestamp(seconds: 1_792_800_060))
  }

  @Test func `a schedule that is taken out and put in again, or changed and changed back, goes on ticking`() throws {
    var bench = Bench()
    let hourly = ScheduleSpec(name: "s", cron: try CronExpression("0 * * * *"), zone: .utc, selection: .all)
    let daily = ScheduleSpec(name: "s", cron: try CronExpression("0 0 * * *"), zone: .utc, selection: .all)
    bench.deploy("up", [.step("up/a")], schedules: [hourly])
    let start = bench.now
    func ticks() -> [Timestamp] {
      bench.events.compactMap { if case .scheduleTicked(_, let tick, _, _, _) = $0 { tick } else { nil } }
    }
    bench.deploy("up", [.step("up/a")], schedules: [daily])
    bench.deploy("up", [.step("up/a")], schedules: [hourly])
    bench.pass(.seconds(3_600))
    #expect(ticks() == [start + .seconds(3_600)])
    bench.deploy("up", [.step("up/a")], schedules: [])
    bench.pass(.seconds(3_600))
    #expect(ticks().count == 1)
    bench.deploy("up", [.step("up/a")], schedules: [hourly])
    bench.pass(.zero)
    #expect(ticks().count == 1)
    bench.pass(.seconds(3_600))
    #expect(ticks().last == start + .seconds(10_800))
  }
}
