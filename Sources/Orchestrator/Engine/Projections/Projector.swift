// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import OrderedCollections

/// The one reducer from events to the rows that serve queries, so that no two stores can drift apart.
///
/// It remembers what later events leave out: the plans of unfinished runs and the grants in flight. A store rebuilds one from
/// its rows when it opens, and after a failed append.
package struct Projector: Sendable {
  private var plans: [RunID: PlannedSteps]
  private var grants: [StepID: GrantedWork]

  /// Rows that one event may add to a table: row numbers are its position, shifted by these bits, and the row's index.
  package static let rowBits = 12
  /// How many lines or evaluations of one event the tables keep; the journal keeps all.
  package static let rowsPerEvent = 1 << rowBits

  /// - Parameters:
  ///   - plans: The plans of every unfinished run.
  ///   - grants: The grants of every step in flight.
  package init(plans: [RunID: PlannedSteps] = [:], grants: [StepID: GrantedWork] = [:]) {
    self.plans = plans
    self.grants = grants
  }

  /// What a batch changes; `position` is that of its first event.
  package mutating func project(_ events: [StampedEvent], from position: JournalPosition) -> ProjectionDelta {
    var delta = ProjectionDelta()
    for (offset, stamped) in events.enumerated() {
      project(stamped.event, at: stamped.at, position: position + UInt64(offset), into: &delta)
    }
    return delta
  }

  private mutating func project(
    _ event: Event, at: Timestamp, position: JournalPosition, into delta: inout ProjectionDelta
  ) {
    switch event {
    case .runLaunched, .runCancelRequested, .runFinished:
      projectRun(event, at: at, into: &delta)
    case .stepGranted, .stepStarted, .staged, .attemptEnded, .retryScheduled, .stepFinished:
      projectStep(event, at: at, position: position, into: &delta)
    case .promoted, .rejected, .discarded, .settled:
      projectVersion(event, at: at, into: &delta)
    case .checked(let step, _, let version, let evaluations):
      for (index, evaluation) in evaluations.prefix(Self.rowsPerEvent).enumerated() {
        let record = EvaluationRecord(version: version, step: step, at: at, evaluation: evaluation)
        delta.evaluations.append(EvaluationRow(id: Self.row(position, index), record: record))
      }
    case .logged(let step, let attempt, let lines, let dropped):
      for (index, line) in Self.shown(lines, dropped: dropped, at: at).enumerated() {
        let line = LogLine(at: line.at, level: line.level, message: line.message.withoutZeros)
        delta.logs.append(LogRecord(sequence: Self.row(position, index), step: step, attempt: attempt, line: line))
      }
    case .scheduleTicked(let schedule, let tick, let skipped, let run, let problem):
      let record = TickRecord(schedule: schedule, tick: tick, skipped: skipped, run: run, problem: problem?.withoutZeros)
      delta.ticks.append(TickRow(id: position, record: record))
    case .reignBegan, .clockRead, .workspaceLoaded, .manifestAccepted, .manifestRefused, .sessionOpened, .sessionClosed,
      .capacityChanged, .drainingBegan, .slotReturned, .reportIgnored, .schedulePaused, .scheduleResumed:
      break
    }
  }

  private static func row(_ position: JournalPosition, _ index: Int) -> UInt64 { position << UInt64(rowBits) | UInt64(index) }

  /// The lines that are kept, and others that say how many are missing before and behind them.
  private static func shown(_ lines: [LogLine], dropped: Int, at: Timestamp) -> [LogLine] {
    func missing(_ count: Int) -> LogLine {
      LogLine(at: at, level: .warning, message: "\(count) \(count == 1 ? "line was" : "lines were") dropped here")
    }
    // A journal may hold what an earlier program took from a peer unchecked.
    let before = dropped > 0 ? [missing(dropped)] : []
    guard lines.count > rowsPerEvent - before.count else { return before + lines }
    let kept = lines.prefix(rowsPerEvent - before.count - 1)
    return before + kept + [missing(lines.count - kept.count)]
  }
}

// MARK: - Runs and steps

extension Projector {
  private mutating func projectRun(_ event: Event, at: Timestamp, into delta: inout ProjectionDelta) {
    switch event {
    case .runLaunched(let plan):
      plans[plan.id] = PlannedSteps(nodes: plan.nodes)
      delta.launched.append(LaunchedRun(plan: plan, at: at))
    case .runCancelRequested(let run):
      delta.runs[run, default: RunChange()].cancelRequested = true
    case .runFinished(let run, let outcome):
      plans[run] = nil
      delta.runs[run, default: RunChange()].outcome = outcome
      delta.runs[run, default: RunChange()].finishedAt = at
    default: break
    }
  }

