// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

/// What schedules and redeploys of one location have planned and looked at is charged to it, and bounded (Isolation).
@Suite("What planning costs")
struct PlanningTests {
  @Test func `what a tick looks at is charged, also where it launches nothing, and those that follow wait for the rest`() throws {
    var policy = CorePolicy()
    (policy.workPerSecond, policy.workBurst, policy.stepsPerScheduledRun) = (100, 50, 10)
    var bench = Bench(policy: policy)
    let minutely = try CronExpression("* * * * *")
    let schedules = (0..<5).map { ScheduleSpec(name: "s\($0)", cron: minutely, zone: .utc, selection: .all) }
    bench.deploy("up", try (0..<100).map { .step(try AssetKey("up/a\($0)")) }, schedules: schedules)
    bench.deploy("down", [.step("down/b")], schedules: [schedules[0]])
    func ticks(of location: LocationName) -> [(id: ScheduleID, skipped: Int, problem: String?)] {
      bench.events.compactMap { event in
        guard case .scheduleTicked(let id, _, let skipped, _, let problem) = event, id.location == location else { return nil }
        return (id, skipped, problem)
      }
    }
    bench.pass(.seconds(60))
    #expect(ticks(of: "up").count == 1)
    #expect(ticks(of: "down").count == 1)
    #expect(bench.core.loads["up"]?.isResting == true)
    bench.pass(.seconds(1))
    #expect(ticks(of: "up").count == 1)
    for _ in 0..<40 { bench.pass(.seconds(5)) }
    let late = ticks(of: "up")
    #expect(Set(late.map(\.id.name)).count == 5)
    // Each costs more than two seconds of its location's share; none is lost, and what was skipped is counted.
    #expect(late.count < 100)
    #expect(late.allSatisfy { $0.problem?.contains("stepsPerScheduledRun") == true })
    #expect(ticks(of: "down").count == 4)
  }

  @Test func `a tick on a ring of assets spells no cycle out`() throws {
    let count = 500
    let steps = try (0..<count).map { index -> StepSpec in
      .step(try AssetKey("up/a\(index)"), from: [.on(try AssetKey("up/a\((index + 1) % count)"))])
    }
    var bench = Bench()
    let schedule = ScheduleSpec(name: "all", cron: try CronExpression("0 * * * *"), zone: .utc, selection: .all)
    bench.deploy("up", steps, schedules: [schedule])
    bench.pass(.seconds(3_600))
    let problems = bench.events.compactMap { if case .scheduleTicked(_, _, _, nil, let problem) = $0 { problem } else { nil } }
    #expect(problems.count == 1)
    #expect(problems.first?.contains("500 assets lie on cycles together") == true)
    #expect(problems.first?.contains("→") == false)
  }

  @Test func `a step that a redeploy puts on a long cycle fails without its path being looked for`() throws {
    let count = 500
    let keys = PartitionSpace.keys(try StaticKeys((0..<50).map { "k\($0)" }))
    var bench = Bench()
    bench.deploy("up", [.step("up/a0", keys)], slots: 0)
    let run = try bench.launch("up/a0", .all)
    let ring = try (0..<count).map { index -> StepSpec in
      .step(try AssetKey("up/a\(index)"), keys, from: [.on(try AssetKey("up/a\((index + 1) % count)"), keys)])
    }
    bench.deploy("up", ring, slots: 0)
    guard case .failed(let failure) = bench.outcome(run, 49) else {
      Issue.record("the step did not fail")
      return
    }
    #expect(failure.message.contains("'up/a0' lies on a cycle: 500 assets lie on cycles together; 'sluice why up/a0'"))
  }
}
