// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import GRDB
import JournalCodec
import Orchestrator

/// The tables, as numbered migrations; `user_version` is the number of the last one applied.
package enum Schema {
  /// "SLUJ": marks a file as a Sluice journal.
  static let applicationID: Int32 = 0x534C_554A

  package struct Migration: Sendable {
    let number: Int
    let sql: String

    package init(number: Int, sql: String) {
      self.number = number
      self.sql = sql
    }
  }

  /// Ascending and without gaps. A migration that was released never changes.
  package static let migrations = [
    Migration(number: 1, sql: firstTables), Migration(number: 2, sql: secondTables), Migration(number: 3, sql: thirdTables),
    Migration(number: 4, sql: fourthTables), Migration(number: 5, sql: fifthTables),
    Migration(number: 6, sql: sixthTables), Migration(number: 7, sql: seventhTables),
    Migration(number: 8, sql: eighthTables),
  ]

  package static var current: Int { migrations.last?.number ?? 0 }

  /// Applies, one transaction each, every migration that a store lacks.
  ///
  /// - Parameter list: In order; others than ``migrations`` only in tests.
  package static func migrate(_ database: Database, by list: [Migration] = migrations) throws {
    let applied = try version(of: database)
    for migration in list where migration.number > applied {
      try database.inTransaction(.immediate) {
        try database.execute(sql: migration.sql)
        try database.execute(sql: "PRAGMA user_version = \(migration.number)")
        return .commit
      }
    }
  }

  /// Makes an empty file a store; in the caller's transaction.
  package static func create(in database: Database, incarnation: UInt32) throws {
    try database.execute(sql: "PRAGMA application_id = \(applicationID)")
    for migration in migrations { try database.execute(sql: migration.sql) }
    try database.execute(sql: "PRAGMA user_version = \(current)")
    try database.execute(
      sql: "INSERT INTO store (id, incarnation, epoch, format, release) VALUES (1, ?, 0, ?, ?)",
      arguments: [Int64(incarnation), Int64(JournalFormat.first.number), JournalFormat.first.release])
  }

  package static func version(of database: Database) throws -> Int { try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0 }

  /// Packs a step's name into a row number: runs in order, and a run's steps in order within.
  static func rowNumber(_ step: StepID) -> Int64 { Int64(bitPattern: step.run.number) << ordinalBits | Int64(step.ordinal) }

  static func step(_ row: Int64) -> StepID {
    StepID(run: RunID(UInt64(bitPattern: row >> ordinalBits)), ordinal: Int(row & (1 << ordinalBits - 1)))
  }

  static func firstRow(of run: RunID) -> Int64 { rowNumber(StepID(run: run, ordinal: 0)) }
  static func lastRow(of run: RunID) -> Int64 { firstRow(of: run) | (1 << ordinalBits - 1) }

  /// A run has fewer than 2^28 steps, and a store fewer than 2^35 runs.
  private static let ordinalBits: Int64 = 28

  /// Packs a version's name into a row number: targets apart, and a target's versions in order within.
  static func rowNumber(target: Int64, number: UInt32) -> Int64 { target << 32 | Int64(number) }
  static func target(ofVersion row: Int64) -> Int64 { row >> 32 }
  static func number(ofVersion row: Int64) -> UInt32 { UInt32(truncatingIfNeeded: row) }
}
