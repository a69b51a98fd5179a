// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import JournalCodec
import Orchestrator
import OrderedCollections

/// The statements that write what a batch changes into the query tables: one or two a table, however many rows there are.
struct DeltaStatements {
  let dictionaries: Dictionaries

  func all(of delta: ProjectionDelta) throws -> [Statement] {
    try words() + launches(delta.launched) + runs(delta.runs) + steps(delta.steps) + versions(delta.versions)
      + latestSteps(delta.latestSteps) + evaluations(delta.evaluations) + attempts(delta.attempts) + logs(delta.logs)
      + ticks(delta.ticks)
  }

  private func words() throws -> [Statement] {
    let (terms, targets) = (dictionaries.newTerms, dictionaries.newTargets)
    var statements: [Statement] = []
    if !terms.isEmpty {
      statements.append(
        Statement(
          "INSERT INTO sluice_term (id, text) SELECT * FROM unnest($1::int8[], $2::text[])",
          [.ints(Array(terms.values)), .texts(Array(terms.keys))]))
    }
    if !targets.isEmpty {
      statements.append(
        Statement(
          "INSERT INTO sluice_target (id, asset, partition) SELECT * FROM unnest($1::int8[], $2::int8[], $3::int8[])",
          [
            .ints(Array(targets.values)), .ints(try targets.keys.map { try dictionaries.term($0.asset) }),
            .ints(try targets.keys.map { try dictionaries.term($0.partition) }),
          ]))
    }
    return statements
  }
}

// MARK: - Runs

extension DeltaStatements {
  private func launches(_ launches: [LaunchedRun]) throws -> [Statement] {
    guard !launches.isEmpty else { return [] }
    let plans = launches.map(\.plan)
    let schedules = plans.map { plan -> (id: ScheduleID, tick: Timestamp)? in
      if case .schedule(let id, let tick) = plan.origin { (id, tick) } else { nil }
    }
    return [
      Statement(
        """
        INSERT INTO sluice_run (id, kind, schedule_location, schedule_name, tick, selection, launched_at, steps, plan, trace)
        SELECT * FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::text[], $7::int8[], $8::int8[],
          $9::bytea[], $10::bytea[])
        """,
        [
          .ints(plans.map { Int64(bitPattern: $0.id.number) }), .ints(plans.map { RowCodes.runKind.code($0.kind) }),
          .ints(try schedules.map { try $0.map { try dictionaries.term($0.id.location) } }),
          .ints(try schedules.map { try $0.map { try dictionaries.term($0.id.name) } }),
          .ints(schedules.map { $0?.tick.microseconds }), .texts(plans.map(\.selection)),
          .ints(launches.map(\.at.microseconds)), .ints(plans.map { Int64($0.stepCount) }),
          .blobs(try plans.map { try JournalCodec.encode(PlannedSteps(nodes: $0.nodes)) }),
          .blobs(try plans.map { try $0.trace.map { try JournalCodec.encode($0) } }),
        ])
    ]
  }

  private func runs(_ changes: OrderedDictionary<RunID, RunChange>) -> [Statement] {
    guard !changes.isEmpty else { return [] }
    let counts = [StepOutcome.Kind.succeeded, .rejected, .failed, .blocked, .cancelled].map { kind in
      Parameter.ints(changes.values.map { Int64($0.finished[kind] ?? 0) })
    }
    return [
      Statement(
        """
        UPDATE sluice_run AS run SET cancel_requested = greatest(run.cancel_requested, c.cancel),
          outcome = coalesce(c.outcome, run.outcome), finished_at = coalesce(c.finished, run.finished_at),
          succeeded = run.succeeded + c.n1, rejected = run.rejected + c.n2, failed = run.failed + c.n3,
          blocked = run.blocked + c.n4, cancelled = run.cancelled + c.n5
        FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::int8[], $8::int8[], $9::int8[])
          AS c (id, cancel, outcome, finished, n1, n2, n3, n4, n5)
        WHERE run.id = c.id
        """,
        [
          .ints(changes.keys.map { Int64(bitPattern: $0.number) }), .ints(changes.values.map { $0.cancelRequested ? 1 : 0 }),
          .ints(changes.values.map { $0.outcome.map(RowCodes.runOutcome.code) }),
          .ints(changes.values.map { $0.finishedAt?.microseconds }),
        ] + counts)
    ]
  }
}

