// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import Orchestrator

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a data directory holds before a backup is restored into it; whoever uses this holds the directory.
struct PreviousStore {
  private let files: StoreFiles

  init(_ files: StoreFiles) { self.files = files }

  /// Those that are a store's, without what is of no use without a process.
  private var present: [URL] {
    [files.journal, files.log, files.end].filter { FileManager.default.fileExists(atPath: $0.path) }
  }

  /// - Throws: ``JournalError`` with code `held` where there is a store.
  func refuse() throws(JournalError) {
    guard let url = present.first else { return }
    throw JournalError(
      .held,
      "\(files.directory.path) has a store already (\(url.lastPathComponent)): restore into an empty data directory, or give "
        + "--replace, which keeps that store aside")
  }

  /// Puts a new journal in place, and what was there into a folder beside it.
  ///
  /// Interrupted anywhere, the directory has the old store, the new one, or one that a start refuses because its log is missing; and the
  /// folder has the old one.
  ///
  /// - Returns: The folder; nil where nothing was there.
  func give(wayTo journal: URL, at now: Timestamp) throws -> URL? {
    let old = present
    _ = try files.tighten()
    let folder = old.isEmpty ? nil : try makeFolder(at: now)
    if let folder, old.contains(files.journal) { try keepCopy(of: files.journal, in: folder) }
    if let folder, old.contains(files.log) { try move(files.log, into: folder) }
    try? FileManager.default.removeItem(at: files.index)
    try rename(journal, to: files.journal)
    // Until here it speaks for the old journal; that of another incarnation says nothing.
    if let folder, old.contains(files.end) { try move(files.end, into: folder) }
    if let folder { try StoreFiles(directory: folder).syncDirectory() }
    try files.syncDirectory()
    return folder
  }

  private func makeFolder(at now: Timestamp) throws -> URL {
    let stamp = now.description.filter { $0.isNumber || $0 == "T" || $0 == "Z" }
    for number in 1...Self.mostFolders {
      let name = "replaced-\(stamp)" + (number == 1 ? "" : "-\(number)")
      let folder = files.directory.appendingPathComponent(name)
      if FileManager.default.fileExists(atPath: folder.path) { continue }
      try StoreFiles(directory: folder).makeDirectory()
      return folder
    }
    throw JournalError(.unavailable, "\(files.directory.path) has \(Self.mostFolders) folders replaced-\(stamp): remove some")
  }

  private static let mostFolders = 100

  /// The file stays under its old name, too, until another takes that.
  private func keepCopy(of url: URL, in folder: URL) throws {
    let target = folder.appendingPathComponent(url.lastPathComponent)
    if link(url.path, target.path) != 0 { try FileManager.default.copyItem(at: url, to: target) }
  }

  private func move(_ url: URL, into folder: URL) throws {
    try rename(url, to: folder.appendingPathComponent(url.lastPathComponent))
  }

  private func rename(_ url: URL, to target: URL) throws {
    #if canImport(Glibc)
      let result = Glibc.rename(url.path, target.path)
    #else
      let result = Darwin.rename(url.path, target.path)
    #endif
    guard result == 0 else {
      throw JournalError(.unavailable, "cannot rename \(url.path) to \(target.path): \(String(cString: strerror(errno)))")
    }
  }
}
