// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

@Suite("Versions (semantics 1, 2, 6, 13, 16)")
struct VersionsTests {
  private static func bench(retry: RetryPolicy = .none) -> Bench {
    var bench = Bench()
    bench.deploy("up", [.step("up/a", checks: ["unique"], retry: retry)])
    return bench
  }

  @Test("At most one step is in flight per asset partition; the other waits, and versions are totally ordered")
  func oneInFlight() throws {
    var bench = Self.bench()
    let first = try bench.launch("up/a")
    let second = try bench.launch("up/a")
    #expect(bench.phase(first) == .granted)
    #expect(bench.phase(second) == .waiting)
    try bench.complete("up/a")
    let grant = try bench.grant("up/a")
    #expect(grant.step.run == second)
    #expect(grant.outputs.map(\.number) == [2])
  }

  @Test("A check-only step and a materialization of one partition never overlap")
  func checksAlone() throws {
    var bench = Self.bench()
    try bench.materialize("up/a")
    let checks = try bench.launch("up/a", kind: .checksOnly)
    let writer = try bench.launch("up/a")
    #expect(bench.phase(checks) == .granted)
    #expect(bench.phase(writer) == .waiting)
    try bench.complete("up/a")
    #expect(bench.phase(writer) == .granted)
  }

  @Test("Each output of a step is promoted or rejected by its own checks")
  func outputsApart() throws {
    var bench = Bench()
    let step = StepSpec(name: "both", outputs: [.asset("up/a", checks: ["unique"]), .asset("up/b", checks: ["complete"])])
    bench.deploy("up", [step])
    bench.deploy("down", [.step("down/a", from: [.on("up/a")]), .step("down/b", from: [.on("up/b")])])
    let run = try bench.launch("up/a,up/b,down/*")
    bench.complete(try bench.grant("up/a"), failing: ["complete"])
    #expect(bench.gate("up/a").isOpen)
    #expect(bench.gate("up/b").reasons == [.rejected(VersionRef(AssetPartition("up/b"), 1))])
    #expect(bench.outcome(run) == .rejected)
    #expect(bench.isGranted("down/a"))
    #expect(!bench.isGranted("down/b"))
  }

  @Test("An attempt commits as a whole: lost between the checks of two outputs, it has committed neither")
  func commitsAsAWhole() throws {
    var bench = Bench()
    let step = StepSpec(name: "both", outputs: [.asset("up/a", checks: ["unique"]), .asset("up/b", checks: ["complete"])])
    bench.deploy("up", [step])
    _ = try bench.launch("up/a")
    let first = try bench.grant("up/a")
    bench.stage(first)
    bench.report(first) {
      .checked($0, asset: "up/a", [CheckEvaluation(check: check("unique"), severity: .block, outcome: .passed)])
    }
    #expect(bench.state.current(of: AssetPartition("up/a")) == nil)
    bench.connect("up", instance: "second")
    bench.complete(try bench.grant("up/a"))
    let commits = bench.events.filter { if case .promoted = $0 { true } else { false } }
    #expect(commits.count == 2)
    #expect(bench.state.current(of: AssetPartition("up/a")) == 2)
  }

  @Test("A step that stages other assets than granted fails, and everything of it is discarded")
  func staged() throws {
    var bench = Self.bench()
    let run = try bench.launch("up/a")
    let grant = try bench.grant("up/a")
    bench.report(grant) { .staged($0, [.at("up/stranger")]) }
    guard case .failed(let failure) = bench.outcome(run) else {
      Issue.record("the step did not fail")
      return
    }
    #expect(failure.kind == .output)
    #expect(bench.effects.contains(.settle("up", VersionRef(AssetPartition("up/a"), 1), .discard)))
  }

  @Test("A step that ends without staging anything fails")
  func notStaged() throws {
    var bench = Self.bench()
    let run = try bench.launch("up/a")
    bench.report(try bench.grant("up/a")) { .finished($0, .completed) }
    #expect(bench.outcome(run)?.kind == .failed)
  }

  @Test("The decision is in the journal with its settlement, which is repeated until it is carried out")
  func settled() throws {
    var bench = Self.bench()
    try bench.materialize("up/a")
    let settlement = Effect.settle("up", VersionRef(AssetPartition("up/a"), 1), .promote)
    #expect(bench.effects.filter { $0 == settlement }.count == 1)
    bench.connect("up", instance: "second")
    #expect(bench.effects.filter { $0 == settlement }.count == 2)
    bench.send(.settled("up", bench.version(try bench.grant("up/a"))))
    bench.connect("up", instance: "third")
    #expect(bench.effects.filter { $0 == settlement }.count == 2)
  }

