// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

@Suite("Planning and launching")
struct LaunchTests {
  private static func bench() throws -> Bench {
    var bench = Bench()
    let space = try PartitionSpace.named("x", "y", "z")
    bench.deploy("up", [.step("up/a", space), .step("up/b", from: [.on("up/a", space, .all)])])
    return bench
  }

  @Test("Each step comes after those that it reads, and each partition is a step")
  func order() throws {
    var bench = try Self.bench()
    let run = try bench.launch("*", .text("x,z"))
    #expect(bench.state.phases(of: run).count == 3)
    #expect(bench.grants.map(\.partition) == ["x", "z"])
  }

  @Test(
    "Partitions are named, or all, or the latest",
    arguments: [
      (LaunchRequest.Partitions.all, ["x", "y", "z"]), (.latest, ["z"]), (.text("x..y"), ["x", "y"]), (.text("y"), ["y"]),
    ])
  func partitions(_ partitions: LaunchRequest.Partitions, _ expected: [PartitionKey]) throws {
    var bench = try Self.bench()
    _ = try bench.launch("up/a", partitions)
    #expect(bench.grants.map(\.partition) == expected)
  }

  @Test("A launch that was worked out before comes to the same run, and one on other definitions is worked out anew")
  func prepared() throws {
    var plain = try Self.bench()
    var prepared = plain
    let request = LaunchRequest(.all, partitions: .text("x,z"))
    let ready = PreparedLaunch(request, on: prepared.state, policy: prepared.core.policy, at: prepared.now)
    let replies = (plain.send(.launch(request)).reply, prepared.send(.launch(request, prepared: ready)).reply)
    #expect(replies.0 == replies.1 && plain.state == prepared.state)
    // Another manifest has come meanwhile.
    for _ in 0..<2 { plain.deploy("up", [.step("up/a", try .named("x", "y", "z")), .step("up/c")]) }
    for _ in 0..<2 { prepared.deploy("up", [.step("up/a", try .named("x", "y", "z")), .step("up/c")]) }
    plain.send(.launch(request))
    prepared.send(.launch(request, prepared: ready))
    #expect(plain.state == prepared.state)
    #expect(prepared.state == prepared.replayed())
  }

  @Test("What was worked out before counts against what a location has room for now, and a known key is known")
  func preparedAndFull() throws {
    var policy = CorePolicy()
    policy.stepsInProgressPerLocation = 3
    var bench = Bench(policy: policy)
    bench.deploy("up", [.step("up/a", try .named("x", "y", "z"))], slots: 0)
    let (first, second) = (
      LaunchRequest(.all, partitions: .text("x,y"), clientKey: "once"), LaunchRequest(.all, partitions: .text("y,z"))
    )
    let ready = [first, second].map { PreparedLaunch($0, on: bench.state, policy: policy, at: bench.now) }
    guard case .launched(let receipt) = bench.send(.launch(first, prepared: ready[0])).reply else {
      Issue.record("the first is launched")
      return
    }
    guard case .refused(let error) = bench.send(.launch(second, prepared: ready[1])).reply else {
      Issue.record("the second is refused")
      return
    }
    #expect(error.code == .tooLarge && error.message.contains("stepsInProgressPerLocation"))
    guard case .launched(let again) = bench.send(.launch(first, prepared: ready[0])).reply else {
      Issue.record("the first is known")
      return
    }
    #expect(again.isRepeat && again.run == receipt.run)
  }

  @Test("A refusal that was worked out before is the answer")
  func preparedRefusal() throws {
    var bench = try Self.bench()
    let request = LaunchRequest(.all)
    let ready = PreparedLaunch(request, on: bench.state, policy: bench.core.policy, at: bench.now)
    let replies = (bench.send(.launch(request)).reply, bench.send(.launch(request, prepared: ready)).reply)
    guard case .refused(let error) = replies.1 else {
      Issue.record("it is refused")
      return
    }
    #expect(replies.0 == replies.1 && error.code == .badPartitions)
  }

