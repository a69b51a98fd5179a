// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

/// What checks, versions and failures of one location say is journaled within its share.
@Suite("A location's share of details")
struct DetailShareTests {
  @Test func `metadata and messages beyond an attempt's share are left out, and outcomes are kept`() throws {
    var policy = CorePolicy()
    policy.detailBytesPerStep = 10_000
    var bench = Bench(policy: policy)
    let names = (0..<5).map { "c\($0)" }
    bench.deploy("up", [.step("up/a", checks: names)])
    let run = try bench.launch("up/a")
    let grant = try bench.grant("up/a")
    let large: Metadata = ["text": .text(String(repeating: "x", count: 4_000))]
    bench.report(grant) { .started($0) }
    bench.report(grant) { .staged($0, [StagedOutput(asset: "up/a", locator: StagedOutput.at("up/a").locator, metadata: large)]) }
    for check in grant.outputs[0].checks {
      bench.report(grant) {
        .checked(
          $0, asset: "up/a",
          [CheckEvaluation(check: check.check, severity: .block, outcome: .failed, message: "bad", metadata: large)])
      }
    }
    bench.report(grant) { .finished($0, .completed) }
    let staged = bench.events.compactMap { if case .staged(_, _, let outputs) = $0 { outputs } else { nil } }.joined()
    #expect(staged.map(\.metadata) == [large])
    let checked = bench.events.compactMap { if case .checked(_, _, _, let all) = $0 { all } else { nil } }.joined()
    #expect(checked.map(\.check.name) == names && checked.allSatisfy { $0.outcome == .failed && $0.severity == .block })
    #expect(checked.count { $0.metadata == large } == 1)
    #expect(checked.dropFirst().allSatisfy { $0.metadata.isEmpty && $0.message?.hasPrefix("bad (left out") == true })
    #expect(bench.core.tallies["up"]?[.detail] == 4)
    #expect(bench.outcome(run) == .rejected)
    #expect(bench.replayed() == bench.state)
  }

  @Test func `failures of many steps are journaled within the share of the location's day`() throws {
    var policy = CorePolicy()
    policy.detailBytesPerDay = 100_000
    var bench = Bench(policy: policy)
    bench.deploy("up", [.step("up/a")])
    bench.deploy("down", [.step("down/b")])
    let message = String(repeating: "x", count: 16_000)
    func journaled(_ asset: AssetKey, _ count: Int) throws -> Int {
      let before = bench.events.count
      for _ in 0..<count {
        _ = try bench.launch(asset.description)
        bench.fail(try bench.grant(asset), message, isRetryable: false)
      }
      return bench.events.dropFirst(before).reduce(0) { sum, event in
        switch event {
        case .attemptEnded(_, _, .failed(let failure), _), .stepFinished(_, .failed(let failure)):
          sum + failure.message.utf8.count
        default: sum
        }
      }
    }
    let said = try journaled("up/a", 100)
    #expect(said > 90_000 && said < 100_000 + 200 * 500)
    #expect(bench.core.tallies["up"]?[.detail] == 97)
    // Nobody else's share, and not the next day's.
    #expect(try journaled("down/b", 1) == 32_000)
    bench.pass(.seconds(86_400))
    #expect(try journaled("up/a", 1) == 32_000)
  }

  @Test func `an operator's share of a location's step and day goes before the daemon's own`() throws {
    func kept(_ quotas: LocationQuotas) throws -> (count: Int, used: LocationLoad.Share?) {
      var bench = Bench()
      bench.deploy("up", [.step("up/a")])
      bench.send(.loadWorkspace(WorkspaceDefinition(locations: [LocationDefinition(name: "up", quotas: quotas)])))
      let metadata: Metadata = ["text": .text(String(repeating: "x", count: 1_000))]
      for _ in 0..<3 {
        _ = try bench.launch("up/a")
        let grant = try bench.grant("up/a")
        bench.report(grant) { .started($0) }
        bench.report(grant) {
          .staged($0, [StagedOutput(asset: "up/a", locator: StagedOutput.at("up/a").locator, metadata: metadata)])
        }
        bench.report(grant) { .finished($0, .completed) }
      }
      let staged = bench.events.compactMap { if case .staged(_, _, let outputs) = $0 { outputs } else { nil } }.joined()
      #expect(staged.count == 3)
      return (staged.count { $0.metadata == metadata }, bench.core.loads["up"]?.detailBytesToday)
    }
    #expect(try kept(LocationQuotas()).count == 3)
    #expect(try kept(LocationQuotas(detailBytesPerStep: 500)).count == 0)
    let day = try kept(LocationQuotas(detailBytesPerDay: 2_500))
    #expect(day.count == 2)
    #expect(day.used?.limit == 2_500 && (2_000...2_500).contains(day.used?.used ?? 0))
  }
}
