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
  package func backup(to file: URL, release: String, at now: Timestamp) async throws -> BackupManifest {
    // Held open meanwhile, so that the files stay.
    _ = try await read { try JournalBounds(of: $0).end }
    let source = journalPath
    return try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(
          with: Swift.Result { try SQLiteBackup.copy(source, to: file, release: release, at: now) })
      }
    }
  }
}

/// Copies of stores, and how they become stores again.
package enum SQLiteBackup {
  /// What a backup says about itself, without verifying its content.
  package static func manifest(of file: URL) throws(JournalError) -> BackupManifest {
    try StoreFailure.mapped(file.path) { try BackupFile(url: file).manifest() }
  }

  /// Makes a backup the store of a data directory that has none, under a new incarnation (semantics 15).
  ///
  /// The copy is verified, byte by byte and batch by batch, before it gets its name. It blocks its thread.
  ///
  /// - Throws: ``JournalError``: `held` where the directory has a store or a daemon, `damaged` where the backup is.
  /// - Returns: The manifest, and the incarnation that the new store has.
  @discardableResult
  package static func restore(
    _ file: URL, into directory: URL
  ) throws(JournalError) -> (manifest: BackupManifest, incarnation: Incarnation) {
    let files = StoreFiles(directory: directory.standardizedFileURL)
    try files.makeDirectory()
    let lock = try DirectoryLock(directory: files.directory)
    defer { withExtendedLifetime(lock) {} }
    try refuseOccupied(files)
    return try StoreFailure.mapped(file.path) {
      let backup = BackupFile(url: file)
      let manifest = try backup.manifest()
      let workshop = StoreFiles(directory: files.directory.appendingPathComponent("restoring"))
      try? FileManager.default.removeItem(at: workshop.directory)
      try workshop.makeDirectory()
      defer { try? FileManager.default.removeItem(at: workshop.directory) }
      try backup.extract(manifest, to: workshop.journal)
      _ = try StoreInspection(files: workshop).run()
      let incarnation = try renew(workshop, manifest.incarnation)
      try FileManager.default.moveItem(at: workshop.journal, to: files.journal)
      try files.syncDirectory()
      return (manifest, incarnation)
    }
  }

  private static func refuseOccupied(_ files: StoreFiles) throws(JournalError) {
    for url in [files.journal, files.log, files.end] where FileManager.default.fileExists(atPath: url.path) {
      throw JournalError(
        .held, "\(files.directory.path) has a store already (\(url.lastPathComponent)): restore into an empty data directory")
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
      return try StoreFailure.mapped(source) {
        try vacuum(source, into: unfinished.path)
        let copy = BackupFile(url: unfinished)
        let manifest = try describe(copy, release: release, at: now)
        try copy.seal(manifest)
        try FileManager.default.moveItem(at: unfinished, to: file)
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
