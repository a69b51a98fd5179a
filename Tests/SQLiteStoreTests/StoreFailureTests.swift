// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import GRDB
import JournalConformance
import Orchestrator
import SQLiteStore
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a store says when SQLite fails: the file, the operation, and the result code with its extension.
@Suite struct StoreFailureTests {
  private let directory: TemporaryDirectory
  private let journal: SQLiteJournal

  init() throws {
    directory = try TemporaryDirectory()
    journal = SQLiteJournal(directory: directory.url)
  }

  private var path: String { directory.file("journal.sqlite").path }

  @Test func `a log that is cut under a store in use is named with the extended code, the operation and the file`() async throws {
    let opening = try await journal.open()
    var after: JournalPosition = 0
    for batch in OneMaterialization(number: 1).batches {
      try await journal.append(JournalBatch(epoch: opening.epoch, after: after, events: batch))
      after += UInt64(batch.count)
    }
    try #require(truncate(directory.file("journal.sqlite-wal").path, 0) == 0)
    let error = try await #require(throws: JournalError.self) { try await journal.read(after: 0, limit: 100) }
    #expect(error.code == .unavailable)
    #expect(error.message.contains(path) && error.message.contains("disk I/O error"), "\(error)")
    #expect(error.message.contains("SQLITE_IOERR_SHORT_READ (522)") && error.message.contains("reading"), "\(error)")
    try? journal.close()
  }

  @Test(arguments: [
    (ResultCode.SQLITE_IOERR_WRITE, "SQLITE_IOERR_WRITE (778)"), (.SQLITE_FULL, "SQLITE_FULL (13)"),
    (.SQLITE_BUSY_SNAPSHOT, "SQLITE_BUSY_SNAPSHOT (517)"), (.SQLITE_CORRUPT_INDEX, "SQLITE_CORRUPT_INDEX (779)"),
    (.SQLITE_CANTOPEN_ISDIR, "SQLITE_CANTOPEN_ISDIR (526)"),
    (ResultCode(rawValue: 10 | 99 << 8), "SQLITE_IOERR, extended (25354)"),
  ])
  func `every kind of failure has its code's name and number`(code: ResultCode, words: String) async throws {
    _ = try await journal.open()
    let error = try await #require(throws: JournalError.self) {
      try await journal.withWriter { _ in throw DatabaseError(resultCode: code) }
    }
    #expect(error.message.contains(words) && error.message.contains(path) && error.message.contains("upkeep"), "\(error)")
    try journal.close()
  }

  @Test func `what SQLite's connection knows of the system's error is said`() async throws {
    _ = try await journal.open()
    let target = directory.file("no/such/directory/copy").path
    let error = try await #require(throws: JournalError.self) {
      try await journal.withWriter { try $0.execute(sql: "ATTACH ? AS other", arguments: [target]) }
    }
    #expect(error.message.contains("SQLITE_CANTOPEN") && error.message.contains("(errno 2)"), "\(error)")
    try journal.close()
  }
}
