// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

/// Steps that read very much are looked at bit by bit, and granted only when all of their gates are open at once (Isolation, semantics 9).
@Suite("Looking at very many gates")
struct GateScanTests {
  private static let checks = (0..<200).map { "c\($0)" }

  private static func keys(_ count: Int) throws -> PartitionSpace {
    .keys(try StaticKeys((0..<count).map { "k\($0)" }))
  }

  /// A bench on which version 1 of every partition of `up/…` is promoted, with all checks.
  private static func bench(
    _ assets: [AssetKey], _ space: PartitionSpace, checks: [String] = checks, _ policy: CorePolicy = CorePolicy()
  ) -> Bench {
    var bench = Bench(policy: policy)
    bench.deploy("up", assets.map { .step($0, space, checks: checks) })
    var state = bench.state
    let identities = checks.map { check($0) }
    let passed = state.checkSets.intern(CheckDraft(CheckRoster(identities), identities), of: "up")
    state.checkSets.retain(passed, 2 * assets.count * space.count(at: bench.now))
    for asset in assets {
      for index in 0..<space.count(at: bench.now) {
        state.ledgers[asset]?.update(space.key(at: index)) { entry in
          (entry.newest, entry.promoted, entry.allocated, entry.settled) = (1, 1, 1, .promoted)
          entry.passed = passed
        }
      }
    }
    bench.core = Core(state, policy: policy)
    bench.send(.begin(2))
    bench.connect("up")
    return bench
  }

  /// Launches and goes on decision by decision; what each of them looked at.
  private static func works(_ core: inout Core, _ selection: String, at now: Timestamp) throws -> [Int] {
    _ = core.decide(.launch(LaunchRequest(try Selection(selection))), at: now)
    var works = [core.work]
    while core.hasMore {
      _ = core.decide(.tick, at: now)
      works.append(core.work)
    }
    return works
  }

  @Test func `ten thousand partitions with two hundred checks are looked at in slices, and the checks are compared once`() throws
  {
    let space = try Self.keys(10_000)
    var bench = Self.bench(["up/a"], space)
    bench.deploy("down", [.step("down/b", from: [.on("up/a", space, .all)])])
    var core = bench.core
    let works = try Self.works(&core, "down/b", at: bench.now)
    #expect(core.state.phases(of: RunID(1)) == [.granted])
    #expect(works.count >= 11)
    #expect(works.filter { $0 > 1_100 }.count == 1, "only the last look is in one piece: \(works)")
    // Twice each gate, once the checks, and each of what the grant names.
    #expect((30_000..<45_000).contains(works.reduce(0, +)))
  }

  @Test func `a thousand upstreams with two hundred checks each count what is compared, and are looked at in slices`() throws {
    let assets = try (0..<1_000).map { try AssetKey("up/a\($0)") }
    var bench = Self.bench(assets, .single)
    bench.deploy("down", [.step("down/b", from: assets.map { .on($0) })])
    var core = bench.core
    let works = try Self.works(&core, "down/b", at: bench.now)
    #expect(core.state.phases(of: RunID(1)) == [.granted])
    #expect(works.reduce(0, +) >= 1_000 * Self.checks.count / 4)
    #expect(works.count >= 50)
  }

  @Test func `whoever else launches meanwhile is granted between two slices`() throws {
    let space = try Self.keys(10_000)
    var bench = Self.bench(["up/a"], space)
    bench.deploy("down", [.step("down/b", from: [.on("up/a", space, .all)])])
    bench.deploy("other", [.step("other/c")])
    var core = bench.core
    _ = core.decide(.launch(LaunchRequest(try Selection("down/b"))), at: bench.now)
    #expect(core.hasMore)
    var events = core.decide(.launch(LaunchRequest(try Selection("other/c"))), at: bench.now).events
    events += core.decide(.tick, at: bench.now).events
    #expect(events.contains { if case .stepGranted(let grant) = $0.event { grant.location == "other" } else { false } })
    #expect(core.hasMore, "the long scan is not done")
  }

  @Test func `a gate that closes behind the scan closes the step`() throws {
    var policy = CorePolicy()
    policy.workPerDecision = 100
    let space = try Self.keys(1_000)
    var bench = Self.bench(["up/a"], space, checks: ["unique"], policy)
    bench.deploy("down", [.step("down/b", from: [.on("up/a", space, .all)])])
    _ = try bench.launch("up/a", .text("k0"))
    let grant = try bench.grant("up/a", "k0")
    bench.stage(grant)
    var core = bench.core
    func send(_ command: Command) { _ = core.decide(command, at: bench.now) }
    send(.launch(LaunchRequest(try Selection("down/b"))))
    send(.tick)
    #expect(core.hasMore)
    let failed = CheckEvaluation(check: check("unique"), severity: .block, outcome: .failed)
    let id = bench.id(of: grant)
    var events = core.decide(
      .reports("up", [.checked(id, asset: "up/a", [failed]), .finished(id, .completed)]), at: bench.now
    ).events
    while core.hasMore { events += core.decide(.tick, at: bench.now).events }
    let blocked = StepOutcome.blocked([.rejected(VersionRef(AssetPartition("up/a", "k0"), 2))])
    #expect(events.contains { $0.event == .stepFinished(StepID(run: RunID(2), ordinal: 0), blocked) })
  }

