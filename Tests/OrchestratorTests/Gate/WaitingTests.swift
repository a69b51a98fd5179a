// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

@Suite("Waiting and blocking (semantics 10, 11)")
struct WaitingTests {
  private static func bench(retry: RetryPolicy = .none) -> Bench {
    var bench = Bench()
    bench.deploy("up", [.step("up/a", checks: ["unique"], retry: retry)])
    bench.deploy("down", [.step("down/b", from: [.on("up/a")])])
    return bench
  }

  @Test("A step waits while something in flight in another run may still open its gate")
  func waits() throws {
    var bench = Self.bench()
    _ = try bench.launch("up/a")
    let reader = try bench.launch("down/b")
    #expect(bench.phase(reader) == .waiting)
    try bench.complete("up/a")
    #expect(bench.isGranted("down/b"))
  }

  @Test("A step waits for a check-only step that may open its gate")
  func waitsForChecks() throws {
    var bench = Self.bench()
    try bench.materialize("up/a")
    bench.deploy("up", [.step("up/a", checks: ["unique", "fresh"])])
    _ = try bench.launch("up/a", kind: .checksOnly)
    let reader = try bench.launch("down/b")
    #expect(bench.phase(reader) == .waiting)
    try bench.complete("up/a")
    #expect(bench.isGranted("down/b"))
  }

  @Test("A failed step settles nothing: in its run the downstream is blocked, and elsewhere the gate stays as it was")
  func failed() throws {
    var bench = Self.bench()
    try bench.materialize("up/a")
    let run = try bench.launch("+down/b")
    bench.fail(try bench.grant("up/a"))
    #expect(bench.reasons(run, 1) == [.stepEnded(AssetPartition("up/a"), StepID(run: run, ordinal: 0), .failed)])
    #expect(bench.gate("up/a").isOpen)
    _ = try bench.launch("down/b")
    #expect(Set(try bench.grant("down/b").inputs.flatMap(\.versions).map(\.number)) == [1])
  }

  @Test("A step that waits for another run's step is blocked when that one fails")
  func otherFails() throws {
    var bench = Self.bench()
    _ = try bench.launch("up/a")
    let reader = try bench.launch("down/b")
    bench.fail(try bench.grant("up/a"))
    #expect(bench.reasons(reader) == [.neverMaterialized(AssetPartition("up/a"))])
    #expect(bench.end(of: reader) == .blocked)
  }

  @Test("A step that waits for another run's step is blocked when that one is cancelled")
  func otherCancelled() throws {
    var bench = Self.bench()
    let writer = try bench.launch("up/a")
    let reader = try bench.launch("down/b")
    bench.send(.cancel(writer))
    #expect(bench.outcome(reader)?.kind == .blocked)
  }

  @Test("A step that waits goes on waiting while the other is tried again")
  func retrying() throws {
    var bench = Self.bench(retry: RetryPolicy(maxAttempts: 2, delay: .seconds(5), jitter: 0))
    let writer = try bench.launch("up/a")
    let reader = try bench.launch("down/b")
    bench.fail(try bench.grant("up/a"))
    #expect(bench.phase(writer) == .retrying)
    #expect(bench.phase(reader) == .waiting)
    bench.pass(.seconds(5))
    try bench.complete("up/a")
    #expect(bench.isGranted("down/b"))
  }

  @Test("A run ends with the worst of its steps: failed, cancelled, blocked, or else succeeded")
  func worst() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a"), .step("up/b"), .step("up/c", from: [.on("up/nobody")])])
    let blocked = try bench.launch("up/a,up/c")
    try bench.complete("up/a")
    #expect(bench.end(of: blocked) == .blocked)

    let cancelled = try bench.launch("up/a,up/b,up/c")
    try bench.complete("up/a")
    bench.send(.cancel(cancelled))
    #expect(bench.end(of: cancelled) == .cancelled)

    let failed = try bench.launch("up/a,up/b")
    bench.fail(try bench.grant("up/a"))
    bench.send(.cancel(failed))
    #expect(bench.end(of: failed) == .failed)

    let succeeded = try bench.launch("up/a")
    // The cancelled run's attempt is fenced; a new one was granted.
    try bench.complete("up/a")
    #expect(bench.end(of: succeeded) == .succeeded)
  }

  @Test("Nothing is parked: a run without a step that can move has ended")
  func nothingParked() throws {
    var bench = Self.bench()
    let run = try bench.launch("down/b")
    #expect(bench.end(of: run) == .blocked)
    #expect(bench.state.unfinishedRuns.isEmpty)
  }
}
