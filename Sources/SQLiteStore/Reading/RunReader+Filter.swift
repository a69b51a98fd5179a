// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import GRDB
import JournalCodec
import Orchestrator

extension RunReader {
  /// Row by row, newest first, until there are enough; of the newest ``HistoryLimits/runsLookedAt``.
  func runs(_ filter: RunFilter, before: RunID?, limit: Int) throws -> RunPage {
    let bound = before.map { Int64(clamping: $0.number) } ?? .max
    guard limit > 0, let (conditions, terms) = try conditions(filter),
      let newest = try Int64.fetchOne(database.cachedStatement(sql: "SELECT max(id) FROM run WHERE id < ?"), arguments: [bound])
    else { return RunPage() }
    let first = filter.from.map { Int64(clamping: $0.number) } ?? 1
    // A run is numbered from 1 on: it cannot overflow.
    let floor = max(first, newest - Int64(HistoryLimits.runsLookedAt) + 1)
    let sql =
      Self.runColumns + " WHERE run.id BETWEEN ? AND ?" + conditions.map { " AND " + $0 }.joined() + " ORDER BY run.id DESC"
    let plan = try database.cachedStatement(sql: "SELECT steps FROM plan WHERE run = ?")
    var builder = RunPageBuilder(filter, limit: limit)
    let rows = try Row.fetchCursor(database.cachedStatement(sql: sql), arguments: StatementArguments([floor, newest] + terms))
    while let row = try rows.next() {
      let bytes = filter.isAboutSteps ? try Data.fetchOne(plan, arguments: [row[0] as Int64]) : nil
      let mayGoOn = try builder.take(try run(row), size: bytes?.count ?? 0) { try bytes.map { try JournalCodec.decodeSteps($0) } }
      guard mayGoOn else { return builder.page }
    }
    if floor > first { builder.end(at: RunID(UInt64(floor))) }
    return builder.page
  }

  /// What the row of a run must be, and the numbers for what it asks; nil where none can be so.
  ///
  /// Statements are kept for ever: there are as many as ways to ask, not as schedules.
  private func conditions(_ filter: RunFilter) throws -> (conditions: [String], terms: [Int64])? {
    var (conditions, terms): ([String], [Int64]) = ([], [])
    switch filter.status {
    case nil: break
    case .unfinished: conditions.append("outcome IS NULL")
    case .ended(let outcome): conditions.append("outcome = \(RowCodes.runOutcome.code(outcome))")
    }
    if let kind = filter.kind { conditions.append("kind = \(RowCodes.runKind.code(kind))") }
    switch filter.cause {
    case nil: break
    case .manual: conditions.append("schedule_location IS NULL")
    case .anySchedule: conditions.append("schedule_location IS NOT NULL")
    case .schedule(let id):
      guard let location = try Dictionaries.term(id.location.description, in: database),
        let name = try Dictionaries.term(id.name, in: database)
      else { return nil }
      conditions += ["schedule_location = ?", "schedule_name = ?"]
      terms = [location, name]
    }
    return (conditions, terms)
  }
}
