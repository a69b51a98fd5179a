// SPDX-License-Identifier: Apache-2.0

import AssetModel
import JournalCodec
import Orchestrator

/// Reads rows about attempts that did not complete their step.
struct AttemptReader {
  let connection: Connection

  /// Those of some steps, step by step and in their order; of each the last ones, see ``HistoryLimits``. What goes beyond the bytes of
  /// one query comes without its failure.
  func attempts(of steps: [StepID]) async throws -> [AttemptRecord] {
    let rows = try await connection.run(
      """
      SELECT step, number, granted_at, started_at, ended_at, outcome,
        CASE WHEN sum(coalesce(octet_length(failure), 0)) OVER (ORDER BY step, found.id DESC) <= \(HistoryLimits.detailBytes)
          THEN failure END, CASE WHEN failure IS NULL THEN 0 ELSE 1 END
      FROM unnest($1::int8[]) AS wanted (id) CROSS JOIN LATERAL (
        SELECT * FROM sluice_attempt AS attempt WHERE attempt.step = wanted.id ORDER BY attempt.id DESC
        LIMIT \(HistoryLimits.attempts)
      ) AS found ORDER BY step, found.id
      """, [.ints(Set(steps).map { RowNumber.of($0) })])
    return try rows.map { row in
      let end = try RowCodes.attemptEnd.value(row.int(5))
      let leftOut = try row.int(7) == 0 ? nil : AttemptRecord.failureLeftOut
      let failure = try row.optionalData(6).map { try JournalCodec.decodeFailure($0) } ?? leftOut
      return AttemptRecord(
        step: RowNumber.step(try row.int(0)), number: Int(try row.int(1)), grantedAt: row.instant(2), startedAt: row.instant(3),
        endedAt: Timestamp(microseconds: try row.int(4)), end: end, failure: failure)
    }
  }
}
