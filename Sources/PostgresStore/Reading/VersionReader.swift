// SPDX-License-Identifier: Apache-2.0

import AssetModel
import JournalCodec
import Orchestrator

/// Reads rows about versions; one statement each.
struct VersionReader {
  let connection: Connection

  private static let columns = """
    version.id, version.step, version.attempt, version.staged_at, version.decided_at, version.settled_at, version.decision,
      version.locator, CASE WHEN sized.used <= \(HistoryLimits.detailBytes) THEN version.metadata END,
      CASE WHEN sized.used <= \(HistoryLimits.detailBytes) THEN coalesce(version.inputs, first.inputs) END, digest.text
    """
  /// What of rows has no size of its own, up to each.
  private static let bytes = """
    sum(coalesce(octet_length(version.metadata), 0) + coalesce(octet_length(version.inputs), octet_length(first.inputs), 0))
    """
  /// The row number before those of an asset partition's versions, alone: a join could be turned round, and read all versions.
  private static let wanted = """
    WITH wanted AS MATERIALIZED (
      SELECT min(target.id << 32) AS first FROM sluice_term AS a JOIN sluice_term AS p ON p.text = $2::text
      JOIN sluice_target AS target ON target.asset = a.id AND target.partition = p.id WHERE a.text = $1::text
    )
    """
  private static let joined = """
    LEFT JOIN sluice_version AS first ON first.id = version.inputs_of LEFT JOIN sluice_term AS digest ON digest.id = version.manifest
    """

  /// The versions that are asked for by name, each with its place in the question.
  private static let named = """
    FROM unnest($1::text[], $2::text[], $3::int8[]) WITH ORDINALITY AS wanted (asset, partition, number, place)
    JOIN sluice_term AS a ON a.text = wanted.asset JOIN sluice_term AS p ON p.text = wanted.partition
    JOIN sluice_target AS target ON target.asset = a.id AND target.partition = p.id
    JOIN sluice_version AS version ON version.id = (target.id << 32) + wanted.number
    """

  func versions(of target: AssetPartition, limit: Int) async throws -> [VersionRecord] {
    let rows = try await connection.run(
      """
      \(Self.wanted), sized AS (
        SELECT version.id, \(Self.bytes) OVER (ORDER BY version.id DESC) AS used FROM (
          SELECT id, metadata, inputs, inputs_of FROM sluice_version
          WHERE id BETWEEN (SELECT first FROM wanted) AND (SELECT first FROM wanted) + 4294967295
          ORDER BY id DESC LIMIT $3::int8
        ) AS version LEFT JOIN sluice_version AS first ON first.id = version.inputs_of
      )
      SELECT \(Self.columns) FROM sized JOIN sluice_version AS version ON version.id = sized.id \(Self.joined)
      ORDER BY version.id DESC
      """, Self.parameters(target) + [.limit(limit)])
    return try rows.map { try record($0, of: target) }
  }

  /// Those of the given versions that are known.
  func versions(_ references: [VersionRef]) async throws -> [VersionRecord] {
    let rows = try await connection.run(
      """
      WITH sized AS (
        SELECT version.id, wanted.place, \(Self.bytes) OVER (ORDER BY wanted.place) AS used
        \(Self.named) LEFT JOIN sluice_version AS first ON first.id = version.inputs_of
      )
      SELECT \(Self.columns), sized.place FROM sized JOIN sluice_version AS version ON version.id = sized.id \(Self.joined)
      """,
      Self.parameters(references))
    return try rows.map { try record($0, of: Self.asked($0.int(11), of: references).of) }
  }

  /// Where those of the given versions lie that are known, and no more of them.
  func places(of references: [VersionRef]) async throws -> [VersionPlace] {
    let rows = try await connection.run(
      "SELECT wanted.place, version.decision, version.locator \(Self.named)", Self.parameters(references))
    return try rows.map { row in
      VersionPlace(
        version: try Self.asked(row.int(0), of: references),
        decision: try row.optionalInt(1).map { try RowCodes.decision.value($0) },
        locator: try row.optionalData(2).map { try JournalCodec.decodeLocator($0) })
    }
  }

