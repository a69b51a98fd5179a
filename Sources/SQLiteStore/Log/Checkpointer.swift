// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Orchestrator
import Synchronization

/// Moves what the log holds into the journal's file, and begins the log anew; never while another program may be copying the two.
///
/// A copy of both files, in whatever order, is one consistent store as long as between its first and its last byte nothing was moved and
/// the log was not begun anew: then the log has every page that the file lacks, and none that the file has in a newer version. SQLite
/// would begin the log anew with some later commit; here that happens at once, so that there is one short moment for both.
final class Checkpointer: Sendable {
  private struct Content {
    /// How many pages the log is to hold for the next try.
    var due: Int
    /// Whether `holder` has a view open, so that the log is not begun anew.
    var isHolding = false
    var moves = 0
    /// Whether it was said that a copy is not waited for any longer.
    var isImpatient = false
    /// Why the last try failed; nil once one succeeds.
    var failure: String?
  }

  private let limits: LogLimits
  private let gauge: LogGauge
  private let watch: CopyWatch
  private let holder: DatabaseQueue
  private let path: String
  private let tell: @Sendable (String) -> Void
  private let content: Mutex<Content>

  /// - Parameters:
  ///   - gauge: Told of every commit.
  ///   - watch: Told of every further connection of the store; begins to look here.
  ///   - tell: Told what whoever copies the directory should know.
  init(
    _ files: StoreFiles, gauge: LogGauge, watch: CopyWatch, limits: LogLimits, tell: @escaping @Sendable (String) -> Void
  ) throws {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.allowsUnsafeTransactions = true
    holder = try DatabaseQueue(path: files.journal.path, configuration: configuration)
    try holder.inDatabase { try Self.begin($0) }
    try holder.inDatabase { try Self.end($0) }
    path = files.journal.path
    self.gauge = gauge
    self.limits = limits
    self.watch = watch
    self.tell = tell
    watch.begin(files)
    content = Mutex(Content(due: limits.pages))
    if !watch.works {
      tell(
        "the system does not tell who reads \(files.directory.path): do not copy the directory while it is in use, and use "
          + "'sluice backup'")
    }
  }

  /// How often the log was moved.
  var moves: Int { content.withLock { $0.moves } }

  /// Moves what is due; on the writing connection, outside of a transaction. What fails is told, and tried again later: nothing is lost
  /// by it but room on the disk.
  func run(on database: Database) {
    let pages = gauge.pages
    content.withLock { content in
      guard pages >= content.due else { return }
      let isCopied = watch.isCopyUnderWay()
      if isCopied, pages < limits.most { return }
      if isCopied, !content.isImpatient {
        tell(
          "a copy of the data directory seems to take very long, and is not waited for any longer: use 'sluice backup' instead")
      }
      content.isImpatient = isCopied
      do throws(JournalError) {
        try StoreFailure.mapped(path, .upkeep, on: database) { try move(database, &content) }
        content.failure = nil
      } catch {
        content.due = pages + limits.pages / 4
        if content.failure != error.message {
          tell("the log of \(path) grows, because it cannot be moved into that file for now: \(error.message)")
        }
        content.failure = error.message
      }
    }
  }

  private func move(_ database: Database, _ content: inout Content) throws {
    if content.isHolding { try release(&content) }
    // Should a copy begin meanwhile, the log must stay as it is: a view that is open sees to that.
    try holder.inDatabase { try Self.begin($0) }
    content.isHolding = true
    try database.execute(sql: "PRAGMA wal_checkpoint(PASSIVE)")
    content.moves += 1
    if gauge.pages < limits.most, watch.isCopyUnderWay() { return }
    try release(&content)
    // The first commit behind this begins the log anew, if no query still reads it: one without a change, so that it is now.
    try database.inTransaction(.immediate) {
      try database.execute(sql: "UPDATE store SET id = id WHERE id = 1")
      return .commit
    }
    let left = gauge.pages
    content.due = left < limits.pages ? limits.pages : left + limits.pages / 4
  }

  private func release(_ content: inout Content) throws {
    content.isHolding = false
    try holder.inDatabase { try Self.end($0) }
  }

  private static func begin(_ database: Database) throws {
    try database.execute(sql: "BEGIN")
    _ = try Int.fetchOne(database, sql: "SELECT id FROM store")
  }

  private static func end(_ database: Database) throws {
    if database.isInsideTransaction { try database.execute(sql: "COMMIT") }
  }

  /// Moves everything and leaves an empty log, as the last access before the store is closed; not while a copy may be under way.
  func finish(on database: Database) {
    content.withLock { content in
      try? release(&content)
      if watch.isCopyUnderWay() { return }
      _ = try? database.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
    }
  }

  func close() { try? holder.close() }
}
