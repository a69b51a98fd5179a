// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import Foundation
package import GRDB
import JournalCodec
import Orchestrator

/// Removes what retention does not keep, a little in each transaction, so that no append waits long.
///
/// A run is marked before its rows go and again once they are gone, so that an interrupted pruning is taken up where it stopped.
package struct Pruner {
  private let database: Database

  /// How many rows one transaction removes.
  static let rowsAtOnce = 2_000
  /// How many batches one transaction removes.
  static let batchesAtOnce = 500
  /// Bytes that one transaction removes, but for the last row or batch: each may have megabytes, and appends wait meanwhile.
  package static let bytesAtOnce = 2 << 20

  package init(database: Database) { self.database = database }

  /// The codes of the column `pruned`.
  private enum Mark {
    static let begun = 1
    static let done = 2
  }

  // MARK: Runs

  /// Some runs that a policy does not keep and that ended before a snapshot's last instant, the oldest first; changes nothing.
  func candidates(_ policy: RetentionPolicy, at now: Timestamp, before covered: Timestamp) throws -> [Int64] {
    let horizon = now + (.zero - policy.age)
    let oldest = try Int64.fetchOne(
      database, sql: "SELECT id FROM run WHERE outcome IS NOT NULL ORDER BY id DESC LIMIT 1 OFFSET ?",
      arguments: [max(0, policy.runs)])
    return try Int64.fetchAll(
      database,
      sql: """
        SELECT id FROM run WHERE pruned < 2 AND pruned = 0 AND outcome IS NOT NULL AND finished_at < ?
          AND (finished_at < ? OR id <= ?) ORDER BY id LIMIT ?
        """,
      arguments: [covered.microseconds, horizon.microseconds, oldest ?? -1, Self.rowsAtOnce])
  }

  /// Marks runs as being pruned: from here on steps without a row are gone, and do not wait.
  func mark(_ runs: [Int64]) throws {
    let statement = try database.cachedStatement(sql: "UPDATE run SET pruned = ? WHERE id = ?")
    for run in runs { try statement.execute(arguments: [Mark.begun, run]) }
  }

  /// A marked run with rows left; nil when there is none.
  func next() throws -> RunID? {
    try Int64.fetchOne(
      database.cachedStatement(sql: "SELECT id FROM run WHERE pruned < 2 AND pruned = ? ORDER BY id LIMIT 1"),
      arguments: [Mark.begun]
    ).map { RunID(UInt64(bitPattern: $0)) }
  }

  /// Removes some rows of a marked run; false once nothing was left to remove, and the run is done with.
  package func removeRows(of run: RunID) throws -> Bool {
    try database.cachedStatement(sql: Self.removeLogs)
      .execute(arguments: [Int64(bitPattern: run.number), Self.rowsAtOnce])
    if database.changesCount > 0 { return true }
    for sql in [Self.removeEvaluations, Self.removeVersions, Self.removeAttempts, Self.removeSteps] {
      try database.cachedStatement(sql: sql)
        .execute(arguments: ["first": Schema.firstRow(of: run), "last": Schema.lastRow(of: run), "limit": Self.rowsAtOnce])
      if database.changesCount > 0 { return true }
    }
    try finish(run)
    return false
  }

  private static let removeLogs = "DELETE FROM log WHERE id IN (SELECT id FROM log WHERE run = ? LIMIT ?)"

  /// Evaluations of discarded versions. Those of promoted and rejected ones say why, and stay.
  private static let removeEvaluations = """
    DELETE FROM evaluation WHERE id IN (\(within(
      """
      SELECT evaluation.id, coalesce(length(detail), 0) AS bytes FROM version JOIN evaluation ON evaluation.version = version.id
      WHERE version.step BETWEEN :first AND :last AND version.decision = 2 LIMIT :limit
      """)))
    """

  private static let removeVersions = """
    DELETE FROM version WHERE id IN (\(within(
      """
      SELECT id, coalesce(length(inputs), 0) + coalesce(length(metadata), 0) + coalesce(length(locator), 0) AS bytes FROM version
      WHERE step BETWEEN :first AND :last AND decision = 2 LIMIT :limit
      """)))
    """

  /// Of rows with `id` and `bytes` the ids of the first ones, up to the bound on what one transaction removes.
  private static func within(_ rows: String) -> String {
    """
    SELECT id FROM (SELECT id, sum(bytes) OVER (ORDER BY id) - bytes AS earlier FROM (\(rows))) WHERE earlier < \(bytesAtOnce)
    """
  }

  private static let removeAttempts = """
    DELETE FROM attempt WHERE id IN (\(within(
      """
      SELECT id, coalesce(length(failure), 0) AS bytes FROM attempt WHERE step BETWEEN :first AND :last LIMIT :limit
      """)))
    """

  /// Steps, except those that are the latest of an asset partition: they say what became of it.
  private static let removeSteps = """
    DELETE FROM step WHERE id IN (
      SELECT id FROM step WHERE id BETWEEN :first AND :last
        AND NOT EXISTS (SELECT 1 FROM target WHERE target.latest_step = step.id) LIMIT :limit)
    """

  /// Without steps a run's plan is of no use, and of its selection the beginning is enough.
  private func finish(_ run: RunID) throws {
    let number = Int64(bitPattern: run.number)
    let length = RetentionPolicy.selectionLength
    try database.cachedStatement(
      sql: """
        UPDATE run SET pruned = ?, selection = CASE
          WHEN length(selection) > \(length) THEN substr(selection, 1, \(length - 1)) || '…' ELSE selection END WHERE id = ?
        """
    ).execute(arguments: [Mark.done, number])
    try database.cachedStatement(
      sql: "DELETE FROM plan WHERE run = ? AND NOT EXISTS (SELECT 1 FROM step WHERE id BETWEEN ? AND ?)"
    ).execute(arguments: [number, Schema.firstRow(of: run), Schema.lastRow(of: run)])
  }

  // MARK: Events

  /// The last position whose event may go: before the launch of the oldest whole run, and covered by a snapshot, which carries what
  /// is not over. A run that goes on for long does not hold the events of all others back.
  func cut(_ policy: RetentionPolicy, at now: Timestamp, covered: JournalPosition) throws -> JournalPosition {
    let young = now + (.zero - policy.eventsOfUnfinished)
    let launch = try Int64.fetchOne(
      database,
      sql: """
        SELECT launched_at FROM run WHERE pruned < 2 AND pruned = 0 AND (outcome IS NOT NULL OR launched_at >= ?)
          ORDER BY id LIMIT 1
        """, arguments: [young.microseconds])
    guard let launch else { return covered }
    return min(covered, try position(before: Timestamp(microseconds: launch)))
  }

  /// Removes some batches whose events are all within a position; the beginning moves along.
  ///
  /// - Returns: How many events went; 0 when none are left to remove.
  func removeBatches(upTo cut: JournalPosition) throws -> UInt64 {
    let row = try Row.fetchOne(
      database.cachedStatement(
        sql: """
          SELECT max(last), sum(events) FROM (
            SELECT last, events, sum(bytes) OVER (ORDER BY last) - bytes AS earlier FROM (
              SELECT last, events, length(bytes) AS bytes FROM batch WHERE last <= ? ORDER BY last LIMIT ?)
          ) WHERE earlier < \(Self.bytesAtOnce)
          """), arguments: [Int64(bitPattern: cut), Self.batchesAtOnce])
    guard let row, let last = row[0] as Int64?, let events = row[1] as Int64? else { return 0 }
    try database.execute(sql: "DELETE FROM batch WHERE last <= ?", arguments: [last])
    try database.execute(sql: "UPDATE store SET beginning = ? WHERE id = 1", arguments: [last])
    return UInt64(bitPattern: events)
  }

  /// The last position of the batches that lie wholly before an instant: instants never go back, so halving finds it.
  private func position(before instant: Timestamp) throws -> JournalPosition {
    var low = try Int64.fetchOne(database, sql: "SELECT beginning FROM store WHERE id = 1") ?? 0
    var high = try Int64.fetchOne(database, sql: "SELECT max(last) FROM batch") ?? low
    let statement = try database.cachedStatement(
      sql: "SELECT last, bytes FROM batch WHERE last > ? ORDER BY last LIMIT 1")
    // All up to `low` lies before the instant, and what follows `high` does not.
    while low < high {
      let middle = low + (high - low) / 2
      guard let row = try Row.fetchOne(statement, arguments: [middle]) else { break }
      if try JournalCodec.lastInstant(of: row[1]) < instant {
        low = row[0]
      } else {
        high = middle
      }
    }
    return UInt64(bitPattern: low)
  }
}
