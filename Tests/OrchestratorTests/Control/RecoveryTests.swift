// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

@Suite("Sessions and restarts (semantics 14, 15, 18, 19, 20; the failure table)")
struct RecoveryTests {
  private static func bench(policy: CorePolicy = CorePolicy(), retry: RetryPolicy = .none) -> Bench {
    var bench = Bench(policy: policy)
    bench.deploy("up", [.step("up/a", checks: ["unique"], retry: retry)])
    return bench
  }

  @Test("A replayed journal gives the same state")
  func replay() throws {
    var bench = Self.bench(retry: RetryPolicy(maxAttempts: 3))
    try bench.materialize("up/a")
    _ = try bench.launch("up/a", key: "one")
    bench.fail(try bench.grant("up/a"))
    #expect(bench.replayed() == bench.state)
  }

  @Test("A reign ends every session, and nothing is granted before one opens")
  func reign() throws {
    var bench = Self.bench()
    bench.restart()
    let run = try bench.launch("up/a")
    #expect(bench.phase(run) == .waiting)
    bench.connect("up")
    #expect(bench.phase(run) == .granted)
    #expect(bench.state.epoch == 2)
  }

  @Test("An attempt that the host still runs is re-attached after the daemon's restart")
  func reattached() throws {
    var bench = Self.bench()
    let run = try bench.launch("up/a")
    let grant = try bench.grant("up/a")
    bench.restart()
    bench.connect("up", attempts: [KnownAttempt(attempt: bench.id(of: grant), reports: [])])
    #expect(bench.grants.count == 1)
    bench.complete(grant)
    #expect(bench.outcome(run) == .succeeded)
  }

