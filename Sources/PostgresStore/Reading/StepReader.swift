// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import JournalCodec
import Orchestrator

/// Reads rows about steps. Plans do not change until they are pruned, so that reading them apart from the steps shows no other
/// instant.
struct StepReader {
  let connection: Connection

  /// A run's plan, and whether its steps bind inputs.
  private struct Plan {
    let steps: PlannedSteps
    let isMaterializing: Bool
  }

  /// A thousand steps may each have megabytes of inputs.
  private static let columns = """
    step.id, phase, attempts, granted_at, started_at, finished_at, outcome, failure,
      CASE WHEN sum(coalesce(octet_length(version.inputs), 0)) OVER (ORDER BY step.id) <= \(HistoryLimits.detailBytes)
        THEN version.inputs END
    """
  private static let tables = "sluice_step AS step LEFT JOIN sluice_version AS version ON version.id = step.version"

  /// One page of a run's steps; those without a row are waiting, or were pruned.
  func steps(of run: RunID, from ordinal: Int, limit: Int) async throws -> [StepRecord] {
    guard let plan = try await plans(of: [run])[run] else { return [] }
    let page = plan.steps.page(from: ordinal, limit: limit)
    guard let first = page.first, let last = page.last else { return [] }
    let bounds = [first, last].map { Parameter.int(RowNumber.of(StepID(run: run, ordinal: $0))) }
    // The mark last: where the run is still whole then, no step was missing.
    let answers = try await connection.run([
      Statement("SELECT \(Self.columns) FROM \(Self.tables) WHERE step.id BETWEEN $1::int8 AND $2::int8", bounds),
      Statement("SELECT pruned FROM sluice_run WHERE id = $1::int8", [.int(Int64(bitPattern: run.number))]),
    ])
    let isPruned = try answers[1].first.map { try $0.int(0) != 0 } ?? false
    var known: [StepID: Row] = [:]
    for row in answers[0] { known[RowNumber.step(try row.int(0))] = row }
    return try page.compactMap { ordinal in
      let id = StepID(run: run, ordinal: ordinal)
      return isPruned && known[id] == nil ? nil : try step(id, row: known[id], plan: plan)
    }
  }

  func latestSteps(of asset: AssetKey, in partitions: [PartitionKey]) async throws -> [PartitionKey: StepRecord] {
    let rows = try await connection.run(
      """
      SELECT \(Self.columns), term.text FROM sluice_term AS term
      JOIN sluice_target AS target ON target.partition = term.id
        AND target.asset = (SELECT min(id) FROM sluice_term WHERE text = $1::text)
      JOIN sluice_step AS step ON step.id = target.latest_step LEFT JOIN sluice_version AS version ON version.id = step.version
      WHERE term.text = ANY($2::text[]) ORDER BY step.id
      """, [.text(asset.description), .texts(partitions.map(\.description))])
    // Run by run: a plan may be large.
    var known: (run: RunID, plan: Plan?)?
    var result: [PartitionKey: StepRecord] = [:]
    for row in rows {
      let id = RowNumber.step(try row.int(0))
      if known?.run != id.run { known = (id.run, try await plans(of: [id.run])[id.run]) }
      guard let plan = known?.plan else { continue }
      result[PartitionKey(try row.text(9))] = try step(id, row: row, plan: plan)
    }
    return result
  }

  private func plans(of runs: [RunID]) async throws -> [RunID: Plan] {
    let rows = try await connection.run(
      "SELECT id, kind, plan FROM sluice_run WHERE id = ANY($1::int8[])", [.ints(runs.map { Int64(bitPattern: $0.number) })])
    var plans: [RunID: Plan] = [:]
    for row in rows {
      plans[RunID(UInt64(bitPattern: try row.int(0)))] = Plan(
        steps: try JournalCodec.decodeSteps(row.data(2)), isMaterializing: try RowCodes.runKind.value(row.int(1)) == .materialize)
    }
    return plans
  }

  private func step(_ id: StepID, row: Row?, plan: Plan) throws -> StepRecord? {
    guard let planned = plan.steps[id.ordinal] else { return nil }
    var record = StepRecord(waiting: planned, id: id)
    guard let row else { return record }
    record.phase = try RowCodes.phase.value(row.int(1))
    record.attempts = Int(try row.int(2))
    record.grantedAt = row.instant(3)
    record.startedAt = row.instant(4)
    record.finishedAt = row.instant(5)
    record.outcome = try outcome(record.phase, row.optionalData(6))
    record.lastFailure = try row.optionalData(7).map { try JournalCodec.decodeFailure($0) }
    if plan.isMaterializing { record.inputs = try row.optionalData(8).map { try JournalCodec.decodeInputs($0) } ?? [] }
    return record
  }

  private func outcome(_ phase: StepPhase, _ detail: Data?) throws -> StepOutcome? {
    if let detail { return try JournalCodec.decodeOutcome(detail) }
    switch phase {
    case .succeeded: return .succeeded
    case .rejected: return .rejected
    case .cancelled: return .cancelled
    case .waiting, .retrying, .granted, .running, .checking: return nil
    case .failed, .blocked: throw JournalError(.damaged, "a step that ended \(phase) has lost why")
    }
  }
}
