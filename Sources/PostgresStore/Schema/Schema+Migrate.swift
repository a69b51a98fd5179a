// SPDX-License-Identifier: Apache-2.0

import JournalCodec

extension Schema {
  /// Marks our advisory locks among others: "SLUJ".
  package static let lockClass = 0x534C_554A

  /// Applies every migration that a store lacks, in one transaction under a lock: of two programs one does it, and the other
  /// finds it done.
  ///
  /// - Parameters:
  ///   - list: In order; others than ``migrations`` only in tests.
  ///   - incarnation: For a store that is made by this.
  package static func migrate(
    _ connection: Connection, incarnation: UInt32, limits: PostgresLimits, by list: [Migration] = migrations
  ) async throws {
    let bound = "\(limits.migration.milliseconds)ms"
    try await run(
      [
        "BEGIN", "SET LOCAL statement_timeout = '\(bound)'", "SET LOCAL lock_timeout = '\(bound)'",
        "SELECT pg_advisory_xact_lock(\(lockClass), hashtext(coalesce(current_schema(), '')))",
        // Who waited for the lock remembers that there was no table: opening one has the session hear of what was made since.
        "SELECT FROM pg_catalog.pg_class LIMIT 0",
      ], connection, limits)
    let applied = try await version(connection)
    for migration in list where migration.number > applied {
      let record = "INSERT INTO sluice_migration (number) VALUES (\(migration.number))"
      try await run(migration.statements + [record], connection, limits)
    }
    if applied == 0 { try await insertFirstRows(connection, incarnation) }
    try await run(["COMMIT"], connection, limits)
  }

  private static func run(_ statements: [String], _ connection: Connection, _ limits: PostgresLimits) async throws {
    try await connection.run(statements.map { Statement($0, isPrepared: false) }, patience: limits.migration)
  }

  private static func insertFirstRows(_ connection: Connection, _ incarnation: UInt32) async throws {
    try await connection.run(
      """
      INSERT INTO sluice_store (id, incarnation, epoch, position, format, release)
      VALUES (1, $1::int8, 0, 0, $2::int8, $3::text)
      """,
      [.int(Int64(incarnation)), .int(Int64(JournalFormat.first.number)), .text(JournalFormat.first.release)])
    try await connection.run(
      "INSERT INTO sluice_lease (id, holder, epoch, expires_at) VALUES (1, '', 0, now())", isPrepared: false)
  }
}
