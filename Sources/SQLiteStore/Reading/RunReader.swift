// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import GRDB
import JournalCodec
import Orchestrator

/// Reads rows about runs and their steps.
struct RunReader {
  let database: Database

  static let runColumns = """
    SELECT run.id, kind, l.text, s.text, tick, selection, launched_at, finished_at, outcome, cancel_requested, steps, succeeded,
      rejected, failed, blocked, cancelled, trace
    FROM run LEFT JOIN term AS l ON l.id = schedule_location LEFT JOIN term AS s ON s.id = schedule_name
    """

  func runs(before: RunID?, limit: Int) throws -> [RunRecord] {
    let bound = before.map { Int64(clamping: $0.number) } ?? .max
    let rows = try Row.fetchAll(
      database.cachedStatement(sql: Self.runColumns + " WHERE run.id < ? ORDER BY run.id DESC LIMIT ?"),
      arguments: [bound, max(0, limit)])
    return try rows.map { try run($0) }
  }

  func run(_ id: RunID) throws -> RunRecord? {
    let row = try Row.fetchOne(
      database.cachedStatement(sql: Self.runColumns + " WHERE run.id = ?"), arguments: [Int64(bitPattern: id.number)])
    return try row.map { try run($0) }
  }

  func run(_ row: Row) throws -> RunRecord {
    let counts: [(StepOutcome.Kind, Int)] = [
      (.succeeded, row[11]), (.rejected, row[12]), (.failed, row[13]), (.blocked, row[14]), (.cancelled, row[15]),
    ]
    return RunRecord(
      id: RunID(UInt64(bitPattern: row[0] as Int64)), kind: try RowCodes.runKind.value(row[1]), origin: try origin(row),
      selection: row[5], launchedAt: Timestamp(microseconds: row[6]), finishedAt: row.instant(7),
      outcome: try (row[8] as Int64?).map { try RowCodes.runOutcome.value($0) }, cancelRequested: row[9], stepCount: row[10],
      finished: Dictionary(uniqueKeysWithValues: counts.filter { $0.1 > 0 }),
      trace: try (row[16] as Data?).map { try JournalCodec.decodeTrace($0) })
  }

  private func origin(_ row: Row) throws -> RunOrigin {
    guard let location = row[2] as String?, let name = row[3] as String?, let tick = row.instant(4) else { return .manual }
    return .schedule(ScheduleID(location: try LocationName(location), name: name), tick: tick)
  }
}

// MARK: - Steps

extension RunReader {
  /// A run's plan, and whether its steps bind inputs.
  private struct Plan {
    let steps: PlannedSteps
    let isMaterializing: Bool
    /// Whether steps without a row were removed, and do not wait.
    let isPruned: Bool
  }

  private static let stepColumns = """
    SELECT step.id, phase, attempts, granted_at, started_at, finished_at, outcome, failure, version.inputs,
      length(version.inputs)
    FROM step LEFT JOIN version ON version.id = step.version
    """

  /// One page of a run's steps; those without a row are waiting.
  func steps(of run: RunID, from ordinal: Int, limit: Int) throws -> [StepRecord] {
    guard let plan = try plan(of: run) else { return [] }
    let page = plan.steps.page(from: ordinal, limit: limit)
    guard let first = page.first, let last = page.last else { return [] }
    // Row by row: a thousand steps may each have megabytes of inputs.
    let rows = try Row.fetchCursor(
      database.cachedStatement(sql: Self.stepColumns + " WHERE step.id BETWEEN ? AND ? ORDER BY step.id"),
      arguments: [
        Schema.rowNumber(StepID(run: run, ordinal: first)), Schema.rowNumber(StepID(run: run, ordinal: last)),
      ])
    var known: [StepID: StepRecord] = [:]
    var budget = DetailBudget()
    while let row = try rows.next() {
      let id = Schema.step(row[0])
      known[id] = try step(id, row: row, plan: plan, &budget)
    }
    return page.compactMap { ordinal in
      let id = StepID(run: run, ordinal: ordinal)
      return known[id] ?? (plan.isPruned ? nil : plan.steps[ordinal].map { StepRecord(waiting: $0, id: id) })
    }
  }

