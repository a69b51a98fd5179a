// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import JournalConformance
import Orchestrator
import SQLiteStore
import Synchronization
import Testing

/// Who may read and write what a store keeps.
@Suite struct PermissionTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func mode(_ name: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: directory.file(name).path)[.posixPermissions] as? Int
  }

  private func change(_ name: String, to mode: Int) throws {
    let path = name.isEmpty ? directory.url.path : directory.file(name).path
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  }

  /// Opens the store while a body runs; returns what whoever runs it is told.
  private func opened(_ body: (SQLiteJournal) async throws -> Void = { _ in }) async throws -> [String] {
    let notes = Mutex<[String]>([])
    let journal = SQLiteJournal(directory: directory.url) { note in notes.withLock { $0.append(note) } }
    let opening = try await journal.open()
    if opening.position == 0 {
      try await journal.append(JournalBatch(epoch: opening.epoch, after: 0, events: OneMaterialization(number: 1).batches[0]))
    }
    try await body(journal)
    try journal.close()
    return notes.withLock { $0 }
  }

  private static let files = ["journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm", "journal.lock", "journal.end"]

  private func expectPrivate(_ files: [String] = Self.files) throws {
    for file in files { #expect(try mode(file) == 0o600, "\(file)") }
  }

  @Test func `every file of a store is its owner's alone`() async throws {
    let notes = try await opened { _ in try expectPrivate() }
    #expect(notes.isEmpty)
  }

  @Test func `files that others could read are taken from them at the next start, and it is said`() async throws {
    _ = try await opened()
    for file in ["journal.sqlite", "journal.lock", "journal.end"] { try change(file, to: 0o644) }
    let notes = try await opened { _ in try expectPrivate() }
    #expect(notes.count == 1)
    #expect(notes.first?.contains("journal.sqlite, journal.end") == true, "\(notes)")
  }

  @Test func `a directory that others can read is taken, with a warning that names the mend`() async throws {
    try change("", to: 0o755)
    let notes = try await opened { _ in try expectPrivate() }
    #expect(notes.count == 1)
    #expect(notes.first?.contains("mode 0755") == true && notes.first?.contains("chmod 700 \(directory.url.path)") == true)
  }

  @Test(arguments: [0o777, 0o775, 0o757, 0o1777, 0o720])
  func `a directory that others can write is refused, and nothing is written into it`(mode: Int) async throws {
    try change("", to: mode)
    let journal = SQLiteJournal(directory: directory.url)
    let error = try await #require(throws: JournalError.self) { try await journal.open() }
    #expect(error.code == .exposed)
    #expect(error.message.contains("mode \(String(mode, radix: 8).count < 4 ? "0" : "")\(String(mode, radix: 8))"), "\(error)")
    #expect(error.message.contains("chmod go-w \(directory.url.path)"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.url.path).isEmpty)
  }

  @Test func `backups and what is restored from them are their owner's alone`() async throws {
    let backup = directory.file("monday.sluice")
    _ = try await opened { journal in
      _ = try await journal.backup(to: backup, release: "0", at: Timestamp(seconds: 0))
    }
    try expectPrivate(["monday.sluice"])
    try change("journal.sqlite", to: 0o644)
    let kept = try SQLiteBackup.restore(backup, into: directory.url, replacing: true).kept
    try expectPrivate(["journal.sqlite", "journal.lock", "\(kept?.lastPathComponent ?? "")/journal.sqlite"])

    try change("", to: 0o777)
    let error = #expect(throws: JournalError.self) { try SQLiteBackup.restore(backup, into: directory.url, replacing: true) }
    #expect(error?.code == .exposed)
  }
}
