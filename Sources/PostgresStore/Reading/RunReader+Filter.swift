// SPDX-License-Identifier: Apache-2.0

import AssetModel
import JournalCodec
import Orchestrator

extension RunReader {
  /// How many runs are read at once: of their plans a few only, each of which may be large, and more while they are small.
  private static let (runsAtOnce, plansAtOnce) = (Int64(500), Int64(8))
  /// Bytes of plans in one portion up to which the next one is larger.
  private static let smallPlans = 1 << 20

  /// Portion by portion, newest first, until there are enough; of the newest ``HistoryLimits/runsLookedAt``.
  func runs(_ filter: RunFilter, before: RunID?, limit: Int) async throws -> RunPage {
    let bound = before.map { Int64(clamping: $0.number) } ?? .max
    guard limit > 0,
      let newest = try await connection.run("SELECT max(id) FROM sluice_run WHERE id < $1::int8", [.int(bound)]).first?
        .optionalInt(0)
    else { return RunPage() }
    let first = filter.from.map { Int64(clamping: $0.number) } ?? 1
    // A run is numbered from 1 on: it cannot overflow.
    let floor = max(first, newest - Int64(HistoryLimits.runsLookedAt) + 1)
    let sql =
      Self.columns(and: filter.isAboutSteps ? ", plan" : "") + " WHERE run.id >= $1::int8 AND run.id <= $2::int8"
      + Self.conditions(filter) + " ORDER BY run.id DESC LIMIT $3::int8"
    var portion = filter.isAboutSteps ? Self.plansAtOnce : Self.runsAtOnce
    var (builder, last) = (RunPageBuilder(filter, limit: limit), newest)
    while last >= floor {
      let rows = try await connection.run(
        sql,
        [
          .int(floor), .int(last), .int(portion), .text(filter.schedule?.location.description ?? ""),
          .text(filter.schedule?.name ?? ""),
        ])
      var size = 0
      for row in rows {
        let bytes = filter.isAboutSteps ? row.optionalData(17) : nil
        size += bytes?.count ?? 0
        let mayGoOn = try builder.take(try run(row), size: bytes?.count ?? 0) {
          // A run that was pruned has an empty plan.
          try bytes.flatMap { $0.isEmpty ? nil : try JournalCodec.decodeSteps($0) }
        }
        guard mayGoOn else { return builder.page }
      }
      guard Int64(rows.count) == portion, let oldest = rows.last else { break }
      last = try oldest.int(0) - 1
      portion = size > Self.smallPlans ? Self.plansAtOnce : min(2 * portion, Self.runsAtOnce)
    }
    if floor > first { builder.end(at: RunID(UInt64(floor))) }
    return builder.page
  }

  /// What the row of a run must be; $4 and $5 are the schedule's location and name.
  private static func conditions(_ filter: RunFilter) -> String {
    var conditions: [String] = ["$4::text IS NOT NULL", "$5::text IS NOT NULL"]
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
    case .schedule: conditions.append("l.text = $4::text AND s.text = $5::text")
    }
    return conditions.map { " AND \($0)" }.joined()
  }
}

extension RunFilter {
  fileprivate var schedule: ScheduleID? { if case .schedule(let id) = cause { id } else { nil } }
}
