// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import Foundation
package import GRDB
package import Orchestrator

/// The content of manifests by digest; each call is part of the caller's transaction.
package struct ManifestTable {
  /// Bytes of what is stored at once: appends wait for one transaction of it, and for its move out of the log.
  package static let pieceBytes = 512 << 10
  /// How many pieces one transaction removes.
  package static let piecesAtOnce = 2

  private let database: Database

  package init(database: Database) { self.database = database }

  /// The parts in which content is stored ahead; one where it is small.
  package static func pieces(of manifest: Data) -> [Data] {
    stride(from: 0, to: manifest.count, by: pieceBytes).map { manifest.dropFirst($0).prefix(pieceBytes) }
  }

  package func has(_ digest: ManifestDigest) throws -> Bool {
    let statement = try database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM manifest WHERE digest = ?)")
    return try Bool.fetchOne(statement, arguments: [digest.description]) ?? false
  }

  /// Stores a manifest in the caller's transaction; ``note(_:namedAt:)`` is part of it. A large one is in pieces, so that it can go in pieces.
  func store(_ manifest: Data, of digest: ManifestDigest) throws {
    let pieces = Self.pieces(of: manifest)
    guard pieces.count > 1 else {
      return try database.cachedStatement(sql: "INSERT OR IGNORE INTO manifest (digest, bytes) VALUES (?, ?)")
        .execute(arguments: [digest.description, manifest])
    }
    for (number, piece) in pieces.enumerated() { try store(piece: piece, number: number, of: digest) }
    _ = try finish(digest, pieces: pieces.count)
  }

  /// Notes that a manifest is about to be stored, since the next event may name it. Before any of its content, so that whatever
  /// interrupts that leaves nothing that is never removed.
  package func noteAhead(_ digest: ManifestDigest) throws { try note(digest, namedAt: JournalBounds(of: database).end &+ 1) }

  /// Notes that an event names a manifest, or that one may soon: up to there it stays.
  func note(_ digest: ManifestDigest, namedAt position: JournalPosition) throws {
    let sql = """
      INSERT INTO manifest_use (digest, named) VALUES (?, ?) ON CONFLICT (digest) DO UPDATE SET named = max(named, excluded.named)
      """
    try database.cachedStatement(sql: sql).execute(arguments: [digest.description, Int64(bitPattern: position)])
  }

  /// Removes some of the content of a manifest that only pruned events name, if of any: first the row that says that it is there, and
  /// last its use, so that a removal that is interrupted is taken up again.
  ///
  /// - Returns: false where there is none.
  package func removeSome(namedUpTo beginning: JournalPosition) throws -> Bool {
    let digest = try String.fetchOne(
      database, sql: "SELECT digest FROM manifest_use WHERE named <= ? LIMIT 1", arguments: [Int64(bitPattern: beginning)])
    guard let digest else { return false }
    try database.execute(sql: "DELETE FROM manifest WHERE digest = ?", arguments: [digest])
    try database.execute(
      sql: "DELETE FROM manifest_piece WHERE rowid IN (SELECT rowid FROM manifest_piece WHERE digest = ? LIMIT ?)",
      arguments: [digest, Self.piecesAtOnce])
    if database.changesCount == Self.piecesAtOnce { return true }
    try database.execute(sql: "DELETE FROM manifest_use WHERE digest = ?", arguments: [digest])
    return true
  }

  /// Stores a piece, in place of one that a former try left.
  package func store(piece: Data, number: Int, of digest: ManifestDigest) throws {
    try database.cachedStatement(sql: "INSERT OR REPLACE INTO manifest_piece (digest, number, bytes) VALUES (?, ?, ?)")
      .execute(arguments: [digest.description, number, piece])
  }

  /// All pieces were stored: from here on the manifest is there.
  ///
  /// - Returns: false where some have gone since: it is not there then.
  package func finish(_ digest: ManifestDigest, pieces: Int) throws -> Bool {
    try database.execute(
      sql: """
        INSERT OR IGNORE INTO manifest (digest, bytes, pieces) SELECT ?1, x'', ?2
        WHERE (SELECT count(*) FROM manifest_piece WHERE digest = ?1 AND number < ?2) = ?2
        """, arguments: [digest.description, pieces])
    return try has(digest)
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

  /// Removes pieces of manifests of which the last one was never stored, and has those go in time that an earlier release stored without
  /// a use.
  func tidy() throws {
    try database.execute(
      sql: "DELETE FROM manifest_piece WHERE digest NOT IN (SELECT digest FROM manifest WHERE pieces > 0)")
    try database.execute(
      sql: """
        INSERT INTO manifest_use (digest, named) SELECT digest, (SELECT coalesce(max(last), 0) FROM batch) FROM manifest
        WHERE digest NOT IN (SELECT digest FROM manifest_use)
        """)
  }
}
