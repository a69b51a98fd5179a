// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import GRDB
import JournalConformance
import Orchestrator
import SQLiteStore
import Testing

/// What concerns the files: who holds them, what they may be, and what happens when they cannot be trusted or written.
@Suite struct DirectoryTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private var path: String { directory.file("journal.sqlite").path }

  /// A store with some history, closed again.
  private func written() async throws -> JournalOpening {
    let journal = SQLiteJournal(directory: directory.url)
    let opening = try await journal.open()
    for number in 1...20 as ClosedRange<UInt64> {
      var after = (number - 1) * 10
      for batch in OneMaterialization(number: number).batches {
        try await journal.append(JournalBatch(epoch: opening.epoch, after: after, events: batch))
        after += UInt64(batch.count)
      }
    }
    try journal.close()
    return opening
  }

  private func refusal(_ code: JournalError.Code) async throws -> JournalError {
    let journal = SQLiteJournal(directory: directory.url)
    let error = try await #require(throws: JournalError.self) { try await journal.open() }
    #expect(error.code == code)
    return error
  }

  /// Changes the file as another program would.
  private func alter(_ sql: String) throws {
    let database = try DatabaseQueue(path: path)
    try database.writeWithoutTransaction { try $0.execute(sql: sql) }
    try database.close()
  }

  private func content() throws -> Data { try Data(contentsOf: directory.file("journal.sqlite")) }

  @Test func `the writer syncs every commit, and the file is in WAL mode`() async throws {
    let journal = SQLiteJournal(directory: directory.url)
    _ = try await journal.open()
    let settings = try await journal.withWriter { database in
      [try String.fetchOne(database, sql: "PRAGMA synchronous"), try String.fetchOne(database, sql: "PRAGMA journal_mode")]
    }
    #expect(settings == ["2", "wal"])
    try journal.close()
  }

  @Test func `the data directory is created, and readable by its owner alone`() async throws {
    let inner = directory.file("a/b")
    let journal = SQLiteJournal(directory: inner)
    _ = try await journal.open()
    let attributes = try FileManager.default.attributesOfItem(atPath: inner.path)
    #expect(attributes[.posixPermissions] as? Int == 0o700)
    try journal.close()
  }

  @Test func `a directory has one holder, and the next one is told which process it is`() async throws {
    let journal = SQLiteJournal(directory: directory.url)
    _ = try await journal.open()
    let error = try await refusal(.held)
    #expect(error.message.contains("process \(ProcessInfo.processInfo.processIdentifier)"))
    #expect(error.message.contains(directory.url.path))
    try journal.close()
    let next = SQLiteJournal(directory: directory.url)
    #expect(try await next.open().epoch == 2)
    try next.close()
  }

  @Test func `a child process does not inherit the hold`() async throws {
    let journal = SQLiteJournal(directory: directory.url)
    _ = try await journal.open()
    let lock = directory.file("journal.lock").resolvingSymlinksInPath().path
    let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").filter { name in
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")) == lock
    }
    let descriptor = try #require(descriptors.first.flatMap { Int32($0) })
    #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
    try journal.close()
  }

  @Test func `a refused open lets go of the directory`() async throws {
    _ = try await written()
    try alter("PRAGMA user_version = 99")
    _ = try await refusal(.tooNew)
    try alter("PRAGMA user_version = \(Schema.current)")
    let journal = SQLiteJournal(directory: directory.url)
    #expect(try await journal.open().epoch == 2)
    try journal.close()
  }

  @Test func `a store that is not open says so`() async throws {
    let journal = SQLiteJournal(directory: directory.url)
    let error = try await #require(throws: JournalError.self) { try await journal.read(after: 0, limit: 1) }
    #expect(error.code == .unavailable)
  }

  @Test func `tables of a newer version are refused and left alone`() async throws {
    _ = try await written()
    try alter("PRAGMA user_version = 99")
    let before = try content()
    let error = try await refusal(.tooNew)
    #expect(error.message.contains("version 99") && error.message.contains(path))
    #expect(try content() == before)
  }

  @Test func `a store with events of a newer format is refused, naming the release, and left alone`() async throws {
    _ = try await written()
    try alter("UPDATE store SET format = 7, release = '4.2.0'")
    let before = try content()
    let error = try await refusal(.tooNew)
    #expect(error.message.contains("format 7") && error.message.contains("4.2.0"))
    #expect(try content() == before)
  }

  @Test func `an SQLite file of another program is refused and left alone`() async throws {
    try alter("CREATE TABLE theirs (id INTEGER)")
    let before = try content()
    let error = try await refusal(.damaged)
    #expect(error.message.contains("no Sluice journal"))
    #expect(try content() == before)
  }

  @Test func `a file that is empty, or no database, is damage and never a new store`() async throws {
    for bytes in [Data(), Data("not a database".utf8), Data(repeating: 7, count: 9_000)] {
      try bytes.write(to: directory.file("journal.sqlite"))
      let error = try await refusal(.damaged)
      #expect(error.message.contains(path))
      #expect(try content() == bytes)
    }
  }

  @Test func `a file that was cut is found when it is opened`() async throws {
    _ = try await written()
    let whole = try content()
    for part in [0.2, 0.5, 0.9] {
      let cut = Data(whole.prefix(Int(Double(whole.count) * part)))
      try cut.write(to: directory.file("journal.sqlite"))
      _ = try await refusal(.damaged)
    }
  }

  @Test func `a journal whose file is gone, while its log is there, is not begun anew`() async throws {
    try Data([1]).write(to: directory.file("journal.sqlite-wal"))
    let error = try await refusal(.damaged)
    #expect(error.message.contains("missing"))
  }

  @Test func `a batch that was altered is found, and the events before it are named as good`() async throws {
    _ = try await written()
    try alter("UPDATE batch SET bytes = zeroblob(length(bytes)) WHERE last = (SELECT max(last) FROM batch)")
    let error = try await refusal(.damaged)
    #expect(error.message.contains("event 200"))
  }

  @Test func `a batch that was altered before the newest snapshot is found when it is read`() async throws {
    let first = try await written()
    let before = SQLiteJournal(directory: directory.url)
    _ = try await before.open()
    try await before.save(JournalSnapshot(position: 60, state: State(incarnation: first.incarnation)))
    try before.close()
    try alter("UPDATE batch SET bytes = zeroblob(length(bytes)) WHERE last = 50")
    let journal = SQLiteJournal(directory: directory.url)
    _ = try await journal.open()
    #expect(try await journal.read(after: 0, limit: 40).count == 40)
    let error = try await #require(throws: JournalError.self) { try await journal.read(after: 40, limit: 100) }
    #expect(error.code == .damaged && error.message.contains("event 50"))
    try journal.close()
  }

  @Test func `a batch that is missing is found when the store is opened`() async throws {
    _ = try await written()
    try alter("DELETE FROM batch WHERE last = 50")
    #expect(try await refusal(.damaged).message.contains("ends at event 200"))
  }

  @Test func `a creation that was interrupted leaves nothing that counts`() async throws {
    try Data("half".utf8).write(to: directory.file("journal.sqlite.new"))
    let journal = SQLiteJournal(directory: directory.url)
    #expect(try await journal.open().epoch == 1)
    try journal.close()
  }

  @Test func `a copy made while the store is open can be opened`() async throws {
    _ = try await written()
    let journal = SQLiteJournal(directory: directory.url)
    let opening = try await journal.open()
    try await journal.append(JournalBatch(epoch: opening.epoch, after: 200, events: SampleEvents.numbered(5)))
    let copy = try TemporaryDirectory()
    for name in ["journal.sqlite", "journal.sqlite-wal"] {
      try FileManager.default.copyItem(at: directory.file(name), to: copy.file(name))
    }
    let other = SQLiteJournal(directory: copy.url)
    #expect(try await other.open().position == 205)
    try other.close()
    try journal.close()
  }
}
