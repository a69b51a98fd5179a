// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// Queries over what the journal's projections keep: finished runs, versions with their locators, check results, logs.
///
/// Everything that a decision needs is in `State`; this is for people, and for joining locators to grants.
public protocol History: Sendable {
  /// Runs, newest first, before `before` where given.
  func runs(before: RunID?, limit: Int) async throws -> [RunRecord]
  /// Runs that fit a filter, newest first, before `before` where given; of very many it looks at some, see ``HistoryLimits``, and says where
  /// it has stopped.
  func runs(_ filter: RunFilter, before: RunID?, limit: Int) async throws -> RunPage
  func run(_ id: RunID) async throws -> RunRecord?
  /// The steps of a run in order, from an ordinal on; of a run that retention has pruned, those that are left. Of many with large inputs
  /// the first ones have them, see ``HistoryLimits``.
  func steps(of run: RunID, from ordinal: Int, limit: Int) async throws -> [StepRecord]
  /// Versions of a partition, newest first; of many large ones the metadata and inputs of the first, see ``HistoryLimits``.
  func versions(of target: AssetPartition, limit: Int) async throws -> [VersionRecord]
  /// The given versions, where they are known; in no particular order. Of many large ones some come without metadata or inputs.
  func versions(_ references: [VersionRef]) async throws -> [VersionRecord]
  /// Where the given versions lie, and what was decided about them, as far as they are known; in no particular order. It is all that orders
  /// need: inputs and metadata of as many may take gigabytes.
  func places(of references: [VersionRef]) async throws -> [VersionPlace]
  /// The newest evaluation of each check on one version, sorted by check; within ``HistoryLimits``.
  func evaluations(of version: VersionRef) async throws -> [EvaluationRecord]
  /// The checks that were evaluated on one version, sorted; the same ones.
  func checks(on version: VersionRef) async throws -> [CheckIdentity]
  /// The latest step that targeted each of some partitions of an asset, where one did.
  func latestSteps(of asset: AssetKey, in partitions: [PartitionKey]) async throws -> [PartitionKey: StepRecord]
  /// Attempts of steps that ended without completing them, step by step and in their order; of each step the last ones, see
  /// ``HistoryLimits``.
  func attempts(of steps: [StepID]) async throws -> [AttemptRecord]
  /// Log lines of a run's steps in order; of one step where given.
  func logs(of run: RunID, step ordinal: Int?, after: UInt64, limit: Int) async throws -> [LogRecord]
  /// Ticks of a schedule, newest first.
  func ticks(of schedule: ScheduleID, limit: Int) async throws -> [TickRecord]
}

/// A run as the projections know it.
public struct RunRecord: Hashable, Sendable {
  public var id: RunID
  public var kind: RunKind
  public var origin: RunOrigin
  public var selection: String
  public var launchedAt: Timestamp
  public var finishedAt: Timestamp?
  /// nil while the run is unfinished.
  public var outcome: RunOutcome?
  public var cancelRequested: Bool
  public var stepCount: Int
  /// Finished steps by outcome.
  public var finished: [StepOutcome.Kind: Int]
  /// The trace that the launch was part of.
  public var trace: TraceContext?

  public init(
    id: RunID, kind: RunKind, origin: RunOrigin, selection: String, launchedAt: Timestamp, finishedAt: Timestamp? = nil,
    outcome: RunOutcome? = nil, cancelRequested: Bool = false, stepCount: Int, finished: [StepOutcome.Kind: Int] = [:],
    trace: TraceContext? = nil
  ) {
    self.id = id
    self.kind = kind
    self.origin = origin
    self.selection = selection
    self.launchedAt = launchedAt
    self.finishedAt = finishedAt
    self.outcome = outcome
    self.cancelRequested = cancelRequested
    self.stepCount = stepCount
    self.finished = finished
    self.trace = trace
  }
}

/// A step of a run that was granted at least once, or has ended.
public struct StepRecord: Hashable, Sendable {
  public var id: StepID
  public var location: LocationName
  public var step: String
  public var outputs: [AssetKey]
  public var partition: PartitionKey
  public var phase: StepPhase
  public var attempts: Int
  public var grantedAt: Timestamp?
  public var startedAt: Timestamp?
  public var finishedAt: Timestamp?
  /// Set once the step has ended.
  public var outcome: StepOutcome?
  /// The last failure of an attempt, also while the step waits for a retry.
  public var lastFailure: StepFailure?
  /// What the last attempt was bound to.
  public var inputs: [BoundInput]

