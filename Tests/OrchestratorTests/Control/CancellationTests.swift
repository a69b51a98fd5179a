// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

@Suite("Cancellation, deadlines and slots (semantics 17; the failure table)")
struct CancellationTests {
  private static func bench(slots: Int = 10, retry: RetryPolicy = .none) -> Bench {
    var bench = Bench()
    bench.deploy("up", [.step("up/a", checks: ["unique"], retry: retry), .step("up/b")], slots: slots)
    return bench
  }

  @Test("Before it is promoted, a cancelled step discards what it staged, checking included")
  func checking() throws {
    var bench = Self.bench()
    let run = try bench.launch("up/a")
    let grant = try bench.grant("up/a")
    bench.stage(grant)
    bench.send(.cancel(run))
    #expect(bench.outcome(run) == .cancelled)
    #expect(bench.end(of: run) == .cancelled)
    #expect(
      bench.effects.suffix(2) == [
        .settle("up", VersionRef(AssetPartition("up/a"), 1), .discard), .cancel("up", grant.step, attempt: 1),
      ])
    bench.check(grant)
    #expect(bench.state.current(of: AssetPartition("up/a")) == nil)
  }

  @Test("After the promotion a cancellation has no effect on the step")
  func promoted() throws {
    var bench = Self.bench()
    let run = try bench.launch("up/a")
    let grant = try bench.grant("up/a")
    bench.stage(grant)
    bench.check(grant)
    bench.send(.cancel(run))
    bench.report(grant) { .finished($0, .completed) }
    #expect(bench.outcome(run) == .succeeded)
    #expect(bench.end(of: run) == .succeeded)
  }

  @Test("A step that has not been granted is cancelled at once, also between two attempts")
  func ungranted() throws {
    var bench = Self.bench(slots: 0, retry: RetryPolicy(maxAttempts: 2, delay: .seconds(60)))
    let waiting = try bench.launch("up/a")
    bench.send(.cancel(waiting))
    #expect(bench.end(of: waiting) == .cancelled)
    bench.send(.capacityChanged("up", slots: 1))
    let retrying = try bench.launch("up/a")
    bench.fail(try bench.grant("up/a"))
    bench.send(.cancel(retrying))
    #expect(bench.end(of: retrying) == .cancelled)
    bench.pass(.seconds(60))
    #expect(bench.grants.count == 1)
  }

  @Test("Cancelling twice, or a run that has ended, changes nothing; an unknown run is refused")
  func again() throws {
    var bench = Self.bench()
    let run = try bench.launch("up/a")
    bench.send(.cancel(run))
    #expect(bench.send(.cancel(run)).events.isEmpty)
    guard case .refused(let error) = bench.send(.cancel(RunID(99))).reply else {
      Issue.record("an unknown run was not refused")
      return
    }
    #expect(error.code == .notFound)
  }

  @Test("A cancelled attempt keeps its slot until its closure is over")
  func slotHeld() throws {
    var bench = Self.bench(slots: 1)
    let run = try bench.launch("up/a")
    let grant = try bench.grant("up/a")
    bench.send(.cancel(run))
    let next = try bench.launch("up/b")
    #expect(bench.phase(next) == .waiting)
    bench.report(grant) { .finished($0, .cancelled) }
    #expect(bench.phase(next) == .granted)
  }

  @Test("The slot of a closure that ignores its cancellation comes back at the deadline")
  func slotReturned() throws {
    var bench = Self.bench(slots: 1)
    let run = try bench.launch("up/a")
    bench.send(.cancel(run))
    let next = try bench.launch("up/b")
    bench.pass(.seconds(600) + bench.core.policy.fenceLeeway)
    #expect(bench.phase(next) == .granted)
  }

  @Test("A cancelled attempt gives its partition free at once")
  func partitionFree() throws {
    var bench = Self.bench()
    let run = try bench.launch("up/a")
    let next = try bench.launch("up/a")
    bench.send(.cancel(run))
    #expect(bench.phase(next) == .granted)
  }

  @Test("A closure that hangs is fenced at its deadline: cancelled, its slot back, and tried again by the team's policy")
  func hanging() throws {
    var bench = Self.bench(slots: 1, retry: RetryPolicy(maxAttempts: 2, delay: .seconds(1), jitter: 0))
    let run = try bench.launch("up/a")
    let grant = try bench.grant("up/a")
    bench.report(grant) { .started($0) }
    bench.pass(.seconds(600) + bench.core.policy.fenceLeeway)
    #expect(bench.phase(run) == .retrying)
    #expect(bench.effects.contains(.cancel("up", grant.step, attempt: 1)))
    bench.pass(.seconds(1))
    #expect(try bench.grant("up/a").attempt == 2)
    bench.pass(.seconds(600) + bench.core.policy.fenceLeeway)
    guard case .failed(let failure) = bench.outcome(run) else {
      Issue.record("the step did not fail")
      return
    }
    #expect(failure.kind == .timedOut)
  }

  @Test("A closure that throws is tried again by the team's policy, and then has failed")
  func throwing() throws {
    var bench = Self.bench(retry: RetryPolicy(maxAttempts: 3, delay: .seconds(1), backoff: 2, jitter: 0))
    let run = try bench.launch("up/a")
    for delay in [1, 2] {
      bench.fail(try bench.grant("up/a"))
      #expect(bench.core.nextTick == bench.now + .seconds(delay))
      bench.pass(.seconds(delay))
    }
    bench.fail(try bench.grant("up/a"))
    #expect(bench.outcome(run)?.kind == .failed)
    #expect(bench.grants.count == 3)
  }

  @Test("A failure that no retry can mend is not tried again")
  func permanent() throws {
    var bench = Self.bench(retry: RetryPolicy(maxAttempts: 3))
    let run = try bench.launch("up/a")
    bench.fail(try bench.grant("up/a"), isRetryable: false)
    #expect(bench.outcome(run)?.kind == .failed)
  }

  @Test("A failed check is never retried")
  func failedCheck() throws {
    var bench = Self.bench(retry: RetryPolicy(maxAttempts: 3))
    let run = try bench.launch("up/a")
    bench.complete(try bench.grant("up/a"), failing: ["unique"])
    #expect(bench.outcome(run) == .rejected)
    #expect(bench.grants.count == 1)
  }

  @Test("No more attempts are in flight than the host has slots and the operator allows")
  func slots() throws {
    var bench = Bench()
    let space = PartitionSpace.keys(try StaticKeys((0..<9).map { "p\($0)" }))
    bench.deploy("up", [.step("up/a", space)], slots: 2)
    _ = try bench.launch("up/a", .all)
    #expect(bench.grants.count == 2)
    bench.send(.capacityChanged("up", slots: 5))
    #expect(bench.grants.count == 5)
    bench.send(.loadWorkspace(WorkspaceDefinition(locations: [LocationDefinition(name: "up", maxInFlight: 3)])))
    try bench.complete("up/a", "p0")
    try bench.complete("up/a", "p1")
    #expect(bench.grants.count == 5)
    try bench.complete("up/a", "p2")
    #expect(bench.grants.count == 6)
  }
}
