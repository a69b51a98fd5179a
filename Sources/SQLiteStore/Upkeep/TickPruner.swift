// SPDX-License-Identifier: Apache-2.0

import GRDB

/// Removes ticks beyond the newest of each schedule, a little in each transaction.
struct TickPruner {
  let database: Database

  /// Ticks of one schedule up to a row.
  struct Old: Sendable {
    let location: Int64
    let schedule: Int64
    let last: Int64
  }

  /// What each schedule has beyond so many; from schedule to schedule by the index, and not over the ticks that stay.
  func old(beyond kept: Int) throws -> [Old] {
    let next = try database.cachedStatement(
      sql: """
        SELECT location, schedule FROM tick WHERE (location, schedule) > (?, ?) ORDER BY location, schedule LIMIT 1
        """)
    let newest = try database.cachedStatement(
      sql: "SELECT id FROM tick WHERE location = ? AND schedule = ? ORDER BY id DESC LIMIT 1 OFFSET ?")
    var found: [Old] = []
    var place = (location: Int64.min, schedule: Int64.min)
    while let row = try Row.fetchOne(next, arguments: [place.location, place.schedule]) {
      place = (row[0], row[1])
      guard let last = try Int64.fetchOne(newest, arguments: [place.location, place.schedule, max(0, kept)]) else { continue }
      found.append(Old(location: place.location, schedule: place.schedule, last: last))
    }
    return found
  }

  /// Removes some of them; false once none is left.
  func remove(_ old: Old) throws -> Bool {
    try database.cachedStatement(
      sql: """
        DELETE FROM tick WHERE id IN (
          SELECT id FROM tick WHERE location = ? AND schedule = ? AND id <= ? LIMIT ?)
        """
    ).execute(arguments: [old.location, old.schedule, old.last, Pruner.rowsAtOnce])
    return database.changesCount > 0
  }
}
