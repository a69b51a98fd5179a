// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import JournalCodec
import Orchestrator

/// What the writer keeps in memory from one transaction to the next; thrown away after any failure, and rebuilt from the rows.
struct BatchWriter: Sendable {
  private var projector: Projector
  private var dictionaries: Dictionaries
  private var format: UInt32

  /// Rebuilds what later events leave out: the plans of unfinished runs, and the grants in flight.
  init(from connection: Connection) async throws {
    var plans: [RunID: PlannedSteps] = [:]
    let answers = try await connection.run([
      Statement("SELECT id, plan FROM sluice_run WHERE outcome IS NULL ORDER BY id"),
      Statement("SELECT format FROM sluice_store WHERE id = 1"),
    ])
    for row in answers[0] {
      plans[RunID(UInt64(bitPattern: try row.int(0)))] = try JournalCodec.decodeSteps(row.data(1))
    }
    format = UInt32(clamping: try answers[1].first?.int(0) ?? 0)
    projector = Projector(plans: plans, grants: try await GrantsInFlight(connection: connection).load(of: plans.keys.sorted()))
    dictionaries = try await Dictionaries(from: connection)
  }

  /// Appends a batch and what it changes, in one transaction; where the store is in another epoch or ends elsewhere, it fails
  /// as a whole with ``isFenced(_:)``.
  mutating func append(_ batch: JournalBatch, _ encoded: EncodedBatch, on connection: Connection) async throws {
    let delta = projector.project(batch.events, from: batch.after + 1)
    try await dictionaries.learn(Vocabulary(of: delta), on: connection)
    var statements = [Self.fence(batch)] + Self.journal(batch, encoded)
    let missing = try await Self.missing(encoded.leftOut, on: connection)
    if !missing.isEmpty { statements.append(Self.manifests(missing)) }
    let named = encoded.manifests.map(\.digest) + encoded.leftOut.keys
    if !named.isEmpty { statements.append(Self.note(named, at: batch.after + JournalPosition(batch.events.count))) }
    statements += raise(encoded.format)
    statements += try DeltaStatements(dictionaries: dictionaries).all(of: delta)
    statements.append(Statement("SELECT pg_notify('\(ChangeListener.channel)', '')"))
    try await connection.run(statements)
  }
}

// MARK: - Statements

extension BatchWriter {
  /// Moves the journal's end (by nothing for a batch without events), and so locks it until the transaction is over. Where no row has the epoch and the position it
  /// divides by zero, which undoes the whole pipeline without another round trip.
  static func fence(_ batch: JournalBatch) -> Statement {
    let after = Int64(bitPattern: batch.after)
    return Statement(
      """
      WITH moved AS (
        UPDATE sluice_store SET position = $3::int8 WHERE id = 1 AND epoch = $1::int8 AND position = $2::int8 RETURNING 1
      ) SELECT 1 / count(*) FROM moved
      """, [.int(Int64(bitPattern: batch.epoch)), .int(after), .int(after &+ Int64(batch.events.count))])
  }

  /// Whether a failure is the fence's.
  static func isFenced(_ failure: ServerFailure) -> Bool { failure.kind == .refused("22012") }

  private static func journal(_ batch: JournalBatch, _ encoded: EncodedBatch) -> [Statement] {
    var statements = [
      Statement(
        """
        INSERT INTO sluice_batch (last, events, epoch, checksum, bytes)
        VALUES ($1::int8, $2::int8, $3::int8, $4::int8, $5::bytea)
        """,
        [
          .int(Int64(bitPattern: batch.after) + Int64(batch.events.count)), .int(Int64(batch.events.count)),
          .int(Int64(bitPattern: batch.epoch)), .int(Int64(Checksum.crc32(encoded.bytes))), .bytes(encoded.bytes),
        ])
    ]
    if !encoded.manifests.isEmpty { statements.append(manifests(encoded.manifests)) }
    return statements
  }

  /// Stores the content of manifests that are not there.
  static func manifests(_ manifests: [(digest: ManifestDigest, bytes: Data)]) -> Statement {
    Statement(
      "INSERT INTO sluice_manifest (digest, bytes) SELECT * FROM unnest($1::text[], $2::bytea[]) ON CONFLICT DO NOTHING",
      [.texts(manifests.map(\.digest.description)), .blobs(manifests.map(\.bytes))])
  }

  /// Whether a batch failed since the content of a manifest that it names had just gone: nothing of the batch is done then.
  static func lacksManifest(_ failure: ServerFailure) -> Bool { failure.kind == .refused("2201F") }

  /// Notes that an event names manifests: up to there they stay. Where one of them went this very moment it takes the root of a negative
  /// number, which undoes the whole pipeline as ``lacksManifest(_:)`` tells.
  private static func note(_ digests: [ManifestDigest], at position: JournalPosition) -> Statement {
    Statement(
      """
      WITH noted AS (
        UPDATE sluice_manifest SET named = greatest(named, $2::int8) WHERE digest = ANY($1::text[]) RETURNING 1
      ) SELECT sqrt(count(*) - $3::int8) FROM noted
      """,
      [.texts(digests.map(\.description)), .int(Int64(bitPattern: position)), .int(Int64(digests.count))])
  }

  /// Keeps a manifest that was stored ahead up to the next event, which may name it.
  static func noteAhead(_ digest: ManifestDigest) -> Statement {
    Statement(
      """
      UPDATE sluice_manifest SET named = greatest(named, (SELECT position + 1 FROM sluice_store WHERE id = 1)) WHERE digest = $1::text
      """, [.text(digest.description)])
  }

  /// What was stored ahead, and has gone since.
  private static func missing(
    _ kept: [ManifestDigest: Manifest], on connection: Connection
  ) async throws -> [(digest: ManifestDigest, bytes: Data)] {
    guard !kept.isEmpty else { return [] }
    let known = try await connection.run(
      "SELECT digest FROM sluice_manifest WHERE digest = ANY($1::text[])", [.texts(kept.keys.map(\.description))])
    let present = try Set(known.map { try $0.text(0) })
    return try kept.filter { !present.contains($0.key.description) }.sorted { $0.key < $1.key }
      .map { ($0.key, try JournalCodec.encode($0.value)) }
  }

  /// Records that the journal now needs a format, before an older program can meet its first event.
  private mutating func raise(_ needed: JournalFormat) -> [Statement] {
    guard needed.number > format else { return [] }
    format = needed.number
    return [
      Statement(
        "UPDATE sluice_store SET format = $1::int8, release = $2::text WHERE id = 1",
        [.int(Int64(needed.number)), .text(needed.release)])
    ]
  }
}
