// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import GRDB
import JournalCodec
import JournalConformance
import Orchestrator
import SQLiteStore
import Testing

/// Copies of a store that is in use, and stores made of them.
@Suite struct BackupTests {
  private let directory: TemporaryDirectory
  private let outside: TemporaryDirectory
  private let journal: SQLiteJournal

  init() throws {
    directory = try TemporaryDirectory()
    outside = try TemporaryDirectory()
    journal = SQLiteJournal(directory: directory.url)
  }

  private var file: URL { outside.file("backup.sluice") }
  private static let now = Timestamp(seconds: 1_400_000_000)

  /// Appends materializations one after the other.
  private func materialize(_ numbers: ClosedRange<UInt64>, _ opening: JournalOpening, after start: JournalPosition) async throws {
    var position = start
    for number in numbers {
      for batch in OneMaterialization(number: number).batches {
        try await journal.append(JournalBatch(epoch: opening.epoch, after: position, events: batch))
        position += UInt64(batch.count)
      }
    }
  }

  private func refusal(_ code: JournalError.Code, into name: String) throws {
    let error = #expect(throws: JournalError.self) { try SQLiteBackup.restore(file, into: outside.file(name)) }
    #expect(error?.code == code, "\(String(describing: error))")
    #expect(!FileManager.default.fileExists(atPath: outside.file("\(name)/journal.sqlite").path))
  }

  @Test func `a restored store has every event, row and snapshot, and an incarnation of its own`() async throws {
    let opening = try await journal.open()
    try await materialize(1...30, opening, after: 0)
    let events = try await journal.read(after: 0, limit: .max)
    var state = State(incarnation: opening.incarnation)
    for event in events { state.evolve(event) }
    try await journal.save(JournalSnapshot(position: 300, state: state))
    let manifest = try await journal.backup(to: file, release: "1.2.3", at: Self.now)
    #expect(manifest.incarnation == opening.incarnation && manifest.position == 300)
    #expect(manifest.release == "1.2.3" && manifest.madeAt == Self.now && manifest.epoch == 1)
    #expect(try SQLiteBackup.manifest(of: file) == manifest.manifest)
    let restored = try SQLiteBackup.restore(file, into: outside.file("new"))
    #expect(restored.incarnation != opening.incarnation)
    let copy = SQLiteJournal(directory: outside.file("new"))
    let again = try await copy.open()
    #expect(again.incarnation == restored.incarnation && again.position == 300 && again.epoch == 2)
    #expect(try await copy.read(after: 0, limit: .max) == events)
    #expect(try await copy.snapshot().newest?.state.incarnation == restored.incarnation)
    let runs = try await copy.history.runs(before: nil, limit: 100)
    #expect(try await journal.history.runs(before: nil, limit: 100) == runs)
    try copy.close()
    try journal.close()
  }

  @Test func `backups that are made while appends go on are whole, each up to some event`() async throws {
    let opening = try await journal.open()
    try await materialize(1...5, opening, after: 0)
    try await withThrowingTaskGroup { group in
      group.addTask { try await materialize(6...150, opening, after: 50) }
      group.addTask {
        for number in 1...4 {
          let file = outside.file("backup-\(number)")
          let manifest = try await journal.backup(to: file, release: "1", at: Self.now)
          #expect(manifest.position >= 50)
          try SQLiteBackup.restore(file, into: outside.file("store-\(number)"))
          let copy = SQLiteJournal(directory: outside.file("store-\(number)"))
          #expect(try await copy.open().position == manifest.position)
          #expect(try await copy.read(after: 0, limit: .max).count == Int(manifest.position))
          try copy.close()
        }
      }
      try await group.waitForAll()
    }
    #expect(try await journal.read(after: 1_490, limit: 100).count == 10)
    try journal.close()
  }

