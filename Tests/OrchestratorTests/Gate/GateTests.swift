// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

@Suite("The gate (semantics 4, 5, 7)")
struct GateTests {
  private static func bench(checks: [String] = ["unique"]) -> Bench {
    var bench = Bench()
    bench.deploy("up", [.step("up/a", checks: checks)])
    bench.deploy("down", [.step("down/b", from: [.on("up/a")])])
    return bench
  }

  @Test("A gate is closed while nothing was ever materialized")
  func never() throws {
    var bench = Self.bench()
    #expect(bench.gate("up/a").reasons == [.neverMaterialized(AssetPartition("up/a"))])
    let run = try bench.launch("down/b")
    #expect(bench.reasons(run) == [.neverMaterialized(AssetPartition("up/a"))])
  }

  @Test("A gate is open when the newest settled version is promoted and every blocking check passed on it")
  func open() throws {
    var bench = Self.bench()
    try bench.materialize("up/a")
    #expect(bench.gate("up/a").isOpen)
    _ = try bench.launch("down/b")
    #expect(try bench.grant("down/b").inputs.map(\.versions) == [[BoundVersion(partition: .only, number: 1)]])
  }

  @Test("A rejected version closes the gate, and consumers keep the last promoted one")
  func rejected() throws {
    var bench = Self.bench()
    try bench.materialize("up/a")
    try bench.materialize("up/a", failing: ["unique"])
    let gate = bench.gate("up/a")
    #expect(gate.reasons == [.rejected(VersionRef(AssetPartition("up/a"), 2))])
    #expect(gate.current == 1)
    #expect(gate.newest == 2)
    let run = try bench.launch("down/b")
    #expect(bench.reasons(run) == [.rejected(VersionRef(AssetPartition("up/a"), 2))])
  }

  @Test("A check that errs or times out rejects the version like one that fails", arguments: [CheckOutcome.errored, .timedOut])
  func erring(_ outcome: CheckOutcome) throws {
    var bench = Self.bench()
    let run = try bench.launch("up/a")
    bench.complete(try bench.grant("up/a"), failing: ["unique"], as: outcome)
    #expect(bench.outcome(run) == .rejected)
    #expect(!bench.gate("up/a").isOpen)
  }

  @Test("A check that the host does not know is unevaluated, and that is no pass")
  func unknown() throws {
    var bench = Self.bench()
    let run = try bench.launch("up/a")
    bench.complete(try bench.grant("up/a"), unknown: ["unique"])
    #expect(bench.outcome(run) == .rejected)
    #expect(bench.end(of: run) == .failed)
  }

  @Test("A warning check is recorded and never blocks")
  func warning() throws {
    var bench = Self.bench(checks: ["?plausible"])
    try bench.materialize("up/a", failing: ["plausible"])
    #expect(bench.gate("up/a").isOpen)
  }

  @Test("A newly declared check closes the gate of older versions and moves no current")
  func declared() throws {
    var bench = Self.bench()
    try bench.materialize("up/a")
    bench.deploy("up", [.step("up/a", checks: ["unique", "fresh"])])
    let gate = bench.gate("up/a")
    #expect(gate.reasons == [.notEvaluated(VersionRef(AssetPartition("up/a"), 1), [check("fresh")])])
    #expect(gate.current == 1)
    let run = try bench.launch("down/b")
    #expect(bench.outcome(run)?.kind == .blocked)
  }

