// SPDX-License-Identifier: Apache-2.0

import JournalCodec
import Orchestrator

/// The tables, as numbered migrations; `sluice_migration` lists those that were applied.
///
/// They lie in the first schema of the session's `search_path`, `public` unless set, and their names begin with `sluice_`.
package enum Schema {
  package struct Migration: Sendable {
    let number: Int
    let statements: [String]

    package init(number: Int, statements: [String]) {
      self.number = number
      self.statements = statements
    }
  }

  /// Ascending and without gaps. A migration that was released never changes.
  package static let migrations = [
    Migration(number: 1, statements: firstTables), Migration(number: 2, statements: secondTables),
    Migration(number: 3, statements: thirdTables), Migration(number: 4, statements: fourthTables),
    Migration(number: 5, statements: fifthTables), Migration(number: 6, statements: sixthTables),
  ]

  package static var current: Int { migrations.last?.number ?? 0 }

  /// The number of the last migration that was applied, 0 where there is no store.
  ///
  /// - Throws: ``JournalError`` with code `tooNew` for a store that this program does not know, and with code `unsuitable` for a database
  ///   that has no room for every text; nothing is changed.
  package static func inspect(_ connection: Connection, in place: String) async throws -> Int {
    let version = try await version(connection)
    try await inspectEncoding(connection, isNew: version == 0, in: place)
    guard version > 0 else { return 0 }
    if version > current {
      throw JournalError(
        .tooNew,
        "\(place) has tables of version \(version), and this program knows versions up to \(current): "
          + "start the newer release of Sluice that wrote them; nothing was changed")
    }
    try await inspectStore(connection, version: version, in: place)
    return version
  }

  /// In any other encoding one character that it lacks, in whatever a team logs, would fail the append of everybody's events.
  private static func inspectEncoding(_ connection: Connection, isNew: Bool, in place: String) async throws {
    let encoding = try await connection.run("SELECT current_setting('server_encoding')", isPrepared: false).first?.text(0) ?? ""
    // SQL_ASCII takes every byte as it is: a store that lies in it already works.
    if encoding == "UTF8" || (encoding == "SQL_ASCII" && !isNew) { return }
    let mend =
      isNew
      ? "name one that is: CREATE DATABASE sluice ENCODING 'UTF8' TEMPLATE template0"
      : "copy it with pg_dump into one that is (CREATE DATABASE sluice ENCODING 'UTF8' TEMPLATE template0), and name that"
    throw JournalError(
      .unsuitable,
      "\(place) is in \(encoding), which has no room for every text that teams log, not in UTF8: \(mend); nothing was changed")
  }

  private static func inspectStore(_ connection: Connection, version: Int, in place: String) async throws {
    // The tables of version 1 have no beginning: nothing was ever pruned.
    let beginning = version > 1 ? "beginning" : "0::int8"
    let rows = try await connection.run(
      """
      SELECT format, release, position, coalesce((SELECT max(last) FROM sluice_batch), \(beginning)) FROM sluice_store
      WHERE id = 1
      """, isPrepared: false)
    guard let row = rows.first else { throw JournalError.lostFirstRecord(in: place) }
    let format = JournalFormat(number: UInt32(clamping: try row.int(0)), release: try row.text(1))
    if let refusal = format.refusal(in: place) { throw refusal }
    let (position, last) = (try row.int(2), try row.int(3))
    guard position == last else {
      throw JournalError(
        .damaged,
        "\(place) ends at event \(position), and its last batch at event \(last): restore a backup into another database")
    }
  }

  /// A failed statement would end a transaction: so the table is looked for first.
  static func version(_ connection: Connection) async throws -> Int {
    let table = try await connection.run("SELECT to_regclass('sluice_migration')::text", isPrepared: false)
    guard table.first?.optionalText(0) != nil else { return 0 }
    let rows = try await connection.run("SELECT max(number) FROM sluice_migration", isPrepared: false)
    return Int(rows.first?.optionalInt(0) ?? 0)
  }
}

extension JournalError {
  static func lostFirstRecord(in place: String) -> JournalError {
    JournalError(.damaged, "\(place) has lost the first record of its store: restore a backup into another database")
  }
}
