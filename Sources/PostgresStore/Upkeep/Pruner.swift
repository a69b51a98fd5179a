// SPDX-License-Identifier: Apache-2.0

import AssetModel
import JournalCodec
import Orchestrator

/// Removes what retention does not keep of runs, a little in each transaction; no append waits for any of them.
///
/// A run is marked before its rows go and again once they are gone, so that an interrupted pruning is taken up where it stopped.
struct Pruner {
  let connection: Connection
  /// Ends each transaction: without the lease it fails.
  let fence: Statement

  /// How many runs one transaction marks.
  static let marksAtOnce = 2_000
  /// How many marked runs are pruned together.
  static let runsAtOnce = 100
  /// How many rows one transaction removes.
  static let rowsAtOnce = 2_000
  /// Bytes that one transaction removes, but for the last row or batch: each may have megabytes, and a statement ends in time or not at all.
  static let bytesAtOnce = 64 << 20

  /// The codes of the column `pruned`; 0 is whole.
  private enum Mark {
    static let begun = 1
    static let done = 2
  }

  /// What goes with a run, in this order.
  enum Rows: CaseIterable {
    case logs
    /// Of discarded versions. Those of promoted and rejected ones say why, and stay.
    case evaluations
    case discardedVersions
    case attempts
    /// Except those that are the latest of an asset partition: they say what became of it.
    case steps
  }

  /// The newest finished run beyond as many as a policy keeps; nil where there are no more.
  func newestBeyond(_ kept: Int) async throws -> Int64? {
    let rows = try await connection.run(
      "SELECT id FROM sluice_run WHERE outcome IS NOT NULL ORDER BY id DESC LIMIT 1 OFFSET $1::int8", [.limit(kept)])
    return try rows.first.map { try $0.int(0) }
  }

  /// Marks some runs that a policy does not keep and that ended before a snapshot's last instant; returns how many.
  ///
  /// - Parameter oldest: What ``newestBeyond(_:)`` says.
  func mark(
    upTo oldest: Int64?, _ policy: RetentionPolicy, at now: Timestamp, before covered: Timestamp
  ) async throws -> Int64 {
    let horizon = now + (.zero - policy.age)
    return try await count(
      Statement(
        """
        WITH marked AS (
          UPDATE sluice_run SET pruned = \(Mark.begun) WHERE id = ANY(ARRAY(
            SELECT id FROM sluice_run WHERE pruned = 0 AND outcome IS NOT NULL AND finished_at < $1::int8
              AND (finished_at < $2::int8 OR id <= $3::int8) ORDER BY id LIMIT $4::int8)) RETURNING 1
        ) SELECT count(*) FROM marked
        """,
        [.int(covered.microseconds), .int(horizon.microseconds), .int(oldest ?? -1), .limit(Self.marksAtOnce)]))
  }

  /// Some marked runs with rows left; empty when there are none.
  func next() async throws -> [RunID] {
    let rows = try await connection.run(
      "SELECT id FROM sluice_run WHERE pruned = \(Mark.begun) ORDER BY id LIMIT $1::int8", [.limit(Self.runsAtOnce)])
    return try rows.map { RunID(UInt64(bitPattern: try $0.int(0))) }
  }

  /// Removes some rows of marked runs; returns how many.
  func remove(_ rows: Rows, of runs: [RunID]) async throws -> Int64 {
    let table =
      switch rows {
      case .logs: "sluice_log"
      case .evaluations: "sluice_evaluation"
      case .discardedVersions: "sluice_version"
      case .attempts: "sluice_attempt"
      case .steps: "sluice_step"
      }
    // As an array, so that what to remove is looked for once.
    return try await count(
      Statement(
        """
        WITH removed AS (
          DELETE FROM \(table) WHERE id = ANY(ARRAY(
            SELECT id FROM (
              SELECT id, sum(bytes) OVER (ORDER BY id) - bytes AS before FROM (
                SELECT old.id, \(Self.bytes(rows)) AS bytes
                FROM unnest($1::int8[], $2::int8[], $3::int8[]) AS run (id, first, last) \(Self.join(rows)) LIMIT $4::int8
              ) AS chosen
            ) AS sized WHERE before < \(Self.bytesAtOnce))) RETURNING 1
        ) SELECT count(*) FROM removed
        """, Self.parameters(runs) + [.limit(Self.rowsAtOnce)]))
  }

