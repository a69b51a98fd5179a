// SPDX-License-Identifier: Apache-2.0

import AssetModel
import JournalConformance
import Orchestrator
import PostgresStore
import Testing

/// Who leads, and how leadership passes on.
@Suite struct LeaseTests {
  /// A journal that never renews stands for a process that is paused.
  private func paused(_ limits: inout PostgresLimits) {
    limits.lease = .milliseconds(200)
    limits.renewal = .seconds(3_600)
  }

  private func opensOnceFree(_ journal: PostgresJournal) async throws -> JournalOpening {
    try await eventually("the lease") {
      do {
        return try await journal.open()
      } catch let error as JournalError where error.code == .held {
        return nil
      }
    }
  }

  private func batch(_ epoch: Epoch, after: JournalPosition = 0, _ count: Int = 1) -> JournalBatch {
    JournalBatch(epoch: epoch, after: after, events: SampleEvents.numbered(count))
  }

  @Test func `a store that is led refuses a second opener, and names the leader and how long its lease runs`() async throws {
    try await TestServer.withDatabase { database in
      let leader = database.journal("alpha")
      let other = database.journal("beta")
      let opening = try await leader.open()
      let error = try await #require(throws: JournalError.self) { try await other.open() }
      #expect(error.code == .held)
      #expect(error.message.contains("alpha") && error.message.contains(" ms"))
      try await leader.append(batch(opening.epoch))
      let status = try #require(try await other.leader())
      #expect(status.name == "alpha" && status.epoch == opening.epoch)
      #expect(status.remaining > .zero && status.remaining <= .seconds(3))
      await leader.close()
      #expect(try await other.leader() == nil)
      await other.close()
    }
  }

