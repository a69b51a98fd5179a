// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import JournalCodec
package import Orchestrator
import Synchronization

// MARK: - Snapshots and retention

extension PostgresJournal {
  package func snapshot() async throws -> SnapshotReading {
    let reading = try await read { try await SnapshotTable(connection: $0, place: self.place).read(upTo: 1) }
    return SnapshotReading(newest: reading.good.first, problems: reading.problems)
  }

  package func save(_ snapshot: JournalSnapshot) async throws {
    let encoded = try JournalCodec.encode(snapshot.state)
    try await maintain { connection, fence in
      try await connection.run([fence])
      let bounds = try await JournalBounds(on: connection, in: self.place)
      try snapshot.admit(beginning: bounds.beginning, end: bounds.end)
      try await connection.run(SnapshotTable.insert(encoded, at: snapshot.position) + [fence])
    }
  }

  package func prune(_ policy: RetentionPolicy, at now: Timestamp) async throws -> PruningReport {
    try await maintain { connection, fence in try await connection.run([fence]) }
    // The older of two, so that the newer one may be lost and the journal still be whole.
    let verified = try await read { try await SnapshotTable(connection: $0, place: self.place).read().good.last }
    guard let verified else { return PruningReport(runs: 0, events: 0, beginning: try await beginning()) }
    try await mark(policy, at: now, before: verified.state.now)
    let runs = try await pruneRuns()
    while try await pruner({ try await $0.removeTicks(beyond: policy.ticks) }) > 0 { try Task.checkCancellation() }
    let events = try await pruneEvents(policy, at: now, covered: verified.position)
    let beginning = try await beginning()
    while try await pruner({ try await EventPruner(pruner: $0, place: self.place).removeManifests(namedUpTo: beginning) }) > 0 {
      try Task.checkCancellation()
    }
    return PruningReport(runs: runs, events: events, beginning: beginning)
  }

  private func mark(_ policy: RetentionPolicy, at now: Timestamp, before covered: Timestamp) async throws {
    let oldest = try await pruner { try await $0.newestBeyond(policy.runs) }
    while try await pruner({ try await $0.mark(upTo: oldest, policy, at: now, before: covered) }) > 0 {
      try Task.checkCancellation()
    }
  }

  /// Removes the rows of marked runs, a few runs at a time.
  private func pruneRuns() async throws -> Int {
    var count = 0
    while true {
      let runs = try await pruner { try await $0.next() }
      if runs.isEmpty { return count }
      for rows in Pruner.Rows.allCases {
        while try await pruner({ try await $0.remove(rows, of: runs) }) > 0 { try Task.checkCancellation() }
      }
      try await pruner { try await $0.finish(runs) }
      count += runs.count
      try Task.checkCancellation()
    }
  }

  private func pruneEvents(
    _ policy: RetentionPolicy, at now: Timestamp, covered: JournalPosition
  ) async throws -> UInt64 {
    let cut = try await pruner { try await EventPruner(pruner: $0, place: self.place).cut(policy, at: now, covered: covered) }
    var events: UInt64 = 0
    while true {
      let removed = try await pruner { try await EventPruner(pruner: $0, place: self.place).removeBatches(upTo: cut) }
      if removed == 0 { return events }
      events += removed
      try Task.checkCancellation()
    }
  }

  private func beginning() async throws -> JournalPosition {
    try await read { try await JournalBounds(on: $0, in: self.place).beginning }
  }

  private func pruner<Result: Sendable>(_ body: (Pruner) async throws -> Result) async throws -> Result {
    try await maintain { try await body(Pruner(connection: $0, fence: $1)) }
  }

  /// Runs a body on a connection that no append waits for, with what ends each of its transactions.
  ///
  /// - Throws: ``JournalError`` with code `fenced` where another leads, or this one was never opened.
  @discardableResult
  private func maintain<Result: Sendable>(_ body: (Connection, Statement) async throws -> Result) async throws -> Result {
    guard let epoch = reign.withLock({ $0 }) else {
      throw JournalError(.fenced, "upkeep of \(place) was refused: only who leads it may do that")
    }
    do {
      return try await upkeepers.withConnection { try await body($0, lease.fence(epoch)) }
    } catch let failure as ServerFailure where BatchWriter.isFenced(failure) {
      throw JournalError(.fenced, "upkeep of \(place) in epoch \(epoch) was refused: a later daemon leads, or none does")
    } catch {
      throw journalError(error, .upkeep)
    }
  }
}

/// Where a journal begins and ends.
struct JournalBounds {
  /// The position of the last event that was pruned.
  let beginning: JournalPosition
  let end: JournalPosition

  /// - Throws: ``JournalError`` with code `damaged` where the store has lost its record.
  init(on connection: Connection, in place: String) async throws {
    let rows = try await connection.run("SELECT beginning, position FROM sluice_store WHERE id = 1")
    guard let row = rows.first else { throw JournalError.lostFirstRecord(in: place) }
    beginning = UInt64(bitPattern: try row.int(0))
    end = UInt64(bitPattern: try row.int(1))
  }
}
