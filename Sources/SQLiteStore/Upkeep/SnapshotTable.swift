// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import GRDB
import JournalCodec
import Orchestrator

/// The snapshots of a store.
struct SnapshotTable {
  let database: Database

  /// How many are kept: where the newest does not verify, the one before does, and the events after it are there.
  static let kept = 2

  struct Reading {
    /// Newest first, those that verify.
    var good: [JournalSnapshot] = []
    var problems: [String] = []
  }

  /// Reads snapshots, newest first, and verifies each.
  ///
  /// - Parameter limit: After how many good ones to stop.
  func read(upTo limit: Int = kept) throws -> Reading {
    let row = try Row.fetchOne(database, sql: "SELECT incarnation FROM store WHERE id = 1")
    guard let row else { throw JournalError(.damaged, "the store has lost its first record: restore a backup") }
    let incarnation = Incarnation(UInt32(truncatingIfNeeded: row[0] as Int64))
    let rows = try Row.fetchCursor(database, sql: "SELECT position, checksum, bytes FROM snapshot ORDER BY position DESC")
    var reading = Reading()
    while reading.good.count < limit, let row = try rows.next() {
      let position = UInt64(bitPattern: row[0] as Int64)
      do {
        let state = try JournalCodec.decodeState(
          row[2], checksum: UInt32(truncatingIfNeeded: row[1] as Int64), incarnation: incarnation)
        reading.good.append(JournalSnapshot(position: position, state: state))
      } catch {
        reading.problems.append("the snapshot at event \(position) is passed over: \(error)")
      }
    }
    return reading
  }

  /// Adds a snapshot, and removes the oldest beyond those that are kept.
  func insert(_ encoded: EncodedSnapshot, at position: JournalPosition) throws {
    try database.execute(
      sql: "INSERT OR REPLACE INTO snapshot (position, checksum, bytes) VALUES (?, ?, ?)",
      arguments: [Int64(bitPattern: position), Int64(encoded.checksum), encoded.bytes])
    try database.execute(
      sql: "DELETE FROM snapshot WHERE position NOT IN (SELECT position FROM snapshot ORDER BY position DESC LIMIT ?)",
      arguments: [Self.kept])
  }
}
