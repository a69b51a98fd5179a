// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import JournalConformance
import Orchestrator
import SQLiteStore
import Synchronization
import TestSupport
import Testing

/// A directory that is copied file by file while its journal is written to: each copy opens, in whatever order the files were read.
@Suite struct CopyTests {
  private let directory: TemporaryDirectory
  private let writer: Writer

  private static let rounds = 16
  private static let roundsOfPrograms = 8

  /// A log that is moved after every few batches, so that a copy hardly ever falls between two moves.
  private static var limits: LogLimits {
    var limits = LogLimits()
    limits.pages = 40
    limits.settling = .zero
    return limits
  }

  init() async throws {
    directory = try TemporaryDirectory()
    writer = Writer(SQLiteJournal(directory: directory.url, limits: Self.limits))
    try await writer.open()
  }

  /// Appends materializations, one after the other.
  private actor Writer {
    let journal: SQLiteJournal
    private(set) var position: JournalPosition = 0
    private var epoch: Epoch = 0
    private var number: UInt64 = 0

    init(_ journal: SQLiteJournal) { self.journal = journal }

    func open() async throws { epoch = try await journal.open().epoch }

    func write(_ count: Int = 1) async throws {
      for _ in 0..<count {
        number += 1
        for events in OneMaterialization(number: number).batches {
          try await journal.append(JournalBatch(epoch: epoch, after: position, events: events))
          position += UInt64(events.count)
        }
      }
    }

    /// Writes until the log has been moved once more.
    func writeUntilMoved() async throws {
      let moves = journal.logMoves
      for _ in 0..<1_000 where journal.logMoves == moves { try await write() }
      #expect(journal.logMoves > moves, "1,000 materializations moved nothing")
    }
  }

  /// Opens a copy; it has everything up to some event that was acknowledged neither before it was begun nor after it was done.
  private func expectWhole(_ copy: URL, from first: JournalPosition, to last: JournalPosition, _ comment: String) async throws {
    let notes = Mutex<[String]>([])
    let journal = SQLiteJournal(directory: copy) { note in notes.withLock { $0.append(note) } }
    let opening: JournalOpening
    do {
      opening = try await journal.open()
    } catch {
      Issue.record("\(comment): \(error)")
      return
    }
    #expect((first...last).contains(opening.position), "\(comment): \(opening.position), not within \(first)...\(last)")
    let events = try await journal.read(after: 0, limit: .max)
    let original = try await writer.journal.read(after: 0, limit: events.count)
    #expect(events == original && events.count == Int(opening.position), "\(comment)")
    // A materialization is two batches and one that settles it; the tables say what the events do.
    let runs = try await journal.history.runs(before: nil, limit: .max)
    #expect(runs.count == (events.count + 9) / 10, "\(comment)")
    // What a note says is missing was acknowledged while the copy was made.
    // That others could read the copy is said, too.
    for note in notes.withLock({ $0 }) where !note.hasPrefix("others could read") {
      #expect(note.contains("whole up to event \(opening.position)"), "\(comment): \(note)")
    }
    try journal.close()
  }

  @Test func `a copy opens whatever was appended between any two reads of it`() async throws {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SplitMix(seed: seed)
    try await writer.writeUntilMoved()
    for round in 1...Self.rounds {
      let comment = "seed \(seed), round \(round)"
      try await writer.writeUntilMoved()
      try await writer.write(Int.random(in: 0...6, using: &random))
      let copy = try TemporaryDirectory()
      let first = await writer.position
      for name in ["journal.sqlite", "journal.sqlite-wal", "journal.end"].shuffled(using: &random) {
        try await copyFile(name, to: copy, &random)
        try await writer.write(Int.random(in: 0...12, using: &random))
      }
      try await expectWhole(copy.url, from: first, to: writer.position, comment)
    }
    try writer.journal.close()
  }

  /// Reads a file in pieces, as a copying program does, with appends in between.
  private func copyFile(_ name: String, to copy: TemporaryDirectory, _ random: inout SplitMix) async throws {
    let source = try FileHandle(forReadingFrom: directory.file(name))
    let target = copy.file(name)
    try Data().write(to: target)
    let sink = try FileHandle(forWritingTo: target)
    let piece = [512, 4_096, 5_000, 65_536, 1 << 20].randomElement(using: &random) ?? 4_096
    var pauses = 8
    while let bytes = try source.read(upToCount: piece), !bytes.isEmpty {
      try sink.write(contentsOf: bytes)
      if pauses > 0, Int.random(in: 0..<3, using: &random) == 0 {
        pauses -= 1
        try await writer.write(Int.random(in: 1...4, using: &random))
      }
    }
    try sink.close()
    try source.close()
  }