  @Test func `a check that a redeploy adds counts at once for what was looked at before`() throws {
    let space = try Self.keys(100)
    var bench = Self.bench(["up/a"], space, checks: ["unique"])
    bench.deploy("down", [.step("down/b", from: [.on("up/a", space, .all)])])
    _ = try bench.launch("down/b")
    try bench.complete("down/b")
    bench.deploy("up", [.step("up/a", space, checks: ["unique", "new"])])
    let run = try bench.launch("down/b")
    #expect(bench.reasons(run)?.first == .notEvaluated(VersionRef(AssetPartition("up/a", "k0"), 1), [check("new")]))
    #expect(bench.reasons(run)?.count == 32)
  }

  @Test func `a step that would read more partitions than one may is refused by name, and fails where a redeploy has it so`()
    throws
  {
    let hours = PartitionSpace.hourly(try HourlyWindows(first: #require(CivilDate("2016-01-01")), last: nil, zone: .utc))
    let assets: [AssetKey] = ["up/a", "up/b", "up/c"]
    var bench = Bench()
    bench.deploy("up", assets.map { .step($0, hours) })
    bench.deploy(
      "down", [.step("down/b", from: assets.map { .on($0, hours, .all) }), .step("down/c", from: [.on("up/a", hours, .all)])])
    let error = #expect(throws: CommandError.self) { try bench.launch("down/b") }
    #expect(error?.message.contains("inputsPerStep") == true)
    // One of them may be read. Then a redeploy makes much more of it, while the step waits.
    bench.connect("down", slots: 0)
    let keys = try Self.keys(1)
    bench.deploy("down", [.step("down/d", keys, from: [.on("down/w", keys)]), .step("down/w", keys)], slots: 0)
    let run = try bench.launch("down/d,down/w", .all)
    let old = PartitionSpace.hourly(try HourlyWindows(first: #require(CivilDate("1901-01-01")), last: nil, zone: .utc))
    bench.deploy("old", [.step("old/a", old)])
    bench.deploy("down", [.step("down/d", keys, from: [.on("old/a", old, .all)]), .step("down/w", keys)], slots: 0)
    let ordinal = bench.state.runs[run]?.plan.nodes.firstIndex { $0.step == "down/d" } ?? 0
    guard case .failed(let failure) = bench.outcome(run, ordinal) else {
      Issue.record("it did not fail: \(String(describing: bench.outcome(run, ordinal))), \(bench.state.phases(of: run))")
      return
    }
    #expect(failure.message.contains("inputsPerStep"))
  }

  @Test func `what a step reads weighs in flight, so that no location has a million of them`() throws {
    var policy = CorePolicy()
    policy.loadInFlightPerLocation = 1_000
    let space = try Self.keys(3_200)
    var bench = Self.bench(["up/a"], space, checks: ["unique"], policy)
    bench.deploy("down", [.step("down/b", try Self.keys(30), from: [.on("up/a", space, .all)])], slots: 30)
    _ = try bench.launch("down/b", .all)
    #expect(bench.grants.count == 10, "each weighs 104, and there must be room for its output")
    bench.fail(bench.grants[0], isRetryable: false)
    #expect(bench.grants.count == 11)
  }

  @Test func `what a step reads is bound with the checks that had passed, apart from what its run makes, wherever it lies`()
    throws
  {
    let space = try Self.keys(300)
    let other = PartitionSpace.keys(try StaticKeys((0..<300).reversed().map { "k\($0)" }))
    for deployed in [space, other] {
      var bench = Self.bench(["up/a"], space, checks: ["unique"])
      bench.deploy("down", [.step("down/b", from: [.on("up/a", space, .all)])], slots: 0)
      let alone = try bench.launch("down/b")
      let run = try bench.launch("up/a,down/b", .text("k7"))
      bench.deploy("up", [.step("up/a", deployed, checks: ["unique"])])
      try bench.complete("up/a", "k7")
      bench.connect("down", slots: 1)
      let first = try bench.grant("down/b")
      #expect(first.step.run == alone)
      bench.complete(first)
      let grant = try bench.grant("down/b")
      #expect(grant.step.run == run)
      let versions = try #require(grant.inputs.first?.versions)
      #expect(versions.map(\.partition) == (0..<300).map { space.key(at: $0) })
      #expect(versions.filter { $0.number == 2 }.map(\.partition) == ["k7"])
      let bound = try #require(bench.state.runs[run]?.bound)
      #expect(bound.count == 299, "k7 is its own")
      #expect(bound.values.allSatisfy { bench.state.checkSets[$0.passed] == [check("unique")] })
      #expect(bench.state.runsBoundTo["up/a"] == [run])
    }
  }
}
