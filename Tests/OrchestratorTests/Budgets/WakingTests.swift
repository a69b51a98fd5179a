// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

/// Steps that wait are looked at again where something changed for them, and not otherwise (Isolation).
@Suite("Waking steps that wait")
struct WakingTests {
  /// A reader all of whose steps wait for a step in flight, on a core that looks at fewer steps in one decision.
  private static func waiting() throws -> (Bench, RunID) {
    var policy = CorePolicy()
    policy.workPerDecision = 100
    var bench = Bench(policy: policy)
    let keys = PartitionSpace.keys(try StaticKeys((0..<500).map { "k\($0)" }))
    bench.deploy("up", [.step("up/a", checks: ["one", "two"]), .step("up/z")])
    bench.deploy("down", [.step("down/b", keys, from: [.on("up/a", .single, .all)])], slots: 500)
    bench.deploy("other", [.step("other/c")])
    _ = try bench.launch("up/a")
    let run = try bench.launch("down/b", .all)
    #expect(bench.state.phases(of: run).allSatisfy { $0 == .waiting })
    return (bench, run)
  }

  @Test func `a redeploy wakes no steps that read nothing of what it changes`() throws {
    var (bench, run) = try Self.waiting()
    func hasMore(after name: LocationName, _ steps: [StepSpec]) -> Bool {
      var core = bench.core
      let manifest = Manifest(location: name, steps: steps)
      _ = core.decide(.manifestReceived(name, ManifestDigest("next"), manifest), at: bench.now)
      return core.hasMore
    }
    let same = StepSpec.step("up/a", checks: ["one", "two"])
    #expect(!hasMore(after: "other", [.step("other/d")]))
    #expect(!hasMore(after: "up", [same, .step("up/new")]))
    #expect(hasMore(after: "up", [.step("up/a", checks: ["one"])]))
    #expect(hasMore(after: "up", [.step("up/z")]))
    // What still waits goes on once it can.
    bench.deploy("other", [.step("other/d")])
    try bench.complete("up/a")
    #expect(bench.grants.filter { $0.step.run == run }.count == 500)
  }

  @Test func `steps that a redeploy has read nothing any more go on at once, each once`() throws {
    var (bench, run) = try Self.waiting()
    let keys = PartitionSpace.keys(try StaticKeys((0..<500).map { "k\($0)" }))
    bench.deploy("down", [.step("down/b", keys)], slots: 500)
    #expect(bench.grants.filter { $0.step.run == run }.count == 500)
    try bench.complete("up/a")
    #expect(bench.grants.filter { $0.step.run == run }.count == 500)
  }

  @Test func `a redeploy notes each of the location's runs once, however many steps they have, and no run of another`() throws {
    var bench = Bench()
    let count = 300
    let steps = try (0..<count).map { StepSpec.step(try AssetKey("down/b\($0)"), from: [.on("up/a")]) }
    bench.deploy("up", [.step("up/a")])
    bench.deploy("down", steps)
    bench.deploy("other", [.step("other/c", from: [.on("up/a")])])
    _ = try bench.launch("up/a")
    for _ in 0..<5 { _ = try bench.launch("down/*") }
    for _ in 0..<100 { _ = try bench.launch("other/c") }
    let runs = bench.state.unfinishedRunCount
    #expect(runs == 106)
    var policy = bench.core.policy
    policy.workPerDecision = 0
    var core = Core(bench.state, policy: policy)
    #expect(core.examinationCount == runs)
    _ = core.decide(
      .manifestReceived("down", ManifestDigest("next"), Manifest(location: "down", steps: steps.dropLast())), at: bench.now)
    #expect(core.examinationCount == runs, "no more than one for each run, and the old ones are gone")
    // All of them are looked at in the end.
    bench.deploy("down", steps.dropLast())
    #expect(bench.events.filter { if case .stepFinished = $0 { true } else { false } }.count == 5, "those that are gone fail")
    try bench.complete("up/a")
    #expect(bench.grants.filter { $0.location == "down" }.count == 10, "as many as there are slots")
  }

  @Test func `checks of a version that is not decided yet wake nobody who waits for it`() throws {
    let (bench, _) = try Self.waiting()
    var core = bench.core
    let grant = try bench.grant("up/a")
    let attempt = bench.id(of: grant)
    func hasMore(after reports: [StepReport]) -> Bool {
      _ = core.decide(.reports("up", reports), at: bench.now)
      return core.hasMore
    }
    func checked(_ name: String) -> StepReport {
      .checked(attempt, asset: "up/a", [CheckEvaluation(check: check(name), severity: .block, outcome: .passed)])
    }
    #expect(!hasMore(after: [.started(attempt), .staged(attempt, [.at("up/a")]), checked("one")]))
    #expect(hasMore(after: [checked("two")]))
  }
}
