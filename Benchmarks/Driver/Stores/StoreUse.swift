// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB

/// How many bytes a store takes, and for what.
struct StoreUse {
  /// The file or the tables with their indexes, free pages left out.
  let whole: Int
  /// Encoded events.
  let events: Int
  let batches: Int
  /// Locators and the user's metadata of versions, as encoded.
  let locators: Int
  let snapshots: Int

  private init(_ numbers: [Int]) throws {
    guard numbers.count == 5 else { throw BenchmarkError("the store answered with \(numbers.count) sizes, not with 5") }
    (whole, events, batches, locators, snapshots) = (numbers[0], numbers[1], numbers[2], numbers[3], numbers[4])
  }

  /// Reads the journal's file while the daemon writes it: a reader sees whole transactions.
  init(sqliteIn directory: URL) throws {
    var configuration = Configuration()
    configuration.readonly = true
    let file = try DatabaseQueue(path: directory.appendingPathComponent("journal.sqlite").path, configuration: configuration)
    let row = try file.read { database in
      try Row.fetchOne(
        database,
        sql: """
          SELECT (page_count - freelist_count) * page_size, \(Self.parts("")) FROM pragma_page_count, pragma_freelist_count,
            pragma_page_size
          """)
    }
    try self.init((row.map { row in (0..<row.count).map { row[$0] as Int } }) ?? [])
  }

  init(postgres conninfo: String) throws {
    let tables = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relname LIKE 'sluice\\_%' AND relkind = 'r'"
    let link = try PostgresLink(conninfo)
    // Vacuumed first: rows that updates have left are no part of what is kept.
    try link.execute("VACUUM FULL")
    let row = try link.row("SELECT (\(tables)), \(Self.parts("sluice_"))")
    try self.init(row.compactMap { Int($0) })
  }

  private static func parts(_ prefix: String) -> String {
    """
    (SELECT coalesce(sum(length(bytes)), 0) FROM \(prefix)batch), (SELECT count(*) FROM \(prefix)batch),
    (SELECT coalesce(sum(coalesce(length(locator), 0) + coalesce(length(metadata), 0)), 0) FROM \(prefix)version),
    (SELECT coalesce(sum(length(bytes)), 0) FROM \(prefix)snapshot)
    """
  }

  func subtracting(_ earlier: StoreUse) throws -> StoreUse {
    try StoreUse([
      whole - earlier.whole, events - earlier.events, batches - earlier.batches, locators - earlier.locators,
      snapshots - earlier.snapshots,
    ])
  }
}