  /// Records that marked runs are done with. Without steps a run's plan is of no use, and of its selection the beginning is enough.
  func finish(_ runs: [RunID]) async throws {
    let length = RetentionPolicy.selectionLength
    let statement = Statement(
      """
      UPDATE sluice_run AS old SET pruned = \(Mark.done), plan = CASE
        WHEN EXISTS (SELECT FROM sluice_step AS step WHERE step.id BETWEEN run.first AND run.last) THEN old.plan ELSE '' END,
        selection = CASE
          WHEN length(old.selection) > \(length) THEN left(old.selection, \(length - 1)) || '…' ELSE old.selection END
      FROM unnest($1::int8[], $2::int8[], $3::int8[]) AS run (id, first, last) WHERE old.id = run.id
      """, Self.parameters(runs))
    try await connection.run([statement, fence])
  }

  /// Removes some ticks beyond the newest of each schedule; returns how many.
  func removeTicks(beyond kept: Int) async throws -> Int64 {
    // From schedule to schedule by the index, and not over the ticks that stay.
    try await count(
      Statement(
        """
        WITH RECURSIVE known AS (
          (SELECT location, schedule FROM sluice_tick ORDER BY location, schedule LIMIT 1)
          UNION ALL
          SELECT next.location, next.schedule FROM known CROSS JOIN LATERAL (
            SELECT location, schedule FROM sluice_tick AS tick
            WHERE (tick.location, tick.schedule) > (known.location, known.schedule) ORDER BY location, schedule LIMIT 1
          ) AS next
        ), removed AS (
          DELETE FROM sluice_tick WHERE id = ANY(ARRAY(
            SELECT old.id FROM known CROSS JOIN LATERAL (
              SELECT id FROM sluice_tick AS tick WHERE tick.location = known.location AND tick.schedule = known.schedule
              ORDER BY id DESC OFFSET $1::int8
            ) AS old LIMIT $2::int8)) RETURNING 1
        ) SELECT count(*) FROM removed
        """, [.limit(kept), .limit(Self.rowsAtOnce)]))
  }

  /// What a row of `old` holds that has no size of its own.
  private static func bytes(_ rows: Rows) -> String {
    let columns =
      switch rows {
      case .logs: ["message"]
      case .evaluations: ["detail"]
      case .discardedVersions: ["inputs", "metadata", "locator"]
      case .attempts: ["failure"]
      case .steps: ["outcome", "failure"]
      }
    return columns.map { "coalesce(octet_length(old.\($0)), 0)::int8" }.joined(separator: " + ")
  }

  /// Finds the rows of `run`, as `old`.
  private static func join(_ rows: Rows) -> String {
    let discarded = RowCodes.decision.code(.discarded)
    return switch rows {
    case .logs: "JOIN sluice_log AS old ON old.run = run.id"
    case .evaluations:
      """
      JOIN sluice_version AS version ON version.step BETWEEN run.first AND run.last AND version.decision = \(discarded)
      JOIN sluice_evaluation AS old ON old.version = version.id
      """
    case .discardedVersions:
      "JOIN sluice_version AS old ON old.step BETWEEN run.first AND run.last AND old.decision = \(discarded)"
    case .attempts: "JOIN sluice_attempt AS old ON old.step BETWEEN run.first AND run.last"
    case .steps:
      """
      JOIN sluice_step AS old ON old.id BETWEEN run.first AND run.last
      WHERE NOT EXISTS (SELECT FROM sluice_target AS target WHERE target.latest_step = old.id)
      """
    }
  }

  private static func parameters(_ runs: [RunID]) -> [Parameter] {
    [
      .ints(runs.map { Int64(bitPattern: $0.number) }), .ints(runs.map { RowNumber.first(of: $0) }),
      .ints(runs.map { RowNumber.last(of: $0) }),
    ]
  }

  /// Runs a statement that counts what it did, in a transaction of its own.
  func count(_ statement: Statement) async throws -> Int64 {
    let answers = try await connection.run([statement, fence])
    return try answers[0].first.map { try $0.int(0) } ?? 0
  }
}
