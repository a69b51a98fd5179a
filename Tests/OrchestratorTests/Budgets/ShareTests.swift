// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

/// What one location causes is held to its share, and delays no other (Isolation).
@Suite("A location's share")
struct ShareTests {
  private static func hours(_ first: String) throws -> PartitionSpace {
    .hourly(try HourlyWindows(first: #require(CivilDate(first)), last: nil, zone: .utc))
  }

  // MARK: Reports

  @Test func `reports of attempts that were never granted are counted, and not journaled`() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a")])
    let events = bench.events.count
    let reports = (1...1_000).map { number in
      StepReport.finished(
        AttemptID(incarnation: Bench.incarnation, step: StepID(run: RunID(UInt64(number)), ordinal: 0), number: 1), .completed)
    }
    #expect(bench.send(.reports("up", reports)).reply == .taken(ignored: 1_000))
    #expect(bench.events.count == events)
    #expect(bench.core.tallies["up"]?[.unknownAttempt] == 1_000)
  }

  @Test func `reports that come again after their run has ended are late, and not journaled`() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a")])
    _ = try bench.launch("*")
    let grant = try bench.grant("up/a")
    bench.complete(grant)
    let events = bench.events.count
    // What a host sends again to a daemon that has begun anew.
    bench.report(grant) { .started($0) }
    bench.report(grant) { .finished($0, .completed) }
    #expect(bench.events.count == events)
    #expect(bench.core.tallies["up"]?.counts == [.lateReport: 2])
  }

  @Test func `late reports are recorded up to a number an hour, and counted beyond`() throws {
    var policy = CorePolicy()
    policy.lateReportsPerHour = 3
    var bench = Bench(policy: policy)
    bench.deploy("up", [.step("up/a"), .step("up/b", from: [.on("up/a")])])
    _ = try bench.launch("*")
    let grant = try bench.grant("up/a")
    bench.complete(grant)
    for _ in 0..<10 { bench.report(grant) { .finished($0, .completed) } }
    #expect(bench.events.filter { if case .reportIgnored = $0 { true } else { false } }.count == 3)
    #expect(bench.core.tallies["up"]?[.lateReport] == 10)
  }

