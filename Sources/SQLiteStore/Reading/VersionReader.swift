// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import GRDB
import JournalCodec
import Orchestrator

/// Reads rows about versions.
struct VersionReader {
  let database: Database

  private static let columns = """
    SELECT version.id, version.step, version.attempt, version.staged_at, version.decided_at, version.settled_at, version.decision,
      version.locator, version.metadata, coalesce(version.inputs, first.inputs), term.text AS manifest, length(version.metadata),
      length(coalesce(version.inputs, first.inputs))
    FROM version LEFT JOIN version AS first ON first.id = version.inputs_of LEFT JOIN term ON term.id = version.manifest
    """

  func versions(of target: AssetPartition, limit: Int) throws -> [VersionRecord] {
    guard let id = try Dictionaries.target(target, in: database) else { return [] }
    // Row by row, so that metadata beyond the budget is not even read.
    let rows = try Row.fetchCursor(
      database.cachedStatement(sql: Self.columns + " WHERE version.id BETWEEN ? AND ? ORDER BY version.id DESC LIMIT ?"),
      arguments: [
        Schema.rowNumber(target: id, number: .min), Schema.rowNumber(target: id, number: .max), max(0, limit),
      ])
    var budget = DetailBudget()
    var records: [VersionRecord] = []
    while let row = try rows.next() { records.append(try record(row, of: target, &budget)) }
    return records
  }

  func version(_ version: VersionRef, _ budget: inout DetailBudget) throws -> VersionRecord? {
    guard let id = try Dictionaries.row(version, in: database) else { return nil }
    let rows = try Row.fetchCursor(database.cachedStatement(sql: Self.columns + " WHERE version.id = ?"), arguments: [id])
    var records: [VersionRecord] = []
    while let row = try rows.next() { records.append(try record(row, of: version.of, &budget)) }
    return records.first
  }

  func place(of version: VersionRef) throws -> VersionPlace? {
    guard let id = try Dictionaries.row(version, in: database) else { return nil }
    let row = try Row.fetchOne(
      database.cachedStatement(sql: "SELECT decision, locator FROM version WHERE id = ?"), arguments: [id])
    return try row.map { row in
      VersionPlace(
        version: version, decision: try (row[0] as Int64?).map { try RowCodes.decision.value($0) },
        locator: try (row[1] as Data?).map { try JournalCodec.decodeLocator($0) })
    }
  }

  private func record(_ row: Row, of target: AssetPartition, _ budget: inout DetailBudget) throws -> VersionRecord {
    let metadata = budget.take(row[11] as Int? ?? 0) ? row[8] as Data? : nil
    let inputs = budget.take(row[12] as Int? ?? 0) ? row[9] as Data? : nil
    return VersionRecord(
      version: VersionRef(target, Schema.number(ofVersion: row[0])), step: Schema.step(row[1]), attempt: row[2],
      stagedAt: row.instant(3), locator: try (row[7] as Data?).map { try JournalCodec.decodeLocator($0) },
      metadata: try metadata.map { try JournalCodec.decodeMetadata($0) } ?? [:],
      decision: try (row[6] as Int64?).map { try RowCodes.decision.value($0) }, decidedAt: row.instant(4),
      settledAt: row.instant(5), manifest: (row[10] as String?).map { ManifestDigest($0) },
      inputs: try inputs.map { try JournalCodec.decodeInputs($0) } ?? [])
  }

  func evaluations(of version: VersionRef) throws -> [EvaluationRecord] {
    guard let id = try Dictionaries.row(version, in: database) else { return [] }
    let sql = """
      SELECT max(id) FROM evaluation WHERE version = ? GROUP BY name, check_version ORDER BY max(id) DESC LIMIT ?
      """
    let newest = try Int64.fetchAll(database.cachedStatement(sql: sql), arguments: [id, HistoryLimits.checks])
    var budget = DetailBudget()
    return try newest.flatMap { try evaluation($0, of: version, &budget) }.sortedByCheck()
  }

  func checks(on version: VersionRef) throws -> [CheckIdentity] {
    guard let id = try Dictionaries.row(version, in: database) else { return [] }
    let sql = """
      SELECT n.text, v.text FROM (
        SELECT name, check_version FROM evaluation WHERE version = ? GROUP BY name, check_version ORDER BY max(id) DESC LIMIT ?
      ) JOIN term AS n ON n.id = name LEFT JOIN term AS v ON v.id = check_version
      """
    let rows = try Row.fetchAll(database.cachedStatement(sql: sql), arguments: [id, HistoryLimits.checks])
    return rows.map { CheckIdentity(name: $0[0], version: $0[1]) }.sorted()
  }

  private func evaluation(
    _ id: Int64, of version: VersionRef, _ budget: inout DetailBudget
  ) throws -> [EvaluationRecord] {
    let sql = """
      SELECT evaluation.step, evaluation.at, n.text, v.text, evaluation.severity, evaluation.outcome, evaluation.detail,
        length(evaluation.detail)
      FROM evaluation JOIN term AS n ON n.id = evaluation.name LEFT JOIN term AS v ON v.id = evaluation.check_version
      WHERE evaluation.id = ?
      """
    // A cursor's row is read column by column, so that a detail beyond the budget is not even read.
    let rows = try Row.fetchCursor(database.cachedStatement(sql: sql), arguments: [id])
    var records: [EvaluationRecord] = []
    while let row = try rows.next() { records.append(try evaluation(row, of: version, &budget)) }
    return records
  }

  private func evaluation(_ row: Row, of version: VersionRef, _ budget: inout DetailBudget) throws -> EvaluationRecord {
    let fits = budget.take(row[7] as Int? ?? 0)
    let detail = try (fits ? row[6] as Data? : nil).map { try JournalCodec.decodeDetail($0) }
    let record = EvaluationRecord(
      version: version, step: Schema.step(row[0]), at: Timestamp(microseconds: row[1]),
      evaluation: CheckEvaluation(
        check: CheckIdentity(name: row[2], version: row[3]), severity: try RowCodes.severity.value(row[4]),
        outcome: try RowCodes.checkOutcome.value(row[5]), message: detail?.message, metadata: detail?.metadata ?? [:]))
    return fits ? record : record.withoutDetail
  }

  /// The name of the version that a row number stands for.
  static func reference(_ version: Int64, in database: Database) throws -> VersionRef {
    let sql = """
      SELECT a.text, p.text FROM target JOIN term AS a ON a.id = target.asset JOIN term AS p ON p.id = target.partition
      WHERE target.id = ?
      """
    let row = try Row.fetchOne(
      database.cachedStatement(sql: sql), arguments: [Schema.target(ofVersion: version)])
    guard let row else { throw JournalError(.damaged, "a step names a version whose asset partition is not known") }
    let target = AssetPartition(try AssetKey(row[0] as String), PartitionKey(row[1] as String))
    return VersionRef(target, Schema.number(ofVersion: version))
  }
}

extension Row {
  func instant(_ column: Int) -> Timestamp? { (self[column] as Int64?).map { Timestamp(microseconds: $0) } }
}