  @Test("How many steps are in each phase is counted as they move, and after a restart")
  func phaseCounts() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a", try .named("x", "y", "z"))], slots: 2)
    let run = try bench.launch("up/a", .all)
    func isCounted(_ bench: Bench, _ place: SourceLocation = #_sourceLocation) {
      let phases = bench.state.phases(of: run)
      let counts = bench.state.phaseCounts(of: run)
      for phase in StepPhase.allCases {
        #expect(counts?[phase] == phases.count { $0 == phase }, "\(phase)", sourceLocation: place)
      }
    }
    isCounted(bench)
    let grants = bench.grants
    bench.report(grants[0]) { .started($0) }
    isCounted(bench)
    bench.report(grants[0]) { .staged($0, grants[0].outputs.map { .at($0.asset) }) }
    isCounted(bench)
    bench.fail(grants[1])
    isCounted(bench)
    bench.restart()
    isCounted(bench)
    #expect(bench.state.phaseCounts(of: RunID(99)) == nil)
  }

  @Test("A partitioned asset needs partitions to be named")
  func unspecified() throws {
    var bench = try Self.bench()
    let error = #expect(throws: CommandError.self) { _ = try bench.launch("up/a") }
    #expect(error?.code == .badPartitions)
    #expect(error?.message.contains("'latest' or 'all'") == true)
  }

  @Test("A partition that does not exist is refused, and nothing is launched")
  func noSuchPartition() throws {
    var bench = try Self.bench()
    let error = #expect(throws: CommandError.self) { _ = try bench.launch("up/a", .text("w")) }
    #expect(error?.code == .badPartitions)
    #expect(bench.state.unfinishedRuns.isEmpty)
  }

  @Test("A run that would be too large is refused, naming the limit")
  func tooLarge() throws {
    var policy = CorePolicy()
    policy.stepsPerRun = 2
    var bench = Bench(policy: policy)
    bench.deploy("up", [.step("up/a", try .named("x", "y", "z"))])
    let error = #expect(throws: CommandError.self) { _ = try bench.launch("up/a", .all) }
    #expect(error?.code == .tooLarge)
    #expect(error?.message.contains("at most 2") == true)
  }

  @Test("A launch that is repeated with its client key returns the same run, also after a restart and after its end")
  func clientKey() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a")])
    let run = try bench.launch("up/a", key: "mine")
    #expect(try bench.launch("up/a", key: "mine") == run)
    try bench.complete("up/a")
    bench.restart()
    let request = LaunchRequest(try Selection("up/a"), clientKey: "mine")
    guard case .launched(let receipt) = bench.send(.launch(request)).reply else {
      Issue.record("the repeat was not answered with a run")
      return
    }
    #expect(receipt.run == run)
    #expect(receipt.isRepeat)
    #expect(bench.events.filter { if case .runLaunched = $0 { true } else { false } }.count == 1)
  }

  @Test("A step that yields two assets is planned whole when one of them is selected")
  func wholeSteps() throws {
    var bench = Bench()
    bench.deploy("up", [StepSpec(name: "both", outputs: [.asset("up/a"), .asset("up/b")])])
    _ = try bench.launch("up/a")
    #expect(try bench.grant("up/b").outputs.map(\.asset) == ["up/a", "up/b"])
  }

  @Test("A check-only run has a step for each selected asset with checks, and computes nothing")
  func checksOnly() throws {
    var bench = Bench()
    bench.deploy("up", [StepSpec(name: "both", outputs: [.asset("up/a", checks: ["one"]), .asset("up/b")]), .step("up/c")])
    try bench.materialize("up/a")
    let run = try bench.launch("*", kind: .checksOnly)
    #expect(bench.state.phases(of: run).count == 1)
    #expect(bench.grants.last?.outputs.map(\.asset) == ["up/a"])
    #expect(bench.grants.last?.inputs.isEmpty == true)
  }

  @Test("A window is a partition once it has ended, and the open one where the asset asks for it (semantics 12)")
  func windows() throws {
    var bench = Bench()
    let first = try #require(CivilDate("2025-12-30"))
    bench.deploy(
      "up",
      [
        .step("up/a", .daily(try DailyWindows(first: first, last: nil, zone: .utc))),
        .step("up/open", .daily(try DailyWindows(first: first, last: nil, zone: .utc, includingOpenWindow: true))),
      ])
    bench.now = bench.now + .seconds(3_600)
    func partitions(_ asset: AssetKey, _ asked: LaunchRequest.Partitions) throws -> [PartitionKey] {
      let before = bench.grants.count
      let run = try bench.launch(asset.description, asked)
      defer { bench.send(.cancel(run)) }
      return bench.grants.dropFirst(before).map(\.partition)
    }
    #expect(try partitions("up/a", .latest) == ["2025-12-31"])
    #expect(try partitions("up/open", .latest) == ["2026-01-01"])
    #expect(try partitions("up/a", .all) == ["2025-12-30", "2025-12-31"])
    #expect(try partitions("up/open", .all) == ["2025-12-30", "2025-12-31", "2026-01-01"])
    #expect(throws: CommandError.self) { _ = try bench.launch("up/a", .text("2025-12-30..2026-01-01")) }
    #expect(throws: CommandError.self) { _ = try bench.launch("up/open", .text("2026-01-02")) }
  }

  @Test("Each partition of an asset counts once: by its newest settled version, or else by its latest step")
  func counts() throws {
    var bench = Bench()
    let space = PartitionSpace.keys(try StaticKeys(["promoted", "rejected", "failed", "running", "blocked", "missing"]))
    bench.deploy("up", [.step("up/a", space, checks: ["unique"])])
    try bench.materialize("up/a", "promoted")
    try bench.materialize("up/a", "rejected", failing: ["unique"])
    _ = try bench.launch("up/a", .text("failed"))
    bench.fail(try bench.grant("up/a", "failed"))
    _ = try bench.launch("up/a", .text("running"))
    bench.deploy("up", [.step("up/a", space, from: [.on("up/nobody")], checks: ["unique"])])
    _ = try bench.launch("up/a", .text("blocked"))
    let counts = bench.state.partitionCounts(of: "up/a", at: bench.now)
    #expect(counts.total == 6)
    for status in PartitionStatus.allCases { #expect(counts[status] == 1, "\(status)") }
  }
}
