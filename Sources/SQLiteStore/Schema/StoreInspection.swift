// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import JournalCodec
import Orchestrator

/// Looks at a store before anything writes to it: one that is newer than the program, or damaged, is left as it is.
struct StoreInspection {
  let files: StoreFiles

  /// Files up to this size are checked page by page; of larger ones what the journal's end and SQLite itself tell.
  static let quickCheckBytes = 64 << 20

  func run() throws {
    let size = try FileManager.default.attributesOfItem(atPath: files.journal.path)[.size] as? Int ?? 0
    guard size > 0 else { throw damaged("is empty") }
    var configuration = Configuration()
    configuration.readonly = true
    let database = try DatabaseQueue(path: files.journal.path, configuration: configuration)
    try database.read { database in
      try refuseForeign(database)
      try refuseNewer(database)
      if size <= Self.quickCheckBytes { try checkPages(database) }
      try checkJournal(database)
    }
    try database.close()
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
    guard let row else { throw damaged("has lost its first record") }
    let format = JournalFormat(number: UInt32(clamping: row[0] as Int64), release: row[1])
    if let refusal = format.refusal(in: files.journal.path) { throw refusal }
  }

  private func checkPages(_ database: Database) throws {
    let report = try String.fetchAll(database, sql: "PRAGMA quick_check(5)")
    if report != ["ok"] { throw damaged("does not hold together (\(report.joined(separator: "; ")))") }
  }

  /// Batches must follow each other without a gap, and the last one must be whole.
  private func checkJournal(_ database: Database) throws {
    let sums = try Row.fetchOne(database, sql: "SELECT coalesce(sum(events), 0), coalesce(max(last), 0) FROM batch")
    if let sums, sums[0] as Int64 != sums[1] as Int64 {
      throw damaged("ends at event \(sums[1] as Int64) and holds \(sums[0] as Int64) events")
    }
    let last = try Row.fetchOne(database, sql: "SELECT last, events, checksum, bytes FROM batch ORDER BY last DESC LIMIT 1")
    if let last { _ = try StoredBatch(row: last).verified(in: files.journal.path) }
  }

  private func damaged(_ what: String) -> JournalError {
    JournalError(
      .damaged,
      "\(files.journal.path) \(what): it was cut or altered; keep the directory as it is, and restore a backup into another")
  }
}