  @Test("An attempt that is lost with its process says how that ended, as far as anybody knows")
  func saysHowItsProcessEnded() throws {
    func loss(_ bench: Bench) -> String? {
      bench.events.compactMap { if case .attemptEnded(_, _, .lost(let why), _) = $0 { why } else { nil } }.last
    }
    func lost(_ previousEnd: String?, instance: String = "second", restarted: Bool = false) throws -> String? {
      var bench = Self.bench()
      _ = try bench.launch("up/a")
      _ = try bench.grant("up/a")
      if restarted { bench.restart() }
      let digest = try #require(bench.digest(of: "up"))
      bench.send(
        .sessionOpened("up", HostStatus(instance: instance, manifest: digest, slots: 10, previousEnd: previousEnd)))
      return loss(bench)
    }
    let told = "was ended by signal 4 (SIGILL); its last lines:\nFatal error: Index out of range"
    #expect(try lost(told) == "the process of location 'up' \(told)")
    // How long ago the process before it ended a daemon that was away itself does not know.
    let vague = "location 'up' does not know the attempt: its server ended and was started anew, or has forgotten it"
    #expect(try lost(told, restarted: true) == "\(vague); the process before this one \(told)")
    #expect(
      try lost(nil) == "the server of location 'up' ended and was started anew; what it printed last is in its own output")
    #expect(try lost(nil, restarted: true) == vague)
    // The same process: what came before it has nothing to do with it.
    #expect(try lost(told, instance: "first") == "its host no longer knows it")
    // It says as much of it as a location may.
    let much = try #require(try lost(String(repeating: "x", count: 4_000)))
    #expect(much.utf8.count < 5_000)
  }

  @Test("What a host reported while nobody listened counts when the session opens")
  func unacknowledged() throws {
    var bench = Self.bench()
    let run = try bench.launch("up/a")
    let id = bench.id(of: try bench.grant("up/a"))
    bench.restart()
    let passed = CheckEvaluation(check: check("unique"), severity: .block, outcome: .passed)
    let reports: [StepReport] = [
      .started(id), .staged(id, [.at("up/a")]), .checked(id, asset: "up/a", [passed]), .finished(id, .completed),
    ]
    bench.connect("up", attempts: [KnownAttempt(attempt: id, reports: reports)])
    #expect(bench.outcome(run) == .succeeded)
  }

  @Test("A granted attempt that the host does not list is lost and tried again, uncharged")
  func lost() throws {
    var bench = Self.bench()
    let run = try bench.launch("up/a")
    bench.connect("up", instance: "second")
    let second = try bench.grant("up/a")
    #expect(second.attempt == 2)
    bench.complete(second)
    #expect(bench.outcome(run) == .succeeded)
  }

  @Test("A step whose attempts are lost again and again fails within a bound")
  func lostTooOften() throws {
    var bench = Self.bench()
    let run = try bench.launch("up/a")
    for index in 0...bench.core.policy.lossesAllowed { bench.connect("up", instance: "instance \(index)") }
    guard case .failed(let failure) = bench.outcome(run) else {
      Issue.record("the step did not fail")
      return
    }
    #expect(failure.kind == .lost)
  }

  @Test("An attempt that was promoted before its host died has succeeded")
  func promotedThenLost() throws {
    var bench = Self.bench()
    let run = try bench.launch("up/a")
    let grant = try bench.grant("up/a")
    bench.stage(grant)
    bench.check(grant)
    bench.connect("up", instance: "second")
    #expect(bench.outcome(run) == .succeeded)
    #expect(bench.grants.count == 1)
  }

  @Test("A resumed session loses nothing")
  func resumed() throws {
    var bench = Self.bench()
    let run = try bench.launch("up/a")
    let grant = try bench.grant("up/a")
    bench.send(.sessionClosed("up", reason: "it broke"))
    let digest = try #require(bench.digest(of: "up"))
    bench.send(.sessionResumed("up", HostStatus(instance: "first", manifest: digest, slots: 10)))
    #expect(bench.phase(run) == .granted)
    bench.complete(grant)
    #expect(bench.outcome(run) == .succeeded)
  }

  @Test("A fenced attempt that a host lists is cancelled there")
  func zombie() throws {
    var bench = Self.bench()
    let run = try bench.launch("up/a")
    let grant = try bench.grant("up/a")
    bench.send(.cancel(run))
    bench.connect("up", attempts: [KnownAttempt(attempt: bench.id(of: grant), reports: [])])
    #expect(bench.effects.last { if case .cancel = $0 { true } else { false } } == .cancel("up", grant.step, attempt: 1))
  }

  @Test(
    "A staged version that the state knows nothing of is settled from the history; one in the making or of another store is left alone"
  )
  func strayVersions() throws {
    var bench = Self.bench()
    _ = try bench.launch("up/a")
    let grant = try bench.grant("up/a")
    let mine = bench.version(grant)
    let stray = VersionID(incarnation: Bench.incarnation, asset: "up/a", partition: .only, number: 900)
    let foreign = VersionID(incarnation: Incarnation(9), asset: "up/a", partition: .only, number: 1)
    bench.connect(
      "up", attempts: [KnownAttempt(attempt: bench.id(of: grant), reports: [])], unsettled: [mine, stray, foreign])
    let asked = bench.effects.compactMap { if case .settleFromHistory(_, let versions) = $0 { versions } else { nil } }
    #expect(asked == [[stray]])
  }

  @Test("A host with another manifest refuses the grant, and the step is decided again under the new one")
  func staleManifest() throws {
    var bench = Self.bench()
    let run = try bench.launch("up/a")
    bench.report(try bench.grant("up/a")) { .finished($0, .refused(.staleManifest)) }
    #expect(bench.phase(run) == .retrying)
    bench.deploy("up", [.step("up/a", checks: ["unique", "fresh"])])
    bench.pass(.seconds(1))
    let second = try bench.grant("up/a")
    #expect(second.manifest == bench.digest(of: "up"))
    #expect(second.outputs[0].checks.map(\.check.name) == ["unique", "fresh"])
  }

  @Test("A step whose asset is gone fails, saying so")
  func assetGone() throws {
    var bench = Self.bench()
    let run = try bench.launch("up/a")
    bench.report(try bench.grant("up/a")) { .finished($0, .refused(.staleManifest)) }
    bench.deploy("up", [.step("up/b")])
    bench.pass(.seconds(1))
    guard case .failed(let failure) = bench.outcome(run) else {
      Issue.record("the step did not fail")
      return
    }
    #expect(failure.kind == .undefined)
    #expect(failure.message.contains("no longer defines 'up/a'"))
  }

  @Test("A planned step that now yields more than was planned fails, and asks for another launch")
  func yieldsMore() throws {
    var bench = Self.bench()
    bench.send(.sessionClosed("up", reason: "redeploy"))
    let run = try bench.launch("up/a")
    bench.deploy("up", [StepSpec(name: "up/a", outputs: [.asset("up/a"), .asset("up/extra")])])
    #expect(bench.outcome(run)?.kind == .failed)
    #expect(!bench.isGranted("up/a"))
  }

  @Test("Refusals are not charged to the team, and end within a bound")
  func refusals() throws {
    var policy = CorePolicy()
    policy.refusalsAllowed = 3
    var bench = Self.bench(policy: policy)
    let run = try bench.launch("up/a")
    for _ in 0..<4 {
      bench.report(try bench.grant("up/a")) { .finished($0, .refused(.overloaded)) }
      bench.pass(.seconds(30))
    }
    guard case .failed(let failure) = bench.outcome(run) else {
      Issue.record("the step did not fail")
      return
    }
    #expect(failure.kind == .unreachable)
  }

  @Test("A refusal that comes after the commit changes nothing about it")
  func lateRefusal() throws {
    var bench = Self.bench()
    let run = try bench.launch("up/a")
    let grant = try bench.grant("up/a")
    bench.stage(grant)
    bench.check(grant)
    bench.report(grant) { .finished($0, .refused(.draining)) }
    #expect(bench.outcome(run) == .succeeded)
    #expect(bench.grants.count == 1)
  }

  @Test("A location that is away holds its own steps only, and not for ever")
  func away() throws {
    var bench = Self.bench()
    bench.deploy("other", [.step("other/c", timeout: .seconds(100_000))])
    bench.send(.sessionClosed("up", reason: "gone"))
    let waiting = try bench.launch("up/a")
    let going = try bench.launch("other/c")
    #expect(bench.phase(going) == .granted)
    bench.pass(bench.core.policy.patience)
    guard case .failed(let failure) = bench.outcome(waiting) else {
      Issue.record("the step did not fail")
      return
    }
    #expect(failure.kind == .unreachable)
    #expect(bench.phase(going) == .granted)
  }

  @Test("A step in flight at a location that stays away fails after a while")
  func inFlightAway() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a", timeout: .seconds(100_000))])
    let run = try bench.launch("up/a")
    bench.send(.sessionClosed("up", reason: "gone"))
    bench.pass(bench.core.policy.patience)
    #expect(bench.outcome(run)?.kind == .failed)
  }

  @Test("A draining location gets no new grants, and its steps in flight go on")
  func draining() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a", timeout: .seconds(100_000)), .step("up/b")])
    let running = try bench.launch("up/a")
    bench.send(.drainingBegan("up"))
    let waiting = try bench.launch("up/b")
    #expect(bench.phase(waiting) == .waiting)
    bench.pass(bench.core.policy.patience)
    #expect(bench.phase(running) == .granted)
    #expect(bench.outcome(waiting)?.kind == .failed)
  }

  @Test("A session that opens as draining does not keep queued steps for ever")
  func opensDraining() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a"), .step("up/b")], slots: 1)
    _ = try bench.launch("up/a")
    let waiting = try bench.launch("up/b")
    let digest = try #require(bench.digest(of: "up"))
    bench.send(.sessionResumed("up", HostStatus(instance: "first", manifest: digest, slots: 1, isDraining: true)))
    bench.pass(bench.core.policy.patience)
    #expect(bench.outcome(waiting)?.kind == .failed)
  }

  @Test("A settlement that storage refused is said again after a while, until it is carried out")
  func refusedSettlement() throws {
    var bench = Self.bench()
    try bench.materialize("up/a")
    let version = VersionRef(AssetPartition("up/a", .only), 1)
    let identity = VersionID(incarnation: Bench.incarnation, asset: "up/a", partition: .only, number: 1)
    func times() -> Int { bench.effects.count { $0 == .settle("up", version, .promote) } }
    #expect(times() == 1)
    bench.send(.settlementFailed("up", identity))
    #expect(times() == 1)
    bench.pass(bench.core.policy.settlementDelay)
    #expect(times() == 2)
    bench.pass(.seconds(3_600))
    #expect(times() == 2)
    bench.send(.settlementFailed("up", identity))
    bench.send(.sessionClosed("up", reason: "broke"))
    bench.pass(bench.core.policy.settlementDelay)
    #expect(times() == 2)
    let digest = try #require(bench.digest(of: "up"))
    bench.send(.sessionResumed("up", HostStatus(instance: "first", manifest: digest, slots: 10)))
    bench.pass(bench.core.policy.settlementDelay)
    #expect(times() == 3)
    bench.send(.settlementFailed("up", identity))
    bench.send(.settled("up", identity))
    bench.pass(bench.core.policy.settlementDelay)
    #expect(times() == 3)
  }

  @Test("A location that leaves the workspace twice has its whole grace each time, and is told to stop what it runs")
  func leavesTwice() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a", timeout: .seconds(100_000))])
    let workspace = bench.state.workspace
    let run = try bench.launch("up/a")
    let grace = bench.core.policy.removalGrace
    bench.send(.loadWorkspace(.empty))
    bench.pass(.seconds(40))
    bench.send(.loadWorkspace(workspace))
    bench.send(.loadWorkspace(.empty))
    bench.pass(grace - .seconds(40))
    #expect(bench.outcome(run) == nil)
    bench.pass(.seconds(40))
    #expect(bench.outcome(run)?.kind == .failed)
    #expect(bench.effects.contains(.cancel("up", StepID(run: run, ordinal: 0), attempt: 1)))
  }

  @Test("A retry that has become due is not granted at an earlier instant after the clock went back")
  func clockGoesBack() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a", retry: RetryPolicy(maxAttempts: 2, delay: .seconds(10))), .step("up/b")], slots: 1)
    let run = try bench.launch("up/a")
    let other = try bench.launch("up/b")
    bench.fail(try bench.grant("up/a"))
    #expect(bench.phase(other) == .granted)
    bench.pass(.seconds(10))
    let due = bench.now
    bench.now = Timestamp(seconds: 5)
    bench.fail(try bench.grant("up/b"))
    #expect(bench.phase(run) == .granted)
    #expect(bench.journal.last.map { $0.at >= due } == true)
  }

  @Test("Journal time never goes back, and an earlier clock counts as the latest event's instant")
  func time() throws {
    var bench = Self.bench()
    bench.now = bench.now + .seconds(1_000)
    _ = try bench.launch("up/a")
    let late = bench.now
    bench.now = Timestamp(seconds: 5)
    bench.fail(try bench.grant("up/a"))
    #expect(bench.journal.last?.at == late)
    #expect(zip(bench.journal, bench.journal.dropFirst()).allSatisfy { $0.at <= $1.at })
  }

  @Test("A retry's instant is in the journal, and a restart keeps it")
  func retryInstant() throws {
    var bench = Self.bench(retry: RetryPolicy(maxAttempts: 2, delay: .seconds(60), jitter: 0.5))
    let run = try bench.launch("up/a")
    bench.fail(try bench.grant("up/a"))
    let planned = bench.core.nextTick
    bench.restart()
    bench.connect("up")
    #expect(bench.phase(run) == .retrying)
    #expect(bench.core.nextTick == planned)
    bench.pass(.seconds(60))
    #expect(bench.phase(run) == .granted)
  }
}