  @Test func `a copy by another program opens, of the directory or of one file after the other, with or without its times`()
    async throws
  {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SplitMix(seed: seed)
    for round in 1...Self.roundsOfPrograms {
      try await writer.writeUntilMoved()
      let names = ["journal.sqlite", "journal.sqlite-wal", "journal.end", "journal.lock"].shuffled(using: &random)
      let flag = Bool.random(using: &random) ? "-a" : "-r"
      let isWhole = Int.random(in: 0..<3, using: &random) == 0
      let copy = try TemporaryDirectory()
      let first = await writer.position
      let copying = Latch()
      try await withThrowingTaskGroup { group in
        group.addTask {
          defer { copying.end() }
          if isWhole {
            try await Self.copy(flag, "\(directory.url.path)/.", to: copy)
          } else {
            for name in names { try await Self.copy(flag, directory.file(name).path, to: copy) }
          }
        }
        group.addTask { while copying.isOn { try await writer.write() } }
        try await group.waitForAll()
      }
      let comment = "seed \(seed), round \(round): cp \(flag) \(isWhole ? "directory" : names.joined(separator: " "))"
      try await expectWhole(copy.url, from: first, to: writer.position, comment)
    }
    try writer.journal.close()
  }

  private static func copy(_ flag: String, _ source: String, to copy: TemporaryDirectory) async throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/cp")
    process.arguments = [flag, source, copy.url.path]
    let status = try await withCheckedThrowingContinuation { continuation in
      process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
      do {
        try process.run()
      } catch {
        continuation.resume(throwing: error)
      }
    }
    #expect(status == 0)
  }
}

/// What a copy's mark of the end says.
@Suite struct CopiedMarkTests {
  private let directory: TemporaryDirectory
  private let journal: SQLiteJournal

  /// A store that is in use, with 200 events.
  init() async throws {
    directory = try TemporaryDirectory()
    journal = SQLiteJournal(directory: directory.url)
    _ = try await journal.open()
    try await append(1...20)
  }

  private func append(_ numbers: ClosedRange<UInt64>) async throws {
    for number in numbers {
      var after = (number - 1) * 10
      for events in OneMaterialization(number: number).batches {
        try await journal.append(JournalBatch(epoch: 1, after: after, events: events))
        after += UInt64(events.count)
      }
    }
  }

  private func copy(_ names: String..., to copy: TemporaryDirectory) throws {
    for name in names { try FileManager.default.copyItem(at: directory.file(name), to: copy.file(name)) }
  }

  @Test func `a mark that was copied behind the log is no damage, and it is said what is missing`() async throws {
    let copy = try TemporaryDirectory()
    try self.copy("journal.sqlite", "journal.sqlite-wal", to: copy)
    try await append(21...25)
    try self.copy("journal.end", to: copy)
    let notes = Mutex<[String]>([])
    let other = SQLiteJournal(directory: copy.url) { note in notes.withLock { $0.append(note) } }
    #expect(try await other.open().position == 200)
    #expect(notes.withLock { $0 }.count == 1)
    #expect(notes.withLock { $0.first }?.contains("50 later ones, up to event 250") == true)
    try other.close()
    try journal.close()
  }

  @Test func `a log that was cut after it was copied is damage`() async throws {
    let copy = try TemporaryDirectory()
    try self.copy("journal.sqlite", "journal.sqlite-wal", "journal.end", to: copy)
    let log = copy.file("journal.sqlite-wal")
    let bytes = try Data(contentsOf: log)
    try bytes.dropLast(5_000).write(to: log)
    // As where it is cut some time after the copy was made.
    try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: 60)], ofItemAtPath: log.path)
    let error = await #expect(throws: JournalError.self) { try await SQLiteJournal(directory: copy.url).open() }
    #expect(error?.code == .damaged && error?.message.contains("events up to 200 were acknowledged") == true)
    try journal.close()
  }

  @Test func `a copy without its log is damage`() async throws {
    let copy = try TemporaryDirectory()
    try self.copy("journal.sqlite", "journal.end", to: copy)
    let error = await #expect(throws: JournalError.self) { try await SQLiteJournal(directory: copy.url).open() }
    #expect(error?.code == .damaged)
    try journal.close()
  }
}

/// Says whether something still goes on.
private final class Latch: Sendable {
  private let on = Mutex(true)

  var isOn: Bool { on.withLock { $0 } }
  func end() { on.withLock { $0 = false } }
}
