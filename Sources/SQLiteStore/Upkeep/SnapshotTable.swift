// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import Foundation
package import GRDB
package import JournalCodec
package import Orchestrator

/// The snapshots of a store; each call is part of the caller's transaction.
///
/// A large one is stored in pieces, each a transaction of its own, since appends wait for one: it counts once its row is there, which names
/// them by position and checksum. So those of another try are not taken for its own.
package struct SnapshotTable {
  private let database: Database

  /// How many are kept: where the newest does not verify, the one before does, and the events after it are there.
  static let kept = 2
  /// Bytes of what is stored at once.
  package static let pieceBytes = ManifestTable.pieceBytes
  /// How many pieces one transaction removes.
  package static let piecesAtOnce = ManifestTable.piecesAtOnce

  package init(database: Database) { self.database = database }

  /// The parts in which a snapshot is stored.
  package static func pieces(of snapshot: EncodedSnapshot) -> [Data] { ManifestTable.pieces(of: snapshot.bytes) }

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
    let rows = try Row.fetchCursor(database, sql: "SELECT position, checksum, bytes, pieces FROM snapshot ORDER BY position DESC")
    var reading = Reading()
    while reading.good.count < limit, let row = try rows.next() {
      let position = UInt64(bitPattern: row[0] as Int64)
      do {
        let state = try JournalCodec.decodeState(
          try content(row), checksum: UInt32(truncatingIfNeeded: row[1] as Int64), incarnation: incarnation)
        reading.good.append(JournalSnapshot(position: position, state: state))
      } catch {
        reading.problems.append("the snapshot at event \(position) is passed over: \(error)")
      }
    }
    return reading
  }

  private func content(_ row: Row) throws -> Data {
    let pieces: Int = row[3]
    guard pieces > 0 else { return row[2] }
    // One that is missing shows by the checksum.
    let found = try Data.fetchAll(
      database, sql: "SELECT bytes FROM snapshot_piece WHERE position = ? AND checksum = ? AND number < ? ORDER BY number",
      arguments: [row[0] as Int64, row[1] as Int64, pieces])
    return Data(found.joined())
  }

  /// Stores a piece, in place of the same one that a former try left.
  package func store(piece: Data, number: Int, of snapshot: EncodedSnapshot, at position: JournalPosition) throws {
    try database.cachedStatement(
      sql: "INSERT OR REPLACE INTO snapshot_piece (position, checksum, number, bytes) VALUES (?, ?, ?, ?)"
    ).execute(arguments: [Int64(bitPattern: position), Int64(snapshot.checksum), number, piece])
  }

  /// Adds a snapshot of one piece, or of several that are stored; takes those out of the table that are older than the ones that are kept.
  func insert(_ snapshot: EncodedSnapshot, at position: JournalPosition, pieces: Int) throws {
    try database.execute(
      sql: "INSERT OR REPLACE INTO snapshot (position, checksum, bytes, pieces) VALUES (?, ?, ?, ?)",
      arguments: [
        Int64(bitPattern: position), Int64(snapshot.checksum), pieces > 1 ? Data() : snapshot.bytes, pieces > 1 ? pieces : 0,
      ])
    try database.execute(
      sql: "DELETE FROM snapshot WHERE position NOT IN (SELECT position FROM snapshot ORDER BY position DESC LIMIT ?)",
      arguments: [Self.kept])
  }

  /// Removes some pieces of snapshots that are not there, if there are any; none may be on its way into the store.
  ///
  /// - Returns: whether there may be more.
  package func removeSome() throws -> Bool {
    try database.execute(
      sql: """
        DELETE FROM snapshot_piece WHERE rowid IN (
          SELECT rowid FROM snapshot_piece AS piece WHERE NOT EXISTS (
            SELECT 1 FROM snapshot WHERE snapshot.position = piece.position AND snapshot.checksum = piece.checksum) LIMIT ?)
        """, arguments: [Self.piecesAtOnce])
    return database.changesCount == Self.piecesAtOnce
  }
}
