// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import JournalCodec
import Orchestrator
import OrderedCollections

// MARK: - Versions and what is said about them

extension DeltaStatements {
  func versions(_ changes: OrderedDictionary<VersionRef, VersionChange>) throws -> [Statement] {
    let created = changes.filter { $0.value.created != nil }
    let changed = changes.filter { $0.value.created == nil }
    return try insertions(created) + updates(changed)
  }

  private func insertions(_ changes: OrderedDictionary<VersionRef, VersionChange>) throws -> [Statement] {
    guard !changes.isEmpty else { return [] }
    let creations = changes.values.compactMap(\.created)
    let inputs = try creations.map { try $0.ownInputs.map { try JournalCodec.encode($0) } }
    return [
      Statement(
        """
        INSERT INTO sluice_version (id, staged_at, decided_at, settled_at, decision, manifest, locator, metadata, step, attempt,
          inputs, inputs_of)
        SELECT * FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::bytea[], $8::bytea[],
          $9::int8[], $10::int8[], $11::bytea[], $12::int8[])
        ON CONFLICT (id) DO UPDATE SET staged_at = excluded.staged_at, decided_at = excluded.decided_at,
          settled_at = excluded.settled_at, decision = excluded.decision, manifest = excluded.manifest,
          locator = excluded.locator, metadata = excluded.metadata, step = excluded.step, attempt = excluded.attempt,
          inputs = excluded.inputs, inputs_of = excluded.inputs_of
        """,
        try columns(changes) + [
          .ints(creations.map { RowNumber.of($0.step) }), .ints(creations.map { Int64($0.attempt) }), .blobs(inputs),
          .ints(try creations.map { try $0.inputsOf.map { try dictionaries.row($0) } }),
        ])
    ]
  }

  private func updates(_ changes: OrderedDictionary<VersionRef, VersionChange>) throws -> [Statement] {
    guard !changes.isEmpty else { return [] }
    return [
      Statement(
        """
        UPDATE sluice_version AS version SET staged_at = coalesce(c.staged, version.staged_at),
          decided_at = CASE WHEN version.decision IS NULL THEN c.decided ELSE version.decided_at END,
          settled_at = coalesce(c.settled, version.settled_at), decision = coalesce(version.decision, c.decision),
          manifest = CASE WHEN version.decision IS NULL THEN c.manifest ELSE version.manifest END,
          locator = coalesce(c.locator, version.locator),
          metadata = CASE WHEN c.staged IS NULL THEN version.metadata ELSE c.metadata END
        FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::bytea[], $8::bytea[])
          AS c (id, staged, decided, settled, decision, manifest, locator, metadata)
        WHERE version.id = c.id
        """, try columns(changes))
    ]
  }

  /// The columns that both statements have, in their order.
  private func columns(_ changes: OrderedDictionary<VersionRef, VersionChange>) throws -> [Parameter] {
    let values = changes.values
    return [
      .ints(try changes.keys.map { try dictionaries.row($0) }), .ints(values.map { $0.staged?.at.microseconds }),
      .ints(values.map { $0.decision?.at.microseconds }), .ints(values.map { $0.settledAt?.microseconds }),
      .ints(values.map { ($0.decision?.kind).map(RowCodes.decision.code) }),
      .ints(try values.map { try $0.decision?.manifest.map { try dictionaries.term($0) } }),
      .blobs(try values.map { try $0.staged.map { try JournalCodec.encode($0.locator) } }),
      .blobs(try values.map { try $0.staged.flatMap { $0.metadata.isEmpty ? nil : try JournalCodec.encode($0.metadata) } }),
    ]
  }

  func evaluations(_ rows: [EvaluationRow]) throws -> [Statement] {
    guard !rows.isEmpty else { return [] }
    let records = rows.map(\.record)
    let evaluations = records.map(\.evaluation)
    return [
      Statement(
        """
        INSERT INTO sluice_evaluation (id, version, step, at, name, check_version, severity, outcome, detail)
        SELECT * FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::int8[], $8::int8[],
          $9::bytea[])
        """,
        [
          .ints(rows.map { Int64(bitPattern: $0.id) }), .ints(try records.map { try dictionaries.row($0.version) }),
          .ints(records.map { RowNumber.of($0.step) }), .ints(records.map(\.at.microseconds)),
          .ints(try evaluations.map { try dictionaries.term($0.check.name) }),
          .ints(try evaluations.map { try $0.check.version.map { try dictionaries.term($0) } }),
          .ints(evaluations.map { RowCodes.severity.code($0.severity) }),
          .ints(evaluations.map { RowCodes.checkOutcome.code($0.outcome) }),
          .blobs(try evaluations.map { try JournalCodec.encodeDetail(of: $0) }),
        ])
    ]
  }

  func attempts(_ rows: [AttemptRow]) throws -> [Statement] {
    guard !rows.isEmpty else { return [] }
    let records = rows.map(\.record)
    return [
      Statement(
        """
        INSERT INTO sluice_attempt (id, step, number, granted_at, started_at, ended_at, outcome, failure)
        SELECT * FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::int8[], $8::bytea[])
        """,
        [
          .ints(rows.map { Int64(bitPattern: $0.id) }), .ints(records.map { RowNumber.of($0.step) }),
          .ints(records.map { Int64($0.number) }), .ints(records.map { $0.grantedAt?.microseconds }),
          .ints(records.map { $0.startedAt?.microseconds }), .ints(records.map(\.endedAt.microseconds)),
          .ints(records.map { RowCodes.attemptEnd.code($0.end) }),
          .blobs(try records.map { try $0.failure.map { try JournalCodec.encode($0) } }),
        ])
    ]
  }

  func logs(_ records: [LogRecord]) -> [Statement] {
    guard !records.isEmpty else { return [] }
    return [
      Statement(
        """
        INSERT INTO sluice_log (id, run, ordinal, attempt, at, level, message)
        SELECT * FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::text[])
        """,
        [
          .ints(records.map { Int64(bitPattern: $0.sequence) }), .ints(records.map { Int64(bitPattern: $0.step.run.number) }),
          .ints(records.map { Int64($0.step.ordinal) }), .ints(records.map { Int64($0.attempt) }),
          .ints(records.map(\.line.at.microseconds)), .ints(records.map { RowCodes.level.code($0.line.level) }),
          .texts(records.map(\.line.message)),
        ])
    ]
  }

  func ticks(_ rows: [TickRow]) throws -> [Statement] {
    guard !rows.isEmpty else { return [] }
    let records = rows.map(\.record)
    return [
      Statement(
        """
        INSERT INTO sluice_tick (id, location, schedule, tick, skipped, run, problem)
        SELECT * FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::text[])
        """,
        [
          .ints(rows.map { Int64(bitPattern: $0.id) }), .ints(try records.map { try dictionaries.term($0.schedule.location) }),
          .ints(try records.map { try dictionaries.term($0.schedule.name) }), .ints(records.map(\.tick.microseconds)),
          .ints(records.map { Int64($0.skipped) }), .ints(records.map { $0.run.map { Int64(bitPattern: $0.number) } }),
          .texts(records.map(\.problem)),
        ])
    ]
  }
}
