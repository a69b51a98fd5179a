// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import GRDB
import JournalCodec
package import Orchestrator

// MARK: - Snapshots and retention

extension SQLiteJournal {
  package func snapshot() async throws -> SnapshotReading {
    let reading = try await read { try SnapshotTable(database: $0).read(upTo: 1) }
    return SnapshotReading(newest: reading.good.first, problems: reading.problems)
  }

  package func save(_ snapshot: JournalSnapshot) async throws {
    let encoded = try JournalCodec.encode(snapshot.state)
    let pieces = SnapshotTable.pieces(of: encoded)
    try await maintain { try snapshot.admit(in: $0) }
    // Appends take their turn between two.
    for (number, piece) in pieces.enumerated() where pieces.count > 1 {
      try await maintain {
        try SnapshotTable(database: $0).store(piece: piece, number: number, of: encoded, at: snapshot.position)
      }
    }
    try await maintain { database in
      try snapshot.admit(in: database)
      try SnapshotTable(database: database).insert(encoded, at: snapshot.position, pieces: pieces.count)
    }
    while try await maintain({ try SnapshotTable(database: $0).removeSome() }) {}
  }

  package func prune(_ policy: RetentionPolicy, at now: Timestamp) async throws -> PruningReport {
    // The older of two, so that the newer one may be lost and the journal still be whole.
    let verified = try await read { try SnapshotTable(database: $0).read().good.last }
    guard let verified else {
      return PruningReport(runs: 0, events: 0, beginning: try await read { try JournalBounds(of: $0).beginning })
    }
    // Those that an interruption has left come first.
    var runs = try await pruneRuns()
    while true {
      let chosen = try await read { try Pruner(database: $0).candidates(policy, at: now, before: verified.state.now) }
      if chosen.isEmpty { break }
      try await maintain { try Pruner(database: $0).mark(chosen) }
      runs += try await pruneRuns()
    }
    try await pruneTicks(beyond: policy.ticks)
    let cut = try await maintain { try Pruner(database: $0).cut(policy, at: now, covered: verified.position) }
    var events: UInt64 = 0
    while true {
      let removed = try await maintain { try Pruner(database: $0).removeBatches(upTo: cut) }
      if removed == 0 { break }
      events += removed
      try Task.checkCancellation()
    }
    let beginning = try await read { try JournalBounds(of: $0).beginning }
    while try await maintain({ try ManifestTable(database: $0).removeSome(namedUpTo: beginning) }) {
      try Task.checkCancellation()
    }
    return PruningReport(runs: runs, events: events, beginning: beginning)
  }

  /// Removes the ticks of each schedule that lie beyond the newest.
  private func pruneTicks(beyond kept: Int) async throws {
    for old in try await read({ try TickPruner(database: $0).old(beyond: kept) }) {
      while try await maintain({ try TickPruner(database: $0).remove(old) }) { try Task.checkCancellation() }
    }
  }

  /// Removes the rows of marked runs; appends come between any two transactions.
  private func pruneRuns() async throws -> Int {
    var count = 0
    while let run = try await maintain({ try Pruner(database: $0).next() }) {
      while try await maintain({ try Pruner(database: $0).removeRows(of: run) }) { try Task.checkCancellation() }
      count += 1
    }
    return count
  }
}

extension JournalSnapshot {
  fileprivate func admit(in database: Database) throws {
    let bounds = try JournalBounds(of: database)
    try admit(beginning: bounds.beginning, end: bounds.end)
  }
}

/// Where a journal begins and ends.
struct JournalBounds {
  /// The position of the last event that was pruned.
  let beginning: JournalPosition
  let end: JournalPosition
  let epoch: Epoch
  let incarnation: Incarnation

  /// - Throws: ``JournalError`` with code `damaged` where the store has lost its record.
  init(of database: Database) throws {
    let row = try Row.fetchOne(
      database.cachedStatement(
        sql: "SELECT beginning, coalesce((SELECT max(last) FROM batch), beginning), epoch, incarnation FROM store WHERE id = 1"))
    // What a column holds is whatever somebody wrote: SQLite keeps any value in it.
    let values = row.map { row in (0..<4).compactMap { Int64.fromDatabaseValue(row[$0]) } } ?? []
    guard values.count == 4 else {
      throw JournalError(.damaged, "the store has lost its first record: restore a backup")
    }
    beginning = UInt64(bitPattern: values[0])
    end = UInt64(bitPattern: values[1])
    epoch = UInt64(bitPattern: values[2])
    incarnation = Incarnation(UInt32(truncatingIfNeeded: values[3]))
  }
}
