// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// What a store keeps of attempts that did not complete their step.
extension JournalConformance {
  static let attemptCases = [
    ConformanceCase("of every attempt its end, its times and its error are kept, over an opening, too", keepsEveryAttempt),
    ConformanceCase("of very many attempts of a step the last are read", boundsAttempts),
    ConformanceCase("attempts go with their run", prunesAttempts),
  ]

  private static let step = StepID(run: RunID(1), ordinal: 0)
  private static let target = AssetPartition(SampleEvents.plan(run: 1).nodes[0].outputs[0], .only)

  private static func granted(_ attempt: Int) -> Event {
    .stepGranted(SampleEvents.grant(step, VersionRef(target, UInt32(attempt)), attempt: attempt))
  }

  private static func failed(_ attempt: Int, _ message: String) -> Event {
    .attemptEnded(step, attempt: attempt, .failed(StepFailure(kind: .threw, message: message)), returnsSlot: true)
  }

  private static func keepsEveryAttempt(_ store: StoreUnderTest) async throws {
    var (journal, opening) = try await store.open()
    var position: JournalPosition = 0
    func append(_ events: [Event], at second: Int64) async throws {
      let stamped = events.map { StampedEvent(at: SampleEvents.at(second), event: $0) }
      try await Self.append(stamped, to: journal, epoch: opening.epoch, after: &position)
    }
    try await append([.runLaunched(SampleEvents.plan(run: 1)), granted(1)], at: 1)
    try await append([.stepStarted(step, attempt: 1)], at: 2)
    // Whoever opens the store again knows when the attempt in flight began.
    (journal, opening) = try await store.open()
    try await append([failed(1, "no disk"), .retryScheduled(step, notBefore: SampleEvents.at(9)), granted(2)], at: 3)
    try await append([.attemptEnded(step, attempt: 2, .refused(.draining), returnsSlot: true), granted(3)], at: 4)
    try await append([.attemptEnded(step, attempt: 3, .lost("its server ended"), returnsSlot: true), granted(4)], at: 5)
    try await append([.stepStarted(step, attempt: 4), .attemptEnded(step, attempt: 4, .completed, returnsSlot: true)], at: 6)
    try await append([.stepFinished(step, .succeeded)], at: 6)
    func at(_ second: Int64) -> Timestamp { SampleEvents.at(second) }
    let found = try await journal.history.attempts(of: [step, StepID(run: RunID(1), ordinal: 1)])
    let refusal = StepFailure(kind: .unreachable, message: "its host did not take it: it was going down")
    try requireEqual(
      found,
      [
        AttemptRecord(
          step: step, number: 1, grantedAt: at(1), startedAt: at(2), endedAt: at(3), end: .failed,
          failure: StepFailure(kind: .threw, message: "no disk")),
        AttemptRecord(step: step, number: 2, grantedAt: at(3), endedAt: at(4), end: .refused, failure: refusal),
        AttemptRecord(
          step: step, number: 3, grantedAt: at(4), endedAt: at(5), end: .lost,
          failure: StepFailure(kind: .lost, message: "its server ended")),
      ], "the attempts of a step that succeeded in the end")
  }

  private static func boundsAttempts(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    var position: JournalPosition = 0
    let count = HistoryLimits.attempts + 5
    let events: [Event] =
      [.runLaunched(SampleEvents.plan(run: 1))] + (1...count).flatMap { [granted($0), failed($0, "try \($0)")] }
    try await append(
      events.map { StampedEvent(at: SampleEvents.at(1), event: $0) }, to: journal, epoch: opening.epoch, after: &position)
    let found = try await journal.history.attempts(of: [step])
    try requireEqual(found.map(\.number), Array(6...count), "attempts that are read")
    try requireEqual(found.last?.failure?.message, "try \(count)", "what the last one said")
    try requireEqual(try await journal.history.attempts(of: []), [], "attempts of no step")
  }

  private static func prunesAttempts(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    var position: JournalPosition = 0
    let events: [Event] = [
      .runLaunched(SampleEvents.plan(run: 1)), granted(1), failed(1, "no disk"),
      .stepFinished(step, .failed(StepFailure(kind: .threw, message: "no disk"))), .runFinished(RunID(1), .failed),
    ]
    let stamped = events.map { StampedEvent(at: SampleEvents.at(1), event: $0) } + [SampleEvents.launch(run: 2)]
    try await append(stamped, to: journal, epoch: opening.epoch, after: &position)
    try requireEqual(try await journal.history.attempts(of: [step]).count, 1, "attempts before pruning")
    try await journal.save(JournalSnapshot(position: position, state: fold(stamped, opening.incarnation)))
    let later = SampleEvents.at(1_000_000)
    try requireEqual(try await journal.prune(RetentionPolicy(age: .zero, runs: 0), at: later).runs, 1, "runs pruned")
    try requireEqual(try await journal.history.attempts(of: [step]), [], "attempts after pruning")
  }
}
