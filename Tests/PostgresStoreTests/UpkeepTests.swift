// SPDX-License-Identifier: Apache-2.0

import AssetModel
import JournalConformance
import Orchestrator
import PostgresStore
import Testing

/// Snapshots and retention on a store that several share and that appends go on in.
@Suite struct UpkeepTests {
  /// Keeps nothing that is finished.
  private static let none = RetentionPolicy(age: .zero, runs: 0)
  private static let all = RetentionPolicy(age: .seconds(1 << 32), runs: 1_000)
  private static let later = SampleEvents.numbered(1)[0].at + .seconds(1_000_000)

  /// Appends whole materializations, and something later.
  private func materialize(
    _ count: UInt64, on journal: PostgresJournal, _ opening: JournalOpening
  ) async throws -> [StampedEvent] {
    let events = (1...count).flatMap { OneMaterialization(number: $0).batches.joined() } + SampleEvents.numbered(1_000).suffix(1)
    var position = opening.position
    for event in events {
      try await journal.append(JournalBatch(epoch: opening.epoch, after: position, events: [event]))
      position += 1
    }
    return events
  }

  private func snapshot(_ events: some Collection<StampedEvent>, _ incarnation: Incarnation) -> JournalSnapshot {
    var state = State(incarnation: incarnation)
    for event in events { state.evolve(event) }
    return JournalSnapshot(position: UInt64(events.count), state: state)
  }

  @Test func `who leads no more, or never did, saves nothing and prunes nothing`() async throws {
    try await TestServer.withDatabase { database in
      let old = database.journal("old") {
        $0.lease = .milliseconds(200)
        $0.renewal = .seconds(3_600)
      }
      let opening = try await old.open()
      let events = try await materialize(3, on: old, opening)
      let saved = snapshot(events, opening.incarnation)
      try await old.save(saved)
      let new = database.journal("new")
      let second = try await eventually("the lease") {
        do {
          return try await new.open()
        } catch let error as JournalError where error.code == .held {
          return nil
        }
      }
      for stale in [old, database.journal("follower")] {
        let saving = try await #require(throws: JournalError.self) {
          try await stale.save(JournalSnapshot(position: saved.position, state: State(incarnation: opening.incarnation)))
        }
        let pruning = try await #require(throws: JournalError.self) { try await stale.prune(Self.none, at: Self.later) }
        #expect(saving.code == .fenced && pruning.code == .fenced, "\(saving), \(pruning)")
        #expect(try await stale.snapshot().newest == saved)
        await stale.close()
      }
      #expect(try await new.glance() == second && second.beginning == 0)
      #expect(try await new.read(after: 0, limit: .max) == events)
      #expect(try await new.prune(Self.none, at: Self.later).runs == 3)
      await new.close()
    }
  }

  @Test func `a snapshot that was altered is passed over, and the one before read`() async throws {
    try await TestServer.withDatabase { database in
      let journal = database.journal()
      let opening = try await journal.open()
      let events = try await materialize(4, on: journal, opening)
      let saved = [10, 20, 30].map { snapshot(events.prefix($0), opening.incarnation) }
      for snapshot in saved { try await journal.save(snapshot) }
      let connection = try await database.connect()
      #expect(try await connection.run("SELECT position FROM sluice_snapshot ORDER BY 1").map { try $0.int(0) } == [20, 30])
      try await connection.run("UPDATE sluice_snapshot SET bytes = bytes || 'x' WHERE position = 30", isPrepared: false)
      let reading = try await journal.snapshot()
      #expect(reading.newest == saved[1])
      #expect(reading.problems.count == 1 && reading.problems[0].contains("event 30"), "\(reading.problems)")
      await connection.close()
      await journal.close()
    }
  }

  private func upkeep(_ table: String, of journal: PostgresJournal, _ snapshot: JournalSnapshot) async throws {
    if table == "sluice_snapshot" { return try await journal.save(snapshot) }
    _ = try await journal.prune(Self.none, at: Self.later)
  }

  @Test func `appends do not wait for a snapshot or for rows to go`() async throws {
    try await TestServer.withDatabase { database in
      let journal = database.journal()
      let opening = try await journal.open()
      let events = try await materialize(4, on: journal, opening)
      try await journal.save(snapshot(events, opening.incarnation))
      let blocker = try await database.connect()
      var position = UInt64(events.count)
      for table in ["sluice_snapshot", "sluice_log"] {
        try await blocker.run("BEGIN", isPrepared: false)
        try await blocker.run("LOCK TABLE \(table) IN ACCESS EXCLUSIVE MODE", isPrepared: false)
        async let done: Void = upkeep(table, of: journal, snapshot(events, opening.incarnation))
        try await eventually("the upkeep's wait") {
          let observer = try await TestServer.admin()
          let waiting = try await observer.run(
            "SELECT FROM pg_stat_activity WHERE datname = $1::text AND wait_event_type = 'Lock'", [.text(database.name)])
          await observer.close()
          return waiting.isEmpty ? nil : ()
        }
        try await journal.append(JournalBatch(epoch: opening.epoch, after: position, events: SampleEvents.numbered(1)))
        position += 1
        try await blocker.run("COMMIT", isPrepared: false)
        try await done
      }
      #expect(try await journal.glance().position == position)
      #expect(try await journal.glance().beginning == UInt64(events.count))
      await blocker.close()
      await journal.close()
    }
  }

  @Test func `a pruning that was interrupted is gone on with`() async throws {
    try await TestServer.withDatabase { database in
      let journal = database.journal()
      let opening = try await journal.open()
      let events = try await materialize(3, on: journal, opening)
      try await journal.save(snapshot(events, opening.incarnation))
      let connection = try await database.connect()
      try await connection.run("UPDATE sluice_run SET pruned = 1 WHERE id = 1", isPrepared: false)
      let report = try await journal.prune(Self.all, at: Self.later)
      #expect(report == PruningReport(runs: 1, events: 10, beginning: 10))
      #expect(try await connection.run("SELECT pruned FROM sluice_run ORDER BY id").map { try $0.int(0) } == [2, 0, 0])
      #expect(try await journal.read(after: 10, limit: .max) == Array(events[10...]))
      await connection.close()
      await journal.close()
    }
  }

  @Test func `a store of the first tables is brought up to date by who leads, and begins at its first event`() async throws {
    try await TestServer.withDatabase { database in
      let connection = try await database.connect()
      try await Schema.migrate(connection, incarnation: 7, limits: PostgresLimits(), by: [Schema.migrations[0]])
      let journal = database.journal()
      let opening = try await journal.open()
      #expect(opening == JournalOpening(incarnation: Incarnation(7), epoch: 1, position: 0))
      #expect(try await connection.run("SELECT max(number) FROM sluice_migration")[0].int(0) == Int64(Schema.current))
      let events = try await materialize(1, on: journal, opening)
      try await journal.save(snapshot(events, opening.incarnation))
      #expect(try await journal.prune(Self.none, at: Self.later).beginning == UInt64(events.count))
      await connection.close()
      await journal.close()
    }
  }
}
