// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI
import Orchestrator

// The API's shapes, made from what engine and history say.

extension PartitionState {
  init(_ status: PartitionStatus) {
    self =
      switch status {
      case .promoted: .promoted
      case .rejected: .rejected
      case .running: .running
      case .failed: .failed
      case .blocked: .blocked
      case .missing: .missing
      }
  }
}

extension ControlPlaneAPI.PartitionCounts {
  init(_ counts: Orchestrator.PartitionCounts) {
    self.init(
      promoted: counts[.promoted], rejected: counts[.rejected], running: counts[.running], failed: counts[.failed],
      blocked: counts[.blocked], missing: counts[.missing])
  }
}

extension Partitioning {
  init(_ space: PartitionSpace, at now: Timestamp) {
    let count = space.count(at: now)
    let ends = count > 0 ? (first: space.key(at: 0).description, last: space.key(at: count - 1).description) : nil
    switch space {
    case .single: self.init(kind: .single)
    case .keys: self.init(kind: .keys, first: ends?.first, last: ends?.last)
    case .daily(let windows):
      self.init(
        kind: .daily, first: ends?.first, last: ends?.last, zone: windows.zone.description,
        includesOpenWindow: windows.includesOpenWindow ? true : nil)
    case .hourly(let windows):
      self.init(
        kind: .hourly, first: ends?.first, last: ends?.last, zone: windows.zone.description,
        includesOpenWindow: windows.includesOpenWindow ? true : nil)
    }
  }
}

extension VersionSummary {
  init(_ record: VersionRecord) {
    self.init(
      asset: record.version.of.asset.description, partition: record.version.of.partition.description,
      number: record.version.number, state: record.decision?.rawValue ?? "staged", run: record.step.run.number,
      at: Instant(record.decidedAt ?? record.stagedAt ?? Timestamp(microseconds: 0)), metadata: record.metadata,
      locator: record.locator)
  }
}

extension ControlPlaneAPI.CheckResult {
  /// The newest evaluation of each check on a version, and the declared checks that were never evaluated on it.
  static func all(on version: VersionRef, declared: [CheckSpec], evaluated: [EvaluationRecord]) -> [Self] {
    let newest = Dictionary(evaluated.map { ($0.evaluation.check, $0) }) { first, _ in first }
    let missing = declared.filter { newest[$0.identity] == nil }.map { spec in
      Self(
        asset: version.of.asset.description, partition: version.of.partition.description, version: version.number,
        check: spec.name, checkVersion: spec.version, severity: spec.severity.rawValue, outcome: "unevaluated")
    }
    let results = newest.values.map { record in
      Self(
        asset: version.of.asset.description, partition: version.of.partition.description, version: version.number,
        check: record.evaluation.check.name, checkVersion: record.evaluation.check.version,
        severity: record.evaluation.severity.rawValue, outcome: record.evaluation.outcome.rawValue,
        message: record.evaluation.message, metadata: record.evaluation.metadata, at: Instant(record.at))
    }
    return (results + missing).sorted { ($0.check, $0.checkVersion ?? "") < ($1.check, $1.checkVersion ?? "") }
  }

  /// The result as an answer shows it that may say so much.
  func within(_ budget: inout DetailBudget) -> Self {
    if budget.take((message?.utf8.count ?? 0) + metadata.detailBytes) { return self }
    return Self(
      asset: asset, partition: partition, version: version, check: check, checkVersion: checkVersion, severity: severity,
      outcome: outcome, message: "left out: the checks of this answer say too much together; ask for fewer", at: at)
  }
}

extension PartitionSummary {
  init(_ item: State.PartitionItem, _ step: StepRecord?) {
    self.init(
      partition: item.key.description, state: item.state, gateOpen: item.isOpen, version: item.newest, current: item.current,
      run: step?.id.run.number, updatedAt: (step?.finishedAt ?? step?.startedAt ?? step?.grantedAt).map { Instant($0) })
  }
}

extension StepCounts {
  init(_ phases: PhaseCounts) {
    var counts: [ControlPlaneAPI.StepState: Int] = [:]
    for phase in StepPhase.allCases { counts[ControlPlaneAPI.StepState(phase), default: 0] += phases[phase] }
    self.init(counts)
  }

  init(_ counts: [ControlPlaneAPI.StepState: Int]) {
    self.init(
      waiting: counts[.waiting] ?? 0, running: counts[.running] ?? 0, succeeded: counts[.succeeded] ?? 0,
      rejected: counts[.rejected] ?? 0, failed: counts[.failed] ?? 0, cancelled: counts[.cancelled] ?? 0,
      blocked: counts[.blocked] ?? 0)
  }

  init(_ record: RunRecord) {
    var counts: [ControlPlaneAPI.StepState: Int] = [:]
    for (kind, count) in record.finished { counts[ControlPlaneAPI.StepState(StepPhase(kind)), default: 0] += count }
    counts[.waiting] = max(0, record.stepCount - record.finished.values.reduce(0, +))
    self.init(counts)
  }
}

extension ControlPlaneAPI.StepState {
  init(_ phase: StepPhase) {
    self =
      switch phase {
      case .waiting, .retrying: .waiting
      case .granted, .running, .checking: .running
      case .succeeded: .succeeded
      case .rejected: .rejected
      case .failed: .failed
      case .blocked: .blocked
      case .cancelled: .cancelled
      }
  }
}

extension ControlPlaneAPI.RunState {
  init(_ outcome: RunOutcome?) {
    self =
      switch outcome {
      case nil: .running
      case .succeeded: .succeeded
      case .blocked: .blocked
      case .cancelled: .cancelled
      case .failed: .failed
      }
  }
}

extension RunSummary {
  /// - Parameter phases: where its steps are, for an unfinished run.
  init(_ record: RunRecord, phases: PhaseCounts?) {
    let cause =
      switch record.origin {
      case .manual: "manual"
      case .schedule(let id, _): "schedule \(id)"
      }
    self.init(
      id: record.id.number, state: ControlPlaneAPI.RunState(record.outcome), selection: record.selection,
      checksOnly: record.kind == .checksOnly, cause: cause, createdAt: Instant(record.launchedAt),
      endedAt: record.finishedAt.map { Instant($0) }, steps: phases.map { StepCounts($0) } ?? StepCounts(record),
      trace: record.trace.map { RunTrace($0) })
  }
}
