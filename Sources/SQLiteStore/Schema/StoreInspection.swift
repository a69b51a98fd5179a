// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import GRDB
import JournalCodec
import Orchestrator

/// Looks at a store before anything writes to it: one that is newer than the program, or damaged, is left as it is.
///
/// After an orderly close it looks at what is cheap: the file's length, the batches after the newest snapshot, and the mark of the
/// journal's end. Where the store was not closed in order, or any of that is odd, it looks at every page and every batch; in a copy of
/// a store that was not closed, whose files may be of different instants, at every entry of every index, too.
struct StoreInspection {
  let files: StoreFiles

  struct Finding {
    /// The mark from which the store is used on.
    let mark: EndMark
    /// What whoever runs the store should know, though nothing is wrong with it.
    var note: String?
  }

  func run() throws -> Finding {
    guard try files.size > 0 else { throw damaged("is empty") }
    let log = FileStatus(of: files.log)
    var configuration = Configuration()
    configuration.readonly = true
    do {
      let database = try DatabaseQueue(path: files.journal.path, configuration: configuration)
      let finding = try database.read { try inspect($0, log) }
      try database.close()
      return finding
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
      throw damaged("does not hold together (\(StoreFailure.words(error)))")
    }
  }

  private func inspect(_ database: Database, _ log: FileStatus?) throws -> Finding {
    try refuseForeign(database)
    try refuseNewer(database)
    let mark = files.endMark
    let bytes = try Self.pages(database)
    if mark?.isClosed != true || !files.isWhole(bytes) {
      try checkPages(database, thoroughly: mark.map { files.isCopy(of: $0) } ?? true)
      try checkBatches(database, after: 0)
    } else {
      try checkBatches(database, after: try newestSnapshot(database))
    }
    let bounds = try Bounds(of: database)
    let note = try check(mark, against: bounds, log)
    guard let identity = files.identity else { throw damaged("has gone while it was looked at") }
    return Finding(
      mark: EndMark(incarnation: bounds.incarnation, position: bounds.end, file: identity), note: note)
  }

  private func refuseForeign(_ database: Database) throws {
    let mark = try Int32.fetchOne(database, sql: "PRAGMA application_id")
    guard mark == Schema.applicationID else {
      throw JournalError(
        .damaged, "\(files.journal.path) is an SQLite file, but no Sluice journal: give the daemon another data directory")
    }
  }

  private func refuseNewer(_ database: Database) throws {
    let version = try Schema.version(of: database)
    if version > Schema.current {
      throw JournalError(
        .tooNew,
        "\(files.journal.path) has tables of version \(version), and this program knows versions up to \(Schema.current): "
          + "start the newer release of Sluice that wrote it; nothing was changed")
    }
    let row = try Row.fetchOne(database, sql: "SELECT format, release FROM store WHERE id = 1")
    // What a column holds is whatever somebody wrote: SQLite keeps any value in it.
    guard let row, let number = Int64.fromDatabaseValue(row[0]), let release = String.fromDatabaseValue(row[1]) else {
      throw damaged("has lost its first record")
    }
    let format = JournalFormat(number: UInt32(clamping: number), release: release)
    if let refusal = format.refusal(in: files.journal.path) { throw refusal }
  }

  // MARK: Damage

