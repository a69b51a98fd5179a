// SPDX-License-Identifier: Apache-2.0

import AssetModel
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
  let journal: URL
  /// What SQLite has not yet moved into it; belongs to it.
  let log: URL
  /// How far the journal is known to go.
  let end: URL
  /// What the connections of one process share; of no use to another.
  let index: URL
  /// A new journal until it is complete.
  private let unfinished: URL

  init(directory: URL) {
    self.directory = directory
    journal = directory.appendingPathComponent("journal.sqlite")
    log = directory.appendingPathComponent("journal.sqlite-wal")
    end = directory.appendingPathComponent("journal.end")
    index = directory.appendingPathComponent("journal.sqlite-shm")
    unfinished = directory.appendingPathComponent("journal.sqlite.new")
  }

  /// The journal file's size.
  var size: Int {
    get throws { try FileManager.default.attributesOfItem(atPath: journal.path)[.size] as? Int ?? 0 }
  }

  /// Which file the journal is; a copy of it is another.
  var identity: FileIdentity? { FileStatus(of: journal)?.identity }

  /// The mark of the journal's end; nil where there is none, or none that can be read.
  var endMark: EndMark? { (try? Data(contentsOf: end)).flatMap { EndMark($0) } }

  /// Whether the journal's file has as many bytes as it says, and no log goes with it.
  func isWhole(_ bytes: Int) -> Bool {
    (FileStatus(of: log)?.bytes ?? 0) == 0 && (try? size) == bytes
  }

  /// Whether this directory is a copy of the one that a mark was written in.
  func isCopy(of mark: EndMark) -> Bool { mark.file != identity }

  /// Whether a mark was copied after the log, out of a directory that was in use meanwhile: then it may lead the journal, though nothing
  /// was cut.
  ///
  /// Such a log is older than the mark: a copy has the time of its original, or that of the reading. One that was cut later is younger.
  ///
  /// - Parameter log: As it was found, before anything was opened.
  func wasCopied(_ log: FileStatus?, before mark: EndMark) -> Bool {
    guard isCopy(of: mark), let log, log.bytes > 0 else { return false }
    return log.changed <= mark.writtenAt + Self.copyingSlack
  }

  /// How long after the last byte of a file was read its copy may be written.
  private static let copyingSlack: Duration = .milliseconds(20)

  /// Makes the directory where there is none, for its owner alone, and takes one that is there only where nobody else can write it.
  ///
  /// - Returns: What whoever runs the store should know: that others can list what is in the directory.
  /// - Throws: ``JournalError``: `exposed` where group or others can write the directory.
  @discardableResult
  func makeDirectory() throws(JournalError) -> String? {
    do {
      if FileStatus(of: directory) == nil {
        try FileManager.default.createDirectory(
          at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        // Whatever the process's mask has taken away.
        chmod(directory.path, 0o700)
      }
    } catch {
      throw JournalError(.unavailable, "cannot create the data directory \(directory.path): \(error.localizedDescription)")
    }
    return try Permissions.check(directory)
  }

  /// Takes the store's files away from everybody but their owner.
  ///
  /// - Returns: Those that others could read or write, for people; nil where there were none.
  func tighten() throws(JournalError) -> String? {
    var opened: [String] = []
    for url in [journal, log, index, end] {
      if try Permissions.tighten(url.path) { opened.append(url.lastPathComponent) }
    }
    guard !opened.isEmpty else { return nil }
    return "others could read \(opened.joined(separator: ", ")) in \(directory.path): now only the owner can"
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
    // SQLite gives its other files the permissions of this one.
    try Permissions.create(unfinished)
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

/// Which file this is among all that the machine has now.
struct FileIdentity: Hashable, Sendable {
  let device: UInt64
  let inode: UInt64
}

/// What the system says about a file.
struct FileStatus {
  let identity: FileIdentity
  let bytes: Int
  /// When its content was last changed; a copy may have kept the time of its original.
  let changed: Timestamp

  /// nil for a file that is not there.
  init?(of url: URL) {
    var status = stat()
    guard stat(url.path, &status) == 0 else { return nil }
    identity = FileIdentity(device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(truncatingIfNeeded: status.st_ino))
    bytes = Int(status.st_size)
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    changed = Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
  }
}
