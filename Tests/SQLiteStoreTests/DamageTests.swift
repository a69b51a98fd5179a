// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import GRDB
import JournalConformance
import Orchestrator
import SQLiteStore
import Testing

/// A journal whose tail is gone or altered is found when it is opened, and what is good is said; never is it taken for whole.
@Suite struct DamageTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private var path: String { directory.file("journal.sqlite").path }

  /// A store with 20 materializations, 200 events, 10 a batch group; left as `close` leaves it.
  ///
  /// - Returns: What the files held before it was closed.
  @discardableResult
  private func write() async throws -> [String: Data] {
    let journal = SQLiteJournal(directory: directory.url)
    let opening = try await journal.open()
    var position: JournalPosition = 0
    for number in 1...20 as ClosedRange<UInt64> {
      for batch in OneMaterialization(number: number).batches {
        try await journal.append(JournalBatch(epoch: opening.epoch, after: position, events: batch))
        position += UInt64(batch.count)
      }
    }
    var files: [String: Data] = [:]
    for name in ["journal.sqlite", "journal.sqlite-wal", "journal.end"] {
      files[name] = try Data(contentsOf: directory.file(name))
    }
    try journal.close()
    return files
  }

  private func damage() async throws -> JournalError {
    let journal = SQLiteJournal(directory: directory.url)
    let error = try await #require(throws: JournalError.self) { try await journal.open() }
    #expect(error.code == .damaged, "\(error)")
    #expect(error.message.contains("restore a backup"), "\(error)")
    return error
  }

  private func alter(_ sql: String) throws {
    let database = try DatabaseQueue(path: path)
    try database.writeWithoutTransaction { try $0.execute(sql: sql) }
    try database.close()
  }

  /// Leaves what is there when the process is killed, without the last `missing` bytes of the log.
  private func crash(cutting missing: Int) async throws {
    for (name, bytes) in try await write() {
      // Into the same file: another one would be a copy.
      if !FileManager.default.fileExists(atPath: directory.file(name).path) { try Data().write(to: directory.file(name)) }
      let file = try FileHandle(forWritingTo: directory.file(name))
      try file.truncate(atOffset: 0)
      try file.write(contentsOf: name.hasSuffix("-wal") ? bytes.prefix(max(0, bytes.count - missing)) : bytes)
      try file.close()
    }
  }

  @Test(arguments: [1, 4_096, 20_000, 100_000, 1_000_000])
  func `a file that was cut anywhere is damage`(_ bytes: Int) async throws {
    try await write()
    let whole = try Data(contentsOf: directory.file("journal.sqlite"))
    try whole.prefix(max(512, whole.count - bytes)).write(to: directory.file("journal.sqlite"))
    #expect(try await damage().message.contains(path))
  }

  @Test(arguments: [3, 50, 120, 200])
  func `a bit that flipped in a batch is found, and the events before it are named as good`(_ last: Int) async throws {
    try await write()
    let row = try DatabaseQueue(path: path)
    let (found, good) = try await row.write { database -> (Int, Int) in
      let found = try Int.fetchOne(database, sql: "SELECT min(last) FROM batch WHERE last >= ?", arguments: [last]) ?? 0
      let events = try Int.fetchOne(database, sql: "SELECT events FROM batch WHERE last = ?", arguments: [found]) ?? 0
      var bytes = try Data.fetchOne(database, sql: "SELECT bytes FROM batch WHERE last = ?", arguments: [found]) ?? Data()
      bytes[bytes.count / 2] ^= 0x10
      try database.execute(sql: "UPDATE batch SET bytes = ? WHERE last = ?", arguments: [bytes, found])
      return (found, found - events)
    }
    try row.close()
    let message = try await damage().message
    #expect(message.contains("ends at event \(found)") && message.contains("events up to \(good) are good"))
  }

  @Test func `batches that are missing in the middle or at the beginning are found`() async throws {
    try await write()
    try alter("DELETE FROM batch WHERE last BETWEEN 91 AND 110")
    #expect(try await damage().message.contains("events up to 90 are good"))
    try alter("DELETE FROM batch WHERE last < 91")
    #expect(try await damage().message.contains("lacks events 1 to"))
  }

  @Test func `batches that are missing at the end are found by the mark`() async throws {
    try await write()
    try alter("DELETE FROM batch WHERE last > 150")
    let message = try await damage().message
    #expect(message.contains("events up to 200 were acknowledged") && message.contains("journal.end"))
    try FileManager.default.removeItem(at: directory.file("journal.end"))
    let journal = SQLiteJournal(directory: directory.url)
    #expect(try await journal.open().position == 150)
    try journal.close()
  }

  @Test func `an older copy of the file in place of the newer one is found`() async throws {
    let journal = SQLiteJournal(directory: directory.url)
    _ = try await journal.open()
    try journal.close()
    let old = try Data(contentsOf: directory.file("journal.sqlite"))
    try await write()
    try old.write(to: directory.file("journal.sqlite"))
    #expect(try await damage().message.contains("Events up to 0 are good"))
  }

  @Test func `a store that was killed opens whole`() async throws {
    try await crash(cutting: 0)
    let journal = SQLiteJournal(directory: directory.url)
    #expect(try await journal.open().position == 200)
    try journal.close()
  }

  @Test(arguments: [5, 20_000, 10_000_000])
  func `acknowledged events that a cut log has lost are missed`(_ missing: Int) async throws {
    try await crash(cutting: missing)
    let message = try await damage().message
    #expect(message.contains("events up to 200 were acknowledged"))
  }

  @Test func `a bit that flipped in the log is missed, and not the end of the log`() async throws {
    try await crash(cutting: 0)
    let log = directory.file("journal.sqlite-wal")
    var bytes = try Data(contentsOf: log)
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: log)
    #expect(try await damage().message.contains("events up to 200 were acknowledged"))
  }

  @Test func `a log that is gone is missed`() async throws {
    try await crash(cutting: 0)
    try FileManager.default.removeItem(at: directory.file("journal.sqlite-wal"))
    _ = try await damage()
  }

  @Test func `a mark that was torn says nothing, and everything is looked at`() async throws {
    try await write()
    try Data("torn".utf8).write(to: directory.file("journal.end"))
    let journal = SQLiteJournal(directory: directory.url)
    #expect(try await journal.open().position == 200)
    try journal.close()
    try Data("torn".utf8).write(to: directory.file("journal.end"))
    try alter("UPDATE batch SET bytes = zeroblob(length(bytes)) WHERE last = 100")
    #expect(try await damage().message.contains("event 100"))
  }

  @Test func `a damaged store is left as it is`() async throws {
    try await write()
    try alter("DELETE FROM batch WHERE last = 100")
    let names = ["journal.sqlite", "journal.end"]
    let before = try names.map { try Data(contentsOf: directory.file($0)) }
    _ = try await damage()
    _ = try await damage()
    #expect(try names.map { try Data(contentsOf: directory.file($0)) } == before)
  }

  @Test func `a snapshot that does not verify is passed over, with a reason, for the one before or the journal`() async throws {
    try await write()
    let journal = SQLiteJournal(directory: directory.url)
    let opening = try await journal.open()
    for position in [50, 100] as [JournalPosition] {
      try await journal.save(JournalSnapshot(position: position, state: State(incarnation: opening.incarnation)))
    }
    try await journal.withWriter { try $0.execute(sql: "UPDATE snapshot SET bytes = x'00' WHERE position = 100") }
    let reading = try await journal.snapshot()
    #expect(reading.newest?.position == 50)
    #expect(reading.problems.count == 1 && reading.problems.first?.contains("event 100") == true)
    try await journal.withWriter { try $0.execute(sql: "UPDATE snapshot SET checksum = checksum + 1") }
    let none = try await journal.snapshot()
    #expect(none.newest == nil && none.problems.count == 2)
    try journal.close()
  }
}