  @Test func `a backup that was cut or altered is refused, and leaves no store`() async throws {
    let opening = try await journal.open()
    try await materialize(1...5, opening, after: 0)
    _ = try await journal.backup(to: file, release: "1", at: Self.now)
    let whole = try Data(contentsOf: file)
    for length in [0, 5, whole.count / 2, whole.count - 1] {
      try whole.prefix(length).write(to: file)
      try refusal(.damaged, into: "cut-\(length)")
    }
    for position in [100, whole.count / 2, whole.count - 40] {
      var altered = whole
      altered[position] ^= 4
      try altered.write(to: file)
      try refusal(.damaged, into: "altered-\(position)")
    }
    try journal.close()
  }

  @Test func `a directory that has a store is not overwritten, and neither is a backup`() async throws {
    _ = try await journal.open()
    _ = try await journal.backup(to: file, release: "1", at: Self.now)
    let error = await #expect(throws: JournalError.self) { try await journal.backup(to: file, release: "1", at: Self.now) }
    #expect(error?.message.contains("exists already") == true)
    try journal.close()
    let occupied = #expect(throws: JournalError.self) { try SQLiteBackup.restore(file, into: directory.url) }
    #expect(occupied?.code == .held)
  }

  @Test func `no backup is made of a damaged store`() async throws {
    let opening = try await journal.open()
    try await materialize(1...5, opening, after: 0)
    try await journal.withWriter { try $0.execute(sql: "UPDATE batch SET bytes = x'00' WHERE last = 40") }
    let error = await #expect(throws: JournalError.self) { try await journal.backup(to: file, release: "1", at: Self.now) }
    #expect(error?.code == .damaged && error?.message.contains("event 40") == true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: outside.url.path).isEmpty)
    try journal.close()
  }

  @Test func `a backup whose manifest states an impossible size is damaged`() async throws {
    let manifest = try JournalCodec.encode(
      BackupManifest(
        incarnation: Incarnation(7), epoch: 1, position: 1, bytes: .max, checksum: 0, release: "1", madeAt: Self.now))
    let seal = UInt64(manifest.count) << 32 | UInt64(Checksum.crc32(manifest))
    try (manifest + withUnsafeBytes(of: seal.littleEndian) { Data($0) } + Data("SLUBKUP1".utf8)).write(to: file)
    try refusal(.damaged, into: "new")
  }

  @Test func `a store whose first record is of other types is damaged`() async throws {
    for record in ["1, 7, 1, 'text', '1', 0", "1, 7, 1, 1, x'00ff', 0", "1, 'a', 'b', 1, '1', 'c'"] {
      let journal = SQLiteJournal(directory: outside.file("store"))
      _ = try await journal.open()
      try await journal.withWriter { database in
        try database.execute(
          sql: """
            DROP TABLE store; CREATE TABLE store (id INTEGER PRIMARY KEY, incarnation, epoch, format, release, beginning);
            INSERT INTO store VALUES (\(record));
            """)
      }
      try journal.close()
      let altered = SQLiteJournal(directory: outside.file("store"))
      let error = await #expect(throws: JournalError.self) { _ = try await altered.open() }
      #expect(error?.code == .damaged, "\(record): \(String(describing: error))")
      try? altered.close()
      try FileManager.default.removeItem(at: outside.file("store"))
    }
  }

  @Test func `a pruned store is backed up and restored with its beginning`() async throws {
    let opening = try await journal.open()
    try await materialize(1...30, opening, after: 0)
    var state = State(incarnation: opening.incarnation)
    for event in try await journal.read(after: 0, limit: .max) { state.evolve(event) }
    try await journal.save(JournalSnapshot(position: 300, state: state))
    let report = try await journal.prune(RetentionPolicy(age: .seconds(1 << 40), runs: 5), at: Self.now)
    #expect(report.beginning > 0)
    _ = try await journal.backup(to: file, release: "1", at: Self.now)
    try SQLiteBackup.restore(file, into: outside.file("new"))
    let copy = SQLiteJournal(directory: outside.file("new"))
    #expect(try await copy.open().beginning == report.beginning)
    try copy.close()
    try journal.close()
  }
}