  @Test func `of two journals opened at once on an empty database, one leads`() async throws {
    try await TestServer.withDatabase { database in
      let journals = [database.journal("alpha"), database.journal("beta")]
      let results = await withTaskGroup(of: Result<JournalOpening, any Error>.self) { group in
        for journal in journals {
          group.addTask {
            do { return .success(try await journal.open()) } catch { return .failure(error) }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      let openings = results.compactMap { try? $0.get() }
      #expect(openings.map(\.epoch) == [1])
      for case .failure(let error) in results { #expect((error as? JournalError)?.code == .held, "\(error)") }
      for journal in journals { await journal.close() }
    }
  }

  @Test func `a paused leader loses its lease, and can commit nothing once another has taken it`() async throws {
    try await TestServer.withDatabase { database in
      let old = database.journal("old", paused)
      let new = database.journal("new")
      let first = try await old.open()
      try await old.append(batch(first.epoch, 2))
      let second = try await opensOnceFree(new)
      #expect(second.epoch == first.epoch + 1 && second.position == 2)
      let error = try await #require(throws: JournalError.self) { try await old.append(batch(first.epoch, after: 2)) }
      #expect(error.code == .fenced, "\(error)")
      try await new.append(batch(second.epoch, after: 2))
      #expect(try await new.read(after: 0, limit: 10).count == 3)
      // It does not take away what is no longer its own.
      await old.close()
      #expect(try await new.leader()?.name == "new")
      await new.close()
    }
  }

  @Test func `a leader whose lease has run out goes on while nobody else has taken it`() async throws {
    try await TestServer.withDatabase { database in
      let journal = database.journal("old", paused)
      let opening = try await journal.open()
      try await eventually("the end of the lease") { try await journal.leader() == nil ? () : nil }
      try await journal.append(batch(opening.epoch))
      #expect(try await journal.read(after: 0, limit: 10).count == 1)
      await journal.close()
    }
  }

  @Test func `a leader that does not renew is in doubt, and an append without events tells whether it still leads`() async throws
  {
    try await TestServer.withDatabase { database in
      let old = database.journal("old", paused)
      let opening = try await old.open()
      try await eventually("doubt") { old.isLeadershipInDoubt ? () : nil }
      try await old.append(batch(opening.epoch, 0))
      let new = database.journal("new")
      _ = try await opensOnceFree(new)
      #expect(!new.isLeadershipInDoubt)
      let error = try await #require(throws: JournalError.self) { try await old.append(batch(opening.epoch, 0)) }
      // Its session may have been ended when the lease was taken.
      #expect(error.code == .fenced || error.message.contains("taken the lease over"), "\(error)")
      await old.close()
      await new.close()
    }
  }

  @Test func `a journal that was closed refuses every access, and serves again once it is opened`() async throws {
    try await TestServer.withDatabase { database in
      let journal = database.journal()
      let opening = try await journal.open()
      try await journal.append(batch(opening.epoch))
      await journal.close()
      let error = try await #require(throws: JournalError.self) {
        try await journal.append(batch(opening.epoch, after: 1))
      }
      #expect(error.code == .unavailable && error.message.contains("was closed"), "\(error)")
      await #expect(throws: JournalError.self) { try await journal.read(after: 0, limit: 1) }
      await #expect(throws: JournalError.self) { try await journal.prune(RetentionPolicy(), at: Timestamp(seconds: 0)) }
      let again = try await journal.open()
      #expect(again.position == 1)
      try await journal.append(batch(again.epoch, after: 1))
      await journal.close()
    }
  }

  @Test func `a leader that was paused within a transaction holds nobody up`() async throws {
    try await TestServer.withDatabase { database in
      let old = database.journal("old", paused)
      let new = database.journal("new")
      let first = try await old.open()
      try await old.write { connection in
        try await connection.run("BEGIN", isPrepared: false)
        try await connection.run("UPDATE sluice_store SET position = 40", isPrepared: false)
        let second = try await opensOnceFree(new)
        #expect(second.epoch == first.epoch + 1 && second.position == 0)
        await #expect(throws: ServerFailure.self) { try await connection.run("COMMIT", isPrepared: false) }
      }
      await new.close()
      await old.close()
    }
  }

  @Test func `a lease is renewed for as long as the journal is open`() async throws {
    try await TestServer.withDatabase { database in
      let leader = database.journal("leader") { $0.renewal = .milliseconds(100) }
      let other = database.journal("other")
      try await leader.open()
      var ends: Set<String> = []
      let observer = try await database.connect()
      try await eventually("five renewals") {
        ends.insert(try await observer.run("SELECT expires_at::text FROM sluice_lease")[0].text(0))
        return ends.count > 5 ? () : nil
      }
      await #expect(throws: JournalError.self) { try await other.open() }
      await observer.close()
      await leader.close()
      await other.close()
    }
  }

  @Test func `a journal that ends without a word is followed by another once its lease has run out`() async throws {
    try await TestServer.withDatabase { database in
      let follower = database.journal("follower")
      do {
        let killed = database.journal("killed") { $0.lease = .milliseconds(500) }
        let opening = try await killed.open()
        try await killed.append(batch(opening.epoch))
      }
      let opening = try await opensOnceFree(follower)
      #expect(opening.epoch == 2 && opening.position == 1)
      await follower.close()
    }
  }

  @Test func `a follower reads without opening, and wakes at an append and at a release`() async throws {
    try await TestServer.withDatabase { database in
      let leader = database.journal("leader") { $0.lease = .seconds(60) }
      let follower = database.journal("follower")
      let opening = try await leader.open()
      // The first wait ends when it begins to listen.
      #expect(await follower.waitForChange(timeout: .seconds(30)))
      while await follower.waitForChange(timeout: .milliseconds(100)) {}
      async let append = follower.waitForChange(timeout: .seconds(30))
      try await leader.append(batch(opening.epoch, 3))
      #expect(await append)
      #expect(try await follower.read(after: 0, limit: 10).count == 3)
      #expect(try await follower.history.runs(before: nil, limit: 1).isEmpty)
      while await follower.waitForChange(timeout: .milliseconds(100)) {}
      async let release = follower.waitForChange(timeout: .seconds(30))
      await leader.close()
      #expect(await release)
      #expect(try await follower.open().epoch == 2)
      await follower.close()
    }
  }
}
