// SPDX-License-Identifier: Apache-2.0

import AssetModel
import GRDB
import Orchestrator
import SQLiteStore
import Testing

@Suite struct PruningTests {
  @Test func `large rows go a few at once, whatever a transaction may remove of small ones`() throws {
    let database = try DatabaseQueue()
    try database.write { database in
      try Schema.create(in: database, incarnation: 7)
      let step = Int64(1) << 28
      for id in 1...7 {
        try database.execute(
          sql: "INSERT INTO version (id, step, attempt, decision, metadata) VALUES (?, ?, 1, 2, zeroblob(?))",
          arguments: [id, step, Pruner.bytesAtOnce / 2])
      }
      var left: [Int] = []
      while try Pruner(database: database).removeRows(of: RunID(1)) {
        left.append(try Int.fetchOne(database, sql: "SELECT count(*) FROM version") ?? -1)
      }
      #expect(left == [5, 3, 1, 0])
    }
  }
}
