// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import GRDB
import JournalCodec
import Orchestrator
import OrderedCollections

/// Writes what a batch changes into the query tables; in the transaction of the batch.
struct ProjectionWriter {
  let database: Database
  var dictionaries: Dictionaries

  mutating func apply(_ delta: ProjectionDelta) throws {
    for launch in delta.launched { try insert(launch) }
    for (run, change) in delta.runs { try update(run, change) }
    for (step, change) in delta.steps { try write(step, change) }
    for (version, change) in delta.versions { try write(version, change) }
    for (target, step) in delta.latestSteps { try raiseLatestStep(of: target, to: step) }
    for row in delta.evaluations { try insert(row) }
    for row in delta.attempts { try insert(row) }
    for record in delta.logs { try insert(record) }
    for row in delta.ticks { try insert(row) }
  }

  /// Arguments are not checked against the statement: each statement stands beside its arguments below.
  private func execute(_ sql: String, _ arguments: [(any DatabaseValueConvertible)?]) throws {
    let statement = try database.cachedStatement(sql: sql)
    statement.setUncheckedArguments(StatementArguments(arguments))
    try statement.execute()
  }
}

// MARK: - Runs and steps

extension ProjectionWriter {
  private mutating func insert(_ launch: LaunchedRun) throws {
    let plan = launch.plan
    var schedule: (location: Int64, name: Int64, tick: Int64)?
    if case .schedule(let id, let tick) = plan.origin {
      schedule = (
        try dictionaries.term(id.location, in: database), try dictionaries.term(id.name, in: database), tick.microseconds
      )
    }
    try execute(
      """
      INSERT INTO run (id, kind, schedule_location, schedule_name, tick, selection, launched_at, steps, trace)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        Int64(bitPattern: plan.id.number), RowCodes.runKind.code(plan.kind), schedule?.location, schedule?.name, schedule?.tick,
        plan.selection, launch.at.microseconds, plan.stepCount, try plan.trace.map { try JournalCodec.encode($0) },
      ])
    let steps = try JournalCodec.encode(PlannedSteps(nodes: plan.nodes))
    try execute("INSERT INTO plan (run, steps) VALUES (?, ?)", [Int64(bitPattern: plan.id.number), steps])
  }

  private func update(_ run: RunID, _ change: RunChange) throws {
    let counts = [StepOutcome.Kind.succeeded, .rejected, .failed, .blocked, .cancelled].map { change.finished[$0] ?? 0 }
    try execute(
      """
      UPDATE run SET cancel_requested = max(cancel_requested, ?), outcome = coalesce(?, outcome),
        finished_at = coalesce(?, finished_at), succeeded = succeeded + ?, rejected = rejected + ?, failed = failed + ?,
        blocked = blocked + ?, cancelled = cancelled + ?
      WHERE id = ?
      """,
      [
        change.cancelRequested ? 1 : 0, change.outcome.map(RowCodes.runOutcome.code), change.finishedAt?.microseconds,
        counts[0], counts[1], counts[2], counts[3], counts[4], Int64(bitPattern: run.number),
      ])
  }

  /// Updates a step's row, or inserts it where there is none yet.
  private mutating func write(_ step: StepID, _ change: StepChange) throws {
    let row = Schema.rowNumber(step)
    let phase = change.phase.map(RowCodes.phase.code)
    let outcome = try change.outcome.flatMap { try Self.detail($0) }
    let failure = try change.lastFailure.map { try JournalCodec.encode($0) }
    let (version, versions) = try granted(change.granted)
    if !change.isFirstGrant {
      try execute(
        """
        UPDATE step SET phase = coalesce(?1, phase), attempts = coalesce(?2, attempts), granted_at = coalesce(?3, granted_at),
          started_at = CASE WHEN ?3 IS NULL THEN coalesce(?4, started_at) ELSE ?4 END, finished_at = coalesce(?5, finished_at),
          version = coalesce(?6, version), versions = CASE WHEN ?3 IS NULL THEN versions ELSE ?7 END,
          outcome = coalesce(?8, outcome), failure = coalesce(?9, failure)
        WHERE id = ?10
        """,
        [
          phase, change.attempts, change.grantedAt?.microseconds, change.startedAt?.microseconds,
          change.finishedAt?.microseconds, version, versions, outcome, failure, row,
        ])
      if database.changesCount > 0 { return }
    }
    try execute(
      """
      INSERT INTO step (id, phase, attempts, granted_at, started_at, finished_at, version, versions, outcome, failure)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        row, phase ?? RowCodes.phase.code(.waiting), change.attempts ?? 0, change.grantedAt?.microseconds,
        change.startedAt?.microseconds, change.finishedAt?.microseconds, version, versions, outcome, failure,
      ])
  }

  /// The first version that a grant named, and all where they are several.
  private mutating func granted(_ work: GrantedWork?) throws -> (first: Int64?, all: Data?) {
    guard let work else { return (nil, nil) }
    let rows = try work.versions.map { try dictionaries.row($0, in: database) }
    return (rows.first, rows.count > 1 ? RowNumbers.encode(rows) : nil)
  }

  /// What a step's phase does not tell about its outcome.
  private static func detail(_ outcome: StepOutcome) throws -> Data? {
    switch outcome {
    case .succeeded, .rejected, .cancelled: nil
    case .failed, .blocked: try JournalCodec.encode(outcome)
    }
  }

  private mutating func raiseLatestStep(of target: AssetPartition, to step: StepID) throws {
    let id = try dictionaries.target(target, in: database)
    let row = Schema.rowNumber(step)
    try execute("UPDATE target SET latest_step = max(coalesce(latest_step, 0), ?) WHERE id = ?", [row, id])
  }
}