  func latestSteps(of asset: AssetKey, in partitions: [PartitionKey]) throws -> [PartitionKey: StepRecord] {
    let latest = try database.cachedStatement(sql: "SELECT latest_step FROM target WHERE id = ? AND latest_step IS NOT NULL")
    var wanted: [(id: StepID, row: Int64, partition: PartitionKey)] = []
    for partition in Set(partitions) {
      guard let target = try Dictionaries.target(AssetPartition(asset, partition), in: database),
        let row = try Int64.fetchOne(latest, arguments: [target])
      else { continue }
      wanted.append((Schema.step(row), row, partition))
    }
    // Run by run: a plan may be large.
    wanted.sort { $0.id < $1.id }
    let statement = try database.cachedStatement(sql: Self.stepColumns + " WHERE step.id = ?")
    var known: (run: RunID, plan: Plan?)?
    var result: [PartitionKey: StepRecord] = [:]
    var budget = DetailBudget()
    for (id, number, partition) in wanted {
      if known?.run != id.run { known = (id.run, try plan(of: id.run)) }
      guard let plan = known?.plan, let row = try Row.fetchOne(statement, arguments: [number]) else { continue }
      result[partition] = try step(id, row: row, plan: plan, &budget)
    }
    return result
  }

  private func plan(of run: RunID) throws -> Plan? {
    let sql = "SELECT kind, plan.steps, pruned FROM run LEFT JOIN plan ON plan.run = id WHERE id = ?"
    let row = try Row.fetchOne(database.cachedStatement(sql: sql), arguments: [Int64(bitPattern: run.number)])
    return try row.map { row in
      Plan(
        steps: try (row[1] as Data?).map { try JournalCodec.decodeSteps($0) } ?? PlannedSteps(nodes: []),
        isMaterializing: try RowCodes.runKind.value(row[0]) == .materialize,
        isPruned: row[2] as Int64 != 0)
    }
  }

  private func step(_ id: StepID, row: Row, plan: Plan, _ budget: inout DetailBudget) throws -> StepRecord? {
    guard let planned = plan.steps[id.ordinal] else { return nil }
    var record = StepRecord(waiting: planned, id: id)
    record.phase = try RowCodes.phase.value(row[1])
    record.attempts = row[2]
    record.grantedAt = row.instant(3)
    record.startedAt = row.instant(4)
    record.finishedAt = row.instant(5)
    record.outcome = try outcome(record.phase, row[6])
    record.lastFailure = try (row[7] as Data?).map { try JournalCodec.decodeFailure($0) }
    if plan.isMaterializing, budget.take(row[9] as Int? ?? 0) {
      record.inputs = try (row[8] as Data?).map { try JournalCodec.decodeInputs($0) } ?? []
    }
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

// MARK: - Logs and ticks

extension RunReader {
  func logs(of run: RunID, step ordinal: Int?, after: UInt64, limit: Int) throws -> [LogRecord] {
    let rows = try Row.fetchAll(
      database.cachedStatement(
        sql: """
          SELECT id, ordinal, attempt, at, level, message FROM log
          WHERE run = ?1 AND id > ?2 AND (?3 IS NULL OR ordinal = ?3) ORDER BY id LIMIT ?4
          """),
      arguments: [Int64(bitPattern: run.number), Int64(clamping: after), ordinal, max(0, limit)])
    return try rows.map { row in
      LogRecord(
        sequence: UInt64(bitPattern: row[0] as Int64), step: StepID(run: run, ordinal: row[1]), attempt: row[2],
        line: LogLine(at: Timestamp(microseconds: row[3]), level: try RowCodes.level.value(row[4]), message: row[5]))
    }
  }

  func ticks(of schedule: ScheduleID, limit: Int) throws -> [TickRecord] {
    guard let location = try Dictionaries.term(schedule.location.description, in: database),
      let name = try Dictionaries.term(schedule.name, in: database)
    else { return [] }
    let rows = try Row.fetchAll(
      database.cachedStatement(
        sql: "SELECT tick, skipped, run, problem FROM tick WHERE location = ? AND schedule = ? ORDER BY id DESC LIMIT ?"),
      arguments: [location, name, max(0, limit)])
    return rows.map { row in
      TickRecord(
        schedule: schedule, tick: Timestamp(microseconds: row[0]), skipped: row[1],
        run: (row[2] as Int64?).map { RunID(UInt64(bitPattern: $0)) }, problem: row[3])
    }
  }
}
