// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import GRDB
import JournalCodec
import JournalConformance
import Orchestrator
import SQLiteStore
import Testing

/// What happens when the store cannot be written, and what a materialization costs.
@Suite struct WritingTests {
  private let directory: TemporaryDirectory
  private let journal: SQLiteJournal

  init() throws {
    directory = try TemporaryDirectory()
    journal = SQLiteJournal(directory: directory.url)
  }

  private func append(_ events: [StampedEvent], epoch: Epoch) async throws {
    let end = try await journal.read { try UInt64.fetchOne($0, sql: "SELECT coalesce(max(last), 0) FROM batch") ?? 0 }
    try await journal.append(JournalBatch(epoch: epoch, after: end, events: events))
  }

  @Test func `a full disk makes the store unavailable, and room makes it available again`() async throws {
    let opening = try await journal.open()
    try await append([SampleEvents.launch(run: 1)], epoch: opening.epoch)
    let pages = try await journal.withWriter { try Int.fetchOne($0, sql: "PRAGMA page_count") ?? 0 }
    try await journal.withWriter { try $0.execute(sql: "PRAGMA max_page_count = \(pages + 1)") }
    let message = String(repeating: "x", count: 100_000)
    let large = StampedEvent(at: Timestamp(seconds: 9), event: .sessionClosed(SampleEvents.weather, reason: message))
    let error = try await #require(throws: JournalError.self) {
      try await append([SampleEvents.launch(run: 2), large], epoch: opening.epoch)
    }
    #expect(error.code == .unavailable && error.message.contains("no space"))
    #expect(try await journal.history.run(RunID(2)) == nil)
    try await journal.withWriter { try $0.execute(sql: "PRAGMA max_page_count = 1000000") }
    try await append([SampleEvents.launch(run: 2), large], epoch: opening.epoch)
    #expect(try await journal.history.run(RunID(2)) != nil)
    try journal.close()
  }

  @Test func `a manifest that was stored ahead, and has gone since, is stored with the event that names it`() async throws {
    let opening = try await journal.open()
    let events = SampleEvents.everyKind.filter { if case .manifestAccepted = $0.event { true } else { false } }
    for stamped in events {
      guard case .manifestAccepted(_, let digest, let manifest) = stamped.event else { continue }
      try await journal.keep(manifest, digest)
    }
    let rows = "SELECT count(*) FROM manifest"
    #expect(try await journal.read { try Int.fetchOne($0, sql: rows) } == events.count)
    try await journal.withWriter { try $0.execute(sql: "DELETE FROM manifest") }
    try await append(events, epoch: opening.epoch)
    #expect(try await journal.read(after: 0, limit: 100) == events)
    #expect(try await journal.read { try Int.fetchOne($0, sql: rows) } == events.count)
    try journal.close()
  }

  @Test func `a large manifest is stored in pieces, and not there until the last one is`() async throws {
    let opening = try await journal.open()
    let event = SampleEvents.largeManifest
    guard case .manifestAccepted(_, let digest, let manifest) = event.event else {
      Issue.record("the sample accepts no manifest")
      return
    }
    let pieces = ManifestTable.pieces(of: try JournalCodec.encode(manifest))
    #expect(pieces.count > 2 && pieces.allSatisfy { $0.count <= ManifestTable.pieceBytes })
    // As a process leaves it that ended between two pieces; the next one removes them.
    try await journal.withWriter { try ManifestTable(database: $0).store(piece: pieces[0], number: 0, of: digest) }
    let count = "SELECT count(*) FROM manifest_piece"
    #expect(try await journal.read { try ManifestTable(database: $0).content(of: digest) } == nil)
    try journal.close()
    let again = try await journal.open()
    #expect(again.epoch == opening.epoch + 1)
    #expect(try await journal.read { try Int.fetchOne($0, sql: count) } == 0)
    try await journal.keep(manifest, digest)
    #expect(try await journal.read { try Int.fetchOne($0, sql: count) } == pieces.count)
    try await append([event], epoch: again.epoch)
    #expect(try await journal.read { try Int.fetchOne($0, sql: "SELECT sum(length(bytes)) FROM manifest") } == 0)
    #expect(try await journal.read(after: 0, limit: 10) == [event])
    try await journal.withWriter { try $0.execute(sql: "DELETE FROM manifest_piece WHERE number = 1") }
    let error = try await #require(throws: JournalError.self) { try await journal.read(after: 0, limit: 10) }
    #expect(error.code == .damaged && error.message.contains(digest.description))
    try journal.close()
  }

  private func largeManifest() throws -> (event: StampedEvent, digest: ManifestDigest, manifest: Manifest) {
    guard case .manifestAccepted(_, let digest, let manifest) = SampleEvents.largeManifest.event else {
      throw JournalError(.damaged, "the sample accepts no manifest")
    }
    return (SampleEvents.largeManifest, digest, manifest)
  }

  @Test func `a manifest's use is noted before its content, which may go in part while it is stored`() async throws {
    let opening = try await journal.open()
    let (event, digest, manifest) = try largeManifest()
    try await journal.withWriter { database in
      try database.execute(
        sql: """
          CREATE TEMP TRIGGER unused BEFORE INSERT ON manifest_piece
          WHEN NOT EXISTS (SELECT 1 FROM manifest_use WHERE digest = new.digest)
          BEGIN SELECT RAISE(ABORT, 'content without a use is never removed'); END;
          CREATE TEMP TRIGGER pruned AFTER INSERT ON manifest_piece WHEN new.number = 2
          BEGIN DELETE FROM manifest_piece WHERE digest = new.digest AND number = 0; END;
          """)
    }
    try await journal.keep(manifest, digest)
    #expect(try await journal.read { try ManifestTable(database: $0).has(digest) } == false)
    try await journal.withWriter { try $0.execute(sql: "DROP TRIGGER pruned; DROP TRIGGER unused") }
    try await append([event], epoch: opening.epoch)
    #expect(try await journal.read(after: 0, limit: 10) == [event])
    try journal.close()
  }

  @Test func `a manifest is removed a few pieces at once, and its use last`() async throws {
    let opening = try await journal.open()
    let (event, digest, manifest) = try largeManifest()
    // Not kept ahead: also what comes with an event can go in pieces.
    try await append([event], epoch: opening.epoch)
    let pieces = ManifestTable.pieces(of: try JournalCodec.encode(manifest)).count
    let left = { try await journal.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM manifest_piece") ?? -1 } }
    let uses = { try await journal.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM manifest_use") ?? -1 } }
    #expect(try await left() == pieces)
    #expect(try await journal.withWriter { try ManifestTable(database: $0).removeSome(namedUpTo: 0) } == false)
    var before = pieces
    while before > ManifestTable.piecesAtOnce {
      #expect(try await journal.withWriter { try ManifestTable(database: $0).removeSome(namedUpTo: 1) })
      let after = try await left()
      #expect(after == before - ManifestTable.piecesAtOnce)
      #expect(try await journal.read { try ManifestTable(database: $0).has(digest) } == false)
      if after > 0 { #expect(try await uses() == 1) }
      before = after
    }
    while try await journal.withWriter({ try ManifestTable(database: $0).removeSome(namedUpTo: 1) }) {}
    #expect(try await [left(), uses()] == [0, 0])
    try journal.close()
  }

  @Test func `a manifest that an earlier release stored without a use gets one when the store is opened`() async throws {
    _ = try await journal.open()
    let (_, digest, manifest) = try largeManifest()
    try await journal.keep(manifest, digest)
    try await journal.withWriter { try $0.execute(sql: "DELETE FROM manifest_use") }
    try journal.close()
    _ = try await journal.open()
    #expect(try await journal.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM manifest_use") } == 1)
    try journal.close()
  }

  @Test func `a file that may not be written makes the store unavailable`() async throws {
    let opening = try await journal.open()
    try await journal.withWriter { try $0.execute(sql: "PRAGMA query_only = 1") }
    let error = try await #require(throws: JournalError.self) {
      try await append(SampleEvents.numbered(1), epoch: opening.epoch)
    }
    #expect(error.code == .unavailable && error.message.contains(directory.url.path))
    try await journal.withWriter { try $0.execute(sql: "PRAGMA query_only = 0") }
    try await append(SampleEvents.numbered(1), epoch: opening.epoch)
    try journal.close()
  }

  @Test func `a failed append leaves what the writer remembers as the rows have it`() async throws {
    let opening = try await journal.open()
    try await append([SampleEvents.launch(run: 1)], epoch: opening.epoch)
    try await journal.withWriter { try $0.execute(sql: "PRAGMA query_only = 1") }
    let batches = OneMaterialization(number: 8).batches
    await #expect(throws: JournalError.self) { try await append(batches[0], epoch: opening.epoch) }
    try await journal.withWriter { try $0.execute(sql: "PRAGMA query_only = 0") }
    for batch in batches { try await append(batch, epoch: opening.epoch) }
    let target = AssetPartition(SampleEvents.hourly, SampleEvents.days.key(at: 8))
    let versions = try await journal.history.versions(of: target, limit: 5)
    #expect(versions.map(\.decision) == [.promoted])
    #expect(versions.first?.settledAt != nil && versions.first?.locator != nil)
    try journal.close()
  }

  @Test func `a cancelled task's append is decided all the same`() async throws {
    let opening = try await journal.open()
    let journal = journal
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      try await journal.append(JournalBatch(epoch: opening.epoch, after: 0, events: SampleEvents.numbered(3)))
    }
    try await task.value
    #expect(try await journal.read(after: 0, limit: 10).count == 3)
    try journal.close()
  }

  @Test func `a materialization with one check takes at most 1,500 bytes, rows and indexes and all`() async throws {
    let opening = try await journal.open()
    let days = 150
    let before = try await size()
    var after: JournalPosition = 0
    for number in 1...UInt64(days) {
      for batch in OneMaterialization(number: number).batches {
        try await journal.append(JournalBatch(epoch: opening.epoch, after: after, events: batch))
        after += UInt64(batch.count)
      }
    }
    let each = (try await size() - before) / days
    #expect(each <= 1_500, "\(each) bytes each")
    try journal.close()
  }

  @Test func `inputs are stored once for all versions of an attempt, and rows of before keep their own`() async throws {
    let opening = try await journal.open()
    let grant = try WideGrant(outputs: 100, inputs: 100)
    try await append(grant.events, epoch: opening.epoch)
    let bytes = try await journal.read { try Int.fetchOne($0, sql: "SELECT sum(length(inputs)) FROM version") }
    #expect(try bytes == grant.inputBytes)
    // As the release before wrote them.
    let own = "UPDATE version SET inputs = (SELECT max(inputs) FROM version), inputs_of = NULL"
    try await journal.withWriter { try $0.execute(sql: own) }
    let versions = try await journal.history.versions(grant.versions)
    #expect(versions.count == 100 && versions.allSatisfy { $0.inputs == grant.record.inputs })
    try journal.close()
  }

  private func size() async throws -> Int {
    try await journal.read { database in
      let used = try Int.fetchOne(
        database, sql: "SELECT page_count - freelist_count FROM pragma_page_count, pragma_freelist_count")
      return (used ?? 0) * (try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 0)
    }
  }
}