  private static func pages(_ database: Database) throws -> Int {
    let row = try Row.fetchOne(database, sql: "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
    return row?[0] ?? 0
  }

  private func checkPages(_ database: Database, thoroughly: Bool) throws {
    let report: [String]
    do {
      report = try String.fetchAll(database, sql: thoroughly ? "PRAGMA integrity_check(5)" : "PRAGMA quick_check(5)")
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
      report = [StoreFailure.words(error)]
    }
    if report != ["ok"] {
      throw damaged("does not hold together (\(report.joined(separator: "; ")))", good: Self.knownGood(in: database))
    }
  }

  /// Batches must follow each other without a gap from the beginning or a snapshot on, and each must be whole.
  private func checkBatches(_ database: Database, after start: Int64) throws {
    let bounds = try Bounds(of: database)
    let first = max(start, Int64(bitPattern: bounds.beginning))
    if let problem = try Self.firstProblem(in: database, after: first) {
      throw damaged(problem.what, good: problem.good)
    }
  }

  private func newestSnapshot(_ database: Database) throws -> Int64 {
    guard try Schema.version(of: database) >= 2 else { return 0 }
    return try Int64.fetchOne(database, sql: "SELECT max(position) FROM snapshot") ?? 0
  }

  /// A journal that ends before its mark has lost what was acknowledged, unless it is a copy of one that was in use.
  ///
  /// - Returns: What a copy does not have.
  private func check(_ mark: EndMark?, against bounds: Bounds, _ log: FileStatus?) throws -> String? {
    guard let mark, mark.incarnation == bounds.incarnation, mark.position > bounds.end else { return nil }
    guard files.wasCopied(log, before: mark) else {
      throw JournalError(
        .damaged,
        "\(files.journal.path) ends at event \(bounds.end), and events up to \(mark.position) were acknowledged: its file or "
          + "\(files.log.lastPathComponent) was cut, altered or replaced by an older one. Events up to \(bounds.end) are good. "
          + "Keep the directory as it is and restore a backup into another; to go on without the lost events, remove "
          + "\(files.end.lastPathComponent)")
    }
    return "\(files.directory.path) is a copy that was made while its daemon ran: it is whole up to event \(bounds.end); "
      + "\(mark.position - bounds.end) later ones, up to event \(mark.position), were acknowledged while it was made, and are not in it"
  }

  private func damaged(_ what: String, good: JournalPosition? = nil) -> JournalError {
    let known = good.map { "; events up to \($0) are good" } ?? ""
    return JournalError(
      .damaged,
      "\(files.journal.path) \(what): it was cut or altered\(known); keep the directory as it is, and restore a backup into "
        + "another")
  }
}

// MARK: - Walking the batches

extension StoreInspection {
  /// What is wrong first, and the position of the last event before it.
  struct Problem {
    let what: String
    let good: JournalPosition
  }

  /// Reads every batch after a position.
  static func firstProblem(in database: Database, after start: Int64) throws -> Problem? {
    var good = UInt64(bitPattern: start)
    do {
      return try firstProblem(in: database, good: &good)
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
      return Problem(what: "cannot be read after event \(good) (\(StoreFailure.words(error)))", good: good)
    }
  }

  private static func firstProblem(in database: Database, good: inout JournalPosition) throws -> Problem? {
    let rows = try Row.fetchCursor(
      database, sql: "SELECT last, events, checksum, bytes FROM batch WHERE last > ? ORDER BY last",
      arguments: [Int64(bitPattern: good)])
    while let row = try rows.next() {
      let batch = StoredBatch(row: row)
      guard batch.isWhole else { return Problem(what: "is damaged in the batch that ends at event \(batch.last)", good: good) }
      // The first batch may begin before a snapshot that was taken in its midst.
      guard batch.first <= good + 1 else {
        let end = try Int64.fetchOne(database, sql: "SELECT max(last) FROM batch") ?? 0
        return Problem(what: "lacks events \(good + 1) to \(batch.first - 1), and ends at event \(end)", good: good)
      }
      good = batch.last
    }
    return nil
  }

  /// The last event that can be read from the journal's beginning on, in a file that does not hold together.
  private static func knownGood(in database: Database) -> JournalPosition? {
    guard let bounds = try? Bounds(of: database) else { return nil }
    var good = bounds.beginning
    let statement = "SELECT last, events, checksum, bytes FROM batch WHERE last > ? ORDER BY last LIMIT 1"
    while let row = try? Row.fetchOne(
      database.cachedStatement(sql: statement), arguments: [Int64(bitPattern: good)])
    {
      let batch = StoredBatch(row: row)
      guard batch.isWhole, batch.first == good + 1 else { break }
      good = batch.last
    }
    return good
  }

  /// The bounds of a journal whose tables may be of an earlier version.
  private struct Bounds {
    let beginning: JournalPosition
    let end: JournalPosition
    let incarnation: Incarnation

    init(of database: Database) throws {
      if try Schema.version(of: database) >= 2 {
        let bounds = try JournalBounds(of: database)
        (beginning, end, incarnation) = (bounds.beginning, bounds.end, bounds.incarnation)
      } else {
        let row = try Row.fetchOne(database, sql: "SELECT incarnation, coalesce((SELECT max(last) FROM batch), 0) FROM store")
        beginning = 0
        end = UInt64(bitPattern: row.flatMap { Int64.fromDatabaseValue($0[1]) } ?? 0)
        incarnation = Incarnation(UInt32(truncatingIfNeeded: row.flatMap { Int64.fromDatabaseValue($0[0]) } ?? 0))
      }
    }
  }
}
