// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI
import Orchestrator

/// Turns the gate's reasons into the API's, with what the history knows: messages and metadata of checks, failures of steps.
struct ReasonMapper {
  let history: any History
  /// By asset; what is missing is shown without an owner.
  let facts: [AssetKey: AssetFacts]
  private var evaluations: [VersionRef: [EvaluationRecord]] = [:]
  private var steps: [AssetPartition: LatestStep?] = [:]
  /// What an answer may still say of checks and failures.
  var budget: DetailBudget

  /// What is shown of a step.
  private struct LatestStep {
    let run: RunID
    let phase: StepPhase
    let message: String?
  }

  init(
    history: any History, facts: [AssetKey: AssetFacts], budget: DetailBudget = DetailBudget(APILimits.detailBytes)
  ) {
    self.history = history
    self.facts = facts
    self.budget = budget
  }

  /// What lies behind a reason, as far as it was looked at.
  enum Causes {
    case unknown
    /// These closed gates upstream, and so many more: none where all are open.
    case found([ControlPlaneAPI.GateReason], omitted: Int)

    var shown: [ControlPlaneAPI.GateReason] { if case .found(let reasons, _) = self { reasons } else { [] } }
    var omitted: Int { if case .found(_, let omitted) = self { omitted } else { 0 } }
    /// Whether it is known that there are none.
    var areNone: Bool { if case .found(let reasons, let omitted) = self { reasons.isEmpty && omitted == 0 } else { false } }
  }

  /// The reasons of one gate as ``tree(_:)`` has them, with a count in place of what lies upstream.
  mutating func direct(_ explanation: GateExplanation) async throws -> [ControlPlaneAPI.GateReason] {
    let causes = Causes.found([], omitted: explanation.because.count + explanation.omitted)
    var result: [ControlPlaneAPI.GateReason] = []
    for reason in explanation.reasons { result += try await map(reason, causes) }
    return result
  }

  /// The reasons of one gate, and below them those of the gates upstream, down to the root.
  mutating func tree(_ explanation: GateExplanation) async throws -> [ControlPlaneAPI.GateReason] {
    var because: [ControlPlaneAPI.GateReason] = []
    for upstream in explanation.because { because += try await tree(upstream) }
    var result: [ControlPlaneAPI.GateReason] = []
    for reason in explanation.reasons { result += try await map(reason, .found(because, omitted: explanation.omitted)) }
    return result
  }

  mutating func map(
    _ reason: Orchestrator.GateReason, _ causes: Causes = .unknown
  ) async throws -> [ControlPlaneAPI.GateReason] {
    switch reason {
    case .neverMaterialized(let target): [try await neverMaterialized(target, causes)]
    case .rejected(let version): try await rejected(version)
    case .notEvaluated(let version, let checks): try await notEvaluated(version, checks)
    case .noSuchPartition(let target): [make(.noSuchPartition, target, message: openWindow(of: target))]
    case .ownerNotInWorkspace(let asset, let location):
      [make(.ownerAbsent, AssetPartition(asset), message: "'\(location)' owned it and left the workspace")]
    case .unresolved(let asset): [unresolved(asset)]
    case .stepEnded(let target, let step, let kind): [try await stepEnded(target, step, kind)]
    }
  }

  /// Of a window that has not ended, when it does.
  private func openWindow(of target: AssetPartition) -> String? {
    guard let space = facts[target.asset]?.space, let index = space.index(of: target.partition),
      let window = space.window(at: index)
    else { return nil }
    return "its window has not ended: it is a partition from \(window.upperBound) on"
  }

  private func unresolved(_ asset: AssetKey) -> ControlPlaneAPI.GateReason {
    if let refusal = facts[asset]?.refusal { return make(.refused, AssetPartition(asset), message: refusal) }
    guard let unknown = facts[asset]?.unknown else { return make(.unresolved, AssetPartition(asset)) }
    let who =
      unknown.claimant.map { "'\($0)' owns this key and does not define it" } ?? "no location of the workspace owns this key"
    let meant = unknown.meant.map { ": did you mean '\($0)'?" } ?? ""
    return make(
      .unresolved, AssetPartition(asset), message: "\(who)\(meant)\nmend: correct the key where it is read, or define the asset")
  }

  // MARK: Checks

  private mutating func rejected(_ version: VersionRef) async throws -> [ControlPlaneAPI.GateReason] {
    let failed = try await latest(on: version).filter { $0.evaluation.severity == .block && $0.evaluation.outcome != .passed }
    guard failed.isEmpty else { return failed.map { check(.rejected, version, $0) } }
    let known = Set(try await latest(on: version).map(\.evaluation.check))
    let leftOut = (facts[version.of.asset]?.blocking ?? []).filter { !known.contains($0) }
    guard !leftOut.isEmpty else { return [make(.rejected, version.of, version: version.number)] }
    return leftOut.map { identity in
      make(
        .rejected, version.of, version: version.number, check: identity.description, outcome: "unevaluated",
        message: "its location gave no outcome for it")
    }
  }

