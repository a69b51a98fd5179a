// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

/// A run is held and journaled with every output of its steps: these are bounded as steps are (Isolation).
@Suite("Sizes of runs")
struct RunSizeTests {
  private static func wide(_ name: String, _ outputs: Int) throws -> StepSpec {
    StepSpec(name: name, dependencies: [], outputs: try (0..<outputs).map { .asset(try AssetKey("up/\(name)\($0)")) })
  }

  private static func minutely(_ name: String) throws -> ScheduleSpec {
    ScheduleSpec(name: name, cron: try CronExpression("* * * * *"), zone: .utc, selection: .all)
  }

  private func problems(_ bench: Bench) -> [String] {
    bench.events.compactMap { if case .scheduleTicked(_, _, _, nil, let problem) = $0 { problem } else { nil } }
  }

  @Test func `a run has a bounded number of outputs, whoever launches it`() throws {
    var policy = CorePolicy()
    (policy.outputsPerRun, policy.outputsPerScheduledRun) = (20, 10)
    var bench = Bench(policy: policy)
    bench.deploy("up", [try Self.wide("a", 11), try Self.wide("b", 10)], schedules: [try Self.minutely("s")], slots: 0)
    let error = #expect(throws: CommandError.self) { try bench.launch("*") }
    #expect(try #require(error).code == .tooLarge && #require(error).message.contains("outputsPerRun"))
    _ = try bench.launch("up/a0")
    bench.pass(.seconds(60))
    #expect(problems(bench).first?.contains("outputsPerScheduledRun") == true)
    #expect(bench.core.tallies["up"]?[.schedule] == 1)
    #expect(bench.state.unfinishedRunCount == 1)
  }

  @Test func `a location's unfinished runs have a bounded number of outputs, those of ended steps among them`() throws {
    var policy = CorePolicy()
    policy.outputsInProgressPerLocation = 50
    var bench = Bench(policy: policy)
    bench.deploy("up", [try Self.wide("a", 20), try Self.wide("b", 1)], schedules: [try Self.minutely("s")], slots: 1)
    bench.pass(.seconds(60))
    bench.complete(try bench.grant("up/a0"))
    for _ in 0..<5 { bench.pass(.seconds(60)) }
    #expect(bench.state.unfinishedRunCount == 2)
    #expect(problems(bench).count == 4)
    #expect(problems(bench).allSatisfy { $0.contains("outputsInProgressPerLocation") })
    #expect(bench.state == bench.replayed())
    for run in bench.state.unfinishedRuns { bench.send(.cancel(run)) }
    #expect(bench.state.unfinishedRunCount == 0)
    #expect(bench.state.outputsInProgress.isEmpty && bench.state.scheduledRuns.isEmpty)
    _ = try bench.launch("*")
  }

  @Test func `the schedules of a location have a bounded number of unfinished runs together`() throws {
    var policy = CorePolicy()
    policy.scheduledRunsPerLocation = 3
    var bench = Bench(policy: policy)
    bench.deploy("up", [.step("up/a")], schedules: [try Self.minutely("s"), try Self.minutely("t")], slots: 0)
    bench.deploy("down", [.step("down/a")], schedules: [try Self.minutely("s")], slots: 0)
    for _ in 0..<3 { bench.pass(.seconds(60)) }
    #expect(bench.state.unfinishedRunCount == 6)
    #expect(problems(bench).count == 3)
    #expect(problems(bench).allSatisfy { $0.contains("scheduledRunsPerLocation") })
  }

  @Test func `a plan is as large as its nodes and their outputs`() throws {
    var bench = Bench()
    bench.deploy("up", [try Self.wide("a", 400), try Self.wide("b", 700)])
    _ = try bench.launch("*")
    let plan = try #require(bench.events.compactMap { if case .runLaunched(let plan) = $0 { plan } else { nil } }.first)
    #expect(plan.isLarger(than: 1_000) && plan.isLarger(than: 1_101) && !plan.isLarger(than: 1_102))
  }
}