// MARK: - Versions and what is said about them

extension ProjectionWriter {
  private mutating func write(_ version: VersionRef, _ change: VersionChange) throws {
    let row = try dictionaries.row(version, in: database)
    let manifest = try change.decision?.manifest.map { try dictionaries.term($0, in: database) }
    let changes: [(any DatabaseValueConvertible)?] = [
      change.staged?.at.microseconds, change.decision?.at.microseconds, change.settledAt?.microseconds,
      (change.decision?.kind).map(RowCodes.decision.code), manifest,
      try change.staged.map { try JournalCodec.encode($0.locator) },
      try change.staged.flatMap { $0.metadata.isEmpty ? nil : try JournalCodec.encode($0.metadata) },
    ]
    if let created = change.created {
      let inputs = try created.ownInputs.map { try JournalCodec.encode($0) }
      let inputsOf = try created.inputsOf.map { try dictionaries.row($0, in: database) }
      try execute(
        """
        INSERT OR REPLACE INTO version (id, step, attempt, inputs, inputs_of, staged_at, decided_at, settled_at, decision, manifest,
          locator, metadata)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [row, Schema.rowNumber(created.step), created.attempt, inputs, inputsOf] + changes)
    } else {
      try execute(
        """
        UPDATE version SET metadata = CASE WHEN ?1 IS NULL THEN metadata ELSE ?7 END, staged_at = coalesce(?1, staged_at),
          decided_at = CASE WHEN decision IS NULL THEN ?2 ELSE decided_at END, settled_at = coalesce(?3, settled_at),
          manifest = CASE WHEN decision IS NULL THEN ?5 ELSE manifest END, decision = coalesce(decision, ?4),
          locator = coalesce(?6, locator)
        WHERE id = ?8
        """, changes + [row])
    }
  }

  private mutating func insert(_ row: EvaluationRow) throws {
    let evaluation = row.record.evaluation
    try execute(
      """
      INSERT INTO evaluation (id, version, step, at, name, check_version, severity, outcome, detail)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        Int64(bitPattern: row.id), try dictionaries.row(row.record.version, in: database), Schema.rowNumber(row.record.step),
        row.record.at.microseconds, try dictionaries.term(evaluation.check.name, in: database),
        try evaluation.check.version.map { try dictionaries.term($0, in: database) },
        RowCodes.severity.code(evaluation.severity), RowCodes.checkOutcome.code(evaluation.outcome),
        try JournalCodec.encodeDetail(of: evaluation),
      ])
  }

  private func insert(_ row: AttemptRow) throws {
    let record = row.record
    try execute(
      """
      INSERT INTO attempt (id, step, number, granted_at, started_at, ended_at, outcome, failure)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        Int64(bitPattern: row.id), Schema.rowNumber(record.step), record.number, record.grantedAt?.microseconds,
        record.startedAt?.microseconds, record.endedAt.microseconds, RowCodes.attemptEnd.code(record.end),
        try record.failure.map { try JournalCodec.encode($0) },
      ])
  }

  private func insert(_ record: LogRecord) throws {
    try execute(
      "INSERT INTO log (id, run, ordinal, attempt, at, level, message) VALUES (?, ?, ?, ?, ?, ?, ?)",
      [
        Int64(bitPattern: record.sequence), Int64(bitPattern: record.step.run.number), record.step.ordinal, record.attempt,
        record.line.at.microseconds, RowCodes.level.code(record.line.level), record.line.message,
      ])
  }

  private mutating func insert(_ row: TickRow) throws {
    let record = row.record
    try execute(
      "INSERT INTO tick (id, location, schedule, tick, skipped, run, problem) VALUES (?, ?, ?, ?, ?, ?, ?)",
      [
        Int64(bitPattern: row.id), try dictionaries.term(record.schedule.location, in: database),
        try dictionaries.term(record.schedule.name, in: database), record.tick.microseconds, record.skipped,
        record.run.map { Int64(bitPattern: $0.number) }, record.problem,
      ])
  }
}