// MARK: - Steps

extension DeltaStatements {
  /// Updates the rows of steps, and inserts those that are not there yet.
  private func steps(_ changes: OrderedDictionary<StepID, StepChange>) throws -> [Statement] {
    guard !changes.isEmpty else { return [] }
    let granted = try changes.values.map { try $0.granted?.versions.map { try dictionaries.row($0) } }
    return [
      Statement(
        """
        WITH c AS (
          SELECT * FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::int8[], $8::bytea[],
            $9::bytea[], $10::bytea[])
            AS c (id, phase, attempts, granted, started, finished, version, versions, outcome, failure)
        ), updated AS (
          UPDATE sluice_step AS step SET phase = coalesce(c.phase, step.phase), attempts = coalesce(c.attempts, step.attempts),
            granted_at = coalesce(c.granted, step.granted_at),
            started_at = CASE WHEN c.granted IS NULL THEN coalesce(c.started, step.started_at) ELSE c.started END,
            finished_at = coalesce(c.finished, step.finished_at), version = coalesce(c.version, step.version),
            versions = CASE WHEN c.granted IS NULL THEN step.versions ELSE c.versions END,
            outcome = coalesce(c.outcome, step.outcome), failure = coalesce(c.failure, step.failure)
          FROM c WHERE step.id = c.id
        )
        INSERT INTO sluice_step (id, phase, attempts, granted_at, started_at, finished_at, version, versions, outcome, failure)
        SELECT c.id, coalesce(c.phase, \(RowCodes.phase.code(.waiting))), coalesce(c.attempts, 0), c.granted, c.started,
          c.finished, c.version, c.versions, c.outcome, c.failure
        FROM c WHERE NOT EXISTS (SELECT FROM sluice_step AS step WHERE step.id = c.id)
        """,
        [
          .ints(changes.keys.map { RowNumber.of($0) }), .ints(changes.values.map { $0.phase.map(RowCodes.phase.code) }),
          .ints(changes.values.map { $0.attempts.map(Int64.init) }), .ints(changes.values.map { $0.grantedAt?.microseconds }),
          .ints(changes.values.map { $0.startedAt?.microseconds }), .ints(changes.values.map { $0.finishedAt?.microseconds }),
          .ints(granted.map { $0?.first }), .blobs(granted.map { $0.flatMap { $0.count > 1 ? RowNumbers.encode($0) : nil } }),
          .blobs(try changes.values.map { try $0.outcome.flatMap { try Self.detail($0) } }),
          .blobs(try changes.values.map { try $0.lastFailure.map { try JournalCodec.encode($0) } }),
        ])
    ]
  }

  /// What a step's phase does not tell about its outcome.
  private static func detail(_ outcome: StepOutcome) throws -> Data? {
    switch outcome {
    case .succeeded, .rejected, .cancelled: nil
    case .failed, .blocked: try JournalCodec.encode(outcome)
    }
  }

  private func latestSteps(_ steps: OrderedDictionary<AssetPartition, StepID>) throws -> [Statement] {
    guard !steps.isEmpty else { return [] }
    return [
      Statement(
        """
        UPDATE sluice_target AS target SET latest_step = greatest(target.latest_step, c.step)
        FROM unnest($1::int8[], $2::int8[]) AS c (id, step) WHERE target.id = c.id
        """,
        [.ints(try steps.keys.map { try dictionaries.target($0) }), .ints(steps.values.map { RowNumber.of($0) })])
    ]
  }
}