  private mutating func notEvaluated(
    _ version: VersionRef, _ checks: [CheckIdentity]
  ) async throws -> [ControlPlaneAPI.GateReason] {
    let known = try await latest(on: version)
    return checks.map { identity in
      if let record = known.first(where: { $0.evaluation.check == identity }) { return check(.unevaluated, version, record) }
      return make(
        .unevaluated, version.of, version: version.number, check: identity.description, outcome: "unevaluated",
        message: "declared after this version was made")
    }
  }

  private func check(
    _ kind: ControlPlaneAPI.GateReason.Kind, _ version: VersionRef, _ record: EvaluationRecord
  ) -> ControlPlaneAPI.GateReason {
    make(
      kind, version.of, version: version.number, check: record.evaluation.check.description,
      outcome: record.evaluation.outcome.rawValue, message: record.evaluation.message, metadata: record.evaluation.metadata,
      run: record.step.run)
  }

  private mutating func latest(on version: VersionRef) async throws -> [EvaluationRecord] {
    if let known = evaluations[version] { return known }
    let result = try await history.evaluations(of: version).map { record in
      // What has passed keeps no gate closed: what it says may go.
      if record.evaluation.outcome == .passed { return record.withoutDetail }
      return budget.take(record.evaluation.detailBytes) ? record : record.withoutDetail
    }
    evaluations[version] = result
    return result
  }

  // MARK: Steps

  private mutating func neverMaterialized(
    _ target: AssetPartition, _ causes: Causes
  ) async throws -> ControlPlaneAPI.GateReason {
    let (because, omitted) = (causes.shown, causes.omitted)
    let cycle = facts[target.asset]?.cycle.map { "it lies on a cycle: \($0)" }
    let plain = make(.neverMaterialized, target, message: cycle, because: because, omitted: omitted)
    guard let step = try await latestStep(of: target) else { return plain }
    switch step.phase {
    case .failed:
      return make(
        .stepFailed, target, message: cycle ?? step.message, run: step.run, because: because, omitted: omitted)
    case .cancelled: return make(.stepCancelled, target, run: step.run, because: because, omitted: omitted)
    case .waiting, .retrying, .granted, .running, .checking:
      return make(.inFlight, target, run: step.run, because: because, omitted: omitted)
    case .blocked:
      let open = causes.areNone ? "by what it reads, in run \(step.run); that is open now: launch it again" : nil
      return make(.blocked, target, message: cycle ?? open, run: step.run, because: because, omitted: omitted)
    case .succeeded, .rejected: return plain
    }
  }

  private mutating func stepEnded(
    _ target: AssetPartition, _ id: StepID, _ kind: StepOutcome.Kind
  ) async throws -> ControlPlaneAPI.GateReason {
    switch kind {
    case .cancelled: return make(.stepCancelled, target, run: id.run)
    case .blocked: return make(.blocked, target, run: id.run)
    case .failed, .rejected, .succeeded:
      let step = try await history.steps(of: id.run, from: id.ordinal, limit: 1).first { $0.id == id }
      return make(.stepFailed, target, message: said(step?.failure), run: id.run)
    }
  }

  private mutating func latestStep(of target: AssetPartition) async throws -> LatestStep? {
    if let known = steps[target] { return known }
    let record = try await history.latestSteps(of: target.asset, in: [target.partition])[target.partition]
    let step = record.map { LatestStep(run: $0.id.run, phase: $0.phase, message: said($0.failure)) }
    steps[target] = .some(step)
    return step
  }

  /// A failure's message, where the answer has room for it.
  private mutating func said(_ failure: StepFailure?) -> String? {
    guard let message = failure?.message else { return nil }
    return budget.take(message.utf8.count) ? message : "left out: this answer says too much; ask for the run's steps"
  }

  private func make(
    _ kind: ControlPlaneAPI.GateReason.Kind, _ target: AssetPartition, version: VersionNumber? = nil, check: String? = nil,
    outcome: String? = nil, message: String? = nil, metadata: Metadata? = nil, run: RunID? = nil,
    because: [ControlPlaneAPI.GateReason] = [], omitted: Int = 0
  ) -> ControlPlaneAPI.GateReason {
    let reason = ControlPlaneAPI.GateReason(
      kind, asset: target.asset.description, partition: target.partition.description, version: version,
      location: facts[target.asset]?.owner?.description, check: check, outcome: outcome, message: message,
      metadata: metadata.flatMap { $0.isEmpty ? nil : $0 }, run: run?.number, because: because, omitted: omitted)
    return reason
  }
}
