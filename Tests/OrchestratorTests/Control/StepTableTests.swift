// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

/// Every phase of a step against every event of a step: what cannot be changes nothing.
@Suite("The life of a step")
struct StepTableTests {
  enum Happening: String, CaseIterable {
    case granted, started, staged, checked, promoted, rejected, discarded, ended, slotReturned, retry
    case succeeds, isRejected, fails, blocks, cancels
  }

  /// By phase, in the order of `Happening`; `-` for no change.
  private static let table: [StepPhase: [String]] = [
    .waiting: row("granted - - - - - - - - retrying succeeded rejected failed blocked cancelled"),
    .retrying: row("granted - - - - - - - - - succeeded rejected failed blocked cancelled"),
    .granted: row("- running checking - - - - waiting - - - - - - -"),
    .running: row("- - checking - - - - waiting - - - - - - -"),
    .checking: row("- - - - - - - waiting - - - - - - -"),
    .succeeded: row("- - - - - - - - - - - - - - -"),
    .rejected: row("- - - - - - - - - - - - - - -"),
    .failed: row("- - - - - - - - - - - - - - -"),
    .blocked: row("- - - - - - - - - - - - - - -"),
    .cancelled: row("- - - - - - - - - - - - - - -"),
  ]

  private static func row(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }

  @Test("Each phase goes where the table says, whatever happens", arguments: StepPhase.allCases)
  func walk(_ phase: StepPhase) throws {
    let expected = try #require(Self.table[phase])
    try #require(expected.count == Happening.allCases.count)
    let (start, step) = try state(in: phase)
    #expect(start.phases(of: step.run)[step.ordinal] == phase)
    for (happening, cell) in zip(Happening.allCases, expected) {
      var after = start
      after.evolve(StampedEvent(at: start.now, event: event(happening, step, attempt: attempt(start, step))))
      let wanted = cell == "-" ? phase : try #require(StepPhase(rawValue: cell))
      #expect(after.phases(of: step.run)[step.ordinal] == wanted, "\(happening) in \(phase)")
    }
  }

  @Test(
    "An event of another attempt than the one in flight changes nothing", arguments: [StepPhase.granted, .running, .checking])
  func stale(_ phase: StepPhase) throws {
    let (start, step) = try state(in: phase)
    for happening in [Happening.started, .staged, .checked, .ended] {
      var after = start
      after.evolve(StampedEvent(at: start.now, event: event(happening, step, attempt: 99)))
      #expect(after == start, "\(happening) of a stale attempt in \(phase)")
    }
  }

  @Test("An event of a step that its run's plan does not have changes no step", arguments: [2, 99, -1, Int.max])
  func beyond(_ ordinal: Int) throws {
    let (start, step) = try state(in: .waiting)
    let other = StepID(run: step.run, ordinal: ordinal)
    for happening in Happening.allCases {
      var after = start
      after.evolve(StampedEvent(at: start.now, event: event(happening, other, attempt: 1)))
      #expect(after.phases(of: step.run) == start.phases(of: step.run), "\(happening)")
      #expect(after.runs[step.run]?.active.isEmpty == true, "\(happening)")
    }
  }

  /// A run of two partitions, of which the first is brought into the phase and the second keeps the run unfinished.
  private func state(in phase: StepPhase) throws -> (State, StepID) {
    var bench = Bench()
    let space = try PartitionSpace.named("x", "y")
    bench.deploy("up", [.step("up/a", space, checks: ["unique"], retry: RetryPolicy(maxAttempts: 2))], slots: 0)
    let run = try bench.launch("up/a", .all)
    let step = StepID(run: run, ordinal: 0)
    if phase != .waiting { bench.send(.capacityChanged("up", slots: 2)) }
    switch phase {
    case .waiting, .granted: break
    case .retrying: bench.fail(try bench.grant("up/a", "x"))
    case .running: bench.report(try bench.grant("up/a", "x")) { .started($0) }
    case .checking: bench.stage(try bench.grant("up/a", "x"))
    case .succeeded: try bench.complete("up/a", "x")
    case .rejected: try bench.complete("up/a", "x", failing: ["unique"])
    case .failed: bench.fail(try bench.grant("up/a", "x"), isRetryable: false)
    case .blocked, .cancelled:
      bench.fail(try bench.grant("up/a", "x"))
      var state = bench.state
      state.evolve(StampedEvent(at: bench.now, event: .stepFinished(step, phase == .blocked ? .blocked([]) : .cancelled)))
      return (state, step)
    }
    return (bench.state, step)
  }

  private func attempt(_ state: State, _ step: StepID) -> Int { state.isInFlight(step, 1) ? 1 : 2 }

  private func event(_ happening: Happening, _ step: StepID, attempt: Int) -> Event {
    let version = VersionRef(AssetPartition("up/a", "x"), VersionNumber(attempt))
    switch happening {
    case .granted: return .stepGranted(grant(step, attempt: attempt, version))
    case .started: return .stepStarted(step, attempt: attempt)
    case .staged: return .staged(step, attempt: attempt, [.at("up/a")])
    case .checked: return .checked(step, attempt: attempt, version, [])
    case .promoted: return .promoted(version, step, attempt: attempt, passed: [], ManifestDigest("up-1"))
    case .rejected: return .rejected(version, step, attempt: attempt, by: [], passed: [])
    case .discarded: return .discarded(version, step, attempt: attempt)
    case .ended: return .attemptEnded(step, attempt: attempt, .completed, returnsSlot: true)
    case .slotReturned: return .slotReturned(step, attempt: attempt)
    case .retry: return .retryScheduled(step, notBefore: Timestamp(seconds: 2_000_000_000))
    case .succeeds: return .stepFinished(step, .succeeded)
    case .isRejected: return .stepFinished(step, .rejected)
    case .fails: return .stepFinished(step, .failed(StepFailure(kind: .threw, message: "thrown")))
    case .blocks: return .stepFinished(step, .blocked([]))
    case .cancels: return .stepFinished(step, .cancelled)
    }
  }

  private func grant(_ step: StepID, attempt: Int, _ version: VersionRef) -> GrantRecord {
    GrantRecord(
      step: step, attempt: attempt, location: "up", manifest: ManifestDigest("up-1"), stepName: "up/a", partition: "x",
      deadline: Timestamp(seconds: 2_000_000_000), kind: .materialize, inputs: [],
      outputs: [GrantedVersion(asset: "up/a", number: version.number, checks: [])])
  }
}
