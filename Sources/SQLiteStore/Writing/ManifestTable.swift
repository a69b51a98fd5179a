// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import Foundation
package import GRDB
import Orchestrator

/// The content of manifests by digest; each call is part of the caller's transaction.
package struct ManifestTable {
  /// Bytes of what is stored at once: appends wait for one transaction of it, and for its move out of the log.
  package static let pieceBytes = 512 << 10

  private let database: Database

  package init(database: Database) { self.database = database }

  /// The parts in which content is stored ahead; one where it is small.
  package static func pieces(of manifest: Data) -> [Data] {
    stride(from: 0, to: manifest.count, by: pieceBytes).map { manifest.dropFirst($0).prefix(pieceBytes) }
  }

  func has(_ digest: ManifestDigest) throws -> Bool {
    let statement = try database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM manifest WHERE digest = ?)")
    return try Bool.fetchOne(statement, arguments: [digest.description]) ?? false
  }

  /// Stores a manifest as a whole; ``note(_:namedAt:)`` follows.
  func store(_ manifest: Data, of digest: ManifestDigest) throws {
    try database.cachedStatement(sql: "INSERT OR IGNORE INTO manifest (digest, bytes) VALUES (?, ?)")
      .execute(arguments: [digest.description, manifest])
  }

  /// Notes that an event names a manifest, or that one may soon: up to there it stays.
  func note(_ digest: ManifestDigest, namedAt position: JournalPosition) throws {
    let sql = """
      INSERT INTO manifest_use (digest, named) VALUES (?, ?) ON CONFLICT (digest) DO UPDATE SET named = max(named, excluded.named)
      """
    try database.cachedStatement(sql: sql).execute(arguments: [digest.description, Int64(bitPattern: position)])
  }

  /// Removes the content of a manifest that only pruned events name, if of any.
  ///
  /// - Returns: false where there is none.
  func removeOne(namedUpTo beginning: JournalPosition) throws -> Bool {
    let digest = try String.fetchOne(
      database, sql: "SELECT digest FROM manifest_use WHERE named <= ? LIMIT 1", arguments: [Int64(bitPattern: beginning)])
    guard let digest else { return false }
    for table in ["manifest", "manifest_piece", "manifest_use"] {
      try database.execute(sql: "DELETE FROM \(table) WHERE digest = ?", arguments: [digest])
    }
    return true
  }

  /// Stores a piece, in place of one that a former try left.
  package func store(piece: Data, number: Int, of digest: ManifestDigest) throws {
    try database.cachedStatement(sql: "INSERT OR REPLACE INTO manifest_piece (digest, number, bytes) VALUES (?, ?, ?)")
      .execute(arguments: [digest.description, number, piece])
  }

  /// All pieces are stored: from here on the manifest is there.
  func finish(_ digest: ManifestDigest, pieces: Int) throws {
    try database.execute(
      sql: "INSERT OR IGNORE INTO manifest (digest, bytes, pieces) VALUES (?, x'', ?)", arguments: [digest.description, pieces])
  }

  /// The content; nil where it is not there, or lacks a piece.
  package func content(of digest: ManifestDigest) throws -> Data? {
    guard
      let row = try Row.fetchOne(
        database, sql: "SELECT bytes, pieces FROM manifest WHERE digest = ?", arguments: [digest.description])
    else { return nil }
    let pieces: Int = row[1]
    guard pieces > 0 else { return row[0] }
    let found = try Data.fetchAll(
      database, sql: "SELECT bytes FROM manifest_piece WHERE digest = ? AND number < ? ORDER BY number",
      arguments: [digest.description, pieces])
    return found.count == pieces ? Data(found.joined()) : nil
  }

  /// Removes pieces of manifests of which the last one was never stored.
  func removeUnfinished() throws {
    try database.execute(
      sql: "DELETE FROM manifest_piece WHERE digest NOT IN (SELECT digest FROM manifest WHERE pieces > 0)")
  }
}