  public init(
    id: StepID, location: LocationName, step: String, outputs: [AssetKey], partition: PartitionKey, phase: StepPhase,
    attempts: Int = 0, grantedAt: Timestamp? = nil, startedAt: Timestamp? = nil, finishedAt: Timestamp? = nil,
    outcome: StepOutcome? = nil, lastFailure: StepFailure? = nil, inputs: [BoundInput] = []
  ) {
    self.id = id
    self.location = location
    self.step = step
    self.outputs = outputs
    self.partition = partition
    self.phase = phase
    self.attempts = attempts
    self.grantedAt = grantedAt
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.outcome = outcome
    self.lastFailure = lastFailure
    self.inputs = inputs
  }

  /// Why the step failed, or failed last: of one that ended what ended it, which need not be a failure of an attempt.
  public var failure: StepFailure? {
    if case .failed(let failure) = outcome { failure } else { lastFailure }
  }
}

/// A version as the projections know it; `settledAt` is when the IO manager had carried out the decision.
public struct VersionRecord: Hashable, Sendable {
  /// How the version ended.
  public enum Decision: String, Hashable, Sendable {
    case promoted, rejected, discarded
  }

  public var version: VersionRef
  public var step: StepID
  public var attempt: Int
  public var stagedAt: Timestamp?
  public var locator: Locator?
  public var metadata: Metadata
  public var decision: Decision?
  public var decidedAt: Timestamp?
  public var settledAt: Timestamp?
  /// The manifest under which it was promoted.
  public var manifest: ManifestDigest?
  /// The exact versions that it was made from.
  public var inputs: [BoundInput]

  public init(
    version: VersionRef, step: StepID, attempt: Int, stagedAt: Timestamp? = nil, locator: Locator? = nil,
    metadata: Metadata = [:], decision: Decision? = nil, decidedAt: Timestamp? = nil, settledAt: Timestamp? = nil,
    manifest: ManifestDigest? = nil, inputs: [BoundInput] = []
  ) {
    self.version = version
    self.step = step
    self.attempt = attempt
    self.stagedAt = stagedAt
    self.locator = locator
    self.metadata = metadata
    self.decision = decision
    self.decidedAt = decidedAt
    self.settledAt = settledAt
    self.manifest = manifest
    self.inputs = inputs
  }
}

/// Where a version lies, and what was decided about it.
public struct VersionPlace: Hashable, Sendable {
  public var version: VersionRef
  public var decision: VersionRecord.Decision?
  public var locator: Locator?

  public init(version: VersionRef, decision: VersionRecord.Decision?, locator: Locator?) {
    self.version = version
    self.decision = decision
    self.locator = locator
  }
}

/// One evaluation of a check on a version, with the step that made it.
public struct EvaluationRecord: Hashable, Sendable {
  public var version: VersionRef
  public var step: StepID
  public var at: Timestamp
  public var evaluation: CheckEvaluation

  public init(version: VersionRef, step: StepID, at: Timestamp, evaluation: CheckEvaluation) {
    self.version = version
    self.step = step
    self.at = at
    self.evaluation = evaluation
  }
}

/// A log line with its place in the run.
public struct LogRecord: Hashable, Sendable {
  /// Grows along the run; ask for lines after it.
  public var sequence: UInt64
  public var step: StepID
  public var attempt: Int
  public var line: LogLine

  public init(sequence: UInt64, step: StepID, attempt: Int, line: LogLine) {
    self.sequence = sequence
    self.step = step
    self.attempt = attempt
    self.line = line
  }
}

/// A tick of a schedule.
public struct TickRecord: Hashable, Sendable {
  public var schedule: ScheduleID
  public var tick: Timestamp
  public var skipped: Int
  public var run: RunID?
  public var problem: String?

  public init(schedule: ScheduleID, tick: Timestamp, skipped: Int, run: RunID?, problem: String?) {
    self.schedule = schedule
    self.tick = tick
    self.skipped = skipped
    self.run = run
    self.problem = problem
  }
}
