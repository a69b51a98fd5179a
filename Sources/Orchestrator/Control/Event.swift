// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// One decision, as the journal keeps it for ever.
///
/// Events record what was decided, never inputs to be decided again; `State.evolve` holds no policy (semantics 14).
public enum Event: Hashable, Sendable {
  // A daemon's reign.
  /// A daemon took over; every session of an earlier one is over.
  case reignBegan(Epoch)
  /// What the clocks read at this instant, where that cannot be told from the events before: somebody has set the wall clock.
  case clockRead(ClockReading)

  // The workspace.
  case workspaceLoaded(WorkspaceDefinition)
  /// A manifest is in force; stores keep its content by digest, in the same transaction.
  case manifestAccepted(LocationName, ManifestDigest, Manifest)
  /// A manifest was refused whole; the last good one stays in force.
  case manifestRefused(LocationName, reason: String)

  // Sessions.
  case sessionOpened(LocationName, instance: String, manifest: ManifestDigest, slots: Int, isDraining: Bool)
  case sessionClosed(LocationName, reason: String)
  case capacityChanged(LocationName, slots: Int)
  case drainingBegan(LocationName)

  // Runs.
  case runLaunched(RunPlan)
  case runCancelRequested(RunID)
  case runFinished(RunID, RunOutcome)

  // Steps.
  case stepGranted(GrantRecord)
  case stepStarted(StepID, attempt: Int)
  /// Lines of a team's code, for people; changes no state.
  case logged(StepID, attempt: Int, lines: [LogLine], dropped: Int)
  case staged(StepID, attempt: Int, [StagedOutput])
  case checked(StepID, attempt: Int, VersionRef, [CheckEvaluation])
  /// The attempt is over; `returnsSlot` is false while its closure may still run.
  case attemptEnded(StepID, attempt: Int, AttemptEnd, returnsSlot: Bool)
  /// The slot of an attempt that had ended before came back.
  case slotReturned(StepID, attempt: Int)
  /// The step will be tried again, not before an instant of running time.
  case retryScheduled(StepID, notBefore: Timestamp)
  case stepFinished(StepID, StepOutcome)
  /// A report about an attempt that is fenced or unknown: recorded, and without any effect.
  case reportIgnored(LocationName, AttemptID, what: String)

  // Versions.
  /// The commit: from here on the version is the asset's current one.
  case promoted(VersionRef, StepID, attempt: Int, passed: [CheckIdentity], ManifestDigest)
  case rejected(VersionRef, StepID, attempt: Int, by: [CheckIdentity], passed: [CheckIdentity])
  case discarded(VersionRef, StepID, attempt: Int)
  /// The IO manager carried out the decision.
  case settled(VersionRef)

  // Schedules.
  /// A tick came due; `run` is nil when nothing was launched, and `problem` says why.
  case scheduleTicked(ScheduleID, tick: Timestamp, skipped: Int, run: RunID?, problem: String?)
  case schedulePaused(ScheduleID)
  case scheduleResumed(ScheduleID)
}

/// How an attempt ended.
public enum AttemptEnd: Hashable, Sendable {
  case completed
  case failed(StepFailure)
  case cancelled
  /// It disappeared with its host; not charged to the team's retry policy.
  case lost(String)
  /// The host did not take it; not charged to the team's retry policy.
  case refused(StepEnd.Refusal)
}

/// An event and its instant; within a journal instants never go back (semantics 20).
public struct StampedEvent: Hashable, Sendable {
  public let at: Timestamp
  public let event: Event

  public init(at: Timestamp, event: Event) {
    self.at = at
    self.event = event
  }
}
