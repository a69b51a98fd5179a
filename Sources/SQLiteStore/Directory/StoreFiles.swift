// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Orchestrator

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The files of a store in its data directory.
struct StoreFiles: Sendable {
  let directory: URL

  /// The journal and its tables.
  var journal: URL { directory.appendingPathComponent("journal.sqlite") }
  /// What SQLite has not yet moved into it; belongs to it.
  var log: URL { directory.appendingPathComponent("journal.sqlite-wal") }
  /// How far the journal is known to go.
  var end: URL { directory.appendingPathComponent("journal.end") }
  /// A new journal until it is complete.
  private var unfinished: URL { directory.appendingPathComponent("journal.sqlite.new") }

  /// The journal file's size.
  var size: Int {
    get throws { try FileManager.default.attributesOfItem(atPath: journal.path)[.size] as? Int ?? 0 }
  }

  /// The mark of the journal's end; nil where there is none, or none that can be read.
  var endMark: EndMark? { (try? Data(contentsOf: end)).flatMap { EndMark($0) } }

  /// Whether the journal's file has as many bytes as it says, and no log goes with it.
  func isWhole(_ bytes: Int) -> Bool {
    let pending = (try? FileManager.default.attributesOfItem(atPath: log.path)[.size] as? Int) ?? 0
    return pending == 0 && (try? size) == bytes
  }

  func makeDirectory() throws(JournalError) {
    do {
      try FileManager.default.createDirectory(
        at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw JournalError(.unavailable, "cannot create the data directory \(directory.path): \(error.localizedDescription)")
    }
  }

  /// Creates an empty journal where there is none.
  ///
  /// It gets its name once it is complete and synced, so that a file of that name which is empty or cut is always damage.
  func createIfMissing() throws {
    if FileManager.default.fileExists(atPath: journal.path) { return }
    guard !FileManager.default.fileExists(atPath: log.path) else {
      throw JournalError(
        .damaged,
        "\(journal.path) is missing, while \(log.lastPathComponent) is there: put the file back, or restore a backup")
    }
    try? FileManager.default.removeItem(at: unfinished)
    var configuration = Configuration()
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
    let database = try DatabaseQueue(path: unfinished.path, configuration: configuration)
    try database.write { database in try Schema.create(in: database, incarnation: .random(in: .min ... .max)) }
    try database.close()
    guard rename(unfinished.path, journal.path) == 0 else {
      throw JournalError(.unavailable, "cannot create \(journal.path): \(String(cString: strerror(errno)))")
    }
    try syncDirectory()
  }

  func syncDirectory() throws(JournalError) {
    let descriptor = open(directory.path, O_RDONLY | O_CLOEXEC)
    defer { if descriptor >= 0 { close(descriptor) } }
    guard descriptor >= 0, fsync(descriptor) == 0 else {
      throw JournalError(.unavailable, "cannot sync the data directory \(directory.path): \(String(cString: strerror(errno)))")
    }
  }
}
