// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

/// What a location reports is paid for, and decided in portions (Isolation).
@Suite("What reports cost")
struct ReportShareTests {
  @Test func `an outcome that contradicts what stands has come to nothing, as often as it is reported`() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a", checks: ["never"] + (0..<199).map { "c\($0)" })])
    _ = try bench.launch("up/a")
    let grant = try bench.grant("up/a")
    bench.stage(grant)
    func said(_ outcome: CheckOutcome) -> StepReport {
      let evaluation = CheckEvaluation(check: check("c7"), severity: .block, outcome: outcome)
      return .checked(bench.id(of: grant), asset: "up/a", [evaluation])
    }
    #expect(bench.send(.reports("up", [said(.passed)])).reply == .taken(ignored: 0))
    #expect(bench.send(.reports("up", Array(repeating: said(.failed), count: 1_000))).reply == .taken(ignored: 1_000))
    #expect(bench.core.tallies["up"]?[.contradiction] == 1_000)
    #expect(bench.core.work < 10_000)
  }

  @Test(.timeLimit(.minutes(10)))
  func `a report about a check costs what it holds, however many outputs and checks the attempt has`() throws {
    var bench = Bench()
    let outputs = try (0..<200).map { AssetSpec.asset(try AssetKey("up/a\($0)"), checks: (0..<50).map { "c\($0)" }) }
    bench.deploy("up", [StepSpec(name: "many", outputs: outputs)])
    let run = try bench.launch("*")
    let grant = try bench.grant("up/a0")
    bench.stage(grant)
    var work = 0
    for output in grant.outputs {
      for granted in output.checks {
        let evaluation = CheckEvaluation(check: granted.check, severity: .block, outcome: .passed)
        bench.report(grant) { .checked($0, asset: output.asset, [evaluation]) }
        work += bench.core.work
      }
    }
    #expect(bench.events.count { if case .promoted = $0 { true } else { false } } == 200)
    #expect(work < 20 * 200 * 50)
    bench.report(grant) { .finished($0, .completed) }
    #expect(bench.outcome(run) == .succeeded)
  }

  @Test func `what comes of a session's list of attempts to nothing is counted like any report`() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a")])
    let unknown = (1...1_000).map { number in
      let id = AttemptID(incarnation: Bench.incarnation, step: StepID(run: RunID(UInt64(number)), ordinal: 0), number: 1)
      return KnownAttempt(attempt: id, reports: [.finished(id, .completed)])
    }
    let status = HostStatus(instance: "first", manifest: try #require(bench.digest(of: "up")), slots: 1, attempts: unknown)
    #expect(bench.send(.sessionOpened("up", status)).reply == .taken(ignored: 2_000))
  }

  @Test func `a round ends once what was reported in it has caused what a round may`() throws {
    var policy = CorePolicy()
    (policy.workPerDecision, policy.decisionsPerRound) = (100, 2)
    var bench = Bench(policy: policy)
    bench.deploy("up", [.step("up/a")])
    let unknown = AttemptID(incarnation: Bench.incarnation, step: StepID(run: RunID(9), ordinal: 0), number: 1)
    let reports = Command.reports("up", Array(repeating: .finished(unknown, .completed), count: 50))
    var core = bench.core
    core.beginRound()
    var taken = 0
    while !core.isRoundSpent, taken < 1_000 {
      _ = core.resolve(reports, at: bench.now)
      taken += 1
    }
    #expect(taken == 4)
    core.beginRound()
    #expect(!core.isRoundSpent)
  }
}