  private static func parameters(_ references: [VersionRef]) -> [Parameter] {
    [
      .texts(references.map(\.of.asset.description)), .texts(references.map(\.of.partition.description)),
      .ints(references.map { Int64($0.number) }),
    ]
  }

  /// The version that an answer is about; places count from 1.
  private static func asked(_ place: Int64, of references: [VersionRef]) throws(JournalError) -> VersionRef {
    let index = Int(clamping: place).subtractingReportingOverflow(1).partialValue
    guard references.indices.contains(index) else {
      throw JournalError(.damaged, "the store answers about version \(place) of \(references.count) that were asked for")
    }
    return references[index]
  }

  private func record(_ row: Row, of target: AssetPartition) throws -> VersionRecord {
    VersionRecord(
      version: VersionRef(target, RowNumber.number(ofVersion: try row.int(0))), step: RowNumber.step(try row.int(1)),
      attempt: Int(try row.int(2)), stagedAt: row.instant(3),
      locator: try row.optionalData(7).map { try JournalCodec.decodeLocator($0) },
      metadata: try row.optionalData(8).map { try JournalCodec.decodeMetadata($0) } ?? [:],
      decision: try row.optionalInt(6).map { try RowCodes.decision.value($0) }, decidedAt: row.instant(4),
      settledAt: row.instant(5), manifest: row.optionalText(10).map { ManifestDigest($0) },
      inputs: try row.optionalData(9).map { try JournalCodec.decodeInputs($0) } ?? [])
  }

  func evaluations(of version: VersionRef) async throws -> [EvaluationRecord] {
    let rows = try await connection.run(
      """
      \(Self.wanted), newest AS (
        SELECT max(id) AS id FROM sluice_evaluation WHERE version = (SELECT first FROM wanted) + $3::int8
        GROUP BY name, check_version ORDER BY max(id) DESC LIMIT \(HistoryLimits.checks)
      ), sized AS (
        SELECT id, sum(coalesce(octet_length(detail), 0)) OVER (ORDER BY id DESC) <= \(HistoryLimits.detailBytes) AS fits
        FROM newest JOIN sluice_evaluation USING (id)
      )
      SELECT evaluation.step, evaluation.at, n.text, v.text, evaluation.severity, evaluation.outcome,
        CASE WHEN sized.fits THEN evaluation.detail END, sized.fits::int4
      FROM sized JOIN sluice_evaluation AS evaluation ON evaluation.id = sized.id
      JOIN sluice_term AS n ON n.id = evaluation.name LEFT JOIN sluice_term AS v ON v.id = evaluation.check_version
      """, Self.parameters(version.of) + [.int(Int64(version.number))])
    return try rows.map { try evaluation($0, of: version) }.sortedByCheck()
  }

  func checks(on version: VersionRef) async throws -> [CheckIdentity] {
    let rows = try await connection.run(
      """
      \(Self.wanted), newest AS (
        SELECT name, check_version FROM sluice_evaluation WHERE version = (SELECT first FROM wanted) + $3::int8
        GROUP BY name, check_version ORDER BY max(id) DESC LIMIT \(HistoryLimits.checks)
      )
      SELECT n.text, v.text FROM newest
      JOIN sluice_term AS n ON n.id = name LEFT JOIN sluice_term AS v ON v.id = check_version
      """, Self.parameters(version.of) + [.int(Int64(version.number))])
    return try rows.map { CheckIdentity(name: try $0.text(0), version: $0.optionalText(1)) }.sorted()
  }

  private func evaluation(_ row: Row, of version: VersionRef) throws -> EvaluationRecord {
    let detail = try row.optionalData(6).map { try JournalCodec.decodeDetail($0) }
    let record = EvaluationRecord(
      version: version, step: RowNumber.step(try row.int(0)), at: Timestamp(microseconds: try row.int(1)),
      evaluation: CheckEvaluation(
        check: CheckIdentity(name: try row.text(2), version: row.optionalText(3)),
        severity: try RowCodes.severity.value(row.int(4)), outcome: try RowCodes.checkOutcome.value(row.int(5)),
        message: detail?.message, metadata: detail?.metadata ?? [:]))
    return try row.int(7) != 0 ? record : record.withoutDetail
  }

  private static func parameters(_ target: AssetPartition) -> [Parameter] {
    [.text(target.asset.description), .text(target.partition.description)]
  }
}