  @Test func `a location is answered only about its own versions`() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a")])
    bench.deploy("down", [.step("down/b")])
    try bench.materialize("up/a")
    let foreign = VersionID(incarnation: Bench.incarnation, asset: "up/a", partition: .only, number: 1)
    bench.connect("down", unsettled: Array(repeating: foreign, count: 1_000))
    let asked = bench.effects.filter { effect in
      switch effect {
      case .settleFromHistory("down", _), .settle("down", _, _): true
      default: false
      }
    }
    #expect(asked.isEmpty)
    #expect(bench.core.tallies["down"]?[.foreignVersion] == 1_000)
  }

  @Test func `refused settlements ask for one repetition, and only of what is to be settled there`() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a")])
    try bench.materialize("up/a")
    let version = VersionID(incarnation: Bench.incarnation, asset: "up/a", partition: .only, number: 1)
    let other = VersionID(incarnation: Bench.incarnation, asset: "up/z", partition: .only, number: 1)
    for _ in 0..<1_000 {
      bench.send(.settlementFailed("up", version))
      bench.send(.settlementFailed("up", other))
    }
    let before = bench.effects.count
    bench.pass(.seconds(11))
    #expect(bench.effects.count == before + 1)
    bench.pass(.seconds(100))
    #expect(bench.effects.count == before + 1)
  }

  // MARK: Logs

  @Test func `a step that logs in a loop keeps head and tail, and the number of lines between`() throws {
    var policy = CorePolicy()
    (policy.logBytesPerStep, policy.logTailBytes) = (1_000, 500)
    var bench = Bench(policy: policy)
    bench.deploy("up", [.step("up/a")])
    _ = try bench.launch("up/a")
    let grant = try bench.grant("up/a")
    bench.report(grant) { .started($0) }
    for number in 0..<1_000 {
      let line = LogLine(at: bench.now, level: .info, message: "line \(number)")
      bench.report(grant) { .logged($0, lines: [line], dropped: 0) }
    }
    bench.report(grant) { .staged($0, [.at("up/a")]) }
    bench.report(grant) { .finished($0, .completed) }
    let logged = bench.events.compactMap { event -> (lines: [LogLine], dropped: Int)? in
      if case .logged(_, _, let lines, let dropped) = event { (lines, dropped) } else { nil }
    }
    let lines = logged.flatMap(\.lines).map(\.message)
    let dropped = logged.reduce(0) { $0 + $1.dropped }
    #expect(lines.first == "line 0")
    #expect(lines.last == "line 999")
    #expect(lines.count + dropped == 1_000)
    #expect(lines.count < 50)
    #expect(bench.core.tallies["up"]?[.logLine] == UInt64(dropped))
    #expect(bench.outcome(grant.step) == .succeeded)
  }

  @Test func `the last lines of a location's attempts hold a bounded number of bytes together, and give them back`() throws {
    let share = LogShare(step: 0, run: 1 << 30, day: 1 << 30, tail: 1_000, tails: 3_000)
    let now = Timestamp(seconds: 0)
    let attempts = (0..<10).map { StepAttempt(step: StepID(run: RunID(1), ordinal: $0), number: 1) }
    var quotas = LogQuotas()
    func log(_ attempt: StepAttempt) {
      for number in 0..<20 {
        let line = LogLine(at: now, level: .info, message: "\(number) " + String(repeating: "x", count: 165))
        _ = quotas.admit([line], dropped: 0, of: attempt, at: "up", share, now: now)
      }
    }
    for attempt in attempts { log(attempt) }
    let kept = attempts.compactMap { quotas.end($0, at: "up", share, now: now) }
    #expect(kept.count == attempts.count)
    #expect(kept.map(\.lines.count).reduce(0, +) == 15)
    #expect(kept.allSatisfy { $0.lines.count + $0.dropped == 20 })
    log(attempts[0])
    let again = quotas.end(attempts[0], at: "up", share, now: now)
    #expect(again?.lines.count == 5)
  }

  @Test func `a long line that went out of a tail is not held`() {
    var tail = LogTail()
    let long = LogLine(at: Timestamp(seconds: 0), level: .info, message: String(repeating: "x", count: 900))
    let short = LogLine(at: Timestamp(seconds: 0), level: .info, message: "end")
    #expect(tail.push(long, bytes: 900, within: 1_000) == 0)
    #expect(tail.push(short, bytes: 200, within: 1_000) == 1)
    #expect(tail.lines == [short] && tail.bytes == 200 && tail.count == 1)
    #expect(tail.push(long, bytes: 2_000, within: 1_000) == 2)
    #expect(tail.isEmpty && tail.bytes == 0)
  }

  @Test func `an operator's quota of a location's day counts over its runs, and ends with the day`() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a")])
    let definition = LocationDefinition(name: "up", quotas: LocationQuotas(logBytesPerDay: 300))
    bench.send(.loadWorkspace(WorkspaceDefinition(locations: [definition])))
    func logged(_ bench: inout Bench) throws -> Int {
      let before = bench.events.count
      _ = try bench.launch("up/a")
      let grant = try bench.grant("up/a")
      let line = LogLine(at: bench.now, level: .info, message: String(repeating: "x", count: 168))
      bench.report(grant) { .logged($0, lines: [line], dropped: 0) }
      let kept = bench.events.dropFirst(before).filter { if case .logged = $0 { true } else { false } }.count
      bench.complete(grant)
      return kept
    }
    #expect(try logged(&bench) == 1)
    #expect(bench.core.loads["up"]?.logBytesToday == LocationLoad.Share(used: 200, limit: 300))
    #expect(try logged(&bench) == 0)
    bench.pass(.seconds(86_400))
    #expect(try logged(&bench) == 1)
  }

  // MARK: Steps

  @Test func `a decision looks at a bounded number of steps, and another location's step is not behind them`() throws {
    var policy = CorePolicy()
    policy.workPerDecision = 10
    var core = Core(State(incarnation: Bench.incarnation), policy: policy)
    let now = Timestamp(seconds: 1_767_225_600)
    func send(_ command: Command) -> Decision { core.decide(command, at: now) }
    let names: [LocationName] = ["down", "up"]
    _ = send(.begin(1))
    _ = send(.loadWorkspace(WorkspaceDefinition(locations: names.map { LocationDefinition(name: $0) })))
    let keys = try StaticKeys((0..<5_000).map { "k\($0)" })
    let many = Manifest(location: "up", steps: [.step("up/a", .keys(keys))])
    let one = Manifest(location: "down", steps: [.step("down/b")])
    for (name, manifest) in zip(names, [one, many]) {
      _ = send(.manifestReceived(name, ManifestDigest("\(name)"), manifest))
      _ = send(.sessionOpened(name, HostStatus(instance: "i", manifest: ManifestDigest("\(name)"), slots: 4)))
    }
    _ = send(.launch(LaunchRequest(try Selection("up/a"), partitions: .all)))
    #expect(core.hasMore)
    #expect(core.nextTick == now)
    var grants = send(.launch(LaunchRequest(try Selection("down/b")))).events
    grants += send(.tick).events
    let granted = grants.compactMap { if case .stepGranted(let grant) = $0.event { grant.location } else { nil } }
    #expect(granted.contains("down"))
    var ticks = 0
    while core.hasMore, ticks < 10_000 {
      ticks += 1
      _ = send(.tick)
    }
    #expect(ticks > 100)
    #expect(core.state.unfinishedRuns.count == 2)
  }

  @Test func `a round does no more than so many decisions may, however many commands wait, and the next goes on`() throws {
    var policy = CorePolicy()
    (policy.workPerDecision, policy.decisionsPerRound) = (10, 3)
    var bench = Bench(policy: policy)
    let keys = PartitionSpace.keys(try StaticKeys((0..<5_000).map { "k\($0)" }))
    bench.deploy("up", [.step("up/a", keys)], slots: 5_000)
    var core = bench.core
    let now = bench.now
    _ = core.decide(.launch(LaunchRequest(try Selection("up/a"), partitions: .all)), at: now)
    func grants(_ events: [StampedEvent]) -> Int {
      events.filter { if case .stepGranted = $0.event { true } else { false } }.count
    }
    core.beginRound()
    for _ in 0..<1_000 { _ = core.resolve(.tick, at: now) }
    let round = grants(core.takeDecided().events)
    #expect(round > 0 && round <= 3 * 10)
    #expect(core.hasMore)
    core.beginRound()
    _ = core.resolve(.tick, at: now)
    #expect(grants(core.takeDecided().events) > 0)
  }

  @Test func `a location that has caused more than its share rests, and others go on`() throws {
    var policy = CorePolicy()
    (policy.workPerSecond, policy.workBurst) = (400, 200)
    var bench = Bench(policy: policy)
    let keys = PartitionSpace.keys(try StaticKeys((0..<500).map { "k\($0)" }))
    bench.deploy("up", [.step("up/a", keys)], slots: 500)
    bench.deploy("down", [.step("down/b")])
    _ = try bench.launch("up/a", .all)
    let first = bench.grants.count
    #expect(first < 200)
    let load = try #require(bench.core.loads["up"])
    #expect(load.isResting)
    #expect(load.stepsInProgress == LocationLoad.Share(used: 500, limit: policy.stepsInProgressPerLocation))
    #expect(bench.core.loads["down"]?.isResting == false)
    _ = try bench.launch("down/b")
    #expect(bench.isGranted("down/b"))
    for _ in 0..<20 { bench.pass(.seconds(1)) }
    #expect(bench.grants.filter { $0.location == "up" }.count == 500)
  }

  @Test func `cancelling a run of many steps ends them all, and those in flight at once`() throws {
    var policy = CorePolicy()
    policy.workPerDecision = 10
    var bench = Bench(policy: policy)
    let keys = PartitionSpace.keys(try StaticKeys((0..<300).map { "k\($0)" }))
    bench.deploy("up", [.step("up/a", keys)], slots: 2)
    let run = try bench.launch("up/a", .all)
    bench.send(.cancel(run))
    #expect(bench.end(of: run) == .cancelled)
    #expect(bench.events.filter { if case .stepFinished(_, .cancelled) = $0 { true } else { false } }.count == 300)
  }

  // MARK: Launches

  @Test func `a schedule launches at most so many steps, and says so`() throws {
    var bench = Bench()
    let schedule = ScheduleSpec(
      name: "all", cron: try CronExpression("0 * * * *"), zone: .utc, selection: .all, partition: .all)
    bench.deploy("up", [.step("up/a", try Self.hours("0001-01-01"))], schedules: [schedule])
    bench.pass(.seconds(3_600))
    let problems = bench.events.compactMap { if case .scheduleTicked(_, _, _, nil, let problem) = $0 { problem } else { nil } }
    #expect(problems.first?.contains("stepsPerScheduledRun") == true)
    #expect(bench.state.unfinishedRuns.isEmpty)
    #expect(bench.core.tallies["up"]?[.schedule] == 1)
  }

  @Test func `a schedule whose runs do not end has a bounded number of them`() throws {
    var policy = CorePolicy()
    policy.runsPerSchedule = 3
    var bench = Bench(policy: policy)
    let schedule = ScheduleSpec(name: "often", cron: try CronExpression("* * * * *"), zone: .utc, selection: .all)
    bench.deploy("up", [.step("up/a")], schedules: [schedule])
    for _ in 0..<10 { bench.pass(.seconds(60)) }
    #expect(bench.state.unfinishedRuns.count == 3)
    for grant in bench.grants { bench.complete(grant) }
  }

  @Test func `a step that would read more partitions than it may is refused by name`() throws {
    var bench = Bench()
    let hours = try Self.hours("0001-01-01")
    bench.deploy("up", [.step("up/a", hours), .step("up/b", from: [.on("up/a", hours, .all)])])
    let error = #expect(throws: CommandError.self) { try bench.launch("up/b") }
    #expect(try #require(error).message.contains("partitionsPerDependency"))
    #expect(bench.gate("up/b").omitted > 17_000_000)
  }

  @Test func `a location's steps in progress are bounded, over its runs`() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a", .keys(try StaticKeys((0..<60).map { "k\($0)" })))], slots: 0)
    let definition = LocationDefinition(name: "up", quotas: LocationQuotas(stepsInProgress: 100))
    bench.send(.loadWorkspace(WorkspaceDefinition(locations: [definition])))
    let first = try bench.launch("up/a", .all)
    let error = #expect(throws: CommandError.self) { try bench.launch("up/a", .all) }
    #expect(try #require(error).message.contains("stepsInProgressPerLocation"))
    bench.send(.cancel(first))
    _ = try bench.launch("up/a", .all)
  }

  // MARK: Definitions

  @Test func `the latest hour since the year 1 takes one chunk of its ledger, and is counted without the others`() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a", try Self.hours("0001-01-01"))])
    _ = try bench.launch("up/a", .latest)
    bench.complete(try #require(bench.grants.last))
    let counts = bench.state.partitionCounts(of: "up/a", at: bench.now)
    #expect(counts[.promoted] == 1)
    #expect(counts.total > 17_000_000)
    #expect(counts[.missing] == counts.total - 1)
  }

  @Test func `a ring of assets is one knot, whose path is spelled out for people as far as they read`() throws {
    let count = 3_000
    let steps = try (0..<count).map { index -> StepSpec in
      let upstream = try AssetKey("up/a\((index + 1) % count)")
      return .step(try AssetKey("up/a\(index)"), from: [.on(upstream)])
    }
    var bench = Bench()
    bench.deploy("up", steps)
    let graph = bench.state.graph
    #expect(graph.cyclic.count == count)
    #expect(graph.cycle(through: "up/a7")?.count == count + 1)
    let error = #expect(throws: CommandError.self) { try bench.launch("*") }
    #expect(try #require(error).message.utf8.count < 10_000)
  }

  @Test func `a graph that was worked out before comes to the same state, and another's is not taken`() throws {
    var plain = Bench()
    plain.deploy("up", [.step("up/a", checks: ["unique"])])
    plain.deploy("down", [.step("down/b", from: [.on("up/a")])])
    var prepared = plain
    let manifest = Manifest(location: "up", steps: [.step("up/a", .keys(try StaticKeys(["x"]))), .step("up/c")])
    let digest = ManifestDigest("next")
    let graph = PreparedGraph(manifest, digest, of: "up", on: prepared.state)
    plain.send(.manifestReceived("up", digest, manifest))
    prepared.send(.manifestReceived("up", digest, manifest, prepared: graph))
    #expect(plain.state == prepared.state)
    let stale = PreparedGraph(Manifest(location: "up", steps: []), ManifestDigest("empty"), of: "up", on: plain.state)
    plain.send(.manifestReceived("up", ManifestDigest("other"), manifest))
    prepared.send(.manifestReceived("up", ManifestDigest("other"), manifest, prepared: stale))
    #expect(plain.state == prepared.state)
    #expect(prepared.state == prepared.replayed())
  }

  @Test func `a selection follows each direction once, and finds keys below a prefix among their neighbours`() throws {
    var bench = Bench()
    bench.deploy(
      "up", [.step("up/a"), .step("up/b", from: [.on("up/a")]), .step("up/b/c", from: [.on("up/b")]), .step("up/bc")],
      owns: [try OwnershipPattern("up/*")])
    let graph = bench.state.graph
    #expect(try graph.resolve(Selection("up/b/*")) == ["up/b/c"])
    #expect(try graph.resolve(Selection("+up/b/c")) == ["up/a", "up/b", "up/b/c"])
    #expect(try graph.resolve(Selection("up/a+,up/bc")) == ["up/a", "up/b", "up/b/c", "up/bc"])
    #expect(throws: ModelError.self) { try graph.resolve(Selection("*,up/none")) }
  }
}
