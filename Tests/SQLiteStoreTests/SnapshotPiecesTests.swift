// SPDX-License-Identifier: Apache-2.0

import AssetModel
import GRDB
import JournalCodec
import JournalConformance
import Orchestrator
import SQLiteStore
import Testing

/// Snapshots of large states are stored a little at once.
@Suite struct SnapshotPiecesTests {
  private let directory: TemporaryDirectory
  private let journal: SQLiteJournal

  init() throws {
    directory = try TemporaryDirectory()
    journal = SQLiteJournal(directory: directory.url)
  }

  /// A state with a large manifest in force.
  private func snapshot(_ opening: JournalOpening, at position: JournalPosition) -> JournalSnapshot {
    var state = State(incarnation: opening.incarnation)
    let workspace = WorkspaceDefinition(locations: [LocationDefinition(name: SampleEvents.weather)])
    state.evolve(StampedEvent(at: Timestamp(seconds: 1), event: .workspaceLoaded(workspace)))
    state.evolve(SampleEvents.largeManifest)
    return JournalSnapshot(position: position, state: state)
  }

  private func count(_ table: String) async throws -> Int {
    try await journal.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? -1 }
  }

  private func append(_ count: Int, _ opening: JournalOpening) async throws {
    try await journal.append(JournalBatch(epoch: opening.epoch, after: 0, events: SampleEvents.numbered(count)))
  }

  @Test func `a large snapshot lies in pieces of a bounded size, and older ones go with theirs`() async throws {
    let opening = try await journal.open()
    try await append(3, opening)
    for position in JournalPosition(1)...3 {
      let saved = snapshot(opening, at: position)
      try await journal.save(saved)
      #expect(try await journal.snapshot().newest == saved)
    }
    let pieces = SnapshotTable.pieces(of: try JournalCodec.encode(snapshot(opening, at: 3).state))
    #expect(pieces.count > 2)
    #expect(try await count("snapshot") == 2)
    #expect(try await count("snapshot_piece") == 2 * pieces.count)
    let largest = "SELECT max(length(bytes)) FROM (SELECT bytes FROM snapshot UNION ALL SELECT bytes FROM snapshot_piece)"
    #expect(try await journal.read { try Int.fetchOne($0, sql: largest) } == SnapshotTable.pieceBytes)
    try journal.close()
  }

  @Test func `a snapshot that was not stored to its end does not count, and what is there of it goes with the next`() async throws
  {
    let opening = try await journal.open()
    try await append(3, opening)
    let first = snapshot(opening, at: 1)
    try await journal.save(first)
    let encoded = try JournalCodec.encode(snapshot(opening, at: 2).state)
    let pieces = SnapshotTable.pieces(of: encoded)
    // As a process leaves it that ended before the last piece.
    try await journal.withWriter { database in
      for (number, piece) in pieces.dropLast().enumerated() {
        try SnapshotTable(database: database).store(piece: piece, number: number, of: encoded, at: 2)
      }
    }
    try journal.close()
    _ = try await journal.open()
    #expect(try await journal.snapshot().newest == first)
    let third = snapshot(opening, at: 3)
    try await journal.save(third)
    #expect(try await journal.snapshot().newest == third)
    #expect(try await count("snapshot_piece") == 2 * pieces.count)
    try journal.close()
  }

  @Test func `a snapshot that lacks a piece is passed over, and the one before read`() async throws {
    let opening = try await journal.open()
    try await append(3, opening)
    let first = snapshot(opening, at: 1)
    for saved in [first, snapshot(opening, at: 2)] { try await journal.save(saved) }
    try await journal.withWriter { try $0.execute(sql: "DELETE FROM snapshot_piece WHERE position = 2 AND number = 1") }
    let reading = try await journal.snapshot()
    #expect(reading.newest == first && reading.problems.count == 1)
    try journal.close()
  }

  @Test func `a snapshot of before, whole in its row, is read`() async throws {
    let opening = try await journal.open()
    try await append(1, opening)
    let saved = snapshot(opening, at: 1)
    let encoded = try JournalCodec.encode(saved.state)
    try await journal.withWriter { database in
      try database.execute(
        sql: "INSERT INTO snapshot (position, checksum, bytes) VALUES (1, ?, ?)",
        arguments: [Int64(encoded.checksum), encoded.bytes])
    }
    #expect(try await journal.snapshot().newest == saved)
    try journal.close()
  }
}
