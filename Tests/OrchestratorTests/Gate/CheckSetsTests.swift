// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

/// What is remembered of checks is bounded by what is there, not by what happened (semantics 28).
@Suite struct CheckSetsTests {
  /// Names of warning checks that some number picks: another subset each time.
  private static func some(_ names: [String], _ seed: Int) -> Set<String> {
    Set(names.enumerated().filter { (seed &* 2_654_435_761 &+ $0.offset &* 40_503) >> 7 & 1 == 1 }.map(\.element))
  }

  private static let names = (0..<100).map { "w\($0)" }

  private func bench(_ checks: [String], _ space: PartitionSpace = .single, retry: RetryPolicy = .none) -> Bench {
    var bench = Bench()
    bench.deploy("up", [.step("up/a", space, checks: checks, retry: retry)])
    return bench
  }

  @Test func `sets that nobody names any more are forgotten`() throws {
    var bench = bench(Self.names.map { "?\($0)" })
    var most = 0
    for seed in 0..<60 {
      try bench.materialize("up/a", failing: Self.some(Self.names, seed))
      most = max(most, bench.state.checkSets.count)
    }
    #expect(most <= 4 && bench.state.checkSets.count == 2, "what passed and what failed on the last version: \(most)")
    #expect(bench.state.checkSets.last > 100, "each version had others")
    #expect(bench.replayed() == bench.state)
  }

  @Test func `reports of a check-only run leave no sets behind`() throws {
    var bench = bench(["a"])
    try bench.materialize("up/a")
    bench.deploy("up", [.step("up/a", checks: ["a"] + Self.names)])
    _ = try bench.launch("up/a", kind: .checksOnly)
    let grant = try bench.grant("up/a")
    bench.report(grant) { .started($0) }
    var most = 0
    for name in Self.names {
      let evaluation = CheckEvaluation(check: CheckIdentity(name: name), severity: .block, outcome: .passed)
      bench.report(grant) { .checked($0, asset: "up/a", [evaluation]) }
      most = max(most, bench.state.checkSets.count)
    }
    #expect(most <= 2 && bench.state.checkSets.last >= 100)
    #expect(bench.gate("up/a").isOpen)
    bench.report(grant) {
      .checked($0, asset: "up/a", [CheckEvaluation(check: CheckIdentity(name: "a"), severity: .block, outcome: .passed)])
    }
    bench.report(grant) { .finished($0, .completed) }
    #expect(bench.gate("up/a").isOpen && bench.state.checkSets.count == 1)
    #expect(bench.replayed() == bench.state)
  }

  @Test func `equal sets are one, over partitions and assets, and runs keep theirs until they end`() throws {
    let days = try PartitionSpace.named("x", "y", "z")
    var bench = Bench()
    bench.deploy("up", [.step("up/a", days, checks: ["c", "d"]), .step("up/b", days, checks: ["c", "d"])])
    bench.deploy("down", [.step("down/r", days, from: [.on("up/a", days)])])
    for key in ["x", "y", "z"] as [PartitionKey] {
      try bench.materialize("up/a", key)
      try bench.materialize("up/b", key)
    }
    #expect(bench.state.checkSets.count == 1)
    _ = try bench.launch("down/r", .text("x"))
    let reader = try bench.grant("down/r", "x")
    // The partition goes, and with it what it names; the run that is bound to it keeps its own.
    bench.deploy("up", [.step("up/a", try .named("y"), checks: ["c", "d"])])
    try bench.materialize("up/a", "y", failing: ["d"])
    #expect(bench.state.checkSets.count == 1)
    #expect(bench.replayed() == bench.state)
    bench.complete(reader)
    #expect(bench.replayed() == bench.state)
  }

  @Test func `beyond its share of sets a location's gates say the same of what blocks, and no more passes than before`() throws {
    let keys = (0..<8).map { "k\($0)" }
    let space = PartitionSpace.keys(try StaticKeys(keys))
    let warning = Self.names.prefix(8).map { "?\($0)" }
    func bench(limit: Int) throws -> Bench {
      var bench = Bench()
      var state = bench.state
      state.checkSets = CheckSets(limit: limit)
      bench.core = Core(state, policy: bench.core.policy)
      bench.deploy("up", [.step("up/a", space, checks: ["b"] + warning)])
      for (seed, key) in keys.enumerated() {
        try bench.materialize("up/a", PartitionKey(key), failing: Self.some(Self.names, seed + 1))
      }
      return bench
    }
    var (free, held) = (try bench(limit: 1_000), try bench(limit: 3))
    #expect(free.state.checkSets.count > 8 && held.state.checkSets.count <= 5, "\(held.state.checkSets.count)")
    for key in keys { #expect(free.gate("up/a", PartitionKey(key)).isOpen && held.gate("up/a", PartitionKey(key)).isOpen) }
    // What only warned blocks from now on: what is not remembered has not passed, and cannot any more.
    let stricter = StepSpec.step("up/a", space, checks: ["b"] + Self.names.prefix(8))
    free.deploy("up", [stricter])
    held.deploy("up", [stricter])
    for key in keys where held.gate("up/a", PartitionKey(key)).isOpen { #expect(free.gate("up/a", PartitionKey(key)).isOpen) }
    let last = PartitionKey(keys[7])
    _ = try held.launch("up/a", .text(last.description), kind: .checksOnly)
    held.complete(try held.grant("up/a", last))
    #expect(!held.gate("up/a", last).isOpen)
    try held.materialize("up/a", last)
    #expect(held.gate("up/a", last).isOpen)
  }

  @Test func `an id is not given again before all others were, and says so`() throws {
    var sets = CheckSets(last: .max - 1)
    let roster = CheckRoster(["a", "b", "c"].map { CheckIdentity(name: $0) })
    let first = sets.intern(CheckDraft(roster, [CheckIdentity(name: "a")]), of: "up")
    let second = sets.intern(CheckDraft(roster, [CheckIdentity(name: "b")]), of: "up")
    #expect((first, second, sets.generation) == (.max, 1, 1))
    #expect(sets.intern(CheckDraft(roster, [CheckIdentity(name: "a")]), of: "up") == first)
    sets.release(first)
    #expect(sets[first] == [CheckIdentity(name: "a")], "it is kept twice, and released once")
    sets.release(first)
    #expect(sets[first].isEmpty && sets.count == 1)
  }
}
