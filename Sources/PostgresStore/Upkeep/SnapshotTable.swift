// SPDX-License-Identifier: Apache-2.0

import AssetModel
import JournalCodec
import Orchestrator

/// The snapshots of a store.
struct SnapshotTable {
  let connection: Connection
  let place: String

  /// How many are kept: where the newest does not verify, the one before does, and the events after it are there.
  static let kept = 2

  struct Reading {
    /// Newest first, those that verify.
    var good: [JournalSnapshot] = []
    var problems: [String] = []
  }

  /// Reads snapshots, newest first, and verifies each; one is in memory at a time.
  ///
  /// - Parameter limit: After how many good ones to stop.
  func read(upTo limit: Int = kept) async throws -> Reading {
    let store = try await connection.run("SELECT incarnation FROM sluice_store WHERE id = 1")
    guard let store = store.first else { throw JournalError.lostFirstRecord(in: place) }
    let incarnation = Incarnation(UInt32(truncatingIfNeeded: try store.int(0)))
    var reading = Reading()
    var before = Int64.max
    while reading.good.count < limit {
      let rows = try await connection.run(
        "SELECT position, checksum, bytes FROM sluice_snapshot WHERE position < $1::int8 ORDER BY position DESC LIMIT 1",
        [.int(before)])
      guard let row = rows.first else { break }
      before = try row.int(0)
      do {
        let state = try JournalCodec.decodeState(
          row.data(2), checksum: UInt32(truncatingIfNeeded: row.int(1)), incarnation: incarnation)
        reading.good.append(JournalSnapshot(position: UInt64(bitPattern: before), state: state))
      } catch {
        reading.problems.append("the snapshot at event \(before) is passed over: \(error)")
      }
    }
    return reading
  }

  /// Adds a snapshot, and removes the oldest beyond those that are kept.
  static func insert(_ encoded: EncodedSnapshot, at position: JournalPosition) -> [Statement] {
    [
      Statement(
        """
        INSERT INTO sluice_snapshot (position, version, checksum, bytes) VALUES ($1::int8, $2::int8, $3::int8, $4::bytea)
        ON CONFLICT (position) DO UPDATE SET version = excluded.version, checksum = excluded.checksum, bytes = excluded.bytes
        """,
        [.int(Int64(bitPattern: position)), .int(Int64(State.version)), .int(Int64(encoded.checksum)), .bytes(encoded.bytes)]),
      Statement(
        """
        DELETE FROM sluice_snapshot
        WHERE position < (SELECT min(position) FROM (SELECT position FROM sluice_snapshot ORDER BY position DESC LIMIT $1::int8) AS k)
        """, [.int(Int64(kept))]),
    ]
  }
}
