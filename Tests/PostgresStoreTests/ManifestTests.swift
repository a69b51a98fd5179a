// SPDX-License-Identifier: Apache-2.0

import AssetModel
import JournalConformance
import Orchestrator
import PostgresStore
import Testing

/// The content of manifests, which goes with the last event that names it.
@Suite struct ManifestTests {
  private func accepted() throws -> (event: StampedEvent, digest: ManifestDigest, manifest: Manifest) {
    guard case .manifestAccepted(_, let digest, let manifest) = SampleEvents.largeManifest.event else {
      throw NeverCame(description: "a manifest in the sample")
    }
    return (SampleEvents.largeManifest, digest, manifest)
  }

  private func waitsForALock(_ database: TestDatabase) async throws {
    let observer = try await TestServer.admin()
    try await eventually("the wait for a lock") {
      let waiting = try await observer.run(
        "SELECT FROM pg_stat_activity WHERE datname = $1::text AND wait_event_type = 'Lock'", [.text(database.name)])
      return waiting.isEmpty ? nil : ()
    }
    await observer.close()
  }

  @Test func `a manifest that goes while a batch names it is stored with the batch`() async throws {
    try await TestServer.withDatabase { database in
      let journal = database.journal()
      let opening = try await journal.open()
      let (event, digest, manifest) = try accepted()
      try await journal.keep(manifest, digest)
      let pruning = try await database.connect()
      try await pruning.run("BEGIN", isPrepared: false)
      try await pruning.run("DELETE FROM sluice_manifest", isPrepared: false)
      async let appended: Void = journal.append(JournalBatch(epoch: opening.epoch, after: 0, events: [event]))
      try await waitsForALock(database)
      try await pruning.run("COMMIT", isPrepared: false)
      try await appended
      #expect(try await database.journal("follower").read(after: 0, limit: 5) == [event])
      await pruning.close()
      await journal.close()
    }
  }

  @Test func `a page whose manifest goes with its events while it is read was pruned, and is no damage`() async throws {
    try await TestServer.withDatabase { database in
      let journal = database.journal()
      let opening = try await journal.open()
      try await journal.append(JournalBatch(epoch: opening.epoch, after: 0, events: [try accepted().event]))
      let pruning = try await database.connect()
      try await pruning.run("BEGIN", isPrepared: false)
      try await pruning.run("LOCK TABLE sluice_manifest IN ACCESS EXCLUSIVE MODE", isPrepared: false)
      let follower = database.journal("follower")
      async let page = follower.read(after: 0, limit: 5)
      try await waitsForALock(database)
      for change in [
        "DELETE FROM sluice_batch", "UPDATE sluice_store SET beginning = 1", "DELETE FROM sluice_manifest", "COMMIT",
      ] {
        try await pruning.run(change, isPrepared: false)
      }
      do {
        _ = try await page
        Issue.record("a page was read whose manifest had gone")
      } catch let error as JournalError {
        #expect(error.code == .pruned, "\(error)")
      }
      await pruning.close()
      await follower.close()
      await journal.close()
    }
  }

  @Test func `a manifest that is missing though its event is there is damage`() async throws {
    try await TestServer.withDatabase { database in
      let journal = database.journal()
      let opening = try await journal.open()
      try await journal.append(JournalBatch(epoch: opening.epoch, after: 0, events: [try accepted().event]))
      let connection = try await database.connect()
      try await connection.run("DELETE FROM sluice_manifest", isPrepared: false)
      let error = try await #require(throws: JournalError.self) { try await journal.read(after: 0, limit: 5) }
      #expect(error.code == .damaged)
      await connection.close()
      await journal.close()
    }
  }

  @Test func `manifests that nothing names go a few in each transaction`() async throws {
    try await TestServer.withDatabase { database in
      let journal = database.journal()
      let opening = try await journal.open()
      try await journal.append(JournalBatch(epoch: opening.epoch, after: 0, events: SampleEvents.numbered(3)))
      try await journal.save(JournalSnapshot(position: 3, state: State(incarnation: opening.incarnation)))
      let connection = try await database.connect()
      let count = 3 * EventPruner.manifestsAtOnce - 2
      for statement in [
        "INSERT INTO sluice_manifest (digest, bytes) SELECT 'old:' || n, 'x' FROM generate_series(1, \(count)) AS n",
        "CREATE TABLE removal (rows int8)",
        """
        CREATE FUNCTION note_removal() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO removal SELECT count(*) FROM gone; RETURN NULL; END $$
        """,
        """
        CREATE TRIGGER noted AFTER DELETE ON sluice_manifest REFERENCING OLD TABLE AS gone
        FOR EACH STATEMENT EXECUTE FUNCTION note_removal()
        """,
      ] { try await connection.run(statement, isPrepared: false) }
      _ = try await journal.prune(RetentionPolicy(age: .zero, runs: 0), at: Timestamp(seconds: 4_000_000_000))
      let removals = try await connection.run("SELECT max(rows), sum(rows)::int8 FROM removal")
      #expect(try removals[0].int(0) == Int64(EventPruner.manifestsAtOnce))
      #expect(try removals[0].int(1) == Int64(count))
      await connection.close()
      await journal.close()
    }
  }
}