  @Test("A version that lies in its locator leaves storage nothing to do, whatever is decided")
  func inline() throws {
    var bench = Self.bench()
    func stageInline(_ grant: GrantRecord) {
      let locator = Locator(scheme: Locator.inlineScheme, uri: "", format: "elsewhere/1")
      bench.report(grant) { .staged($0, [StagedOutput(asset: "up/a", locator: locator)]) }
    }
    for failing in [[], ["unique"]] as [Set<String>] {
      _ = try bench.launch("up/a")
      let grant = try bench.grant("up/a")
      stageInline(grant)
      bench.check(grant, failing: failing)
      bench.report(grant) { .finished($0, .completed) }
    }
    _ = try bench.launch("up/a")
    let failed = try bench.grant("up/a")
    stageInline(failed)
    bench.fail(failed)
    #expect(bench.events.count { if case .promoted = $0 { true } else { false } } == 1)
    #expect(bench.events.count { if case .rejected = $0 { true } else { false } } == 1)
    #expect(bench.events.count { if case .discarded = $0 { true } else { false } } == 1)
    #expect(!bench.effects.contains { if case .settle = $0 { true } else { false } })
    #expect(bench.state.locations["up"]?.unsettled == [:])
    #expect(bench.replayed() == bench.state)
  }

  @Test("Readers are granted a promoted version before its IO manager has carried the promotion out")
  func readersDoNotWait() throws {
    var bench = Self.bench()
    bench.deploy("down", [.step("down/b", from: [.on("up/a")])])
    _ = try bench.launch("+down/b")
    try bench.complete("up/a")
    #expect(bench.isGranted("down/b"))
    #expect(!bench.events.contains { if case .settled = $0 { true } else { false } })
  }

  @Test("A retry is a new attempt with a new version, and what the old one staged is discarded")
  func retry() throws {
    var bench = Self.bench(retry: RetryPolicy(maxAttempts: 2, delay: .seconds(5), jitter: 0))
    _ = try bench.launch("up/a")
    let first = try bench.grant("up/a")
    bench.stage(first)
    bench.fail(first)
    #expect(bench.effects.contains(.settle("up", VersionRef(AssetPartition("up/a"), 1), .discard)))
    bench.pass(.seconds(5))
    let second = try bench.grant("up/a")
    #expect(second.attempt == 2)
    #expect(second.outputs.map(\.number) == [2])
  }

  @Test("Late events of a fenced attempt are recorded and change nothing")
  func late() throws {
    var bench = Self.bench(retry: RetryPolicy(maxAttempts: 2, delay: .seconds(5), jitter: 0))
    let run = try bench.launch("up/a")
    let first = try bench.grant("up/a")
    bench.fail(first)
    bench.pass(.seconds(5))
    let before = bench.state
    bench.complete(first)
    #expect(bench.events.suffix(3).allSatisfy { if case .reportIgnored = $0 { true } else { false } })
    #expect(bench.state == before)
    try bench.complete("up/a")
    #expect(bench.outcome(run) == .succeeded)
    #expect(bench.state.current(of: AssetPartition("up/a")) == 2)
  }

  @Test("Reports that come twice commit once")
  func twice() throws {
    var bench = Self.bench()
    _ = try bench.launch("up/a")
    let grant = try bench.grant("up/a")
    for _ in 0..<2 {
      bench.stage(grant)
      bench.check(grant)
    }
    bench.report(grant) { .finished($0, .completed) }
    bench.report(grant) { .finished($0, .completed) }
    #expect(bench.events.filter { if case .promoted = $0 { true } else { false } }.count == 1)
  }

  @Test("A report of another incarnation, or from another location, is nobody's")
  func strangers() throws {
    var bench = Self.bench()
    bench.deploy("other", [])
    let run = try bench.launch("up/a")
    let grant = try bench.grant("up/a")
    let foreign = AttemptID(incarnation: Incarnation(8), step: grant.step, number: 1)
    bench.send(.reports("up", [.staged(foreign, [.at("up/a")]), .finished(foreign, .completed)]))
    bench.send(.reports("other", [.finished(bench.id(of: grant), .failed(StepFailure(kind: .threw, message: "lie")))]))
    #expect(bench.phase(run) == .granted)
  }

  @Test("Numbers of a partition go on after a definition dropped it and took it back")
  func numbersGoOn() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a", try .named("x", "y"))])
    try bench.materialize("up/a", "y")
    bench.deploy("up", [.step("up/a", try .named("x"))])
    bench.deploy("up", [.step("up/a", try .named("x", "y"))])
    _ = try bench.launch("up/a", .text("y"))
    #expect(try bench.grant("up/a", "y").outputs[0].number > 1)
  }
}
