// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import OrderedCollections

/// What a batch of events changes in the query tables: assignments to rows, merged so that each row is written once.
///
/// A store applies its parts in the order of the properties, in the transaction of the events.
package struct ProjectionDelta: Sendable {
  /// Runs to insert.
  package var launched: [LaunchedRun] = []
  package var runs: OrderedDictionary<RunID, RunChange> = [:]
  /// Steps to insert or update.
  package var steps: OrderedDictionary<StepID, StepChange> = [:]
  /// Versions to insert or update; a change to a version that does not exist, and is not created, is dropped.
  package var versions: OrderedDictionary<VersionRef, VersionChange> = [:]
  /// Steps that targeted a partition: the highest of these and what the table holds stays.
  package var latestSteps: OrderedDictionary<AssetPartition, StepID> = [:]
  /// Evaluations to insert, with unique, growing row numbers.
  package var evaluations: [EvaluationRow] = []
  /// Attempts to insert, with unique, growing row numbers.
  package var attempts: [AttemptRow] = []
  /// Lines to insert; their sequences are unique, growing row numbers.
  package var logs: [LogRecord] = []
  /// Ticks to insert, with unique, growing row numbers.
  package var ticks: [TickRow] = []

  package init() {}
}

/// A run to insert.
package struct LaunchedRun: Hashable, Sendable {
  package let plan: RunPlan
  package let at: Timestamp

  /// The row as it is at launch.
  package var record: RunRecord {
    RunRecord(
      id: plan.id, kind: plan.kind, origin: plan.origin, selection: plan.selection, launchedAt: at, stepCount: plan.stepCount,
      trace: plan.trace)
  }
}

/// Assignments to a run's row; nil leaves a column as it is.
package struct RunChange: Hashable, Sendable {
  package var cancelRequested = false
  package var outcome: RunOutcome?
  package var finishedAt: Timestamp?
  /// Added to the counts of finished steps.
  package var finished: [StepOutcome.Kind: Int] = [:]

  package init() {}

  package func apply(to record: inout RunRecord) {
    if cancelRequested { record.cancelRequested = true }
    if let outcome { record.outcome = outcome }
    if let finishedAt { record.finishedAt = finishedAt }
    record.finished.merge(finished, uniquingKeysWith: +)
  }
}

/// Assignments to a step's row; nil leaves a column as it is, except that a grant clears `startedAt`.
package struct StepChange: Hashable, Sendable {
  /// Whether the step is granted for the first time, so that it has no row yet.
  package var isFirstGrant = false
  package var phase: StepPhase?
  package var attempts: Int?
  package var grantedAt: Timestamp?
  package var startedAt: Timestamp?
  package var finishedAt: Timestamp?
  package var outcome: StepOutcome?
  package var lastFailure: StepFailure?
  /// What a grant of this batch bound the step to, and the versions that it may make or check.
  package var granted: GrantedWork?

  package init() {}

  package func apply(to record: inout StepRecord) {
    if let phase { record.phase = phase }
    if let attempts { record.attempts = attempts }
    if let grantedAt { (record.grantedAt, record.startedAt) = (grantedAt, nil) }
    if let startedAt { record.startedAt = startedAt }
    if let finishedAt { record.finishedAt = finishedAt }
    if let outcome { record.outcome = outcome }
    if let lastFailure { record.lastFailure = lastFailure }
    if let granted { record.inputs = granted.inputs }
  }
}

/// What a grant says about versions.
package struct GrantedWork: Hashable, Sendable {
  package let attempt: Int
  package let inputs: [BoundInput]
  /// In the order of the grant's outputs.
  package let versions: [VersionRef]
  package let grantedAt: Timestamp?
  /// When its host said that it started.
  package var startedAt: Timestamp?

  package init(
    attempt: Int, inputs: [BoundInput], versions: [VersionRef], grantedAt: Timestamp?, startedAt: Timestamp? = nil
  ) {
    self.attempt = attempt
    self.inputs = inputs
    self.versions = versions
    self.grantedAt = grantedAt
    self.startedAt = startedAt
  }
}

/// Assignments to a version's row; nil leaves a column as it is, and a decision once written stays.
package struct VersionChange: Hashable, Sendable {
  /// Set where the version is granted in this batch, so that it has no row yet.
  package var created: Creation?
  package var staged: Staging?
  package var decision: Decision?
  package var settledAt: Timestamp?

  package struct Creation: Hashable, Sendable {
    package let step: StepID
    package let attempt: Int
    package let inputs: [BoundInput]
    /// The version whose row has the inputs, where it is another of the same attempt: there may be a thousand with as many inputs each.
    package let inputsOf: VersionRef?

    /// The inputs that the version's own row is to have.
    package var ownInputs: [BoundInput]? { inputsOf == nil && !inputs.isEmpty ? inputs : nil }
  }

  package struct Staging: Hashable, Sendable {
    package let at: Timestamp
    package let locator: Locator
    package let metadata: Metadata
  }

  package struct Decision: Hashable, Sendable {
    package let kind: VersionRecord.Decision
    package let at: Timestamp
    package let manifest: ManifestDigest?
  }

  package init() {}

  package func apply(to record: inout VersionRecord) {
    if let staged {
      record.stagedAt = staged.at
      record.locator = staged.locator
      record.metadata = staged.metadata
    }
    if let decision, record.decision == nil {
      record.decision = decision.kind
      record.decidedAt = decision.at
      record.manifest = decision.manifest
    }
    if let settledAt { record.settledAt = settledAt }
  }
}

/// An evaluation to insert.
package struct EvaluationRow: Hashable, Sendable {
  package let id: UInt64
  package let record: EvaluationRecord
}

/// An attempt to insert that did not complete its step.
package struct AttemptRow: Hashable, Sendable {
  package let id: UInt64
  package let record: AttemptRecord
}

/// A tick to insert.
package struct TickRow: Hashable, Sendable {
  package let id: UInt64
  package let record: TickRecord
}

extension [EvaluationRecord] {
  /// One of each check, sorted by check.
  package func sortedByCheck() -> [EvaluationRecord] { sorted { $0.evaluation.check < $1.evaluation.check } }
}
