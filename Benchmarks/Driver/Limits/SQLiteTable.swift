// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB

/// A table in a file of its own, where plants keep their data, with the settings of the journal's.
final class SQLiteTable: CommitTable {
  private let directory: URL
  private let file: DatabaseQueue

  init() throws {
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-benchmark-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    var configuration = Configuration()
    configuration.journalMode = .wal
    file = try DatabaseQueue(path: directory.appendingPathComponent("commits.sqlite").path, configuration: configuration)
    try file.writeWithoutTransaction { database in
      try database.execute(sql: "PRAGMA synchronous = FULL")
      try database.execute(sql: "CREATE TABLE entry (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT")
      guard try Int.fetchOne(database, sql: "PRAGMA synchronous") == 2,
        try String.fetchOne(database, sql: "PRAGMA journal_mode") == "wal"
      else { throw BenchmarkError("SQLite refuses a write-ahead log with synchronous = FULL") }
    }
  }

  func commit(_ row: [UInt8]) throws {
    let bytes = Data(row)
    try file.writeWithoutTransaction { database in
      try database.inTransaction(.immediate) {
        try database.cachedStatement(sql: "INSERT INTO entry (bytes) VALUES (?)").execute(arguments: [bytes])
        return .commit
      }
    }
  }

  func remove() {
    try? file.close()
    try? FileManager.default.removeItem(at: directory)
  }
}
