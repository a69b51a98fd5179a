// SPDX-License-Identifier: Apache-2.0

import AssetModel
import JournalCodec
import Orchestrator

/// Removes the events that no whole run needs. An append waits for one transaction at most, and for its commit only.
package struct EventPruner {
  let pruner: Pruner
  let place: String

  /// How many batches one transaction removes.
  static let batchesAtOnce = 500
  /// How many manifests one transaction removes: each may have tens of megabytes, and a statement ends in time or not at all.
  package static let manifestsAtOnce = 10

  private var connection: Connection { pruner.connection }

  /// The last position whose event may go: before the launch of the oldest whole run, and covered by a snapshot, which carries what
  /// is not over. A run that goes on for long does not hold the events of all others back.
  func cut(_ policy: RetentionPolicy, at now: Timestamp, covered: JournalPosition) async throws -> JournalPosition {
    let young = now + (.zero - policy.eventsOfUnfinished)
    let rows = try await connection.run(
      """
      SELECT launched_at FROM sluice_run WHERE pruned = 0 AND (outcome IS NOT NULL OR launched_at >= $1::int8)
      ORDER BY id LIMIT 1
      """, [.int(young.microseconds)])
    guard let launch = rows.first?.instant(0) else { return covered }
    return min(covered, try await position(before: launch))
  }

  /// Removes some batches whose events are all within a position; the beginning moves along.
  ///
  /// - Returns: How many events went; 0 when none are left to remove.
  func removeBatches(upTo cut: JournalPosition) async throws -> UInt64 {
    let rows = try await connection.run(
      """
      SELECT max(last), sum(events)::int8 FROM (
        SELECT last, events, sum(bytes) OVER (ORDER BY last) - bytes AS before FROM (
          SELECT last, events, octet_length(bytes) AS bytes FROM sluice_batch WHERE last <= $1::int8 ORDER BY last LIMIT $2::int8
        ) AS old
      ) AS sized WHERE before < \(Pruner.bytesAtOnce)
      """, [.int(Int64(bitPattern: cut)), .limit(Self.batchesAtOnce)])
    guard let row = rows.first, let last = row.optionalInt(0), let events = row.optionalInt(1) else { return 0 }
    // The store's row last: the next append waits for it.
    try await connection.run([
      Statement("DELETE FROM sluice_batch WHERE last <= $1::int8", [.int(last)]), pruner.fence,
      Statement("UPDATE sluice_store SET beginning = $1::int8 WHERE id = 1", [.int(last)]),
    ])
    return UInt64(bitPattern: events)
  }

  /// Removes the content of some manifests that only pruned events name; returns of how many.
  func removeManifests(namedUpTo beginning: JournalPosition) async throws -> Int64 {
    // Looked at again as each is removed: an append may have named it meanwhile.
    try await pruner.count(
      Statement(
        """
        WITH removed AS (
          DELETE FROM sluice_manifest WHERE named <= $1::int8 AND digest = ANY(ARRAY(
            SELECT digest FROM sluice_manifest WHERE named <= $1::int8 LIMIT $2::int8)) RETURNING 1
        ) SELECT count(*) FROM removed
        """, [.int(Int64(bitPattern: beginning)), .limit(Self.manifestsAtOnce)]))
  }

  /// The last position of the batches that lie wholly before an instant: instants never go back, so halving finds it.
  private func position(before instant: Timestamp) async throws -> JournalPosition {
    let bounds = try await JournalBounds(on: connection, in: place)
    // All up to `low` lies before the instant, and what follows `high` does not.
    var (low, high) = (Int64(bitPattern: bounds.beginning), Int64(bitPattern: bounds.end))
    while low < high {
      let middle = low + (high - low) / 2
      let rows = try await connection.run(
        "SELECT last, bytes FROM sluice_batch WHERE last > $1::int8 ORDER BY last LIMIT 1", [.int(middle)])
      guard let row = rows.first else { break }
      if try JournalCodec.lastInstant(of: row.data(1)) < instant {
        low = try row.int(0)
      } else {
        high = middle
      }
    }
    return UInt64(bitPattern: low)
  }
}
