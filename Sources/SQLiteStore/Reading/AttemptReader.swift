// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import GRDB
import JournalCodec
import Orchestrator

/// Reads rows about attempts that did not complete their step.
struct AttemptReader {
  let database: Database

  /// Those of some steps, step by step and in their order; of each the last ones, see ``HistoryLimits``.
  func attempts(of steps: [StepID]) throws -> [AttemptRecord] {
    let statement = try database.cachedStatement(
      sql: """
        SELECT number, granted_at, started_at, ended_at, outcome, length(failure), failure FROM attempt WHERE step = ?
        ORDER BY id DESC LIMIT \(HistoryLimits.attempts)
        """)
    var budget = DetailBudget()
    var result: [AttemptRecord] = []
    for step in Set(steps).sorted() {
      var found: [AttemptRecord] = []
      let rows = try Row.fetchCursor(statement, arguments: [Schema.rowNumber(step)])
      while let row = try rows.next() {
        let record = AttemptRecord(
          step: step, number: row[0], grantedAt: row.instant(1), startedAt: row.instant(2),
          endedAt: Timestamp(microseconds: row[3]), end: try RowCodes.attemptEnd.value(row[4]),
          failure: try (row[6] as Data?).map { try JournalCodec.decodeFailure($0) })
        found.append(budget.take(row[5] as Int? ?? 0) ? record : record.withoutDetail)
      }
      result += found.reversed()
    }
    return result
  }
}
