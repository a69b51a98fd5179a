// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import Dispatch
package import Foundation
import GRDB
package import JournalCodec
package import Orchestrator

extension SQLiteJournal {
  /// Writes a consistent copy of the open store to one file, while appends go on; it appears under its name once it is whole.
  ///
  /// Every batch of the copy is verified, so that damage is not carried into a backup unseen.
  ///
  /// - Parameters:
  ///   - file: Must not exist yet.
  ///   - release: The program's version, for the manifest.
  /// - Throws: ``JournalError``: `unavailable` where it cannot be written, `damaged` where the store is.
  package func backup(to file: URL, release: String, at now: Timestamp) async throws -> SQLiteBackup.Content {
    // Held open meanwhile, so that the files stay.
    _ = try await read { try JournalBounds(of: $0).end }
    let source = journalPath
    return try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(
          with: Swift.Result { .init(manifest: try SQLiteBackup.copy(source, to: file, release: release, at: now)) })
      }
    }
  }
}

/// Copies of stores, and how they become stores again.
package enum SQLiteBackup {
  /// What a backup holds.
  package struct Content: Hashable, Sendable {
    package let manifest: BackupManifest

    /// Of the store that was copied.
    package var incarnation: Incarnation { manifest.incarnation }
    package var epoch: Epoch { manifest.epoch }
    /// The last event in it.
    package var position: JournalPosition { manifest.position }
    package var release: String { manifest.release }
    package var madeAt: Timestamp { manifest.madeAt }
  }

  /// What a backup says about itself, without verifying its content.
  package static func manifest(of file: URL) throws(JournalError) -> BackupManifest {
    try StoreFailure.mapped(file.path, .reading) { try BackupFile(url: file).manifest() }
  }

  /// What became of a data directory.
  package struct Restored: Hashable, Sendable {
    package let content: Content
    /// Which the new store has.
    package let incarnation: Incarnation
    /// Where the store that was there before has been put, where there was one.
    package let kept: URL?
  }

  /// Makes a backup the store of a data directory, under a new incarnation (semantics 15).
  ///
  /// The copy is verified, byte by byte and batch by batch, before it gets its name. A store that is there is refused, or set aside:
  /// never is there a moment in which a start would find neither of the two. Everything else in the directory stays. It blocks its
  /// thread.
  ///
  /// - Parameters:
  ///   - replacing: Whether a store that is there gives way.
  ///   - now: Names the folder that it is put into.
  /// - Throws: ``JournalError``: `held` where a daemon uses the directory, or it has a store already; `damaged` where the backup is.
  @discardableResult
  package static func restore(
    _ file: URL, into directory: URL, replacing: Bool = false, at now: Timestamp = Timestamp(microseconds: 0)
  ) throws(JournalError) -> Restored {
    let files = StoreFiles(directory: directory.standardizedFileURL)
    guard FileManager.default.fileExists(atPath: file.path) else {
      throw JournalError(.unavailable, "there is no file \(file.path)")
    }
    try files.makeDirectory()
    let lock = try DirectoryLock(directory: files.directory)
    defer { withExtendedLifetime(lock) {} }
    let previous = PreviousStore(files)
    if !replacing { try previous.refuse() }
    return try StoreFailure.mapped(file.path, .restoring) {
      let backup = BackupFile(url: file)
      let manifest = try backup.manifest()
      let workshop = StoreFiles(directory: files.directory.appendingPathComponent("restoring"))
      try? FileManager.default.removeItem(at: workshop.directory)
      try workshop.makeDirectory()
      defer { try? FileManager.default.removeItem(at: workshop.directory) }
      try backup.extract(manifest, to: workshop.journal)
      _ = try StoreInspection(files: workshop).run()
      let incarnation = try renew(workshop, manifest.incarnation)
      let kept = try previous.give(wayTo: workshop.journal, at: now)
      return Restored(content: Content(manifest: manifest), incarnation: incarnation, kept: kept)
    }
  }

  /// Gives a copy another incarnation, durably.
  private static func renew(_ files: StoreFiles, _ old: Incarnation) throws -> Incarnation {
    var incarnation = old
    while incarnation == old { incarnation = Incarnation(.random(in: .min ... .max)) }
    var configuration = Configuration()
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
    let database = try DatabaseQueue(path: files.journal.path, configuration: configuration)
    let value = Int64(incarnation.value)
    try database.write { try $0.execute(sql: "UPDATE store SET incarnation = ? WHERE id = 1", arguments: [value]) }
    try database.close()
    return incarnation
  }

  // MARK: Making one

  static func copy(_ source: String, to file: URL, release: String, at now: Timestamp) throws(JournalError) -> BackupManifest {
    guard !FileManager.default.fileExists(atPath: file.path) else {
      throw JournalError(.unavailable, "\(file.path) exists already: give the backup a name of its own")
    }
    let unfinished = file.appendingPathExtension("unfinished")
    try? FileManager.default.removeItem(at: unfinished)
    do {
      return try StoreFailure.mapped(source, .backup) {
        // SQLite writes into a file that is empty; this one is nobody else's to read.
        try Permissions.create(unfinished)
        try vacuum(source, into: unfinished.path)
        let copy = BackupFile(url: unfinished)
        let manifest = try describe(copy, release: release, at: now)
        try copy.seal(manifest)
        try FileManager.default.moveItem(at: unfinished, to: file)
        try StoreFiles(directory: file.deletingLastPathComponent()).syncDirectory()
        return manifest
      }
    } catch {
      try? FileManager.default.removeItem(at: unfinished)
      throw error
    }
  }

  /// A reader's view of one instant, written out without the pages that are free.
  private static func vacuum(_ source: String, into target: String) throws {
    var configuration = Configuration()
    configuration.readonly = true
    let database = try DatabaseQueue(path: source, configuration: configuration)
    try database.inDatabase { try $0.execute(sql: "VACUUM INTO ?", arguments: [target]) }
    try database.close()
  }

  /// Verifies a copy's batches, and measures it.
  private static func describe(_ copy: BackupFile, release: String, at now: Timestamp) throws -> BackupManifest {
    var configuration = Configuration()
    configuration.readonly = true
    let database = try DatabaseQueue(path: copy.url.path, configuration: configuration)
    let bounds = try database.read { database in
      let bounds = try JournalBounds(of: database)
      if let problem = try StoreInspection.firstProblem(in: database, after: Int64(bitPattern: bounds.beginning)) {
        throw JournalError(
          .damaged, "the store \(problem.what), so that no backup was made; events up to \(problem.good) are good")
      }
      return bounds
    }
    try database.close()
    let (bytes, checksum) = try copy.measure()
    return BackupManifest(
      incarnation: bounds.incarnation, epoch: bounds.epoch, position: bounds.end, bytes: bytes, checksum: checksum,
      release: release, madeAt: now)
  }
}