  private mutating func projectStep(
    _ event: Event, at: Timestamp, position: JournalPosition, into delta: inout ProjectionDelta
  ) {
    switch event {
    case .stepGranted(let record): grant(record, at: at, into: &delta)
    case .stepStarted(let step, _):
      grants[step]?.startedAt = at
      change(step, in: &delta) { change in
        change.phase = .running
        change.startedAt = at
      }
    case .staged(let step, let attempt, let outputs):
      change(step, in: &delta) { $0.phase = .checking }
      stage(outputs, of: step, attempt: attempt, at: at, into: &delta)
    case .attemptEnded(let step, let number, let end, _):
      let granted = grants.removeValue(forKey: step).flatMap { $0.attempt == number ? $0 : nil }
      guard plans[step.run] != nil, let trouble = end.trouble else { return }
      delta.attempts.append(
        AttemptRow(
          id: position,
          record: AttemptRecord(
            step: step, number: number, grantedAt: granted?.grantedAt, startedAt: granted?.startedAt, endedAt: at,
            end: trouble.end, failure: trouble.failure)))
      change(step, in: &delta) { change in
        change.phase = .waiting
        change.lastFailure = end.failure ?? change.lastFailure
      }
    case .retryScheduled(let step, _):
      change(step, in: &delta) { $0.phase = .retrying }
    case .stepFinished(let step, let outcome): finish(step, outcome, at: at, into: &delta)
    default: break
    }
  }

  /// Changes a step's row; events about runs that are unknown or over change nothing.
  private func change(_ step: StepID, in delta: inout ProjectionDelta, _ body: (inout StepChange) -> Void) {
    guard plans[step.run] != nil else { return }
    body(&delta.steps[step, default: StepChange()])
  }

  private mutating func grant(_ record: GrantRecord, at: Timestamp, into delta: inout ProjectionDelta) {
    guard plans[record.step.run] != nil else { return }
    let versions = record.outputs.map { VersionRef(AssetPartition($0.asset, record.partition), $0.number) }
    let work = GrantedWork(attempt: record.attempt, inputs: record.inputs, versions: versions, grantedAt: at)
    grants[record.step] = work
    change(record.step, in: &delta) { change in
      if record.attempt == 1 { change.isFirstGrant = true }
      change.phase = .granted
      change.attempts = record.attempt
      change.grantedAt = at
      change.startedAt = nil
      change.granted = work
    }
    for version in versions {
      target(version.of, by: record.step, in: &delta)
      guard record.kind == .materialize else { continue }
      delta.versions[version, default: VersionChange()].created = VersionChange.Creation(
        step: record.step, attempt: record.attempt, inputs: record.inputs,
        inputsOf: record.inputs.isEmpty || version == versions.first ? nil : versions.first)
    }
  }

  private mutating func finish(_ step: StepID, _ outcome: StepOutcome, at: Timestamp, into delta: inout ProjectionDelta) {
    grants[step] = nil
    guard let planned = plans[step.run]?[step.ordinal] else { return }
    change(step, in: &delta) { change in
      change.phase = StepPhase(outcome.kind)
      change.finishedAt = at
      change.outcome = outcome
    }
    delta.runs[step.run, default: RunChange()].finished[outcome.kind, default: 0] += 1
    // A step that was granted has targeted its partitions already; one that never was does so by its end.
    switch outcome {
    case .succeeded, .rejected: break
    case .failed, .blocked, .cancelled: for partition in planned.targets { target(partition, by: step, in: &delta) }
    }
  }

  private func target(_ partition: AssetPartition, by step: StepID, in delta: inout ProjectionDelta) {
    delta.latestSteps[partition] = max(delta.latestSteps[partition] ?? step, step)
  }
}

// MARK: - Versions

extension Projector {
  private func stage(
    _ outputs: [StagedOutput], of step: StepID, attempt: Int, at: Timestamp, into delta: inout ProjectionDelta
  ) {
    guard let work = grants[step], work.attempt == attempt else { return }
    for output in outputs {
      guard let version = work.versions.first(where: { $0.of.asset == output.asset }) else { continue }
      delta.versions[version, default: VersionChange()].staged = VersionChange.Staging(
        at: at, locator: output.locator, metadata: output.metadata)
    }
  }

  private func projectVersion(_ event: Event, at: Timestamp, into delta: inout ProjectionDelta) {
    switch event {
    case .promoted(let version, _, _, _, let manifest):
      decide(version, .promoted, at: at, manifest: manifest, into: &delta)
    case .rejected(let version, _, _, _, _): decide(version, .rejected, at: at, into: &delta)
    case .discarded(let version, _, _): decide(version, .discarded, at: at, into: &delta)
    case .settled(let version): delta.versions[version, default: VersionChange()].settledAt = at
    default: break
    }
  }

  private func decide(
    _ version: VersionRef, _ kind: VersionRecord.Decision, at: Timestamp, manifest: ManifestDigest? = nil,
    into delta: inout ProjectionDelta
  ) {
    guard delta.versions[version]?.decision == nil else { return }
    delta.versions[version, default: VersionChange()].decision = VersionChange.Decision(
      kind: kind, at: at, manifest: manifest)
  }
}

extension AttemptEnd {
  /// What the end shows as the step's last failure; a refusal is none.
  fileprivate var failure: StepFailure? {
    switch self {
    case .failed(let failure): failure
    case .lost(let reason): StepFailure(kind: .lost, message: reason)
    case .completed, .cancelled, .refused: nil
    }
  }
}
