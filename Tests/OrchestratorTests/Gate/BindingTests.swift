// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

@Suite("Bindings (semantics 8, 9, 12)")
struct BindingTests {
  private static func bench(_ binding: BindingPolicy = .gated, retry: RetryPolicy = .none) -> Bench {
    var bench = Bench()
    bench.deploy("up", [.step("up/a", checks: ["unique"])])
    bench.deploy("down", [.step("down/b", from: [.on("up/a", .single, .identity, binding)], retry: retry)])
    return bench
  }

  private static func numbers(_ grant: GrantRecord) -> [[VersionNumber]] { grant.inputs.map { $0.versions.map(\.number) } }

  @Test("Readers in the run that makes a partition bind to the version made in it")
  func madeHere() throws {
    var bench = Self.bench()
    try bench.materialize("up/a")
    _ = try bench.launch("up/a+")
    try bench.complete("up/a")
    // Another run makes a newer one before the reader is tried.
    #expect(Self.numbers(try bench.grant("down/b")) == [[2]])
  }

  @Test("A newest version that was rejected closes the gate even where an older promoted one exists")
  func noFallback() throws {
    var bench = Self.bench()
    try bench.materialize("up/a")
    let run = try bench.launch("up/a+")
    try bench.complete("up/a", failing: ["unique"])
    #expect(bench.reasons(run, 1) == [.rejected(VersionRef(AssetPartition("up/a"), 2))])
  }

  @Test("A dependency that opts into the last-known-good reads the last promoted version")
  func lastKnownGood() throws {
    var bench = Self.bench(.lastKnownGood)
    try bench.materialize("up/a")
    try bench.materialize("up/a", failing: ["unique"])
    _ = try bench.launch("down/b")
    let grant = try bench.grant("down/b")
    #expect(Self.numbers(grant) == [[1]])
    #expect(grant.inputs.map(\.binding) == [.lastKnownGood])
  }

  @Test("The last-known-good of nothing is a closed gate")
  func lastKnownGoodOfNothing() throws {
    var bench = Self.bench(.lastKnownGood)
    try bench.materialize("up/a", failing: ["unique"])
    let run = try bench.launch("down/b")
    #expect(bench.reasons(run) == [.neverMaterialized(AssetPartition("up/a"))])
  }

  @Test("The first binding holds for all attempts, whatever is promoted meanwhile")
  func pinned() throws {
    var bench = Self.bench(retry: RetryPolicy(maxAttempts: 2, delay: .seconds(5), jitter: 0))
    try bench.materialize("up/a")
    _ = try bench.launch("down/b")
    bench.fail(try bench.grant("down/b"))
    try bench.materialize("up/a")
    bench.pass(.seconds(5))
    let second = try bench.grant("down/b")
    #expect(second.attempt == 2)
    #expect(Self.numbers(second) == [[1]])
  }

  @Test("The gate is evaluated anew for every attempt")
  func anew() throws {
    var bench = Self.bench(retry: RetryPolicy(maxAttempts: 2, delay: .seconds(5), jitter: 0))
    try bench.materialize("up/a")
    let run = try bench.launch("down/b")
    bench.fail(try bench.grant("down/b"))
    bench.deploy("up", [.step("up/a", checks: ["unique", "fresh"])])
    bench.pass(.seconds(5))
    #expect(bench.reasons(run) == [.notEvaluated(VersionRef(AssetPartition("up/a"), 1), [check("fresh")])])
  }

  @Test("A grant is not recalled because a gate closed later")
  func notRecalled() throws {
    var bench = Self.bench()
    try bench.materialize("up/a")
    let run = try bench.launch("down/b")
    try bench.materialize("up/a", failing: ["unique"])
    try bench.complete("down/b")
    #expect(bench.outcome(run) == .succeeded)
    #expect(bench.gate("down/b").isOpen)
  }

  @Test("A check that fails later on a bound version closes its gate, also once a newer version is promoted")
  func failedLater() throws {
    var bench = Self.bench(retry: RetryPolicy(maxAttempts: 2, delay: .seconds(5), jitter: 0))
    try bench.materialize("up/a")
    let run = try bench.launch("down/b")
    bench.fail(try bench.grant("down/b"))
    _ = try bench.launch("up/a", kind: .checksOnly)
    try bench.complete("up/a", failing: ["unique"])
    try bench.materialize("up/a")
    bench.pass(.seconds(5))
    #expect(bench.reasons(run) == [.notEvaluated(VersionRef(AssetPartition("up/a"), 1), [check("unique")])])
  }

  @Test("Mapping all gives every partition that the upstream declared when the run was planned, in order")
  func all() throws {
    var bench = Bench()
    let two = try PartitionSpace.named("x", "y")
    bench.deploy("up", [.step("up/a", two)])
    bench.deploy("down", [.step("down/b", from: [.on("up/a", two, .all)])])
    let run = try bench.launch("*", .all)
    let three = try PartitionSpace.named("x", "y", "z")
    bench.deploy("up", [.step("up/a", three)])
    try bench.complete("up/a", "x")
    try bench.complete("up/a", "y")
    #expect(try bench.grant("down/b").inputs.map { $0.versions.map(\.partition) } == [["x", "y"]])
    try bench.complete("down/b")
    #expect(bench.end(of: run) == .succeeded)
  }

  @Test("Mapping all blocks on a partition that was never materialized")
  func allMissing() throws {
    var bench = Bench()
    let space = try PartitionSpace.named("x", "y")
    bench.deploy("up", [.step("up/a", space)])
    bench.deploy("down", [.step("down/b", from: [.on("up/a", space, .all)])])
    try bench.materialize("up/a", "x")
    let run = try bench.launch("down/b")
    #expect(bench.reasons(run) == [.neverMaterialized(AssetPartition("up/a", "y"))])
  }

  @Test("A required partition that does not exist blocks and is never dropped")
  func noSuchPartition() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a", try .named("x"))])
    bench.deploy("down", [.step("down/b", try .named("x", "y"), from: [.on("up/a", try .named("x"))])])
    let run = try bench.launch("down/b", .text("y"))
    #expect(bench.reasons(run) == [.noSuchPartition(AssetPartition("up/a", "y"))])
  }

  @Test("Partitions are gated one by one")
  func oneByOne() throws {
    var bench = Bench()
    let space = try PartitionSpace.named("x", "y")
    bench.deploy("up", [.step("up/a", space, checks: ["unique"])])
    bench.deploy("down", [.step("down/b", space, from: [.on("up/a", space)])])
    let run = try bench.launch("*", .all)
    try bench.complete("up/a", "x", failing: ["unique"])
    try bench.complete("up/a", "y")
    try bench.complete("down/b", "y")
    #expect(!bench.isGranted("down/b", "x"))
    #expect(bench.end(of: run) == .failed)
  }
}
