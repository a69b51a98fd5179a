// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

/// What schedules have journaled is bounded, and charged to their location (Isolation).
@Suite("What schedules journal")
struct ScheduleShareTests {
  private static func minutely(_ name: String, _ selection: Selection = .all) throws -> ScheduleSpec {
    ScheduleSpec(name: name, cron: try CronExpression("* * * * *"), zone: .utc, selection: selection)
  }

  private func ticks(_ bench: Bench, of location: LocationName = "up") -> [(skipped: Int, run: RunID?, problem: String?)] {
    bench.events.compactMap { event in
      guard case .scheduleTicked(let id, _, let skipped, let run, let problem) = event, id.location == location else {
        return nil
      }
      return (skipped, run, problem)
    }
  }

  @Test func `a run of a schedule repeats the beginning of its selection, and one by hand all of it`() throws {
    let text = (0..<200).map { "up/a\($0)" }.joined(separator: ",")
    var bench = Bench()
    bench.deploy(
      "up", try (0..<200).map { .step(try AssetKey("up/a\($0)")) }, schedules: [try Self.minutely("s", try Selection(text))],
      slots: 0)
    bench.pass(.seconds(60))
    _ = try bench.launch(text)
    let plans = bench.events.compactMap { if case .runLaunched(let plan) = $0 { plan } else { nil } }
    #expect(plans.map(\.stepCount) == [200, 200])
    #expect(plans[0].selection.utf8.count <= 1_024 && plans[0].selection.hasSuffix("(cut)"))
    #expect(plans[1].selection == text)
  }

  @Test func `the reason why a tick launches nothing is short, whatever it quotes`() throws {
    let text = (0..<200).map { "up/nobody\($0)" }.joined(separator: ",")
    var bench = Bench()
    bench.deploy("up", [.step("up/a")], schedules: [try Self.minutely("s", try Selection(text))])
    bench.pass(.seconds(60))
    #expect(try #require(ticks(bench).first?.problem).utf8.count <= 256)
  }

  @Test func `a schedule beyond its location's share of the day says so once, and goes on with the next day`() throws {
    var policy = CorePolicy()
    policy.scheduledBytesPerDay = 5_000
    var bench = Bench(policy: policy)
    bench.deploy("up", [.step("up/a")], schedules: [try Self.minutely("s")])
    bench.deploy("down", [.step("down/a")], schedules: [try Self.minutely("s")])
    func pass(minutes: Int) {
      for _ in 0..<minutes {
        bench.pass(.seconds(60))
        for grant in bench.grants where bench.isInFlight(grant) { bench.complete(grant) }
      }
    }
    pass(minutes: 60)
    let first = ticks(bench)
    #expect(first.count > 5 && first.count < 20)
    #expect(first.filter { $0.run == nil }.count == 1)
    #expect(first.last?.problem?.contains("scheduledBytesPerDay") == true)
    #expect(ticks(bench, of: "down").count == first.count)
    // Neither a redeploy nor another cron has it say so again.
    let other = ScheduleSpec(name: "s", cron: try CronExpression("*/2 * * * *"), zone: .utc, selection: .all)
    bench.deploy("up", [.step("up/a")], schedules: [other])
    pass(minutes: 23 * 60 - 1)
    #expect(ticks(bench).count == first.count)
    pass(minutes: 1)
    let next = try #require(ticks(bench).dropFirst(first.count).first)
    #expect(next.run != nil && next.skipped > 600)
  }

  @Test func `the keys of partitions count as what a run journals, and as what it takes to encode it`() throws {
    var policy = CorePolicy()
    policy.scheduledBytesPerDay = 50_000
    var bench = Bench(policy: policy)
    let keys = PartitionSpace.keys(try StaticKeys((0..<2_000).map { "key-of-a-partition-\($0)" }))
    let schedule = ScheduleSpec(
      name: "s", cron: try CronExpression("* * * * *"), zone: .utc, selection: .all, partition: .latest)
    bench.deploy("up", [.step("up/a", keys)], schedules: [schedule], slots: 0)
    bench.pass(.seconds(60))
    #expect(ticks(bench).map { $0.problem?.contains("scheduledBytesPerDay") } == [true])
    _ = try bench.launch("up/a", .latest)
    let plan = try #require(bench.events.compactMap { if case .runLaunched(let plan) = $0 { plan } else { nil } }.first)
    #expect(plan.stepCount == 1 && plan.isLarger(than: 1_000))
  }
}
