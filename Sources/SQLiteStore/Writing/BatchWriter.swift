// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import GRDB
import JournalCodec
import Orchestrator

/// What the writer keeps in memory from one transaction to the next; thrown away after any failure, and rebuilt from the rows.
struct BatchWriter: Sendable {
  private var projector: Projector
  private var dictionaries = Dictionaries()
  private var format: UInt32

  /// Rebuilds what later events leave out: the plans of unfinished runs, and the grants in flight.
  init(from database: Database) throws {
    var plans: [RunID: PlannedSteps] = [:]
    var grants: [StepID: GrantedWork] = [:]
    let unfinished = "SELECT id, plan.steps FROM run JOIN plan ON plan.run = id WHERE outcome IS NULL ORDER BY id"
    let runs = try Row.fetchAll(database, sql: unfinished)
    for run in runs {
      let id = RunID(UInt64(bitPattern: run[0] as Int64))
      plans[id] = try JournalCodec.decodeSteps(run[1])
      try Self.loadGrants(of: id, from: database, into: &grants)
    }
    projector = Projector(plans: plans, grants: grants)
    format = UInt32(clamping: try Int64.fetchOne(database, sql: "SELECT format FROM store WHERE id = 1") ?? 0)
  }

  private static func loadGrants(of run: RunID, from database: Database, into grants: inout [StepID: GrantedWork]) throws {
    let rows = try Row.fetchCursor(
      database,
      sql:
        "SELECT id, phase, attempts, version, versions, granted_at, started_at FROM step WHERE id BETWEEN ? AND ? AND version IS NOT NULL",
      arguments: [Schema.firstRow(of: run), Schema.lastRow(of: run)])
    while let row = try rows.next() {
      guard try RowCodes.phase.value(row[1]).isInFlight else { continue }
      let versions = try (row[4] as Data?).map { try RowNumbers.decode($0) } ?? [row[3]]
      grants[Schema.step(row[0])] = GrantedWork(
        attempt: row[2], inputs: [], versions: try versions.map { try VersionReader.reference($0, in: database) },
        grantedAt: row.instant(5), startedAt: row.instant(6))
    }
  }

  /// Appends a batch and what it changes; in the caller's transaction.
  mutating func append(_ batch: JournalBatch, _ encoded: EncodedBatch, to database: Database) throws {
    guard !batch.events.isEmpty else { return }
    let manifests = ManifestTable(database: database)
    for manifest in encoded.manifests { try manifests.store(manifest.bytes, of: manifest.digest) }
    for (digest, manifest) in encoded.leftOut where try !manifests.has(digest) {
      try manifests.store(JournalCodec.encode(manifest), of: digest)
    }
    for digest in encoded.manifests.map(\.digest) + encoded.leftOut.keys {
      try manifests.note(digest, namedAt: batch.after + JournalPosition(batch.events.count))
    }
    try database.cachedStatement(sql: "INSERT INTO batch (last, events, epoch, checksum, bytes) VALUES (?, ?, ?, ?, ?)")
      .execute(arguments: [
        Int64(bitPattern: batch.after) + Int64(batch.events.count), batch.events.count, Int64(bitPattern: batch.epoch),
        Int64(Checksum.crc32(encoded.bytes)), encoded.bytes,
      ])
    try raise(encoded.format, in: database)
    // Swapped rather than copied: a second holder would make each new entry copy them whole.
    var writer = ProjectionWriter(database: database, dictionaries: Dictionaries())
    swap(&writer.dictionaries, &dictionaries)
    try writer.apply(projector.project(batch.events, from: batch.after + 1))
    swap(&writer.dictionaries, &dictionaries)
  }

  /// Records that the journal now needs a format, before an older program can meet its first event.
  private mutating func raise(_ needed: JournalFormat, in database: Database) throws {
    guard needed.number > format else { return }
    try database.execute(
      sql: "UPDATE store SET format = ?, release = ? WHERE id = 1", arguments: [Int64(needed.number), needed.release])
    format = needed.number
  }
}
