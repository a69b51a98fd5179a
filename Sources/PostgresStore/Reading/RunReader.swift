// SPDX-License-Identifier: Apache-2.0

import AssetModel
import JournalCodec
import Orchestrator

/// Reads rows about runs, their logs, and ticks; one statement each.
struct RunReader {
  let connection: Connection

  static let columns = columns(and: "")

  /// The columns of a run, and others behind them.
  static func columns(and others: String) -> String {
    """
    SELECT run.id, kind, l.text, s.text, tick, selection, launched_at, finished_at, outcome, cancel_requested, steps, succeeded,
      rejected, failed, blocked, cancelled, trace\(others)
    FROM sluice_run AS run LEFT JOIN sluice_term AS l ON l.id = schedule_location
    LEFT JOIN sluice_term AS s ON s.id = schedule_name
    """
  }

  func runs(before: RunID?, limit: Int) async throws -> [RunRecord] {
    let bound = before.map { Int64(clamping: $0.number) } ?? .max
    let rows = try await connection.run(
      Self.columns + " WHERE run.id < $1::int8 ORDER BY run.id DESC LIMIT $2::int8", [.int(bound), .limit(limit)])
    return try rows.map { try run($0) }
  }

  func run(_ id: RunID) async throws -> RunRecord? {
    let rows = try await connection.run(Self.columns + " WHERE run.id = $1::int8", [.int(Int64(bitPattern: id.number))])
    return try rows.first.map { try run($0) }
  }

  func run(_ row: Row) throws -> RunRecord {
    let kinds = [StepOutcome.Kind.succeeded, .rejected, .failed, .blocked, .cancelled]
    let counts = try kinds.enumerated().map { ($0.element, Int(try row.int(11 + $0.offset))) }
    return RunRecord(
      id: RunID(UInt64(bitPattern: try row.int(0))), kind: try RowCodes.runKind.value(row.int(1)), origin: try origin(row),
      selection: try row.text(5), launchedAt: Timestamp(microseconds: try row.int(6)), finishedAt: row.instant(7),
      outcome: try row.optionalInt(8).map { try RowCodes.runOutcome.value($0) }, cancelRequested: try row.int(9) != 0,
      stepCount: Int(try row.int(10)), finished: Dictionary(uniqueKeysWithValues: counts.filter { $0.1 > 0 }),
      trace: try row.optionalData(16).map { try JournalCodec.decodeTrace($0) })
  }

  private func origin(_ row: Row) throws -> RunOrigin {
    guard let location = row.optionalText(2), let name = row.optionalText(3), let tick = row.instant(4) else { return .manual }
    return .schedule(ScheduleID(location: try LocationName(location), name: name), tick: tick)
  }
}

// MARK: - Logs and ticks

extension RunReader {
  func logs(of run: RunID, step ordinal: Int?, after: UInt64, limit: Int) async throws -> [LogRecord] {
    let rows = try await connection.run(
      """
      SELECT id, ordinal, attempt, at, level, message FROM sluice_log
      WHERE run = $1::int8 AND id > $2::int8 AND ($3::int8 IS NULL OR ordinal = $3::int8) ORDER BY id LIMIT $4::int8
      """,
      [.int(Int64(bitPattern: run.number)), .int(Int64(clamping: after)), .int(ordinal.map(Int64.init)), .limit(limit)])
    return try rows.map { row in
      LogRecord(
        sequence: UInt64(bitPattern: try row.int(0)), step: StepID(run: run, ordinal: Int(try row.int(1))),
        attempt: Int(try row.int(2)),
        line: LogLine(
          at: Timestamp(microseconds: try row.int(3)), level: try RowCodes.level.value(row.int(4)), message: try row.text(5)))
    }
  }

  func ticks(of schedule: ScheduleID, limit: Int) async throws -> [TickRecord] {
    let rows = try await connection.run(
      """
      SELECT tick.tick, skipped, run, problem FROM sluice_tick AS tick
      WHERE location = (SELECT min(id) FROM sluice_term WHERE text = $1::text)
        AND schedule = (SELECT min(id) FROM sluice_term WHERE text = $2::text) ORDER BY tick.id DESC LIMIT $3::int8
      """, [.text(schedule.location.description), .text(schedule.name), .limit(limit)])
    return try rows.map { row in
      TickRecord(
        schedule: schedule, tick: Timestamp(microseconds: try row.int(0)), skipped: Int(try row.int(1)),
        run: row.optionalInt(2).map { RunID(UInt64(bitPattern: $0)) }, problem: row.optionalText(3))
    }
  }
}

extension Parameter {
  static func limit(_ count: Int) -> Parameter { .int(Int64(max(0, count))) }
}