  @Test("A check-only step opens the gate that a new check had closed")
  func checkOnly() throws {
    var bench = Self.bench()
    try bench.materialize("up/a")
    bench.deploy("up", [.step("up/a", checks: ["unique", "fresh"])])
    let run = try bench.launch("up/a", kind: .checksOnly)
    let grant = try bench.grant("up/a")
    #expect(grant.kind == .checksOnly)
    #expect(
      grant.outputs == [
        GrantedVersion(
          asset: "up/a", number: 1,
          checks: ["unique", "fresh"].map { GrantedCheckSpec(check: check($0), severity: .block) })
      ])
    bench.complete(grant)
    #expect(bench.outcome(run) == .succeeded)
    #expect(bench.gate("up/a").isOpen)
  }

  @Test("A check-only step whose check fails is rejected, keeps the gate closed, and moves no current")
  func checkOnlyFails() throws {
    var bench = Self.bench()
    try bench.materialize("up/a")
    let run = try bench.launch("up/a", kind: .checksOnly)
    bench.complete(try bench.grant("up/a"), failing: ["unique"])
    #expect(bench.outcome(run) == .rejected)
    #expect(bench.gate("up/a").reasons == [.notEvaluated(VersionRef(AssetPartition("up/a"), 1), [check("unique")])])
    #expect(bench.state.current(of: AssetPartition("up/a")) == 1)
  }

  @Test("A check-only step of a partition without a promoted version is blocked")
  func checkOnlyBlocked() throws {
    var bench = Self.bench()
    let first = try bench.launch("up/a", kind: .checksOnly)
    #expect(bench.reasons(first) == [.neverMaterialized(AssetPartition("up/a"))])
    try bench.materialize("up/a", failing: ["unique"])
    let second = try bench.launch("up/a", kind: .checksOnly)
    #expect(bench.reasons(second) == [.rejected(VersionRef(AssetPartition("up/a"), 1))])
  }

  @Test("A removed check stops counting and promotes nothing")
  func removed() throws {
    var bench = Self.bench(checks: ["unique", "fresh"])
    try bench.materialize("up/a")
    bench.deploy("up", [.step("up/a", checks: ["unique", "fresh", "new"])])
    #expect(!bench.gate("up/a").isOpen)
    bench.deploy("up", [.step("up/a", checks: ["unique"])])
    #expect(bench.gate("up/a").isOpen)
    try bench.materialize("up/a", failing: ["unique"])
    bench.deploy("up", [.step("up/a")])
    #expect(bench.gate("up/a").reasons == [.rejected(VersionRef(AssetPartition("up/a"), 2))])
  }

  @Test("A redeploy that changes only a check's code keeps its results; a bumped version asks anew")
  func identity() throws {
    var bench = Self.bench()
    try bench.materialize("up/a")
    bench.deploy("up", [.step("up/a", checks: ["unique"])])
    #expect(bench.gate("up/a").isOpen)
    bench.deploy("up", [.step("up/a", checks: ["unique@2"])])
    let bumped = CheckIdentity(name: "unique", version: "2")
    #expect(bench.gate("up/a").reasons == [.notEvaluated(VersionRef(AssetPartition("up/a"), 1), [bumped])])
  }

  @Test("What the host says about a check's severity is not asked")
  func severity() throws {
    var bench = Self.bench()
    let run = try bench.launch("up/a")
    let grant = try bench.grant("up/a")
    bench.stage(grant)
    bench.report(grant) {
      .checked($0, asset: "up/a", [CheckEvaluation(check: check("unique"), severity: .warn, outcome: .failed)])
    }
    bench.report(grant) { .finished($0, .completed) }
    #expect(bench.outcome(run) == .rejected)
  }

  @Test("A check that was not granted decides nothing")
  func unasked() throws {
    var bench = Self.bench()
    let run = try bench.launch("up/a")
    let grant = try bench.grant("up/a")
    bench.stage(grant)
    bench.report(grant) {
      .checked($0, asset: "up/a", [CheckEvaluation(check: check("stranger"), severity: .block, outcome: .failed)])
    }
    bench.check(grant)
    bench.report(grant) { .finished($0, .completed) }
    #expect(bench.outcome(run) == .succeeded)
  }

  @Test("An asset that nobody defines is unresolved, and heals when somebody does")
  func unresolved() throws {
    var bench = Bench()
    bench.deploy("down", [.step("down/b", from: [.on("up/a")])])
    let first = try bench.launch("down/b")
    #expect(bench.reasons(first) == [.unresolved("up/a")])
    bench.deploy("up", [.step("up/a")])
    try bench.materialize("up/a")
    _ = try bench.launch("down/b")
    #expect(bench.isGranted("down/b"))
  }

  @Test("The reasons of a closed gate go down to the root")
  func roots() throws {
    var bench = Self.bench()
    bench.deploy("other", [.step("other/c", from: [.on("down/b")])])
    try bench.materialize("up/a", failing: ["unique"])
    let run = try bench.launch("other/c")
    #expect(bench.outcome(run)?.kind == .blocked)
    let explanation = bench.gate("other/c")
    #expect(explanation.reasons == [.neverMaterialized(AssetPartition("other/c"))])
    let middle = try #require(explanation.because.first)
    #expect(middle.target == AssetPartition("down/b"))
    let root = try #require(middle.because.first)
    #expect(root.owner == "up")
    #expect(root.reasons == [.rejected(VersionRef(AssetPartition("up/a"), 1))])
  }
}
